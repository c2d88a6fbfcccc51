// SPDX-License-Identifier: GPL-2.0
/*
 * Just enough: a request may move so many pages and no more.
 *
 * Source: bucket's, unless it takes the request beyond its budget: then the run
 * ends, and the caller does without (base pages instead of a huge one) rather
 * than stall.  The budget is half of the pages that are wanted, and an eighth
 * where the run may not wait, which is what the request's gfp flags come to by
 * then; none without a request.  Target: bucket's.  Cost: bucket's; at the end
 * it looks at every frame only where marks hide what may be cheap enough.  Worst
 * case: budget pages are moved for nothing, because they turn out to be pinned.
 * Assumes that a request refused is cheaper than half a frame of moves; what is
 * refused is told apart from what was tried: such a run never counts as whole.
 */
#include "policy.h"

static unsigned int used_pages(const struct llfree_compact *c, s64 frame)
{
	return llfree_look(c->a, frame, c->frames).used;
}

static s64 just_enough_source(struct llfree_compact *c)
{
	const u64 budget = (1ull << max(c->order, 0)) / (c->sync ? 2 : 8);
	unsigned int used;
	s64 frame;

	/* What left the last source, which is open again and was not cleared. */
	if (c->source >= 0) {
		used = used_pages(c, c->source);
		c->spent += c->planned > used ? c->planned - used : 0;
	}
	frame = llfree_bucket_source(c);
	if (frame < 0 || c->order < 0)
		return frame;
	used = used_pages(c, frame);
	c->planned = used;
	/* Of a source that is cleared in part, its share. */
	if (llfree_partial(c))
		used = used * (1u << c->order) / LLFREE_FRAME_PAGES;
	if (c->spent + used > budget) {
		/* Perhaps only marks of earlier runs hide a cheaper one. */
		if (!c->marked && c->spent < budget)
			c->skipped += llfree_bucket_marked(c,
							   budget - c->spent);
		c->whole = false;
		return -1;
	}
	return frame;
}

const struct llfree_compact_policy llfree_policy_just_enough = {
	.name = "just-enough",
	.begin = llfree_bucket_begin,
	.source = just_enough_source,
	.target = llfree_bucket_target,
	.rule = &llfree_target_rules[LLFREE_TARGETS_SPARING],
	.index = &llfree_bucket_index,
};
