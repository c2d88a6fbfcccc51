// SPDX-License-Identifier: GPL-2.0
/*
 * What all compaction policies share, see policy.h: the tables, sources
 * blocked as a whole, a cached target, skip marks that expire, and ranking.
 */
#include "policy.h"
#include "bits.h"

const struct llfree_compact_policy *const llfree_policies[] = {
	&llfree_policy_occupancy,
	&llfree_policy_address,
	&llfree_policy_bucket,
	&llfree_policy_bounds,
	&llfree_policy_just_enough,
	&llfree_policy_on_free,
	&llfree_policy_tree,
	&llfree_policy_sample_4,
	&llfree_policy_sample_16,
	&llfree_policy_random,
	&llfree_policy_priced,
	&llfree_policy_mesh,
	NULL
};

/*
 * sparing: frames that will not be cleared first, as what they take never moves
 *	again; but of those with unmovable pages the last room comes last of all.
 *	It is for the unmovable pages of tomorrow, which else spread to others.
 * pinned: frames that will not be cleared first, to their last page.
 * apart: the same, but all room of frames with unmovable pages comes last.
 * fullest: whatever has the least room.
 * random: a control.
 */
const struct llfree_target_rule llfree_target_rules[] = {
	[LLFREE_TARGETS_SPARING] = {
		.name = "sparing",
		.place = {
			[LLFREE_KIND_CLEAR] = 1,
			[LLFREE_KIND_SPARE] = 2,
		},
	},
	[LLFREE_TARGETS_PINNED] = {
		.name = "pinned",
		.place = {
			[LLFREE_KIND_CLEAR] = 1,
		},
	},
	[LLFREE_TARGETS_APART] = {
		.name = "apart",
		.place = {
			[LLFREE_KIND_CLEAR] = 1,
			[LLFREE_KIND_UNMOVABLE] = 2,
			[LLFREE_KIND_SPARE] = 2,
		},
	},
	[LLFREE_TARGETS_FULLEST] = {
		.name = "fullest",
	},
	[LLFREE_TARGETS_RANDOM] = {
		.name = "random",
		.random = true,
	},
	{ }
};

/* Marks stay for at most so many runs, as a shift: COMPACT_MAX_DEFER_SHIFT. */
#define MAX_WAIT_SHIFT	6

/* Are the other frames of an entirely free frame's group that, too? */
static bool group_free(const struct llfree_compact *c, u64 frame)
{
	const u64 first = frame & ~((u64)c->frames - 1);
	unsigned int i;

	for (i = 0; i < c->frames; i++) {
		if (first + i != frame &&
		    (llfree_child(c->a, first + i) & LLFREE_CHILD_FREE) !=
		    LLFREE_FRAME_PAGES)
			return false;
	}
	return true;
}

bool llfree_fits(struct llfree_compact *c, u64 frame, unsigned int order)
{
	u16 child = llfree_child(c->a, frame);
	unsigned int free = child & LLFREE_CHILD_FREE;

	c->looked++;
	if (child & (LLFREE_CHILD_BLOCKED | LLFREE_CHILD_HUGE))
		return false;
	if (free < 1u << order)
		return false;
	if (free == LLFREE_FRAME_PAGES && group_free(c, frame))
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
	if (!c->rule)
		c->rule = c->policy->rule;
	c->source = -1;
	c->target = -1;
	c->place = -1;
	if (c->policy->index)
		llfree_settle(c->a);
	pass_begin(c);
}

u64 llfree_next_random(struct llfree_compact *c)
{
	/* splitmix64: runs that race for the state may draw the same. */
	u64 x = READ_ONCE(c->state->random) + 0x9e3779b97f4a7c15ull;

	WRITE_ONCE(c->state->random, x);
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

/* Most frames are not the best one by their free pages alone. */
static inline bool no_source(const struct llfree_compact *c, u64 frame,
			     const struct llfree_best *best)
{
	u16 child = llfree_child(c->a, frame);

	return c->frames == 1 && !(child & LLFREE_CHILD_SKIP) &&
	       LLFREE_FRAME_PAGES - (child & LLFREE_CHILD_FREE) >= best->rank;
}

/* @clear: the best rank that a frame without marks can have. */
static inline bool no_target(u16 child, unsigned int clear,
			     const struct llfree_best *best)
{
	unsigned int rank = child & LLFREE_CHILD_FREE;

	if (!rank)
		return true;
	if (!(child & (LLFREE_CHILD_SKIP | LLFREE_CHILD_UNMOVABLE)))
		rank |= clear;
	return rank >= best->rank;
}

void llfree_rank_sources(struct llfree_compact *c, u64 first, u64 nr,
			 struct llfree_best *best)
{
	u64 frame;

	for (frame = first; frame < first + nr; frame += c->frames) {
		struct llfree_group group;
		unsigned int rank;

		if (no_source(c, frame, best))
			continue;
		group = llfree_look(c->a, frame, c->frames);
		rank = group.used;
		if (llfree_passed_by(c, &group))
			c->skipped++;
		/* What holds unmovable pages will hardly be cleared. */
		if (group.unmovable)
			rank |= LLFREE_RANK_USED + 1;
		if (group.source && rank < best->rank &&
		    llfree_worth(c, group.used)) {
			best->frame = frame;
			best->rank = rank;
		}
	}
	c->looked += nr;
}

/*
 * How good it is to fill a frame: its kind first, then the fullest, of which
 * more than a frame makes one group.  Pages in a full frame of a group that is
 * nearly empty move again.
 */
static unsigned int target_rank(const struct llfree_compact *c, u64 frame)
{
	u16 child = llfree_child(c->a, frame);
	enum llfree_kind kind = llfree_kind(child);
	unsigned int free = child & LLFREE_CHILD_FREE;

	if (c->frames > 1) {
		struct llfree_group group =
			llfree_look(c->a, ALIGN_DOWN(frame, (u64)c->frames),
				    c->frames);

		free = group.holes;
		kind = group.unmovable ? llfree_unmovable_kind(free) :
		       group.source ? LLFREE_KIND_CLEAR : LLFREE_KIND_MARKED;
	}
	if (!free || !llfree_may_fill(c, kind >= LLFREE_KIND_UNMOVABLE))
		return ~0u;
	return c->rule->place[kind] << 16 | free;
}

void llfree_rank_targets(struct llfree_compact *c, unsigned int order,
			 u64 first, u64 nr, struct llfree_best *best)
{
	const bool single = c->frames == 1 && !c->rule->random;
	const unsigned int clear = c->rule->place[LLFREE_KIND_CLEAR] << 16;
	unsigned int group = 0;
	u64 frame;

	for (frame = first; frame < first + nr; frame++) {
		unsigned int rank;

		if (single && no_target(llfree_child(c->a, frame), clear, best))
			continue;
		if (frame == first || IS_ALIGNED(frame, (u64)c->frames))
			group = target_rank(c, frame);
		rank = group;
		if (rank == ~0u)
			continue;
		if (c->rule->random)
			rank = (frame * 0x9e3779b97f4a7c15ull ^
				READ_ONCE(c->state->random)) >> 33;
		if (rank >= best->rank || !llfree_fits(c, frame, order))
			continue;
		best->frame = frame;
		best->rank = rank;
	}
	c->looked += nr;
}

s64 llfree_scan_target(struct llfree_compact *c, unsigned int order)
{
	struct llfree_best best = LLFREE_NO_BEST;

	if (c->rule->random)
		llfree_next_random(c);
	llfree_rank_targets(c, order, 0, c->a->frames, &best);
	return best.frame;
}

u64 llfree_random_line(struct llfree_compact *c, u64 *nr)
{
	u64 lines = (c->a->frames - 1) / LLFREE_LINE_FRAMES + 1;
	u64 first = llfree_next_random(c) % lines * LLFREE_LINE_FRAMES;

	*nr = min_t(u64, c->a->frames - first, LLFREE_LINE_FRAMES);
	return first;
}

s64 llfree_sample_source(struct llfree_compact *c, unsigned int lines)
{
	struct llfree_best best = LLFREE_NO_BEST;
	u64 first, nr;

	while (lines--) {
		first = llfree_random_line(c, &nr);
		llfree_rank_sources(c, first, nr, &best);
	}
	if (best.frame >= 0 && llfree_have_holes(c, best.frame, best.rank))
		return best.frame;
	/* The last ones, or none, and then all there is was seen. */
	return llfree_scan_source(c);
}

bool llfree_have_holes(struct llfree_compact *c, u64 source, unsigned int pages)
{
	unsigned int lines, holes = 0;

	if (llfree_partial(c))
		pages = 1;
	pages &= LLFREE_RANK_USED;
	for (lines = 0; lines < 8 && holes < pages; lines++) {
		u64 nr, first = llfree_random_line(c, &nr), frame;

		for (frame = first; frame < first + nr; frame += c->frames) {
			if (frame != source)
				holes += llfree_look(c->a, frame,
						     c->frames).holes;
		}
		c->looked += nr;
	}
	return holes >= pages;
}

s64 llfree_sample_target(struct llfree_compact *c, unsigned int order,
			 unsigned int lines)
{
	struct llfree_best best = LLFREE_NO_BEST;
	u64 first, nr;

	while (lines--) {
		first = llfree_random_line(c, &nr);
		llfree_rank_targets(c, order, first, nr, &best);
	}
	return best.frame >= 0 ? best.frame : llfree_scan_target(c, order);
}

s64 llfree_best_run(struct llfree_compact *c, u64 frame, unsigned int order,
		    unsigned int *hole)
{
	int page;

	if (order == LLFREE_FRAME_ORDER) {
		*hole = order;
		return frame * LLFREE_FRAME_PAGES;
	}
	page = bits_find_best(&c->a->bits[frame], order, hole);
	return page < 0 ? -1 : (s64)(frame * LLFREE_FRAME_PAGES + page);
}

bool llfree_run_free(struct llfree_compact *c, u64 index, unsigned int order)
{
	return bits_run_free(&c->a->bits[index / LLFREE_FRAME_PAGES],
			     index % LLFREE_FRAME_PAGES, order);
}

void llfree_index_attach(struct llfree *a, struct llfree_index *index,
			 const struct llfree_index_ops *ops)
{
	if (index) {
		ops->init(a, index);
		index->ops = ops;
	}
	/* A full barrier: whoever sees it sees it set up. */
	xchg(&a->index, index);
}

void llfree_index_build(struct llfree *a, u64 first, u64 nr)
{
	struct llfree_index *index = READ_ONCE(a->index);

	for (; index && nr--; first++)
		index->ops->changed(a, index, first, LLFREE_NR_BUCKETS,
				    llfree_bucket(llfree_child(a, first)));
}

static void expire_marks(struct llfree_compact *c)
{
	u64 frame;

	for (frame = 0; frame < c->a->frames; frame++)
		llfree_clear_skip(c->a, frame);
	c->expired = true;
	c->marked = 0;
}

/* Everything was looked at, and nothing can be cleared. */
static void run_futile(struct llfree_compact *c)
{
	struct llfree_compact_state *state = c->state;
	unsigned int mode;

	/* What may not wait finds even less. */
	for (mode = 0; mode <= c->sync; mode++) {
		u32 before = READ_ONCE(state->futile[mode]);
		u32 now = min_t(u32, before + 1, MAX_WAIT_SHIFT);

		if (!before || c->order < READ_ONCE(state->wait_order[mode]))
			WRITE_ONCE(state->wait_order[mode], c->order);
		WRITE_ONCE(state->futile[mode], now);
		WRITE_ONCE(state->wait[mode], 1u << now);
	}
}

/* A source was cleared, or given up for what is not its fault. */
static void run_fruitful(struct llfree_compact *c)
{
	struct llfree_compact_state *state = c->state;
	unsigned int mode;

	for (mode = 0; mode < 2; mode++) {
		if (!READ_ONCE(state->futile[mode]) &&
		    !READ_ONCE(state->wait[mode]))
			continue;
		WRITE_ONCE(state->futile[mode], 0);
		WRITE_ONCE(state->wait[mode], 0);
	}
}

/* Is it too early to look again at what is marked? */
static bool marks_stay(struct llfree_compact *c)
{
	struct llfree_compact_state *state = c->state;
	u32 wait = READ_ONCE(state->wait[c->sync]);

	if (!wait || c->look_again ||
	    c->order < READ_ONCE(state->wait_order[c->sync]))
		return false;
	WRITE_ONCE(state->wait[c->sync], wait - 1);
	return true;
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
	if (c->expired || c->skipped <= c->marked) {
		/*
		 * Whatever else failed, want of room perhaps, may soon go well.
		 * A frame that is stuck may have runs that are not; without a
		 * request or for a run, this says nothing of other requests.
		 */
		if (c->order >= LLFREE_FRAME_ORDER && c->whole && c->tried &&
		    c->stuck == c->tried)
			run_futile(c);
		return -1;
	}

	if (marks_stay(c))
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
	if (!skip)
		run_fruitful(c);
}

s64 llfree_compact_target(struct llfree_compact *c, u64 index,
			  unsigned int order)
{
	s64 frame;

	if (c->policy->place) {
		c->place = c->policy->place(c, index, order);
		return c->place < 0 ? -1 : (s64)(c->place / LLFREE_FRAME_PAGES);
	}
	if (llfree_filling(c, order))
		return c->target;
	frame = c->rule && !c->policy->rule ? llfree_scan_target(c, order) :
					      c->policy->target(c, order);
	/* A long run found elsewhere does not end the frame being filled. */
	if (!order)
		llfree_fill(c, frame);
	return frame;
}

s64 llfree_compact_take(struct llfree_compact *c, unsigned int cpu, s64 frame,
			unsigned int order)
{
	if (c->place < 0 || order >= LLFREE_FRAME_ORDER)
		return llfree_get_from(c->a, cpu, frame, order);
	return llfree_get_to(c->a, cpu, c->place, order) ? -ENOMEM : c->place;
}

unsigned int llfree_compact_take_bulk(struct llfree_compact *c,
				      unsigned int cpu, s64 frame, u64 *index,
				      unsigned int nr)
{
	u16 child = llfree_child(c->a, frame);

	if (c->place >= 0) {
		s64 page = llfree_compact_take(c, cpu, frame, 0);

		if (page < 0)
			return 0;
		*index = page;
		return 1;
	}
	/* It is of another kind, and not the answer, when these are gone. */
	if (llfree_kind(child) == LLFREE_KIND_UNMOVABLE)
		nr = min(nr, (child & LLFREE_CHILD_FREE) - LLFREE_SPARE_PAGES);
	return llfree_get_bulk_from(c->a, cpu, frame, index, nr);
}

void llfree_compact_end(struct llfree_compact *c)
{
	if (c->policy->end)
		c->policy->end(c);
}
