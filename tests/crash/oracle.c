// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Durable linearizability of a small pool: after a crash it is as if some of
 * the operations had been done, one after the other, all those that had
 * returned among them; and the pool is whole.
 */
#include "world.h"

#define GONE(result) ((result) == -ENOENT || (result) == -ESTALE)

static const struct case_op *op(unsigned int n)
{
	return &case_now->op[n];
}

static bool on_initial(const struct case_op *o)
{
	switch (o->kind) {
	case CASE_FREE:
	case CASE_LOOKUP:
	case CASE_SET_TAG:
	case CASE_GET_TAG:
	case CASE_WRITE:
	case CASE_MOVE:
	case CASE_ADMIT:
		return true;
	default:
		return false;
	}
}

/* What a word may hold, from what was promised of it. */
struct word {
	u64 before; /* anybody began */
	bool may_be_before;
	u64 may_be[EXPLORE_ACTORS];
	unsigned int nr;
};

static struct word expect_word(enum case_kind set, enum case_kind get, unsigned int on, u64 before)
{
	struct word w = {.before = before, .may_be_before = true};

	for (unsigned int n = 0; n < EXPLORE_ACTORS; n++) {
		const struct case_state *s = &case_state[n];

		if (op(n)->on != on)
			continue;
		if (op(n)->kind == set && s->begun) {
			w.may_be[w.nr++] = op(n)->value;
			w.may_be_before &= !s->returned || s->result;
		}
		/* Who was told of the new one must not see the old one come back. */
		if (op(n)->kind == get && s->returned && !s->result)
			w.may_be_before &= s->value == before;
	}
	return w;
}

static void judge_word(const struct word *w, u64 found, const char *what)
{
	if (found == w->before && w->may_be_before)
		return;
	for (unsigned int i = 0; i < w->nr; i++)
		if (found == w->may_be[i])
			return;
	check_fail(__FILE__, __LINE__, "%s is %llx", what, (unsigned long long)found);
}

static void judge_contents(const struct place *place, unsigned int n, u64 page, unsigned int order)
{
	const u64 *word = pool_data(&place->pool, page);
	bool old = true, new = false;

	for (unsigned int i = 0; i < EXPLORE_ACTORS; i++)
		if ((op(i)->kind == CASE_WRITE || op(i)->kind == CASE_STORE) && op(i)->on == n &&
		    case_state[i].begun) {
			new = true;
			old &= !case_state[i].returned || case_state[i].result;
		}
	if (!(old && word[0] == case_content(n, 0, false)) &&
	    !(new &&word[0] == case_content(n, 0, true)))
		check_fail(__FILE__, __LINE__, "allocation %u has lost its contents", n);
	for (u64 p = 1; p < 1ull << order; p++)
		if (word[p] != case_content(n, p, false))
			check_fail(__FILE__, __LINE__, "allocation %u has lost page %llu", n,
				   (unsigned long long)p);
}

/* Where a move said it would be; known if nobody else moves it. */
static void judge_place(unsigned int n, u64 page)
{
	unsigned int movers = 0;
	s64 where = -1;

	for (unsigned int i = 0; i < EXPLORE_ACTORS; i++) {
		const struct case_state *s = &case_state[i];

		if (op(i)->kind == CASE_COMPACT)
			return;
		if (op(i)->on != n)
			continue;
		movers += op(i)->kind == CASE_MOVE;
		/* A writer that was sent to the new pages finds its stores there. */
		if ((op(i)->kind == CASE_MOVE || op(i)->kind == CASE_ADMIT) && s->returned &&
		    s->result >= 0 && (u64)s->result != case_page[n])
			where = s->result;
	}
	if (movers == 1 && where >= 0)
		CHECK_EQ(page, where);
}

static bool judge_initial(struct place *place, unsigned int n)
{
	bool may_be_gone = false, must_be_gone = false;
	unsigned int order;
	struct word tag;
	u64 found;
	s64 page;

	for (unsigned int i = 0; i < EXPLORE_ACTORS; i++) {
		const struct case_state *s = &case_state[i];

		if (op(i)->on != n || !on_initial(op(i)))
			continue;
		if (op(i)->kind == CASE_FREE && s->begun) {
			may_be_gone = true;
			must_be_gone |= s->returned && !s->result;
		}
		must_be_gone |= s->returned && GONE(s->result);
	}

	page = llfree_pool_lookup(&place->pool, 0, case_handle[n], &order, NULL);
	if (page < 0) {
		CHECK(GONE(page));
		if (!may_be_gone)
			check_fail(__FILE__, __LINE__, "allocation %u is lost", n);
		return false;
	}
	if (must_be_gone)
		check_fail(__FILE__, __LINE__, "allocation %u is back", n);
	CHECK_EQ(order, case_now->initial[n].order);
	judge_contents(place, n, page, order);
	judge_place(n, page);
	tag = expect_word(CASE_SET_TAG, CASE_GET_TAG, n, CASE_TAG(n));
	CHECK_EQ(llfree_pool_get_tag(&place->pool, 0, case_handle[n], &found), 0);
	judge_word(&tag, found, "a tag");
	return true;
}

/* What is not from the start must be of an operation that is under way or done. */
static void judge_new(struct place *place, u64 handle, bool claimed[EXPLORE_ACTORS])
{
	unsigned int order, n;
	const u64 *word;
	s64 page;
	u64 tag;

	page = llfree_pool_lookup(&place->pool, 0, handle, &order, NULL);
	CHECK(page >= 0);
	/* Nobody writes to it, and everything held something once. */
	word = pool_data(&place->pool, page);
	for (u64 p = 0; p < 1ull << order; p++)
		if (word[p])
			check_fail(__FILE__, __LINE__, "a new allocation is not zero");
	CHECK_EQ(llfree_pool_get_tag(&place->pool, 0, handle, &tag), 0);
	for (n = 0; n < EXPLORE_ACTORS; n++) {
		const struct case_state *s = &case_state[n];

		if (op(n)->kind != CASE_ALLOC || !s->begun || claimed[n] || op(n)->order != order ||
		    op(n)->value != tag)
			continue;
		if (!s->returned || (!s->result && s->value == handle))
			break;
	}
	if (n == EXPLORE_ACTORS)
		check_fail(__FILE__, __LINE__, "nobody's allocation: handle %llx",
			   (unsigned long long)handle);
	claimed[n] = true;
}

/*
 * The most that a crash may leave allocated and nobody's.  Where an order needs
 * two words, an attempt that failed may be seen beside the one that did not.
 */
static u64 pages_under_way(void)
{
	u64 pages = 0;
	bool words = false;

	for (unsigned int n = 0; n < EXPLORE_ACTORS; n++) {
		const struct case_op *o = op(n);

		if (!case_state[n].begun)
			continue;
		words |= o->order == 7 || o->order == 8;
		if (o->kind == CASE_ALLOC)
			pages += 1ull << o->order;
		else if (o->kind == CASE_FREE || o->kind == CASE_MOVE)
			pages += 1ull << case_now->initial[o->on].order;
		else if (o->kind == CASE_CLAIM || o->kind == CASE_MOVE_NEW)
			pages += 1ull << o->order;
		else if (o->kind == CASE_TAKE)
			pages++;
		else if (o->kind == CASE_COMPACT)
			for (unsigned int i = 0; i < CASE_INITIAL; i++)
				if (case_now->initial[i].order >= 0)
					pages += 1ull << case_now->initial[i].order;
	}
	return words ? 2 * pages : pages;
}

/* Every page is free or somebody's, and every counter knows. */
static void judge_counters(struct place *place, u64 owned, u64 allocations)
{
	struct llfree_totals totals;

	CHECK_EQ(llfree_validate(&place->pool.pages, &totals), 0);
	CHECK_EQ(totals.free + owned, place->pool.pages.pages);
	CHECK_EQ(totals.free, place->free);
	CHECK_EQ(totals.blocked, 0);
	CHECK_EQ(llfree_validate(&place->pool.slots, &totals), 0);
	CHECK_EQ(totals.free + allocations, place->pool.nr_slots);
	CHECK_EQ(llfree_warnings, 0);
}

/* Compaction finds out whose the pages are, unless they changed hands under llfree_pool_map(). */
static void judge_owner(const struct llfree_pool *pool, u64 handle, u64 page)
{
	for (unsigned int n = 0; n < EXPLORE_ACTORS; n++) {
		if (op(n)->kind == CASE_MAP)
			return;
	}
	if (pool->owner[page] != (u32)handle)
		check_fail(__FILE__, __LINE__, "nobody knows whose page %llu is",
			   (unsigned long long)page);
}

/* Compaction does not leave more frames in use than it found. */
static void judge_frames(const struct place *place)
{
	u64 used = 0, limit = 0, seen = 0;

	for (unsigned int n = 0; n < EXPLORE_ACTORS; n++)
		if (op(n)->kind == CASE_ALLOC || op(n)->kind == CASE_MOVE ||
		    op(n)->kind == CASE_MOVE_NEW)
			return;
	for (u64 frame = 0; frame < place->pool.pages.frames; frame++)
		used += (llfree_child(&place->pool.pages, frame) & LLFREE_CHILD_FREE) !=
			LLFREE_FRAME_PAGES;
	for (unsigned int i = 0; i < CASE_INITIAL; i++) {
		const struct case_initial *a = &case_now->initial[i];

		if (a->order < 0 || seen >> a->frame & 1)
			continue;
		seen |= 1ull << a->frame;
		limit += a->order > LLFREE_FRAME_ORDER ? 2 : 1;
	}
	CHECK(used <= limit);
}

void oracle_judge(struct place *place, bool live)
{
	struct llfree_pool *pool = &place->pool;
	bool claimed[EXPLORE_ACTORS] = {};
	u64 owned = 0, allocations = 0, slot = 0, handle, value;

	for (unsigned int n = 0; n < CASE_INITIAL; n++)
		if (case_now->initial[n].order >= 0)
			judge_initial(place, n);
	while ((handle = llfree_pool_next(pool, 0, &slot))) {
		unsigned int order;
		bool initial = false, moving;
		s64 page;

		for (unsigned int n = 0; n < CASE_INITIAL; n++)
			initial |= case_handle[n] == handle;
		if (!initial)
			judge_new(place, handle, claimed);
		page = llfree_pool_lookup(pool, 0, handle, &order, &moving);
		CHECK(page >= 0);
		CHECK(!moving);
		if (live)
			judge_owner(pool, handle, page);
		owned += 1ull << order;
		allocations++;
	}
	for (unsigned int n = 0; n < EXPLORE_ACTORS; n++) {
		if (op(n)->kind == CASE_ALLOC && case_state[n].returned && !case_state[n].result &&
		    !claimed[n])
			check_fail(__FILE__, __LINE__, "a new allocation is lost");
		/* It need not have returned: somebody was told. */
		if (op(n)->kind == CASE_NEXT && case_state[n].value &&
		    llfree_pool_lookup(pool, 0, case_state[n].value, NULL, NULL) < 0)
			check_fail(__FILE__, __LINE__, "an allocation that was seen is lost");
	}
	for (unsigned int root = 0; root < 2; root++) {
		struct word w = expect_word(CASE_SET_ROOT, CASE_GET_ROOT, root, CASE_ROOT);

		CHECK_EQ(llfree_pool_get_root(pool, 0, root, &value), 0);
		judge_word(&w, value, "a root");
	}
	if (!live) {
		CHECK_EQ(place->report.missing, 0);
		CHECK_EQ(place->report.pages, owned);
		CHECK(place->report.swept <= pages_under_way());
	}
	judge_counters(place, owned, allocations);
	judge_frames(place);
}

void oracle_use_up(struct place *place)
{
	struct llfree *pages = &place->pool.pages;
	u64 taken[64 * LLFREE_ROW_PAGES], nr = 0, want = place->free;
	s64 page;

	CHECK(want <= ARRAY_SIZE(taken));
	while ((page = llfree_get(pages, 0, 0, LLFREE_MOVABLE, 0)) >= 0) {
		CHECK(nr < want);
		taken[nr++] = page;
	}
	CHECK_EQ(nr, want);
	while (nr)
		CHECK_EQ(llfree_put(pages, 0, taken[--nr], 0), 0);
	CHECK_EQ(place->free, want);
}

/*
 * Linearizability of what was returned, without a crash
 */

/* The pool as one operation after the other would leave it. */
struct spec {
	bool gone[CASE_INITIAL];
	u64 tag[CASE_INITIAL];
	u64 root[2];
	u64 allocated[EXPLORE_ACTORS];
};

/* Did the i-th operation begin before the n-th had returned? */
static bool comes_before(unsigned int i, unsigned int n)
{
	return i != n && op(i)->kind && case_state[i].begun < case_state[n].returned;
}

/* Did both work at the same time? */
static bool meets(unsigned int i, unsigned int n)
{
	return comes_before(i, n) && case_state[n].begun < case_state[i].returned;
}

static bool disturbed(unsigned int n)
{
	for (unsigned int i = 0; i < EXPLORE_ACTORS; i++)
		if (meets(i, n))
			return true;
	return false;
}

/*
 * Is there room for what the n-th operation wants, whatever others do?  What is
 * free from the start, but for what others may have taken and for frames that may
 * have been closed when it looked there.  There may have been more, which says
 * nothing: it looks at one frame after the other, and what others take and free
 * meanwhile may always be where it does not look.
 */

static u64 order_of(unsigned int n)
{
	const struct case_op *o = op(n);

	if (o->kind == CASE_TAKE)
		return 0;
	return o->kind == CASE_MOVE ? (u64)case_now->initial[o->on].order : o->order;
}

static u64 frames_of(unsigned int n)
{
	return order_of(n) > LLFREE_FRAME_ORDER ? 2 : 1;
}

static u64 free_at_start(u64 frame)
{
	u64 free = LLFREE_FRAME_PAGES;

	for (unsigned int i = 0; i < CASE_INITIAL; i++) {
		const struct case_initial *a = &case_now->initial[i];
		u64 frames = a->order > LLFREE_FRAME_ORDER ? 2 : 1;

		if (a->order >= 0 && frame - a->frame < frames)
			free -= min(1u << a->order, LLFREE_FRAME_PAGES);
	}
	return free;
}

/* May a frame have been closed to the n-th operation? */
static bool closed(unsigned int n, u64 frame)
{
	for (unsigned int i = 0; i < EXPLORE_ACTORS; i++) {
		bool here = frame - op(i)->value < frames_of(i);

		if (op(i)->kind == CASE_COMPACT && meets(i, n) &&
		    free_at_start(frame) < LLFREE_FRAME_PAGES)
			return true;
		if (((op(i)->kind == CASE_ISOLATE || op(i)->kind == CASE_CLAIM) && here &&
		     meets(i, n)) ||
		    (op(i)->kind == CASE_BLOCK && here && comes_before(i, n)) ||
		    (op(i)->kind == CASE_UNBLOCK && here &&
		     case_state[n].begun < case_state[i].returned))
			return true;
	}
	return false;
}

/* May the i-th have had some of the @frames from @first on when the n-th looked there? */
static bool may_take(unsigned int i, unsigned int n, u64 first, u64 frames)
{
	u64 order = order_of(i);

	if (!comes_before(i, n))
		return false;
	/* It has had nothing: of a run, pages are counted before it is found. */
	if (case_state[i].result == -ENOMEM && (!order || order >= LLFREE_FRAME_ORDER))
		return false;
	switch (op(i)->kind) {
	case CASE_ALLOC:
		return true;
	case CASE_TAKE:
		if (!meets(i, n))
			return false;
		/* fall through */
	case CASE_MOVE:
	case CASE_MOVE_NEW:
		return op(i)->value < first + frames && first < op(i)->value + frames_of(i);
	default:
		return false;
	}
}

/* In @frames from @first on, a multiple of what it wants. */
static bool has_room(unsigned int n, u64 first, u64 frames)
{
	u64 order = order_of(n), room = 0, taken = 0;
	bool compacted = false;

	for (u64 frame = first; frame < first + frames; frame += frames_of(n)) {
		u64 free = 0;

		for (u64 i = frame; i < frame + frames_of(n); i++)
			free += closed(n, i) ? 0 : free_at_start(i);
		room += free >> order;
	}
	for (unsigned int i = 0; i < EXPLORE_ACTORS; i++) {
		compacted |= op(i)->kind == CASE_COMPACT && meets(i, n);
		if (may_take(i, n, first, frames))
			taken += order_of(i) > order ? 1ull << (order_of(i) - order) : 1;
	}
	/* A frame that others have just begun may be emptied, or filled. */
	if (compacted && taken)
		return false;
	/* Of several words, a run that another one enters first is given up for its frame. */
	if (taken && frames == 1 && (order == 7 || order == 8))
		return false;
	return room > taken;
}

/* Is there anybody in the way of compaction? */
static bool hindered(unsigned int n)
{
	for (unsigned int i = 0; i < EXPLORE_ACTORS; i++) {
		switch (i == n ? CASE_NOTHING : op(i)->kind) {
		case CASE_NOTHING:
		case CASE_LOOKUP:
		case CASE_SET_TAG:
		case CASE_GET_TAG:
		case CASE_SET_ROOT:
		case CASE_GET_ROOT:
		case CASE_NEXT:
			break;
		default:
			return true;
		}
	}
	return false;
}

/* Do the n-th operation; false if it could not have returned what it did. */
static bool spec_step(struct spec *spec, unsigned int n)
{
	const struct case_op *o = op(n);
	const struct case_state *s = &case_state[n];

	if (on_initial(o) && spec->gone[o->on])
		return GONE(s->result) ||
		       (o->kind == CASE_MOVE && s->result == -EBUSY && disturbed(n));
	switch (o->kind) {
	case CASE_NEXT:
		for (unsigned int i = 0; i < EXPLORE_ACTORS; i++)
			if (spec->allocated[i] == s->value)
				return true;
		return !s->value;
	case CASE_ALLOC:
		spec->allocated[n] = s->value;
		return !s->result || (s->result == -ENOMEM && !has_room(n, 0, case_now->frames));
	case CASE_FREE:
		spec->gone[o->on] = true;
		return !s->result;
	case CASE_SET_TAG:
		spec->tag[o->on] = o->value;
		return !s->result;
	case CASE_GET_TAG:
		return !s->result && s->value == spec->tag[o->on];
	case CASE_SET_ROOT:
		spec->root[o->on] = o->value;
		return !s->result;
	case CASE_GET_ROOT:
		return !s->result && s->value == spec->root[o->on];
	case CASE_MOVE:
	case CASE_MOVE_NEW:
		return s->result >= 0 || (s->result == -EBUSY && disturbed(n)) ||
		       (s->result == -ENOMEM && !has_room(n, o->value, frames_of(n)));
	case CASE_ADMIT:
		return s->result >= 0;
	case CASE_STORE:
		return !s->result || (s->result == -EBUSY && disturbed(n));
	/* That they are linearizable is shown by pairs.c. */
	case CASE_BLOCK:
		return true;
	case CASE_COMPACT:
		return s->result == 1 || (!s->result && hindered(n));
	default:
		return !s->result;
	}
}

static bool spec_explains(struct place *place, const struct spec *spec)
{
	u64 value;

	for (unsigned int i = 0; i < CASE_INITIAL; i++) {
		if (case_now->initial[i].order < 0)
			continue;
		if (llfree_pool_get_tag(&place->pool, 0, case_handle[i], &value))
			value = 0;
		if (value != (spec->gone[i] ? 0 : spec->tag[i]))
			return false;
	}
	for (unsigned int i = 0; i < 2; i++) {
		CHECK_EQ(llfree_pool_get_root(&place->pool, 0, i, &value), 0);
		if (value != spec->root[i])
			return false;
	}
	return true;
}

static bool explained(struct place *place, const struct spec *before, unsigned int left)
{
	if (!left)
		return spec_explains(place, before);
	for (unsigned int n = 0; n < EXPLORE_ACTORS; n++) {
		struct spec spec = *before;
		bool first = left >> n & 1;

		/* Who had returned before it began comes before it. */
		for (unsigned int i = 0; i < EXPLORE_ACTORS; i++)
			if (left >> i & 1 && case_state[i].returned < case_state[n].begun)
				first = false;
		if (first && spec_step(&spec, n) && explained(place, &spec, left & ~(1u << n)))
			return true;
	}
	return false;
}

void oracle_linearize(struct place *place)
{
	struct spec spec = {.root = {CASE_ROOT, CASE_ROOT}};
	unsigned int all = 0;

	for (unsigned int i = 0; i < CASE_INITIAL; i++)
		spec.tag[i] = CASE_TAG(i);
	for (unsigned int n = 0; n < EXPLORE_ACTORS; n++)
		all |= op(n)->kind ? 1u << n : 0;
	if (!explained(place, &spec, all))
		check_fail(__FILE__, __LINE__, "no order explains the results %lld, %lld, %lld",
			   (long long)case_state[0].result, (long long)case_state[1].result,
			   (long long)case_state[2].result);
}
