/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pool in memory of this process. */
#ifndef _TESTS_POOL_REGION_H
#define _TESTS_POOL_REGION_H

#include "check.h"
#include "pool.h"

struct region {
	struct llfree_pool_geometry geometry;
	u64 bytes;
	unsigned int cpus;
	bool durable_caches;
	const struct llfree_pool_ops *ops;
	char *base;
	void *memory, *scratch;
	struct llfree_pool pool;
	struct llfree_pool_report report;
	long free;
};

/* Format a new region; 4 KiB pages if @page_shift is 12. */
void region_make(struct region *r, u64 frames, u64 slots, u32 page_shift);

/* Open, or open again: what a process that was killed leaves behind. */
int region_open(struct region *r);

void region_drop(struct region *r);

/* Compare all counters of an open pool with what its slots own. */
void region_verify(struct region *r);

#endif /* _TESTS_POOL_REGION_H */
