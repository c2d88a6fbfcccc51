// SPDX-License-Identifier: GPL-2.0
/*
 * On free: the put that leaves a frame nearly empty makes it a candidate, and
 * candidates are cleared before anybody asks.
 *
 * The index is a single set, of the frames with at most NEAR used pages that
 * may be cleared; the core says when one enters or leaves.
 *
 * Source: the least used of 64 neighbours, among the candidates that come
 * first; where there is none, none in the background and as sample-16 for a
 * request.  Target: as sample-16.  Cost: a word for each level of the set and
 * two cache lines of child words, more where the first candidates are too dear
 * for the background.  Worst case: sample-16's.  Assumes that pages are freed
 * where they were allocated together, so that frames drain by themselves; after
 * random frees hardly any does.  A candidate that could not be cleared is one
 * again when marks expire, which takes a request.
 */
#include "policy.h"
#include "sets.h"

#define NEAR	63	/* a bucket's bound */
#define LINES	16

struct near_index {
	struct llfree_index index;
	struct llfree_sets sets;
};

static size_t near_bytes(const struct llfree *a)
{
	return sizeof(struct near_index) + llfree_sets_bytes(a->frames, 1);
}

static void near_init(const struct llfree *a, struct llfree_index *index)
{
	struct near_index *n = (struct near_index *)index;

	llfree_sets_init(&n->sets, a->frames, 1, n + 1);
}

static bool is_near(unsigned int bucket)
{
	return bucket >= llfree_clear_bucket(LLFREE_FRAME_PAGES - NEAR) &&
	       bucket < LLFREE_BUCKET_MARKED;
}

/* As in the buckets' index: the last one to change it leaves it right. */
static void near_changed(struct llfree *a, struct llfree_index *index,
			 u64 frame, unsigned int from, unsigned int to)
{
	struct llfree_sets *sets = &((struct near_index *)index)->sets;
	bool was = is_near(from), is = is_near(to);

	while (was || is) {
		if (is)
			llfree_set_add(sets, 0, frame);
		else
			llfree_set_remove(sets, 0, frame);
		was = is;
		is = is_near(llfree_bucket(llfree_child(a, frame)));
		if (is == was)
			return;
	}
}

static u64 near_check(const struct llfree *a, const struct llfree_index *index)
{
	const struct llfree_sets *sets =
		&((const struct near_index *)index)->sets;
	u64 wrong = 0, frame, found = llfree_set_next(sets, 0, 0);

	for (frame = 0; frame < a->frames; frame++) {
		bool in = is_near(llfree_bucket(llfree_child(a, frame)));

		wrong += llfree_set_has(sets, 0, frame) != in;
		if (!in)
			continue;
		wrong += found != frame;
		found = llfree_set_next(sets, 0, frame + 1);
	}
	return wrong;
}

static const struct llfree_index_ops near_index = {
	.bytes = near_bytes,
	.init = near_init,
	.changed = near_changed,
	.check = near_check,
};

static void on_free_begin(struct llfree_compact *c)
{
	c->whole = true;
}

static s64 candidate(struct llfree_compact *c, const struct llfree_sets *sets)
{
	struct llfree_best best = LLFREE_NO_BEST;
	u64 frame = llfree_set_next(sets, 0, 0), members;

	for (; frame != LLFREE_SET_END && best.rank > NEAR;
	     frame = llfree_set_next(sets, 0, (frame & ~63ull) + 64)) {
		for (members = llfree_set_word(sets, 0, frame); members;
		     members &= members - 1)
			llfree_rank_sources(c,
					    (frame & ~63ull) +
					    __ffs64(members), 1, &best);
	}
	return best.rank <= NEAR &&
	       llfree_have_holes(c, best.frame, best.rank) ? best.frame : -1;
}

static const struct llfree_sets *near_sets(const struct llfree *a)
{
	struct llfree_index *index = READ_ONCE(a->index);

	return index && index->ops == &near_index ?
	       &((struct near_index *)index)->sets : NULL;
}

static bool on_free_pending(const struct llfree *a)
{
	const struct llfree_sets *sets = near_sets(a);

	return sets && llfree_set_next(sets, 0, 0) != LLFREE_SET_END;
}

static s64 on_free_source(struct llfree_compact *c)
{
	const struct llfree_sets *sets = near_sets(c->a);
	s64 frame = -1;

	if (sets && c->frames == 1 && c->class != LLFREE_UNMOVABLE)
		frame = candidate(c, sets);
	if (frame >= 0 || c->background)
		return frame;
	return llfree_sample_source(c, LINES);
}

static s64 on_free_target(struct llfree_compact *c, unsigned int order)
{
	return llfree_sample_target(c, order, LINES);
}

const struct llfree_compact_policy llfree_policy_on_free = {
	.name = "on-free",
	.begin = on_free_begin,
	.source = on_free_source,
	.target = on_free_target,
	.pending = on_free_pending,
	.rule = &llfree_target_rules[LLFREE_TARGETS_SPARING],
	.index = &near_index,
};
