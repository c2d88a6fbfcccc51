// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include "sim.h"

#define PAGES LLFREE_FRAME_PAGES

void sim_open(struct sim *s, u64 frames, const struct llfree_compact_policy *policy)
{
	u64 frame;

	memset(s, 0, sizeof(*s));
	world_open_free(&s->w, frames, 1);
	while (llfree_get(&s->w.a, 0, 0, LLFREE_MOVABLE, 0) >= 0)
		;
	llfree_drain(&s->w.a, 0);
	s->page = malloc(frames * PAGES);
	CHECK(s->page);
	memset(s->page, SIM_MOVABLE, frames * PAGES);
	s->order = calloc(frames, PAGES);
	CHECK(s->order);
	s->policy = policy;
	s->preflight = true;
	/* As movable requests would have left the frames. */
	for (frame = 0; frame < frames; frame++)
		s->w.a.child[frame] = 0;
	if (policy->index) {
		s->index = calloc(1, policy->index->bytes(&s->w.a));
		CHECK(s->index);
		llfree_watching = true;
		llfree_index_attach(&s->w.a, s->index, policy->index);
		llfree_index_build(&s->w.a, 0, frames);
	}
}

void sim_close(struct sim *s)
{
	free(s->page);
	free(s->order);
	free(s->index);
	llfree_watching = false;
	world_close(&s->w);
}

static void note(struct sim *s, u64 choice)
{
	s->trace = (s->trace ^ choice) * 0x100000001b3ull;
}

static void release(struct sim *s, u64 index)
{
	s->page[index] = SIM_FREE;
	CHECK_EQ(llfree_put(&s->w.a, 0, index, 0), 0);
}

void sim_folio(struct sim *s, u64 index, unsigned int order)
{
	u64 i, end = index + (1ull << max(order, (unsigned int)s->order[index]));

	CHECK_EQ(index % (1u << order), 0);
	for (i = index; i < end; i++) {
		CHECK_EQ(s->page[i], SIM_MOVABLE);
		s->order[i] = order;
	}
}

void sim_release(struct sim *s, u64 index)
{
	unsigned int order = s->order[index];
	u64 i;

	for (i = index; i < index + (1ull << order); i++) {
		CHECK_EQ(s->page[i], SIM_MOVABLE);
		CHECK_EQ(s->order[i], order);
		s->page[i] = SIM_FREE;
		s->order[i] = 0;
	}
	CHECK_EQ(llfree_put(&s->w.a, 0, index, order), 0);
}

static unsigned int folio_order(const struct llfree_compact *c, u64 index)
{
	const struct sim *s = container_of(c->a, struct sim, w.a);

	/* From its first page on, a folio is seen as a whole. */
	return index % (1u << s->order[index]) ? 0 : s->order[index];
}

void sim_thin(struct sim *s, u64 frame, unsigned int used, u64 seed)
{
	struct random r = random_seed(seed * 1000003 + frame);
	unsigned int left = sim_used(s, frame), page;

	for (page = 0; page < PAGES; page++) {
		u64 index = frame * PAGES + page;

		if (left > used && random_below(&r, PAGES - page) < left - used) {
			release(s, index);
			left--;
		}
	}
	CHECK_EQ(sim_used(s, frame), used);
}

void sim_pin(struct sim *s, u64 frame)
{
	u64 index = frame * PAGES;

	while (s->page[index] == SIM_FREE)
		index++;
	CHECK_EQ(index / PAGES, frame);
	s->page[index] = SIM_PINNED;
}

void sim_pin_known(struct sim *s, u64 frame)
{
	u16 old = s->w.a.child[frame];

	sim_pin(s, frame);
	s->w.a.child[frame] |= LLFREE_CHILD_UNMOVABLE;
	if (s->index)
		s->index->ops->changed(&s->w.a, s->index, frame, llfree_bucket(old),
				       llfree_bucket(s->w.a.child[frame]));
}

void sim_mark(struct sim *s, u64 frame)
{
	CHECK_EQ(llfree_block(&s->w.a, 0, frame, LLFREE_CHILD_COMPACTING), 0);
	llfree_unblock(&s->w.a, 0, frame, LLFREE_CHILD_COMPACTING, true);
}

unsigned int sim_used(const struct sim *s, u64 frame)
{
	unsigned int used = 0, page;

	for (page = 0; page < PAGES; page++)
		used += s->page[frame * PAGES + page] != SIM_FREE;
	return used;
}

bool sim_pinned(const struct sim *s, u64 frame)
{
	return memchr(s->page + frame * PAGES, SIM_PINNED, PAGES) ||
	       memchr(s->page + frame * PAGES, SIM_HUGE, PAGES);
}

u64 sim_free(const struct sim *s)
{
	u64 index, free = 0;

	for (index = 0; index < s->w.a.pages; index++)
		free += s->page[index] == SIM_FREE;
	return free;
}

u64 sim_free_frames(const struct sim *s)
{
	u64 frame, free = 0;

	for (frame = 0; frame < s->w.a.frames; frame++)
		free += !sim_used(s, frame);
	return free;
}

void sim_verify(struct sim *s)
{
	struct llfree_totals totals = world_verify(&s->w);
	u64 index;

	CHECK_EQ(totals.blocked, 0);
	llfree_settle(&s->w.a);
	if (s->index)
		CHECK_EQ(s->index->ops->check(&s->w.a, s->index), 0);
	for (index = 0; index < s->w.a.pages; index++)
		CHECK_EQ(llfree_free_order(&s->w.a, index) >= 0, s->page[index] == SIM_FREE);
}

static s64 choose_target(struct sim *s, struct llfree_compact *c, u64 index, unsigned int order)
{
	s64 frame = llfree_compact_target(c, index, order);

	if (frame >= 0) {
		CHECK(frame < c->source || frame >= c->source + c->frames);
		/* Nothing that was entirely free already. */
		CHECK(sim_used(s, frame) || (c->frames == 2 && sim_used(s, frame ^ 1)));
	}
	return frame;
}

static s64 large_target(struct sim *s, struct llfree_compact *c, u64 index, unsigned int order)
{
	s64 frame, to;

	do {
		frame = choose_target(s, c, index, order);
		if (frame < 0)
			return -1;
		to = llfree_compact_take(c, 0, frame, order);
	} while (to < 0);
	return to;
}

static s64 single_target(struct sim *s, struct llfree_compact *c, u64 index)
{
	while (s->target == s->targets) {
		s64 frame = choose_target(s, c, index, 0);

		if (frame < 0)
			return -1;
		s->target = s->batch;
		s->targets =
			s->batch + llfree_compact_take_bulk(c, 0, frame, s->batch,
							    min(max(s->singles, 1u), SIM_BATCH));
	}
	s->singles -= s->singles > 0;
	return *s->target++;
}

static void count_singles(struct sim *s, u64 index, u64 end)
{
	s->singles = 0;
	for (; index < end; index += 1ull << s->order[index])
		s->singles += s->page[index] == SIM_MOVABLE && !s->order[index];
}

static void free_batch(struct sim *s)
{
	while (s->target < s->targets)
		CHECK_EQ(llfree_put(&s->w.a, 0, *s->target++, 0), 0);
}

/*
 * Move one folio to where the policy says; split it where there is no hole of
 * its size.  False if not even a page of it has room.
 */
static bool move(struct sim *s, struct llfree_compact *c, u64 index)
{
	unsigned int order = s->order[index];
	s64 to = order ? large_target(s, c, index, order) : single_target(s, c, index);
	u64 i;

	if (to < 0 && !order)
		return false;
	if (to < 0) {
		sim_folio(s, index, 0);
		s->splits++;
		return true;
	}
	note(s, to);
	CHECK_EQ(to % (1 << order), 0);
	for (i = 0; i < 1ull << order; i++) {
		CHECK_EQ(s->page[to + i], SIM_FREE);
		s->page[to + i] = SIM_MOVABLE;
	}
	sim_folio(s, to, order);
	sim_release(s, index);
	s->moves += 1ull << order;
	s->kept += (u64)(to % PAGES == (s64)(index % PAGES)) << order;
	return true;
}

/* The run of a frame with the fewest pages, or the whole group. */
static u64 choose(struct sim *s, const struct llfree_compact *c, u64 *pages)
{
	u64 index = c->source * PAGES, end = index + c->frames * PAGES;
	u64 best = end, best_used = ~0ull;

	*pages = llfree_partial(c) ? 1ull << c->order : end - index;
	for (; index < end; index += *pages) {
		u64 used = 0, i;

		for (i = 0; i < *pages; i++) {
			used += s->page[index + i] != SIM_FREE;
			if (s->preflight && s->page[index + i] == SIM_PINNED)
				break;
		}
		if (i == *pages && used < best_used) {
			best = index;
			best_used = used;
		}
	}
	return best;
}

/* Returns true if the range is empty then. */
static bool evacuate(struct sim *s, struct llfree_compact *c)
{
	u64 pages, index = choose(s, c, &pages), end = index + pages;
	bool cleared = true, movable = false;

	if (index == (u64)(c->source + c->frames) * PAGES) {
		c->stuck++;
		return false;
	}
	count_singles(s, index, end);
	while (index < end) {
		if (s->page[index] == SIM_MOVABLE) {
			movable = true;
			/* Look again: the folio went, or it was split. */
			if (move(s, c, index))
				continue;
		}
		cleared &= s->page[index] == SIM_FREE;
		index++;
	}
	free_batch(s);
	c->stuck += !cleared && !movable;
	return cleared;
}

/* Take the emptied run, as a waiting allocation. */
static void deliver(struct sim *s, struct llfree_compact *c)
{
	s64 index = llfree_claim(&s->w.a, c->source, c->order, c->class);
	u64 i;

	CHECK(index >= 0);
	for (i = 0; i < 1ull << c->order; i++) {
		CHECK_EQ(s->page[index + i], SIM_FREE);
		s->page[index + i] = SIM_HUGE;
	}
}

enum sim_result sim_compact(struct sim *s, int order)
{
	struct llfree_compact c = {
		.a = &s->w.a,
		.state = &s->state,
		.policy = s->policy,
		.order = order,
		.class = order < 0    ? LLFREE_MOVABLE
			 : order >= 9 ? LLFREE_HUGE
				      : LLFREE_MOVABLE,
		.sync = !s->async,
		.background = s->background,
		.worth = s->worth,
		.look_again = s->look_again,
		.whole = order < 0,
		.rule = s->rule,
		.folio_order = folio_order,
	};
	enum sim_result result = SIM_PARTIAL;
	bool cleared = false;

	llfree_compact_begin(&c);
	while (llfree_compact_source(&c) >= 0) {
		s->sources++;
		note(s, c.source);
		CHECK_EQ(c.source % c.frames, 0);
		CHECK(llfree_look(c.a, c.source, c.frames).source);
		CHECK(llfree_compact_block(&c, 0));
		cleared = evacuate(s, &c);
		if (cleared && order >= 0)
			deliver(s, &c);
		llfree_compact_unblock(&c, 0, !cleared);
		if (cleared && order >= 0) {
			result = SIM_DELIVERED;
			break;
		}
	}
	if (result == SIM_PARTIAL && c.whole)
		result = SIM_COMPLETE;
	llfree_compact_end(&c);
	s->looked += c.looked;
	return result;
}
