/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which pages of physical memory a layout keeps: a function of the seed and the page frame number
 * alone, so that the same layout comes about whoever placed the pages.
 */
#ifndef LAYOUT_H
#define LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

enum layout_kind {
	LAYOUT_UNIFORM, /* every frame keeps half */
	LAYOUT_BANDS, /* a third of the frames each keep 10, 45 and 90 % */
	LAYOUT_POWERLAW, /* a tenth of the frames are full, the rest ever sparser down to 10 % */
	LAYOUT_ASCENDING, /* from 5 % in the lowest frame covered to 95 % in the highest */
	LAYOUT_DESCENDING, /* the reverse */
};

struct layout {
	enum layout_kind kind;
	uint64_t seed;
	uint64_t first_pfn, end_pfn; /* the pages it covers; others are not kept */
};

/* False if there is no layout of this name. */
bool layout_find(const char *name, enum layout_kind *kind);

#define KEEP_ALL 65536U

/* How many of KEEP_ALL pages the frame keeps, on average. */
unsigned int layout_keep(const struct layout *l, uint64_t frame);

/* Whether one page stays, given layout_keep() of its frame. */
bool layout_keeps(const struct layout *l, uint64_t pfn, unsigned int keep);

/* Whether a page that stays is one of the 'permille' to be pinned. */
bool layout_pins(const struct layout *l, uint64_t pfn, unsigned int permille);

#endif
