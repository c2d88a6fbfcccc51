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
	free(s->index);
	llfree_watching = false;
	world_close(&s->w);
}

static void release(struct sim *s, u64 index)
{
	s->page[index] = SIM_FREE;
	CHECK_EQ(llfree_put(&s->w.a, 0, index, 0), 0);
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
		s->index->ops->changed(&s->w.a, s->index, frame, old);
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
	if (s->index)
		CHECK_EQ(s->index->ops->check(&s->w.a, s->index), 0);
	for (index = 0; index < s->w.a.pages; index++)
		CHECK_EQ(llfree_free_order(&s->w.a, index) >= 0, s->page[index] == SIM_FREE);
}

/* Move one page to where the policy says. */
static bool move(struct sim *s, struct llfree_compact *c, u64 index)
{
	s64 frame, to = -1;

	while (to < 0) {
		frame = llfree_compact_target(c, 0);
		if (frame < 0)
			return false;
		CHECK(frame < c->source || frame >= c->source + c->frames);
		/* Nothing that was entirely free already. */
		CHECK(sim_used(s, frame) || (c->frames == 2 && sim_used(s, frame ^ 1)));
		to = llfree_get_from(&s->w.a, 0, frame, 0);
	}
	CHECK_EQ(s->page[to], SIM_FREE);
	s->page[to] = SIM_MOVABLE;
	release(s, index);
	s->moves++;
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
	bool cleared = true;

	if (index == (u64)(c->source + c->frames) * PAGES)
		return false;
	for (; index < end; index++) {
		if (s->page[index] == SIM_FREE)
			continue;
		if (s->page[index] == SIM_PINNED || !move(s, c, index))
			cleared = false;
	}
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
		.whole = order < 0,
		.rule = s->rule,
	};
	enum sim_result result = SIM_PARTIAL;
	bool cleared = false;

	llfree_compact_begin(&c);
	while (llfree_compact_source(&c) >= 0) {
		s->sources++;
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
