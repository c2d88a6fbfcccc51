// SPDX-License-Identifier: GPL-2.0
/*
 * Two fingers in occupancy order, by bounds: a tournament of cache lines.
 *
 * A line of child words (32 frames) has a byte that says how good its best
 * source is, and one for its best target; 64 such bytes, a cache line again,
 * have a byte that is the best of them, and so on up to one line.  That is 33
 * bytes of index per GiB, a hundredth of what sets of frames take.
 *
 * When a frame changes its bucket and becomes better than its line's byte says,
 * the byte is lowered, and so are those above.  Nothing is raised then: a byte is
 * a bound, and a decision that finds a line worse than its bound corrects it.
 * So the hook mostly reads a byte, and each correction was paid for by a change.
 *
 * Source: the least used frame of up to three lines of child words that share
 * the best bound.  Target: the best by the rule on one of those; only the rule
 * "sparing" has bounds, for others targets are sampled.  Cost: a cache line a
 * level, four at 16 TiB, the lines of child words, and one or more random lines
 * to see that there is room; the same again for each bound that is corrected, at
 * most TRIES times.  Worst case: every child word, when nothing is left or there
 * is hardly room, as with bucket; and as there bounds say nothing for more than
 * a frame.  Assumes that 32 pages more or less are worth no search.
 *
 * When nobody is at work no frame is better than its bounds.
 */
#include "policy.h"

#define FANOUT	64u
#define LEVELS	6
#define NOTHING	0xffu

/* Lines of child words that a source is chosen from. */
#define LINES	3
/* A decision that met bounds to be corrected goes on so often. */
#define TRIES	16

enum bounds_side {
	SOURCE,
	TARGET,
	NR_SIDES,
};

/**
 * struct bounds - the index
 * @levels: levels used
 * @nr: bounds on each level
 * @bound: of each side and level
 */
struct bounds {
	struct llfree_index index;
	unsigned int levels;
	u64 nr[LEVELS];
	u8 *bound[NR_SIDES][LEVELS];
};

static u64 level_nr(u64 frames, unsigned int level)
{
	u64 nr = (frames - 1) / LLFREE_LINE_FRAMES + 1;

	while (level--)
		nr = (nr - 1) / FANOUT + 1;
	return nr;
}

static size_t bounds_bytes(const struct llfree *a)
{
	size_t bytes = ALIGN(sizeof(struct bounds), FANOUT);
	unsigned int level;

	for (level = 0; level < LEVELS; level++) {
		bytes += NR_SIDES * ALIGN(level_nr(a->frames, level), FANOUT);
		if (level_nr(a->frames, level) <= FANOUT)
			break;
	}
	return bytes;
}

static void bounds_init(const struct llfree *a, struct llfree_index *index)
{
	struct bounds *b = (struct bounds *)index;
	void *next = (void *)b + ALIGN(sizeof(*b), FANOUT);
	unsigned int side;
	bool top = false;

	for (b->levels = 0; !top && b->levels < LEVELS; b->levels++) {
		u64 nr = level_nr(a->frames, b->levels);

		b->nr[b->levels] = nr;
		for (side = 0; side < NR_SIDES; side++) {
			b->bound[side][b->levels] = next;
			memset(next, NOTHING, ALIGN(nr, FANOUT));
			next += ALIGN(nr, FANOUT);
		}
		top = nr <= FANOUT;
	}
}

/* What a frame of a bucket is worth: less is better. */
static unsigned int worth(unsigned int bucket, enum bounds_side side)
{
	if (bucket == LLFREE_NR_BUCKETS)
		return NOTHING;
	if (side == SOURCE)
		return bucket < LLFREE_BUCKET_MARKED ?
		       LLFREE_BUCKET_MARKED - bucket : NOTHING;
	/* As by the rule "sparing". */
	if (bucket == LLFREE_BUCKET_UNMOVABLE)
		return 8 + LLFREE_BUCKET_MARKED;
	if (bucket >= LLFREE_BUCKET_MARKED)
		return (bucket - LLFREE_BUCKET_MARKED) % 8;
	return bucket == LLFREE_BUCKET_FULL ? NOTHING : 8 + bucket;
}

/* The best of what a bound stands for. */
static unsigned int best_below(const struct llfree *a, const struct bounds *b,
			       enum bounds_side side, unsigned int level, u64 i)
{
	unsigned int best = NOTHING;
	u64 from, to;

	if (!level) {
		from = i * LLFREE_LINE_FRAMES;
		to = min_t(u64, a->frames, from + LLFREE_LINE_FRAMES);
		for (; from < to; from++)
			best = min(best, worth(llfree_bucket(llfree_child(a, from)),
					       side));
		return best;
	}
	from = i * FANOUT;
	to = min_t(u64, b->nr[level - 1], from + FANOUT);
	for (; from < to; from++)
		best = min_t(unsigned int, best,
			     READ_ONCE(b->bound[side][level - 1][from]));
	return best;
}

/* Something that bound @i of @level stands for is worth @new now. */
static void lower(struct bounds *b, enum bounds_side side, unsigned int level,
		  u64 i, unsigned int new)
{
	for (; level < b->levels; level++, i /= FANOUT) {
		u8 *bound = &b->bound[side][level][i];
		u8 old = READ_ONCE(*bound);

		do {
			if (new >= old)
				return;
		} while (!try_cmpxchg(bound, &old, (u8)new));
	}
}

/*
 * Raise the bound of a line, and those above it, to what is there.  Whoever
 * raises a bound looks below again afterwards, and whoever changes what is below
 * looks at the bound afterwards: one sees the other.
 */
static void correct(const struct llfree *a, struct bounds *b,
		    enum bounds_side side, u64 i)
{
	unsigned int level;

	for (level = 0; level < b->levels; level++, i /= FANOUT) {
		u8 *bound = &b->bound[side][level][i];
		u8 old = READ_ONCE(*bound);
		unsigned int new = best_below(a, b, side, level, i);

		if (new <= old || !try_cmpxchg(bound, &old, (u8)new))
			return;
		lower(b, side, level, i, best_below(a, b, side, level, i));
	}
}

static void bounds_changed(struct llfree *a, struct llfree_index *index,
			   u64 frame, unsigned int from, unsigned int to)
{
	struct bounds *b = (struct bounds *)index;
	const u64 line = frame / LLFREE_LINE_FRAMES;
	/* Else it is emptier, a better source, or fuller, a better target. */
	const bool both = from == LLFREE_BUCKET_FULL ||
			  max(from, to) >= LLFREE_BUCKET_MARKED;

	(void)a;	/* who changes the frame further tells of that */
	if (both || to > from)
		lower(b, SOURCE, 0, line, worth(to, SOURCE));
	if (both || to < from)
		lower(b, TARGET, 0, line, worth(to, TARGET));
}

static u64 bounds_check(const struct llfree *a,
			const struct llfree_index *index)
{
	const struct bounds *b = (const struct bounds *)index;
	unsigned int side, level;
	u64 wrong = 0, i;

	for (side = 0; side < NR_SIDES; side++) {
		for (level = 0; level < b->levels; level++) {
			for (i = 0; i < b->nr[level]; i++)
				wrong += b->bound[side][level][i] >
					 best_below(a, b, side, level, i);
		}
	}
	return wrong;
}

static const struct llfree_index_ops bounds_index = {
	.bytes = bounds_bytes,
	.init = bounds_init,
	.changed = bounds_changed,
	.check = bounds_check,
};

static struct bounds *bounds_of(const struct llfree_compact *c)
{
	struct llfree_index *index = READ_ONCE(c->a->index);

	if (!index || index->ops != &bounds_index)
		return NULL;
	return (struct bounds *)index;
}

static void bounds_begin(struct llfree_compact *c)
{
	c->whole = true;
}

/*
 * One of the best bounds below bound @i of the level above @level.  Among equals
 * @where decides, or frames in one place would be used up, good ones and bad
 * ones, before the others.
 */
static u64 one_best(const struct bounds *b, enum bounds_side side, unsigned int level,
		    u64 i, u64 where, unsigned int *best)
{
	const u64 from = i * FANOUT;
	const u64 nr = min_t(u64, b->nr[level] - from, FANOUT);
	u64 first = from, at = from + where % nr;

	*best = NOTHING;
	for (i = 0; i < nr; i++) {
		unsigned int bound;

		at = at + 1 < from + nr ? at + 1 : from;
		bound = READ_ONCE(b->bound[side][level][at]);

		if (bound < *best) {
			*best = bound;
			first = at;
		}
	}
	return first;
}

/*
 * The best frame of the lines with the best bound.  A line that is worse than
 * its bound is corrected, and as long as another one promises more than what was
 * found so far the search goes on.
 */
static struct llfree_best find(struct llfree_compact *c, struct bounds *b,
			       enum bounds_side side, unsigned int order)
{
	struct llfree_best best = LLFREE_NO_BEST;
	unsigned int level, lines, try, real, bound = NOTHING;
	unsigned int found = NOTHING;	/* the best on the lines looked at */

	for (try = 0; try < TRIES; try++) {
		u64 where = side == SOURCE ? llfree_next_random(c) : 0;
		u64 line = 0, end;

		for (level = b->levels; level--; where /= FANOUT)
			line = one_best(b, side, level, line, where % FANOUT,
					&bound);
		if (bound == NOTHING || bound >= found)
			break;
		end = min_t(u64, b->nr[0], (line / FANOUT + 1) * FANOUT);
		for (lines = side == SOURCE ? LINES : 1; line < end && lines;
		     line++) {
			u64 first = line * LLFREE_LINE_FRAMES;
			u64 nr = min_t(u64, c->a->frames - first,
				       LLFREE_LINE_FRAMES);

			if (READ_ONCE(b->bound[side][0][line]) != bound)
				continue;
			if (side == SOURCE)
				llfree_rank_sources(c, first, nr, &best);
			else
				llfree_rank_targets(c, order, first, nr, &best);
			lines--;
			real = best_below(c->a, b, side, 0, line);
			if (real > bound)
				correct(c->a, b, side, line);
			found = min(found, real);
		}
	}
	return best;
}

static s64 bounds_source(struct llfree_compact *c)
{
	struct bounds *b = bounds_of(c);
	struct llfree_best best = LLFREE_NO_BEST;

	if (b && c->frames == 1 && c->class != LLFREE_UNMOVABLE)
		best = find(c, b, SOURCE, 0);
	if (best.rank <= LLFREE_FRAME_PAGES &&
	    llfree_have_holes(c, best.frame, best.rank))
		return best.frame;
	return llfree_scan_source(c);
}

static s64 bounds_target(struct llfree_compact *c, unsigned int order)
{
	struct bounds *b = bounds_of(c);
	struct llfree_best best = LLFREE_NO_BEST;

	if (b && c->frames == 1 &&
	    c->rule == &llfree_target_rules[LLFREE_TARGETS_SPARING])
		best = find(c, b, TARGET, order);
	return best.frame >= 0 ? best.frame :
				 llfree_sample_target(c, order, 16);
}

const struct llfree_compact_policy llfree_policy_bounds = {
	.name = "bounds",
	.begin = bounds_begin,
	.source = bounds_source,
	.target = bounds_target,
	.rule = &llfree_target_rules[LLFREE_TARGETS_SPARING],
	.index = &bounds_index,
};
