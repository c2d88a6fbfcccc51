// SPDX-License-Identifier: GPL-2.0
/*
 * Two fingers in occupancy order.
 *
 * The fewest moves that clear k frames is the sum of the k smallest used
 * counts among the frames without unmovable pages, if the holes elsewhere can
 * take them.  Emptying the least used frame into, first, frames that cannot be
 * emptied and then the fullest others reaches that for every k at once: what
 * is moved never moves again.
 *
 * A decision reads every child word, two bytes per 2 MiB: 1 KiB per GiB.
 */
#include "policy.h"

#define NONE (~0u)

static void occupancy_begin(struct llfree_compact *c)
{
	c->whole = true;
}

/* Pages that may be moved to this group's frames. */
static bool may_fill(const struct llfree_compact *c, u64 frame)
{
	return c->order >= 0 || !llfree_unmovable(c, frame);
}

/*
 * The least used source, if the holes elsewhere can take what has to move.
 * Trees of the other kind (unmovable ones for a movable request, and the other
 * way round) come last: most of their frames cannot be emptied, or clearing
 * them invites the request to mix classes.
 */
static s64 occupancy_source(struct llfree_compact *c)
{
	u64 best[2] = {}, holes = 0, frame;
	unsigned int used[2] = { NONE, NONE }, own[2] = {}, i;

	c->skipped = 0;
	for (frame = 0; frame + c->frames <= c->a->frames; frame += c->frames) {
		struct llfree_group group = llfree_look(c, frame);

		if (!may_fill(c, frame))
			group.holes = 0;
		holes += group.holes;
		if (!group.source)
			continue;
		i = llfree_misplaced(c, frame);
		if (group.used < used[i]) {
			best[i] = frame;
			used[i] = group.used;
			own[i] = group.holes;
		}
	}

	for (i = 0; i < 2; i++) {
		/* Of a frame that is cleared in part, a page may be enough. */
		if (used[i] != NONE &&
		    holes - own[i] >= (llfree_partial(c) ? 1 : used[i]))
			return best[i];
	}
	return -1;
}

/*
 * Where pages go, best first, and among equals the fullest group:
 *  1. groups that cannot be cleared, for their mark or because one of their
 *     frames is allocated as a whole: what they take never moves again;
 *  2. all others in trees without unmovable pages;
 *  3. groups in trees of unmovable pages.  Filling these earlier would save
 *     moves, too, as they seldom become sources; but then unmovable requests
 *     find their trees full and spread.  Not without a request: compacting
 *     everything leaves them alone.
 */
static unsigned int target_rank(const struct llfree_compact *c, u64 frame,
				const struct llfree_group *group)
{
	unsigned int free = c->frames * LLFREE_FRAME_PAGES - group->used;

	return free | (group->source ? 1u << 11 : 0) |
	       (llfree_unmovable(c, frame) ? 1u << 12 : 0);
}

static s64 occupancy_target(struct llfree_compact *c, unsigned int order)
{
	unsigned int best_rank = NONE, i;
	s64 best = -1;
	u64 first;

	for (first = 0; first + c->frames <= c->a->frames; first += c->frames) {
		struct llfree_group group = llfree_look(c, first);
		unsigned int rank = target_rank(c, first, &group);

		if (!group.holes || rank >= best_rank || !may_fill(c, first))
			continue;
		for (i = 0; i < c->frames; i++) {
			if (!llfree_fits(c, first + i, order))
				continue;
			best_rank = rank;
			best = first + i;
			break;
		}
	}
	return best;
}

const struct llfree_compact_policy llfree_policy_occupancy = {
	.name = "occupancy",
	.begin = occupancy_begin,
	.source = occupancy_source,
	.target = occupancy_target,
};
