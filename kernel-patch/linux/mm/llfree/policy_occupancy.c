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
 * Source: the least used frame of all, if the holes elsewhere suffice.
 * Target: the best of all by the rule.  Cost: a decision reads every child word,
 * two bytes per 2 MiB, which is 16 cache lines per GiB.  Worst case: the same.
 * Assumes nothing but that the child words hold still for the time of a pass.
 */
#include "policy.h"

#define NONE (~0u)

static void occupancy_begin(struct llfree_compact *c)
{
	c->whole = true;
}

/*
 * The least used source, if the holes elsewhere can take what has to move.
 * Groups of the other kind (with unmovable pages for a movable request, and the
 * other way round) come last: most of them cannot be emptied, or clearing them
 * invites the request to mix classes.
 */
s64 llfree_scan_source(struct llfree_compact *c)
{
	const struct llfree *a = c->a;
	const unsigned int frames = c->frames;
	unsigned int used[2] = { NONE, NONE }, own[2] = {}, i;
	const unsigned int plain = llfree_misplaced(c, false);
	u64 best[2] = {}, holes = 0, frame;

	c->skipped = 0;
	for (frame = 0; frame < a->frames; frame += frames) {
		struct llfree_group group;

		/* What most frames are: neither source nor target, or no better. */
		if (frames == 1) {
			u16 child = llfree_child(a, frame);
			unsigned int free = child & LLFREE_CHILD_FREE;

			if (child & (LLFREE_CHILD_BLOCKED | LLFREE_CHILD_HUGE |
				     LLFREE_CHILD_ABSENT) ||
			    free == LLFREE_FRAME_PAGES)
				continue;
			if (!(child & (LLFREE_CHILD_SKIP |
				       LLFREE_CHILD_UNMOVABLE)) &&
			    LLFREE_FRAME_PAGES - free >= used[plain]) {
				holes += free;
				continue;
			}
		}
		group = llfree_look(a, frame, frames);
		i = llfree_misplaced(c, group.unmovable);
		if (!llfree_may_fill(c, group.unmovable))
			group.holes = 0;
		holes += group.holes;
		if (llfree_passed_by(c, &group))
			c->skipped++;
		if (group.source && group.used < used[i] &&
		    llfree_worth(c, group.used)) {
			best[i] = frame;
			used[i] = group.used;
			own[i] = group.holes;
		}
	}
	c->looked += a->frames;

	for (i = 0; i < 2; i++) {
		/* Of a frame that is cleared in part, a page may be enough. */
		if (used[i] != NONE &&
		    holes - own[i] >= (llfree_partial(c) ? 1 : used[i]))
			return best[i];
	}
	return -1;
}

const struct llfree_compact_policy llfree_policy_occupancy = {
	.name = "occupancy",
	.begin = occupancy_begin,
	.source = llfree_scan_source,
	.target = llfree_scan_target,
	.rule = &llfree_target_rules[LLFREE_TARGETS_SPARING],
};
