/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the pages of a region lie, and which of them have been moved since. */
#ifndef PLACES_H
#define PLACES_H

#include <stddef.h>
#include <stdint.h>

/* A page that was moved twice between two looks counts once. */
struct relocations {
	unsigned long moved; /* pages that lie elsewhere than before */
	unsigned long kept; /* of these, at the same offset of another frame */
};

/* 'before' of 32 bits a page (16 TiB; ~0: not there) becomes 'now', as pagemap_read() tells it. */
void places_compare(uint32_t *before, const uint64_t *now, size_t nr, struct relocations *r);

/* The region to look at, at most one. All memory for it is taken now. */
void places_begin(const char *region, size_t bytes);
/* What moved since the last look, the first of which was the beginning. */
struct relocations places_look(void);

#endif
