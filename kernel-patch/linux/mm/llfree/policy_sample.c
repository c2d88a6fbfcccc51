// SPDX-License-Identifier: GPL-2.0
/*
 * The best of a few: choices by sampling, as d-choices garbage collection in
 * flash memory (Van Houdt, SIGMETRICS 2013).
 *
 * Source: the least used frame on 4 or 16 random cache lines of child words, a
 * line being four trees; where none is, the least used of all.  Target: the
 * same for the best target.  Cost: 4 or 16 cache lines, however much memory
 * there is.  Worst case: no source on any sampled line, and every child word is
 * read.  Assumes that cheap sources are not rare: the least used of n sampled
 * frames is in the lowest 1/n of all.
 */
#include "policy.h"

static void sample_begin(struct llfree_compact *c)
{
	c->whole = true;
}

static s64 sample_4_source(struct llfree_compact *c)
{
	return llfree_sample_source(c, 4);
}

static s64 sample_4_target(struct llfree_compact *c, unsigned int order)
{
	return llfree_sample_target(c, order, 4);
}

static s64 sample_16_source(struct llfree_compact *c)
{
	return llfree_sample_source(c, 16);
}

static s64 sample_16_target(struct llfree_compact *c, unsigned int order)
{
	return llfree_sample_target(c, order, 16);
}

const struct llfree_compact_policy llfree_policy_sample_4 = {
	.name = "sample-4",
	.begin = sample_begin,
	.source = sample_4_source,
	.target = sample_4_target,
	.rule = &llfree_target_rules[LLFREE_TARGETS_SPARING],
};

const struct llfree_compact_policy llfree_policy_sample_16 = {
	.name = "sample-16",
	.begin = sample_begin,
	.source = sample_16_source,
	.target = sample_16_target,
	.rule = &llfree_target_rules[LLFREE_TARGETS_SPARING],
};
