// SPDX-License-Identifier: GPL-2.0
/*
 * Two fingers in occupancy order, by an index.
 *
 * The index keeps a set of frames for each bucket (core.h).  The core tells it
 * of each frame that changes its bucket, which is about one in 26 of the gets and
 * puts of single pages.
 *
 * Source: the least used of four runs of 64 frames, of those in the lowest bucket,
 * at a random place.  Target: in the order of the rule, the fullest of the first
 * such run in the fullest bucket.  Cost: a word for each level of the set that
 * is read, the two cache lines of child words for each run, and a word or two to see
 * that there is room for the source.  Worst case: no frame
 * without unmovable pages is left to empty, or there is hardly room; then
 * occupancy's choice among all child words.  So nothing is refused that
 * occupancy would deliver.  For more than a frame the sets say nothing: sources
 * are occupancy's, targets sample-16's.  Assumes that 32 pages more or less are
 * worth no search.
 *
 * The index is a hint: its sets may be late, and every choice is verified.
 */
#include "policy.h"
#include "sets.h"

/* Words of a set that are read before every frame is. */
#define MAX_WORDS	24
/* Words of a set that a source is chosen from. */
#define SOURCE_WORDS	4

struct bucket_index {
	struct llfree_index index;
	struct llfree_sets sets;
};

static size_t bucket_bytes(const struct llfree *a)
{
	return sizeof(struct bucket_index) +
	       llfree_sets_bytes(a->frames, LLFREE_NR_BUCKETS);
}

static void bucket_init(const struct llfree *a, struct llfree_index *index)
{
	struct bucket_index *b = (struct bucket_index *)index;

	llfree_sets_init(&b->sets, a->frames, LLFREE_NR_BUCKETS, b + 1);
}

#define EMPTIED	1u
#define FILLED	2u

/* Return: what happened to the two words. */
static inline unsigned int move_bit(u64 *words, u64 frame, unsigned int from,
				    unsigned int to)
{
	unsigned int what = 0;

	if (from < LLFREE_NR_BUCKETS && llfree_clear_bit(&words[from], frame))
		what |= EMPTIED;
	if (to < LLFREE_NR_BUCKETS && llfree_set_bit(&words[to], frame))
		what |= FILLED;
	return what;
}

/* See to the summaries, and follow a frame that has moved on. */
static noinline void finish_move(struct llfree *a, struct llfree_sets *sets,
				 u64 frame, unsigned int from, unsigned int to,
				 unsigned int what)
{
	u64 *words = llfree_set_at(sets, 0, 0, frame);

	for (;;) {
		unsigned int now;

		if (what & EMPTIED)
			llfree_set_removed(sets, from, frame / 64, &words[from]);
		if (what & FILLED)
			llfree_set_added(sets, to, 1, frame / 64);
		now = llfree_bucket(llfree_child(a, frame));
		if (now == to)
			return;
		from = to;
		to = now;
		what = move_bit(words, frame, from, to);
	}
}

/*
 * Whoever takes a frame out of a bucket then puts it into the one it is in, and
 * looks again: the last one to do so leaves it right, and interrupts as well as
 * other CPUs may be anywhere in between.
 */
static void bucket_changed(struct llfree *a, struct llfree_index *index,
			   u64 frame, unsigned int from, unsigned int to)
{
	struct llfree_sets *sets = &((struct bucket_index *)index)->sets;

	unsigned int what = move_bit(llfree_set_at(sets, 0, 0, frame), frame,
				     from, to);

	if (what || llfree_bucket(llfree_child(a, frame)) != to)
		finish_move(a, sets, frame, from, to, what);
}

static u64 bucket_check(const struct llfree *a,
			const struct llfree_index *index)
{
	const struct llfree_sets *sets =
		&((const struct bucket_index *)index)->sets;
	unsigned int bucket;
	u64 wrong = 0, frame;

	for (bucket = 0; bucket < LLFREE_NR_BUCKETS; bucket++) {
		u64 found = llfree_set_next(sets, bucket, 0);

		/* Members that are found are those there should be. */
		for (frame = 0; frame < a->frames; frame++) {
			bool in = llfree_bucket(llfree_child(a, frame)) ==
				  bucket;

			wrong += llfree_set_has(sets, bucket, frame) != in;
			if (!in)
				continue;
			wrong += found != frame;
			found = llfree_set_next(sets, bucket, frame + 1);
		}
	}
	return wrong;
}

const struct llfree_index_ops llfree_bucket_index = {
	.bytes = bucket_bytes,
	.init = bucket_init,
	.changed = bucket_changed,
	.check = bucket_check,
};

static struct llfree_sets *sets_of(const struct llfree_compact *c)
{
	struct llfree_index *index = READ_ONCE(c->a->index);

	if (!index || index->ops != &llfree_bucket_index)
		return NULL;
	return &((struct bucket_index *)index)->sets;
}

void llfree_bucket_begin(struct llfree_compact *c)
{
	c->whole = true;
}

/*
 * The first frame to look at: for sources from a random one on, or all that
 * are in one place would be used up, good ones and bad ones, before the others.
 */
static u64 first_member(struct llfree_compact *c,
			const struct llfree_sets *sets, unsigned int bucket,
			bool source)
{
	u64 frame = LLFREE_SET_END;

	if (source)
		frame = llfree_set_next(sets, bucket,
					llfree_next_random(c) % c->a->frames);
	return frame != LLFREE_SET_END ? frame :
					 llfree_set_next(sets, bucket, 0);
}

/*
 * The frame of a bucket with the least or the most free pages among some
 * neighbours that @c may move to (@order >= 0) or empty (@order < 0).
 */
static s64 choose(struct llfree_compact *c, const struct llfree_sets *sets,
		  unsigned int bucket, int order)
{
	unsigned int words, enough = order < 0 ? SOURCE_WORDS : 1;
	u64 frame = first_member(c, sets, bucket, order < 0);
	struct llfree_best best = LLFREE_NO_BEST;

	for (words = 1; frame != LLFREE_SET_END && words <= MAX_WORDS;
	     words++) {
		u64 first = frame & ~63ull;
		u64 members = llfree_set_word(sets, bucket, frame);

		for (; members; members &= members - 1) {
			u64 member = first + __ffs64(members);
			u16 child = llfree_child(c->a, member);
			unsigned int rank = child & LLFREE_CHILD_FREE;

			c->looked++;
			/* Late; the one who changed it is about to say so. */
			if (llfree_bucket(child) != bucket)
				continue;
			if (order < 0)
				rank = LLFREE_FRAME_PAGES - rank;
			if (rank >= best.rank ||
			    (order < 0 && !llfree_worth(c, rank)))
				continue;
			if (order >= 0 && !llfree_fits(c, member, order))
				continue;
			best.frame = member;
			best.rank = rank;
		}
		if (best.frame >= 0 && words >= enough)
			break;
		frame = llfree_set_next(sets, bucket, first + 64);
	}
	return best.frame;
}

/* Each frame of this bucket has at least as many free pages. */
static unsigned int bucket_min(unsigned int bucket)
{
	if (bucket < 32)
		return ((bucket - 1) << LLFREE_BUCKET_SHIFT) + 1;
	if (bucket < LLFREE_BUCKET_MARKED)
		return LLFREE_NEARLY_FREE + 1;
	return (bucket - LLFREE_BUCKET_MARKED) % 8 * 64 + 1;
}

/* Are there @pages holes in other frames?  False where it takes long to say. */
static bool have_holes(struct llfree_compact *c, struct llfree_sets *sets,
		       u64 source, unsigned int pages)
{
	/* The emptiest to be cleared, then the others. */
	unsigned int bucket = LLFREE_BUCKET_MARKED, words = 0, holes = 0, i;

	for (i = 1; i < LLFREE_NR_BUCKETS; i++) {
		u64 frame;

		bucket = bucket == LLFREE_BUCKET_CLEAR ?
			 LLFREE_NR_BUCKETS - 1 : bucket - 1;
		if (!llfree_may_fill(c, bucket >= LLFREE_BUCKET_UNMOVABLE))
			continue;
		if (llfree_set_empty(sets, bucket))
			continue;
		frame = llfree_set_next(sets, bucket, 0);
		while (frame != LLFREE_SET_END) {
			u64 members = llfree_set_word(sets, bucket, frame);

			if (frame / 64 == source / 64)
				members &= ~BIT_ULL(source % 64);
			holes += hweight64(members) * bucket_min(bucket);
			if (holes >= pages)
				return true;
			if (++words == MAX_WORDS)
				return false;
			frame = llfree_set_next(sets, bucket,
						(frame & ~63ull) + 64);
		}
	}
	return false;
}

/* The best source by the index, or -1 where only a look at every frame tells. */
static s64 best_source(struct llfree_compact *c)
{
	struct llfree_sets *sets = sets_of(c);
	unsigned int bucket, used;

	/* Unmovable requests prefer frames that no set is sorted for. */
	if (!sets || c->frames > 1 || c->class == LLFREE_UNMOVABLE)
		return -1;
	for (bucket = LLFREE_BUCKET_MARKED; bucket--;) {
		s64 frame;

		if (llfree_set_empty(sets, bucket))
			continue;
		frame = choose(c, sets, bucket, -1);
		if (frame < 0)
			continue;
		used = LLFREE_FRAME_PAGES -
		       (llfree_child(c->a, frame) & LLFREE_CHILD_FREE);
		return have_holes(c, sets, frame,
				  llfree_partial(c) ? 1 : used) ? frame : -1;
	}
	return -1;
}

s64 llfree_bucket_source(struct llfree_compact *c)
{
	s64 frame = best_source(c);

	return frame >= 0 ? frame : llfree_scan_source(c);
}

/**
 * llfree_bucket_marked() - does only its skip mark hide a cheap frame?
 * @used: cheap is what may have at most so many used pages, by its bucket
 */
bool llfree_bucket_marked(const struct llfree_compact *c, u64 used)
{
	struct llfree_sets *sets = sets_of(c);
	unsigned int bucket;

	for (bucket = LLFREE_BUCKET_UNMOVABLE;
	     sets && bucket-- > LLFREE_BUCKET_MARKED;) {
		/* The least it may hold is that of the next step, and no more. */
		if (LLFREE_FRAME_PAGES - (bucket_min(bucket) + 63) > used)
			return false;
		if (!llfree_set_empty(sets, bucket))
			return true;
	}
	return false;
}

/* Buckets of a place in the rule that hold 64 * @step + 1 to 64 more pages. */
static u64 place_buckets(const struct llfree_compact *c, unsigned int place,
			 unsigned int step)
{
	const u8 *of = c->rule->place;
	const unsigned int nr = 64u >> LLFREE_BUCKET_SHIFT;
	/* The first step is the room that is to spare. */
	const enum llfree_kind unmovable = step ? LLFREE_KIND_UNMOVABLE :
						  LLFREE_KIND_SPARE;
	u64 buckets = 0;

	if (of[LLFREE_KIND_CLEAR] == place) {
		buckets |= (BIT_ULL(nr) - 1) << (LLFREE_BUCKET_CLEAR + nr * step);
		if (step == 7)
			buckets |= BIT_ULL(LLFREE_BUCKET_MARKED) - BIT_ULL(32);
	}
	if (of[LLFREE_KIND_MARKED] == place)
		buckets |= BIT_ULL(LLFREE_BUCKET_MARKED + step);
	if (of[unmovable] == place && llfree_may_fill(c, true))
		buckets |= BIT_ULL(LLFREE_BUCKET_UNMOVABLE + step);
	return buckets;
}

s64 llfree_bucket_target(struct llfree_compact *c, unsigned int order)
{
	struct llfree_sets *sets = sets_of(c);
	unsigned int place, step;

	/* No set tells full groups of frames from full frames. */
	if (!sets || c->rule->random || c->frames > 1)
		return llfree_sample_target(c, order, 16);
	for (place = 0; place < LLFREE_NR_KINDS; place++) {
		for (step = 0; step < LLFREE_FRAME_PAGES / 64; step++) {
			u64 left = place_buckets(c, place, step);

			for (; left; left &= left - 1) {
				unsigned int bucket = __ffs64(left);
				s64 frame;

				if (llfree_set_empty(sets, bucket))
					continue;
				frame = choose(c, sets, bucket, order);
				if (frame >= 0)
					return frame;
			}
		}
	}
	return llfree_scan_target(c, order);
}

const struct llfree_compact_policy llfree_policy_bucket = {
	.name = "bucket",
	.begin = llfree_bucket_begin,
	.source = llfree_bucket_source,
	.target = llfree_bucket_target,
	.rule = &llfree_target_rules[LLFREE_TARGETS_SPARING],
	.index = &llfree_bucket_index,
};
