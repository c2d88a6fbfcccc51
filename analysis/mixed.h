/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A lower bound on page moves where movable folios have several orders. Pure arithmetic. */
#ifndef FS_MIXED_H
#define FS_MIXED_H

#include <stddef.h>
#include <stdint.h>

#define MIXED_MAX_ORDER 9 /* of a frame */

/* A base page: the order of the movable folio that it belongs to, or one of these. */
enum {
	MIXED_FREE = 0xfe,
	MIXED_UNMOVABLE = 0xff
};

/*
 * Frames of 2^order base pages, one after the other. A folio lies at a multiple of its size. One as
 * large as a frame never gains anything by moving and counts as unmovable.
 */
struct mixed {
	const uint8_t *pages; /* [nr << order] */
	size_t nr;
	unsigned int order;
};

/* The first page at which a folio is cut short or lies across its own size, or -1. */
int64_t mixed_misfit(const struct mixed *m);

/* Frames without anything unmovable. */
size_t mixed_eligible(const struct mixed *m);

/* Frames that can be empty at once while whole folios have room in the others. */
size_t mixed_feasible(const struct mixed *m);

/*
 * No way of moving whole folios that leaves 'count' frames empty, count <= mixed_feasible(), moves
 * fewer base pages. Never below the sum of the smallest used counts, which is exact where every
 * folio is one page; above it where large folios lack holes of their size.
 *
 * It is the Lagrangian dual of this: each frame is emptied, or kept with some of its aligned blocks
 * vacated; for each order, folios of it and above that move need as much room in free blocks of it
 * and above. Every choice of prices for that room gives a bound; the best of a subgradient ascent
 * is returned. There is no best one where the folios have no room at all.
 */
uint64_t mixed_minimum(const struct mixed *m, size_t count);

#endif
