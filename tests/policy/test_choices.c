// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every policy chooses only what it may (sim.c checks each choice), ends, and
 * delivers what it promises; and what each one alone promises.
 */
#include <stdlib.h>
#include "demand.h"

/* Address order gives up where its fingers meet; just enough refuses. */
static bool delivers_all(const struct llfree_compact_policy *policy)
{
	return policy != &llfree_policy_address && policy != &llfree_policy_just_enough;
}

static void pin_some(struct sim *s, u64 seed, bool known)
{
	struct random r = random_seed(seed);
	u64 frame;

	for (frame = 0; frame < FRAMES; frame++) {
		if (random_below(&r, 8) || !sim_used(s, frame))
			continue;
		if (known)
			sim_pin_known(s, frame);
		else
			sim_pin(s, frame);
	}
}

static void all_deliver(void)
{
	const struct llfree_compact_policy *const *policy;
	unsigned int i;

	for (policy = llfree_policies; *policy; policy++) {
		for (i = 0; i < LAYOUTS; i++) {
			struct sim s;

			demand_open(&s, *policy, layouts[i], 20 + i);
			if (i % 3)
				pin_some(&s, i, i % 3 == 1);
			demand(&s, i == 3 ? 10 : 9, 0, delivers_all(*policy));
			sim_close(&s);
		}
	}
}

static void all_follow_rules(void)
{
	static const struct llfree_compact_policy *const policies[] = {
		&llfree_policy_occupancy, &llfree_policy_bucket, &llfree_policy_bounds,
		&llfree_policy_sample_4, NULL};
	const struct llfree_compact_policy *const *policy;
	const struct llfree_target_rule *rule;

	for (policy = policies; *policy; policy++) {
		for (rule = llfree_target_rules; rule->name; rule++) {
			struct sim s;

			demand_open(&s, *policy, bands, 21);
			pin_some(&s, 3, true);
			s.rule = rule;
			demand(&s, 9, 0, delivers_all(*policy));
			sim_close(&s);
		}
	}
}

static u64 moves(const struct llfree_compact_policy *policy, layout *used, unsigned int frames,
		 u64 seed, u64 state)
{
	struct sim s;
	u64 moved;

	demand_open(&s, policy, used, seed);
	s.state.random = state;
	take_free(&s, 9);
	while (frames--)
		CHECK_EQ(sim_compact(&s, 9), SIM_DELIVERED);
	moved = s.moves;
	sim_close(&s);
	return moved;
}

/* An index is as good as a look at every frame. */
static void indexes_find_the_least_used(void)
{
	unsigned int frames;
	u64 seed;

	for (seed = 1; seed <= 5; seed++) {
		for (frames = 20; frames <= 80; frames += 20) {
			u64 best = moves(&llfree_policy_occupancy, bands, frames, seed, 0);

			CHECK(moves(&llfree_policy_bucket, bands, frames, seed, 0) * 100 <=
			      best * 103);
			CHECK(moves(&llfree_policy_bounds, bands, frames, seed, 0) * 100 <=
			      best * 103);
		}
	}
}

static void chance_is_seeded(void)
{
	static const struct llfree_compact_policy *const policies[] = {
		&llfree_policy_random, &llfree_policy_sample_4, &llfree_policy_bucket};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(policies); i++) {
		u64 first = moves(policies[i], bands, 30, 1, 7);

		CHECK_EQ(moves(policies[i], bands, 30, 1, 7), first);
		CHECK(moves(policies[i], bands, 30, 1, 8) != first ||
		      moves(policies[i], bands, 30, 1, 9) != first);
	}
	CHECK(moves(&llfree_policy_random, bands, 30, 1, 7) >
	      3 * moves(&llfree_policy_sample_4, bands, 30, 1, 7));
}

/* The least used frame is a candidate at once, without a search. */
static void on_free_knows_what_drained(void)
{
	struct sim s;
	u64 frame;

	sim_open(&s, FRAMES, &llfree_policy_on_free);
	for (frame = 0; frame < FRAMES; frame++)
		sim_thin(&s, frame, frame == 77 ? 60 : 80, 1);
	CHECK(s.policy->pending(&s.w.a));
	CHECK_EQ(sim_compact(&s, 9), SIM_DELIVERED);
	CHECK_EQ(s.moves, 60);
	CHECK_EQ(s.page[77 * PAGES], SIM_HUGE);
	/* Nothing left that is worth it if nobody asks. */
	CHECK(!s.policy->pending(&s.w.a));
	s.background = true;
	CHECK_EQ(sim_compact(&s, -1), SIM_COMPLETE);
	CHECK_EQ(s.moves, 60);
	/* For a request it has to look. */
	s.background = false;
	CHECK_EQ(sim_compact(&s, 9), SIM_DELIVERED);
	CHECK_EQ(s.moves, 60 + 80);
	sim_close(&s);
}

/* Candidates that are too dear for the background do not hide others. */
static void on_free_looks_further(void)
{
	struct sim s;
	u64 frame;

	sim_open(&s, FRAMES, &llfree_policy_on_free);
	for (frame = 0; frame < FRAMES; frame++)
		sim_thin(&s, frame, frame == 7 ? 60 : frame == FRAMES - 1 ? 20 : 80, 1);
	s.background = true;
	s.worth = 41;
	sim_compact(&s, -1);
	CHECK_EQ(s.moves, 20);
	sim_close(&s);
}

static void just_enough_refuses(void)
{
	struct sim s;
	u64 frame;

	for (int async = 0; async < 2; async++) {
		const unsigned int budget = async ? 64 : 256;

		sim_open(&s, FRAMES, &llfree_policy_just_enough);
		s.async = async;
		for (frame = 0; frame < FRAMES; frame++)
			sim_thin(&s, frame, frame == 9 ? budget : budget + 33, 1);
		CHECK_EQ(sim_compact(&s, 9), SIM_DELIVERED);
		CHECK_EQ(s.moves, budget);
		CHECK_EQ(sim_compact(&s, 9), SIM_PARTIAL);
		CHECK_EQ(s.moves, budget);
		sim_close(&s);
	}

	/* What is refused does not keep a frame marked, unless it would be refused, too. */
	sim_open(&s, FRAMES, &llfree_policy_just_enough);
	for (frame = 0; frame < FRAMES; frame++)
		sim_thin(&s, frame, frame == 9 ? 256 : 256 + 33, 1);
	sim_mark(&s, 9);
	s.async = true;
	CHECK_EQ(sim_compact(&s, 9), SIM_PARTIAL);
	CHECK(llfree_child(&s.w.a, 9) & LLFREE_CHILD_SKIP);
	s.async = false;
	CHECK_EQ(sim_compact(&s, 9), SIM_PARTIAL);
	CHECK_EQ(sim_compact(&s, 9), SIM_DELIVERED);
	CHECK_EQ(s.moves, 256);
	sim_close(&s);

	/* What was moved in vain counts. */
	sim_open(&s, FRAMES, &llfree_policy_just_enough);
	s.preflight = false;
	for (frame = 0; frame < FRAMES; frame++) {
		sim_thin(&s, frame, 200, 1);
		sim_pin(&s, frame);
	}
	CHECK_EQ(sim_compact(&s, 9), SIM_PARTIAL);
	CHECK_EQ(s.moves, 199);
	sim_close(&s);
}

static u64 tree_used(const struct sim *s, u64 tree)
{
	u64 used = 0, i;

	for (i = 0; i < LLFREE_TREE_PAGES; i++)
		used += s->page[tree * LLFREE_TREE_PAGES + i] == SIM_MOVABLE;
	return used;
}

static void tree_stays_inside(void)
{
	u64 before[FRAMES / LLFREE_TREE_FRAMES], tree;
	unsigned int delivered;
	struct sim s;

	demand_open(&s, &llfree_policy_tree, uniform, 22);
	for (tree = 0; tree < ARRAY_SIZE(before); tree++)
		before[tree] = tree_used(&s, tree);
	/* Half of each tree is free: three frames of it, at least. */
	for (delivered = 0; delivered < 3 * ARRAY_SIZE(before); delivered++)
		CHECK_EQ(sim_compact(&s, 9), SIM_DELIVERED);
	for (tree = 0; tree < ARRAY_SIZE(before); tree++)
		CHECK_EQ(tree_used(&s, tree), before[tree]);
	sim_close(&s);
}

/* Where the first page of a request for this order goes; closes @s. */
static s64 first_target(struct sim *s, int order, const struct llfree_target_rule *rule)
{
	struct llfree_compact c = {
		.a = &s->w.a,
		.state = &s->state,
		.policy = s->policy,
		.order = order,
		.class = LLFREE_HUGE,
		.sync = true,
		.rule = rule,
	};
	s64 target;

	llfree_compact_begin(&c);
	CHECK(llfree_compact_source(&c) >= 0);
	target = llfree_compact_target(&c, c.source * PAGES, 0);
	sim_close(s);
	return target;
}

/*
 * Frames 8 (to be cleared, nearly full), 16 (marked), 24 (unmovable), the rest
 * half full; frame 8 is the fullest.
 */
static s64 target_by_rule(const struct llfree_compact_policy *policy, unsigned int rule)
{
	struct sim s;
	u64 frame;

	sim_open(&s, 32, policy);
	for (frame = 0; frame < 32; frame++)
		sim_thin(&s, frame, frame == 8 ? 500 : frame % 8 ? 256 : 400, 1);
	sim_mark(&s, 16);
	sim_pin_known(&s, 24);
	return first_target(&s, 9, &llfree_target_rules[rule]);
}

static void rules_order_targets(void)
{
	static const struct llfree_compact_policy *const policies[] = {&llfree_policy_occupancy,
								       &llfree_policy_bucket};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(policies); i++) {
		s64 pinned = target_by_rule(policies[i], LLFREE_TARGETS_PINNED);

		CHECK(pinned == 16 || pinned == 24);
		CHECK_EQ(target_by_rule(policies[i], LLFREE_TARGETS_APART), 16);
		CHECK_EQ(target_by_rule(policies[i], LLFREE_TARGETS_FULLEST), 8);
	}
	CHECK(target_by_rule(&llfree_policy_bounds, LLFREE_TARGETS_PINNED) % 8 == 0);
	CHECK(target_by_rule(&llfree_policy_bounds, LLFREE_TARGETS_PINNED) > 8);
}

/* Which of 32 frames compaction fills that holds unmovable pages or is nearly full. */
static s64 target_beside(const struct llfree_compact_policy *policy, unsigned int room,
			 unsigned int rule)
{
	struct sim s;
	u64 frame;

	sim_open(&s, 32, policy);
	for (frame = 0; frame < 32; frame++)
		sim_thin(&s, frame, frame == 8 ? 500 : frame == 24 ? PAGES - room : 256, 1);
	sim_pin_known(&s, 24);
	return first_target(&s, 9, &llfree_target_rules[rule]);
}

/* Does the rule alone choose among all frames of an instance so small? */
static bool follows_rule(const struct llfree_compact_policy *policy)
{
	return policy->rule && policy != &llfree_policy_mesh && policy != &llfree_policy_tree;
}

static void sparing_leaves_room(void)
{
	const struct llfree_compact_policy *const *policy;

	for (policy = llfree_policies; *policy; policy++) {
		if (!follows_rule(*policy))
			continue;
		CHECK_EQ(target_beside(*policy, 300, LLFREE_TARGETS_SPARING), 24);
		CHECK_EQ(target_beside(*policy, LLFREE_SPARE_PAGES + 1, LLFREE_TARGETS_SPARING),
			 24);
		CHECK_EQ(target_beside(*policy, LLFREE_SPARE_PAGES, LLFREE_TARGETS_SPARING), 8);
		CHECK_EQ(target_beside(*policy, 12, LLFREE_TARGETS_SPARING), 8);
		CHECK_EQ(target_beside(*policy, 11, LLFREE_TARGETS_PINNED), 24);
	}
}

/* A frame is filled to where its spare room begins, and that is used before a demand fails. */
static void spare_room_comes_last(void)
{
	static const unsigned int used[] = {480, 480, 150, 480, 400, 480, 100, 480};
	const struct llfree_compact_policy *const *policy;

	for (policy = llfree_policies; *policy; policy++) {
		struct sim s;
		u64 frame;

		/* It chooses its sources by chance. */
		if (!follows_rule(*policy) || *policy == &llfree_policy_random)
			continue;
		sim_open(&s, 8, *policy);
		for (frame = 0; frame < 8; frame++)
			sim_thin(&s, frame, used[frame], 1);
		sim_pin_known(&s, 4);
		/* Of 100 pages 48 to frame 4, and 52 where 32 are free each. */
		CHECK_EQ(sim_compact(&s, 9), SIM_DELIVERED);
		CHECK_EQ(PAGES - sim_used(&s, 4), LLFREE_SPARE_PAGES);
		/* Of 150 pages 108 there, and the last 42 to frame 4. */
		CHECK_EQ(sim_compact(&s, 9), SIM_DELIVERED);
		CHECK_EQ(PAGES - sim_used(&s, 4), LLFREE_SPARE_PAGES - 42);
		sim_verify(&s);
		sim_close(&s);
	}
}

/* Of a request for two frames: a full frame beside an empty one is no good target. */
static void groups_are_filled(void)
{
	static const unsigned int used[] = {10, 10, 500, 20, 400, 400, 400, 400};
	const struct llfree_compact_policy *const *policy;

	for (policy = llfree_policies; *policy; policy++) {
		struct sim s;
		u64 frame;

		/* Linux's order knows nothing of fills. */
		if (*policy == &llfree_policy_address)
			continue;
		sim_open(&s, 64, *policy);
		for (frame = 0; frame < 64; frame++)
			sim_thin(&s, frame, used[frame % 8], frame);
		CHECK(first_target(&s, 10, NULL) % 8 >= 4);
	}
}

/* Frames that cost too much are left, by all that know what a frame costs. */
static void worth_is_heeded(void)
{
	const struct llfree_compact_policy *const *policy;

	for (policy = llfree_policies; *policy; policy++) {
		struct sim s;
		u64 frame;

		if (*policy == &llfree_policy_address || *policy == &llfree_policy_random)
			continue;
		sim_open(&s, 64, *policy);
		for (frame = 0; frame < 64; frame++)
			sim_thin(&s, frame, frame % 16 ? 300 : 40 + frame, 1);
		s.background = true;
		s.worth = 41;
		sim_compact(&s, -1);
		CHECK_EQ(s.moves, 40);
		s.worth = 72;
		sim_compact(&s, -1);
		/* Without a request on-free looks at candidates of up to 63 pages only. */
		CHECK_EQ(s.moves, *policy == &llfree_policy_on_free ? 40 + 56 : 40 + 56 + 72);
		CHECK_EQ(sim_free_frames(&s), *policy == &llfree_policy_on_free ? 2 : 3);
		s.background = false;
		s.worth = 0;
		CHECK_EQ(sim_compact(&s, 9), SIM_DELIVERED);
		sim_verify(&s);
		sim_close(&s);
	}
}

/* Who would not try a frame leaves its mark alone. */
static void marks_are_of_who_would_try(void)
{
	const unsigned int worth[] = {41, 300};

	for (unsigned int i = 0; i < ARRAY_SIZE(worth); i++) {
		struct sim s;
		u64 frame;

		sim_open(&s, 64, &llfree_policy_occupancy);
		for (frame = 0; frame < 64; frame++)
			sim_thin(&s, frame, frame == 5 ? 300 : 301, 1);
		sim_mark(&s, 5);
		s.async = true;
		s.background = true;
		s.worth = worth[i];
		sim_compact(&s, -1);
		CHECK_EQ(!(llfree_child(&s.w.a, 5) & LLFREE_CHILD_SKIP), worth[i] == 300);
		sim_close(&s);
	}
}

/* Decisions by an index do not grow with memory. */
static void indexes_do_not_search(void)
{
	static const struct llfree_compact_policy *const policies[] = {
		&llfree_policy_bucket, &llfree_policy_bounds, &llfree_policy_just_enough};
	unsigned int i, run;

	for (i = 0; i < ARRAY_SIZE(policies); i++) {
		struct sim s;
		u64 frame;

		sim_open(&s, 4096, policies[i]);
		for (frame = 0; frame < 4096; frame++)
			sim_thin(&s, frame, frame % 64 ? 480 : 20, 1);
		for (run = 0; run < 20; run++)
			CHECK_EQ(sim_compact(&s, 9), SIM_DELIVERED);
		CHECK_EQ(s.moves, 20 * 20);
		/* Of each request: a source, and one or two targets. */
		CHECK(s.looked < 20 * 1024);
		sim_close(&s);
	}
}

int main(int argc, char **argv)
{
	static const struct check tests[] = {
		{"all_deliver", all_deliver},
		{"all_follow_rules", all_follow_rules},
		{"indexes_find_the_least_used", indexes_find_the_least_used},
		{"indexes_do_not_search", indexes_do_not_search},
		{"worth_is_heeded", worth_is_heeded},
		{"marks_are_of_who_would_try", marks_are_of_who_would_try},
		{"chance_is_seeded", chance_is_seeded},
		{"on_free_knows_what_drained", on_free_knows_what_drained},
		{"on_free_looks_further", on_free_looks_further},
		{"just_enough_refuses", just_enough_refuses},
		{"tree_stays_inside", tree_stays_inside},
		{"rules_order_targets", rules_order_targets},
		{"sparing_leaves_room", sparing_leaves_room},
		{"spare_room_comes_last", spare_room_comes_last},
		{"groups_are_filled", groups_are_filled},
		{}};

	return check_main(argc, argv, tests);
}
