// SPDX-License-Identifier: GPL-2.0
/*
 * A random source: the control that every other choice has to beat.
 *
 * Source: frames drawn from the instance's own sequence until one may be
 * emptied; after TRIES misses the next one by address.  Target: the best on 16
 * sampled lines, so that it is the sources that differ from the others'.  Cost:
 * one cache line a draw.  Worst case: few sources are left and every child word
 * is read.  Assumes nothing.
 */
#include "policy.h"

#define TRIES	64
#define LINES	16

static void random_begin(struct llfree_compact *c)
{
	c->whole = true;
}

/* The first source from @start on, around the instance. */
static s64 next_source(struct llfree_compact *c, u64 start)
{
	const u64 groups = c->a->frames / c->frames;
	u64 i;

	c->skipped = 0;
	for (i = 0; i < groups; i++) {
		u64 frame = (start + i) % groups * c->frames;
		struct llfree_group group = llfree_look(c->a, frame, c->frames);

		c->looked += c->frames;
		c->skipped += group.marked;
		if (group.source)
			return frame;
	}
	return -1;
}

static s64 random_source(struct llfree_compact *c)
{
	const u64 groups = c->a->frames / c->frames;
	unsigned int i;

	for (i = 0; i < TRIES; i++) {
		u64 frame = llfree_next_random(c) % groups * c->frames;

		c->looked += c->frames;
		if (llfree_look(c->a, frame, c->frames).source)
			return frame;
	}
	return next_source(c, llfree_next_random(c) % groups);
}

static s64 random_target(struct llfree_compact *c, unsigned int order)
{
	return llfree_sample_target(c, order, LINES);
}

const struct llfree_compact_policy llfree_policy_random = {
	.name = "random",
	.begin = random_begin,
	.source = random_source,
	.target = random_target,
	.rule = &llfree_target_rules[LLFREE_TARGETS_SPARING],
};
