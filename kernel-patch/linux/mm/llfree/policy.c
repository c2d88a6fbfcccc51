// SPDX-License-Identifier: GPL-2.0
/*
 * What all compaction policies share, see policy.h: the table, sources
 * blocked as a whole, a cached target, and skip marks that expire.
 */
#include "policy.h"
#include "bits.h"

const struct llfree_compact_policy *const llfree_policies[] = {
	&llfree_policy_occupancy,
	&llfree_policy_address,
	NULL
};

bool llfree_fits(struct llfree_compact *c, u64 frame, unsigned int order)
{
	u16 child = llfree_child(c->a, frame);
	unsigned int free = child & LLFREE_CHILD_FREE;

	c->looked++;
	if (child & (LLFREE_CHILD_BLOCKED | LLFREE_CHILD_HUGE))
		return false;
	if (free < 1u << order)
		return false;
	if (free == LLFREE_FRAME_PAGES &&
	    (c->frames == 1 || (llfree_child(c->a, frame ^ 1) &
				LLFREE_CHILD_FREE) == LLFREE_FRAME_PAGES))
		return false;
	return !order || order == LLFREE_FRAME_ORDER ||
	       bits_have(&c->a->bits[frame], order);
}

static void pass_begin(struct llfree_compact *c)
{
	c->skipped = 0;
	c->policy->begin(c);
}

void llfree_compact_begin(struct llfree_compact *c)
{
	c->frames = c->order > LLFREE_FRAME_ORDER ?
		    1u << (c->order - LLFREE_FRAME_ORDER) : 1;
	c->source = -1;
	c->target = -1;
	pass_begin(c);
}

static void expire_marks(struct llfree_compact *c)
{
	u64 frame;

	for (frame = 0; frame < c->a->frames; frame++)
		llfree_clear_skip(c->a, frame);
	c->expired = true;
	c->marked = 0;
}

s64 llfree_compact_source(struct llfree_compact *c)
{
	c->source = c->policy->source(c);
	/* Nothing left, or others refill what this run clears. */
	if (c->source >= 0 && c->tried++ < 2 * c->a->frames)
		return c->source;
	if (c->source >= 0) {
		c->whole = false;
		return -1;
	}

	/* Marks of this run only: they were all tried. */
	if (c->expired || c->skipped <= c->marked)
		return -1;

	expire_marks(c);
	if (!c->sync || !c->whole) {
		c->whole = false;
		return -1;
	}
	pass_begin(c);
	return llfree_compact_source(c);
}

bool llfree_compact_block(struct llfree_compact *c, unsigned int cpu)
{
	unsigned int i;

	for (i = 0; i < c->frames; i++) {
		if (llfree_block(c->a, cpu, c->source + i,
				 LLFREE_CHILD_COMPACTING))
			goto undo;
	}
	return true;
undo:
	while (i--)
		llfree_unblock(c->a, cpu, c->source + i,
			       LLFREE_CHILD_COMPACTING, false);
	return false;
}

void llfree_compact_unblock(struct llfree_compact *c, unsigned int cpu,
			    bool skip)
{
	unsigned int i;

	for (i = 0; i < c->frames; i++)
		llfree_unblock(c->a, cpu, c->source + i,
			       LLFREE_CHILD_COMPACTING, skip);
	c->marked += skip;
}

s64 llfree_compact_target(struct llfree_compact *c, unsigned int order)
{
	s64 frame = c->target;

	if (frame >= 0 && llfree_fits(c, frame, order))
		return frame;
	frame = c->policy->target(c, order);
	/* A long run found elsewhere does not end the frame being filled. */
	if (!order)
		c->target = frame;
	return frame;
}

void llfree_compact_end(struct llfree_compact *c)
{
	if (c->policy->end)
		c->policy->end(c);
}
