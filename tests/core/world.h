/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An allocator instance with the free-page count that its platform keeps. */
#ifndef _TESTS_CORE_WORLD_H
#define _TESTS_CORE_WORLD_H

#include "check.h"
#include "core.h"

struct world {
	struct llfree a;
	long free; /* what NR_FREE_PAGES is in the kernel */
	void *metadata;
};

/* An instance of @frames frames in which every page is allocated. */
void world_open(struct world *w, u64 frames, unsigned int cpus);

/* The same with every page free. */
void world_open_free(struct world *w, u64 frames, unsigned int cpus);

void world_close(struct world *w);

/* Check every counter against the bitfields; nobody else may be at work. */
struct llfree_totals world_verify(struct world *w);

/* Take every page of the instance but @free, which are then free. */
void world_fill_but(struct world *w, const u64 *free, unsigned int nr);

/* The free run that starts at @index, from single-page questions alone. */
int world_naive_free_order(const struct world *w, u64 index);

#endif /* _TESTS_CORE_WORLD_H */
