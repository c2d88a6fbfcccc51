// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The policies' indexes while child words change: two and three changes, in
 * every order of their accesses with a few preemptions.  When all are done the
 * index is as the child words say.
 */
#include <stdlib.h>
#include "explore.h"
#include "policy.h"
#include "world.h"

/* Frames in two words of a set. */
#define WORDS (2 * 64)
/* Two frames that are on a line of their own, below a bound of its own. */
#define LINES (64 * LLFREE_LINE_FRAMES + 2)

struct change {
	u64 frame;
	unsigned int from, to, back; /* free pages; back 0: does not */
};

static struct world w;
static struct llfree_index *index_;
static const struct llfree_index_ops *ops;
static struct change change[EXPLORE_ACTORS];
static u64 built; /* frames before this one are in no bucket */

/* As one who gets and puts would. */
static void set_free(u64 frame, unsigned int free)
{
	u16 old = READ_ONCE(w.a.child[frame]);

	while (!try_cmpxchg(&w.a.child[frame], &old, (u16)free))
		;
	ops->changed(&w.a, index_, frame, llfree_bucket(old), llfree_bucket(free));
}

static void setup(void)
{
	unsigned int i;

	memset(w.a.child, 0, w.a.frames * sizeof(u16));
	for (i = 0; i < w.a.frames; i++)
		w.a.child[i] = LLFREE_CHILD_HUGE;
	for (i = 0; i < EXPLORE_ACTORS; i++)
		if (change[i].from)
			w.a.child[change[i].frame] = change[i].from;
	memset(index_, 0, ops->bytes(&w.a));
	llfree_index_attach(&w.a, index_, ops);
	llfree_index_build(&w.a, built, w.a.frames - built);
}

/* A choice may correct what it reads. */
static void choose(void)
{
	struct llfree_compact_state state = {.random = 1};
	struct llfree_compact c = {
		.a = &w.a,
		.state = &state,
		.policy = &llfree_policy_bounds,
		.order = LLFREE_FRAME_ORDER,
		.frames = 1,
		.rule = llfree_policy_bounds.rule,
	};

	c.policy->target(&c, 0);
}

static void actor(unsigned int i)
{
	if (!change[i].to) {
		choose();
		return;
	}
	set_free(change[i].frame, change[i].to);
	if (change[i].back)
		set_free(change[i].frame, change[i].back);
}

static void actor_0(void)
{
	actor(0);
}

static void actor_1(void)
{
	actor(1);
}

static void actor_2(void)
{
	actor(2);
}

static void check(void)
{
	CHECK_EQ(ops->check(&w.a, index_), 0);
}

static void run(unsigned int actors, bool interrupt, unsigned int preemptions)
{
	struct scenario scenario = {
		.setup = setup,
		.actors = {{.run = actor_0}, {.run = actor_1, .interrupt = interrupt}},
		.check = check,
		.preemptions = preemptions,
	};

	if (actors > 2)
		scenario.actors[2].run = actor_2;
	CHECK(explore(&scenario) > 1);
}

/* @near and @away: frames of the same word or line, and of another one, too. */
static void all(const struct llfree_compact_policy *policy, u64 frames, u64 near, u64 away)
{
	ops = policy->index;
	world_open(&w, frames, 1);
	index_ = calloc(1, ops->bytes(&w.a));
	CHECK(index_);

	/* One frame, against another change of it, and back. */
	change[0] = (struct change){.frame = near, .from = 500, .to = 400};
	change[1] = (struct change){.frame = near, .from = 500, .to = 100};
	run(2, false, 3);
	run(2, true, 3);
	change[1].back = 500;
	run(2, false, 2);
	run(2, true, 2);

	/* The last of a kind leaves while another one comes. */
	change[0] = (struct change){.frame = near, .from = 500, .to = 100};
	change[1] = (struct change){.frame = near + 1, .from = 100, .to = 500};
	run(2, false, 3);
	run(2, true, 3);
	change[1].frame = away;
	run(2, false, 3);
	change[2] = (struct change){.frame = near, .from = 500, .to = 300, .back = 500};
	run(3, false, 2);
	memset(change, 0, sizeof(change));
	free(index_);
	world_close(&w);
}

/*
 * The first page of a frame, which its CPU holds back: put and got again, the
 * frame after it begun, and settled meanwhile.
 */
static struct world start;
static void *start_metadata;

static void setup_held_back(void)
{
	void *metadata = w.metadata;

	w = start;
	memcpy(metadata, start_metadata, llfree_metadata_bytes(w.a.pages, w.a.cpus));
	memset(index_, 0, ops->bytes(&w.a));
	llfree_index_attach(&w.a, index_, ops);
	llfree_index_build(&w.a, 0, w.a.frames);
	CHECK_EQ(llfree_get_from(&w.a, 0, 0, 0), 0);
	CHECK(ops->check(&w.a, index_));
}

static void put_and_get(void)
{
	CHECK_EQ(llfree_put(&w.a, 0, 0, 0), 0);
	CHECK(llfree_get_from(&w.a, 0, 0, 0) >= 0);
}

static void put_page(void)
{
	CHECK_EQ(llfree_put(&w.a, 0, 0, 0), 0);
}

static void settle(void)
{
	llfree_settle(&w.a);
}

static void begin_next(void)
{
	CHECK(llfree_get_from(&w.a, 0, 1, 0) >= 0);
}

static void begin_same(void)
{
	CHECK(llfree_get_from(&w.a, 1, 0, 0) >= 0);
}

static void check_settled(void)
{
	llfree_settle(&w.a);
	check();
}

static void held_back(void)
{
	static const struct llfree_compact_policy *const policies[] = {
		&llfree_policy_bucket, &llfree_policy_bounds, &llfree_policy_on_free};
	static void (*const others[])(void) = {settle, begin_next, begin_same};
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(policies); i++) {
		size_t bytes;

		ops = policies[i]->index;
		world_open_free(&w, 4, 2);
		bytes = llfree_metadata_bytes(w.a.pages, w.a.cpus);
		index_ = calloc(1, ops->bytes(&w.a));
		start_metadata = malloc(bytes);
		CHECK(index_ && start_metadata);
		memcpy(start_metadata, w.metadata, bytes);
		start = w;
		llfree_watching = true;
		for (n = 0; n < ARRAY_SIZE(others); n++) {
			struct scenario scenario = {
				.setup = setup_held_back,
				.actors = {{.run = put_and_get}, {.run = others[n]}},
				.check = check_settled,
				.preemptions = 3,
			};

			CHECK(explore(&scenario) > 1);
			scenario.actors[1].interrupt = true;
			CHECK(explore(&scenario) > 1);
			scenario.actors[0].run = put_page;
			scenario.actors[1].interrupt = false;
			scenario.actors[2].run = n ? settle : begin_next;
			scenario.preemptions = 2;
			CHECK(explore(&scenario) > 1);
		}
		llfree_watching = false;
		free(start_metadata);
		free(index_);
		world_close(&w);
	}
}

static void bucket(void)
{
	all(&llfree_policy_bucket, WORDS, 3, 64);
}

static void on_free(void)
{
	all(&llfree_policy_on_free, WORDS, 3, 64);
}

static void bounds(void)
{
	built = LINES - 2;
	all(&llfree_policy_bounds, LINES, LINES - 2, LINES - 1);

	/* The bound was left behind by the first one, or is about to be. */
	ops = llfree_policy_bounds.index;
	world_open(&w, LINES, 1);
	index_ = calloc(1, ops->bytes(&w.a));
	CHECK(index_);
	change[0] = (struct change){.frame = LINES - 2, .from = 100, .to = 400, .back = 150};
	change[1] = (struct change){.frame = LINES - 1, .from = 500};
	run(2, false, 3);
	run(2, true, 3);
	change[2] = (struct change){.frame = LINES - 1, .from = 500, .to = 20};
	run(3, false, 2);
	free(index_);
	world_close(&w);
}

int main(int argc, char **argv)
{
	static const struct check tests[] = {{"bucket", bucket},
					     {"on_free", on_free},
					     {"bounds", bounds},
					     {"held_back", held_back},
					     {}};

	return check_main(argc, argv, tests);
}
