/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The bitfield of a frame: eight rows of 64 bits, one cache line; a set bit
 * is an allocated page.  Aligned runs of up to 64 pages change by one atomic
 * operation on their row, longer ones row by row.
 */
#ifndef _MM_LLFREE_BITS_H
#define _MM_LLFREE_BITS_H

#include "core.h"

#define ROW_FULL (~0ull)

static const u64 run_starts[] = {
	~0ull,
	0x5555555555555555ull,
	0x1111111111111111ull,
	0x0101010101010101ull,
	0x0001000100010001ull,
	0x0000000100000001ull,
	0x0000000000000001ull,
};

/* Position of the first aligned run of 2^order zero bits, or -1. */
static inline int row_find(u64 row, unsigned int order)
{
	u64 starts = ~row;
	unsigned int o;

	for (o = 0; o < order; o++)
		starts &= (starts >> (1u << o)) & run_starts[o + 1];
	return starts ? (int)__ffs64(starts) : -1;
}

static inline u64 row_mask(unsigned int pos, unsigned int order)
{
	return (order == 6 ? ROW_FULL : (1ull << (1u << order)) - 1) << pos;
}

/* Set the bits of an aligned run of 2^order <= 64 pages, anywhere. */
static inline int bits_take_row(struct llfree_bitfield *bits,
				unsigned int order, unsigned int start)
{
	unsigned int i;

	for (i = 0; i < LLFREE_FRAME_ROWS; i++) {
		unsigned int r = (start + i) % LLFREE_FRAME_ROWS;
		u64 old = READ_ONCE(bits->row[r]);
		int pos;

		while ((pos = row_find(old, order)) >= 0) {
			if (try_cmpxchg(&bits->row[r], &old,
					old | row_mask(pos, order)))
				return r * LLFREE_ROW_PAGES + pos;
		}
	}
	return -1;
}

/* Set whole rows, ascending; all or none. */
static inline bool bits_set_rows(struct llfree_bitfield *bits, unsigned int row,
				 unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		u64 old = 0;

		if (!try_cmpxchg(&bits->row[row + i], &old, ROW_FULL))
			goto undo;
	}
	return true;
undo:
	while (i--)
		xchg(&bits->row[row + i], 0);
	return false;
}

static inline bool bits_rows_zero(const struct llfree_bitfield *bits,
				  unsigned int row, unsigned int nr)
{
	while (nr--) {
		if (READ_ONCE(bits->row[row + nr]))
			return false;
	}
	return true;
}

/* Orders 7 and 8: two or four whole rows. */
static inline int bits_take_rows(struct llfree_bitfield *bits,
				 unsigned int order)
{
	unsigned int nr = 1u << (order - 6), row;

	for (row = 0; row < LLFREE_FRAME_ROWS; row += nr) {
		if (!bits_rows_zero(bits, row, nr))
			continue;
		/*
		 * Do not go on where this fails: others may have missed the
		 * rows that were held for a moment, and the caller's undo
		 * tells them.
		 */
		return bits_set_rows(bits, row, nr) ?
		       (int)(row * LLFREE_ROW_PAGES) : -1;
	}
	return -1;
}

static inline int bits_take(struct llfree_bitfield *bits, unsigned int order,
			    unsigned int start)
{
	return order <= 6 ? bits_take_row(bits, order, start) :
			    bits_take_rows(bits, order);
}

/* Is there a run of this order (0..8)?  Reads only. */
static inline bool bits_have(const struct llfree_bitfield *bits,
			     unsigned int order)
{
	unsigned int nr = order <= 6 ? 1 : 1u << (order - 6), row;

	for (row = 0; row < LLFREE_FRAME_ROWS; row += nr) {
		if (order > 6 ? bits_rows_zero(bits, row, nr) :
				row_find(READ_ONCE(bits->row[row]), order) >= 0)
			return true;
	}
	return false;
}

/*
 * The smallest hole of a row that has an aligned run of 2^order pages: its
 * first page, and in @hole its order, 0..6; -1 where there is none.
 */
static inline int row_find_best(u64 row, unsigned int order, unsigned int *hole)
{
	u64 starts = ~row, next, alone;
	unsigned int o;

	for (o = 0; o < 6 && starts; o++, starts = next) {
		next = starts & (starts >> (1u << o)) & run_starts[o + 1];
		if (o < order)
			continue;
		/* Whose buddy is not free as well. */
		alone = starts & ~(next | next << (1u << o));
		if (alone) {
			*hole = o;
			return __ffs64(alone);
		}
	}
	*hole = 6;
	return starts ? 0 : -1;
}

/* The order of the hole around a free row, 6..9. */
static inline unsigned int bits_hole(const struct llfree_bitfield *bits,
				     unsigned int row)
{
	unsigned int nr = 2;

	while (nr <= LLFREE_FRAME_ROWS &&
	       bits_rows_zero(bits, row & ~(nr - 1), nr))
		nr *= 2;
	return 5 + __ffs64(nr);
}

/*
 * The same for a frame, 0..9: large holes are left for what needs them.  Of
 * equal holes the first one.  An answer is aligned, but may be gone by now.
 */
static inline int bits_find_best(const struct llfree_bitfield *bits,
				 unsigned int order, unsigned int *hole)
{
	unsigned int row, best_hole = ~0u;
	int best = -1;

	for (row = 0; row < LLFREE_FRAME_ROWS; row++) {
		u64 used = READ_ONCE(bits->row[row]);
		unsigned int h;
		int pos = row_find_best(used, min(order, 6u), &h);

		if (pos < 0)
			continue;
		if (h == 6)
			h = bits_hole(bits, row);
		if (h < order || h >= best_hole)
			continue;
		best_hole = h;
		/* Of a hole that has just come, any row may be the first one. */
		best = (row * LLFREE_ROW_PAGES + pos) & ~((1u << order) - 1);
		if (h == order)
			break;
	}
	*hole = best_hole;
	return best;
}

static inline void bits_fill(struct llfree_bitfield *bits, u64 value)
{
	unsigned int row;

	for (row = 0; row < LLFREE_FRAME_ROWS; row++)
		WRITE_ONCE(bits->row[row], value);
}

/* Is the aligned run of 2^order pages around @page of this frame free? */
static inline bool bits_run_free(const struct llfree_bitfield *bits,
				 unsigned int page, unsigned int order)
{
	unsigned int start = page & ~((1u << order) - 1);
	unsigned int row = start / LLFREE_ROW_PAGES;

	if (order > 6)
		return bits_rows_zero(bits, row, 1u << (order - 6));
	return !(READ_ONCE(bits->row[row]) &
		 row_mask(start % LLFREE_ROW_PAGES, order));
}

/* Clear bits of a row, unless one of them is clear. */
static inline bool row_clear(struct llfree_bitfield *bits, unsigned int row,
			     u64 mask)
{
	u64 old = READ_ONCE(bits->row[row]);

	do {
		if ((old & mask) != mask)
			return false;
	} while (!try_cmpxchg(&bits->row[row], &old, old & ~mask));
	return true;
}

/* Clear the bits of a run of 2^order pages, 0..9; number of pages cleared. */
static inline unsigned int bits_clear(struct llfree_bitfield *bits,
				      unsigned int page, unsigned int order)
{
	unsigned int row = page / LLFREE_ROW_PAGES, i;

	if (order <= 6)
		return row_clear(bits, row, row_mask(page % LLFREE_ROW_PAGES,
						     order)) << order;
	for (i = 0; i < 1u << (order - 6); i++) {
		if (!row_clear(bits, row + i, ROW_FULL))
			break;
	}
	return i * LLFREE_ROW_PAGES;
}

/* Set up to @nr bits of a frame from which @nr pages were taken. */
static inline void bits_take_bulk(struct llfree_bitfield *bits, u64 base,
				  u64 *index, unsigned int nr)
{
	unsigned int row = 0;

	while (nr) {
		u64 old = READ_ONCE(bits->row[row]), take, rest;
		unsigned int left;

		do {
			take = 0;
			rest = ~old;
			for (left = nr; left && rest; left--) {
				take |= rest & -rest;
				rest &= rest - 1;
			}
		} while (take &&
			 !try_cmpxchg(&bits->row[row], &old, old | take));
		for (; take; take &= take - 1, nr--)
			*index++ =
				base + row * LLFREE_ROW_PAGES + __ffs64(take);
		row = (row + 1) % LLFREE_FRAME_ROWS;
	}
}

/* Number of zero bits. */
static inline unsigned int bits_zero(const struct llfree_bitfield *bits)
{
	unsigned int zero = 0, row;

	for (row = 0; row < LLFREE_FRAME_ROWS; row++)
		zero += hweight64(~smp_load_acquire(&bits->row[row]));
	return zero;
}

#endif /* _MM_LLFREE_BITS_H */
