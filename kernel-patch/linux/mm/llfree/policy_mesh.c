// SPDX-License-Identifier: GPL-2.0
/*
 * Mesh: pages keep their offset in the frame, after Powers et al., "Mesh:
 * Compacting Memory Management for C/C++ Applications", PLDI 2019.
 *
 * What lay together lies together after the move, at the same alignment: folios
 * of any order, runs of pages that one entry of the TLB maps, and cache colours.
 * No order has to be planned for: a hole at the place of a folio is large enough.
 *
 * Source: bucket's.  Target: a partner that has the folio's own place free, and
 * of those the one whose holes match the most of the source's pages; it stands
 * while it has the next folio's place.  Partners are looked for on LINES random
 * lines, not among frames used less than the average there, as these may become
 * sources.  Without a partner, bucket's target, and in it the smallest hole that
 * is large enough: there only the folio's own order is kept.  Cost: the lines,
 * and the bitfields of at most TRIES frames on them.  Worst case: no
 * partner for any folio; then bucket's is added for each.  Assumes that holes
 * are spread over the offsets, so that few partners serve a source, and that
 * keeping pages together is worth more than filling the fullest frames.
 */
#include "policy.h"

#define LINES	8
/* Frames whose bitfields are compared. */
#define TRIES	64

/* Pages of the source that find their own place free in a frame. */
static unsigned int match(const struct llfree_compact *c, u64 frame)
{
	const u64 *from = c->a->bits[c->source].row;
	const u64 *to = c->a->bits[frame].row;
	unsigned int pages = 0, row;

	for (row = 0; row < LLFREE_FRAME_ROWS; row++)
		pages += hweight64(READ_ONCE(from[row]) & ~READ_ONCE(to[row]));
	return pages;
}

/* May pages go to a frame, others being used @least pages on average? */
static bool may_mesh(struct llfree_compact *c, u64 frame, unsigned int order,
		     unsigned int least)
{
	u16 child = llfree_child(c->a, frame);
	enum llfree_kind kind = llfree_kind(child);

	if (kind == LLFREE_KIND_SPARE ||
	    !llfree_may_fill(c, kind == LLFREE_KIND_UNMOVABLE))
		return false;
	/* What will not be a source may have any number of holes. */
	if (kind == LLFREE_KIND_CLEAR &&
	    (child & LLFREE_CHILD_FREE) + least > LLFREE_FRAME_PAGES)
		return false;
	return llfree_fits(c, frame, order);
}

/* Used pages of the frames on some lines that are neither free nor closed. */
static unsigned int average_used(struct llfree_compact *c, const u64 *first,
				 const u64 *nr)
{
	unsigned int used = 0, frames = 0, line;
	u64 i;

	for (line = 0; line < LINES; line++) {
		for (i = 0; i < nr[line]; i++) {
			struct llfree_group group =
				llfree_look(c->a, first[line] + i, 1);

			used += group.used;
			frames += group.used > 0;
		}
		c->looked += nr[line];
	}
	return frames ? used / frames : 0;
}

static s64 find_partner(struct llfree_compact *c, unsigned int offset,
			unsigned int order)
{
	unsigned int least, line, most = 0, tried = 0;
	u64 first[LINES], nr[LINES], i;
	s64 best = -1;

	for (line = 0; line < LINES; line++)
		first[line] = llfree_random_line(c, &nr[line]);
	least = average_used(c, first, nr);

	for (line = 0; line < LINES; line++) {
		for (i = 0; i < nr[line] && tried < TRIES; i++) {
			u64 frame = first[line] + i;
			unsigned int pages;

			if (!may_mesh(c, frame, order, least))
				continue;
			tried++;
			if (!llfree_run_free(c, frame * LLFREE_FRAME_PAGES +
					     offset, order))
				continue;
			pages = match(c, frame);
			if (pages <= most)
				continue;
			most = pages;
			best = frame;
		}
	}
	return best;
}

static s64 mesh_place(struct llfree_compact *c, u64 index, unsigned int order)
{
	const unsigned int offset = index % LLFREE_FRAME_PAGES;
	s64 frame = c->target, run;
	unsigned int hole;

	if (llfree_filling(c, order) &&
	    llfree_run_free(c, frame * LLFREE_FRAME_PAGES + offset, order))
		return frame * LLFREE_FRAME_PAGES + offset;
	frame = order < LLFREE_FRAME_ORDER && c->frames == 1 ?
		find_partner(c, offset, order) : -1;
	if (frame >= 0) {
		llfree_fill(c, frame);
		return frame * LLFREE_FRAME_PAGES + offset;
	}
	frame = llfree_bucket_target(c, order);
	if (frame < 0)
		return -1;
	run = llfree_best_run(c, frame, order, &hole);
	/* Somebody was faster: the driver, refused, asks again. */
	return run < 0 ? frame * LLFREE_FRAME_PAGES : run;
}

const struct llfree_compact_policy llfree_policy_mesh = {
	.name = "mesh",
	.begin = llfree_bucket_begin,
	.source = llfree_bucket_source,
	.target = llfree_bucket_target,
	.place = mesh_place,
	.rule = &llfree_target_rules[LLFREE_TARGETS_SPARING],
	.index = &llfree_bucket_index,
};
