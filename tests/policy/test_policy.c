// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The compaction policies against the provable minimum: for movable pages the
 * fewest moves that clear k frames is the sum of the k smallest used counts
 * among the frames without unmovable pages.
 */
#include <stdlib.h>
#include "demand.h"

static void occupancy_is_optimal(void)
{
	unsigned int i;
	u64 seed;

	for (i = 0; i < ARRAY_SIZE(layouts); i++) {
		for (seed = 1; seed <= 3; seed++) {
			struct sim s;

			demand_open(&s, &llfree_policy_occupancy, layouts[i], seed);
			demand(&s, 9, 100, true);
			sim_close(&s);
		}
	}
}

static void occupancy_is_optimal_for_pairs(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(layouts); i++) {
		struct sim s;

		demand_open(&s, &llfree_policy_occupancy, layouts[i], 4 + i);
		demand(&s, 10, 100, true);
		sim_close(&s);
	}
}

/* Frames known to be pinned are filled first: still the minimum. */
static void occupancy_fills_marked_frames(void)
{
	unsigned int i;
	u64 frame;

	for (i = 0; i < ARRAY_SIZE(layouts); i++) {
		struct random r = random_seed(i);
		struct sim s;

		demand_open(&s, &llfree_policy_occupancy, layouts[i], 7);
		for (frame = 0; frame < FRAMES; frame++) {
			if (random_below(&r, 8) || !sim_used(&s, frame))
				continue;
			sim_pin(&s, frame);
			sim_mark(&s, frame);
		}
		demand(&s, 9, 100, true);
		sim_close(&s);
	}
}

/* Pinned pages nobody knows of: found before anything moves. */
static void occupancy_finds_pinned_frames(void)
{
	unsigned int i;
	u64 frame;

	for (i = 0; i < ARRAY_SIZE(layouts); i++) {
		struct random r = random_seed(i);
		struct sim s;

		demand_open(&s, &llfree_policy_occupancy, layouts[i], 8);
		for (frame = 0; frame < FRAMES; frame++) {
			if (!random_below(&r, 8) && sim_used(&s, frame))
				sim_pin(&s, frame);
		}
		demand(&s, 9, 105, true);
		sim_close(&s);
	}
}

/* Marks of runs long ago do not hide frames that could be cleared. */
static void marks_expire(void)
{
	struct sim s;
	u64 frame;

	demand_open(&s, &llfree_policy_occupancy, bands, 9);
	for (frame = 0; frame < FRAMES; frame++)
		sim_mark(&s, frame);
	demand(&s, 9, 100, true);
	sim_close(&s);
}

static bool unpinned(struct sim *s)
{
	u64 index;

	for (index = 0; index < s->w.a.pages; index++)
		if (s->page[index] == SIM_PINNED)
			s->page[index] = SIM_MOVABLE;
	return sim_compact(s, 9) == SIM_DELIVERED;
}

/*
 * Requests that nobody can serve do not look at every frame each time, whether that
 * is known before the first move or found when the pages are to be isolated (kind 3).
 */
static void marks_stay_where_all_fails(void)
{
	const unsigned int runs = 1000;
	unsigned int run, kind;
	u64 first;

	for (kind = 0; kind < 4; kind++) {
		struct sim s;
		u64 frame, index;

		demand_open(&s, &llfree_policy_occupancy, bands, 12);
		take_free(&s, 9);
		for (frame = 0; frame < FRAMES; frame++)
			if (sim_used(&s, frame) && !sim_pinned(&s, frame))
				sim_pin(&s, frame);
		for (index = 0; kind == 3 && index < s.w.a.pages; index++)
			if (s.page[index] == SIM_MOVABLE)
				s.page[index] = SIM_PINNED;
		s.preflight = kind != 3;
		s.async = kind == 0;
		CHECK_EQ(sim_compact(&s, 9), SIM_COMPLETE);
		first = s.sources;
		CHECK(first > FRAMES / 2);
		for (run = 1; run < runs; run++)
			CHECK(sim_compact(&s, 9) != SIM_DELIVERED);
		/* Twice as seldom each time, and then every 64th. */
		CHECK(s.sources <= (7 + runs / 64) * first);
		CHECK(s.sources >= runs / 80 * first);

		/* What may wait does not believe what may not. */
		s.async = false;
		run = 1;
		if (kind == 2)
			s.look_again = true;
		while (!unpinned(&s))
			run++;
		CHECK(kind & 1 ? run > 1 && run <= 65 : run == 1);
		/* One that was cleared, and the next request looks again. */
		CHECK_EQ(sim_compact(&s, 9), SIM_DELIVERED);
		sim_verify(&s);
		sim_close(&s);
	}
}

/* Where no two neighbours can be cleared, single ones are. */
static void larger_orders_do_not_hide_smaller(void)
{
	unsigned int run;
	struct sim s;
	u64 frame;

	demand_open(&s, &llfree_policy_occupancy, bands, 13);
	take_free(&s, 9);
	for (frame = 0; frame < FRAMES; frame += 2)
		if (sim_used(&s, frame) && !sim_pinned(&s, frame))
			sim_pin(&s, frame);
	for (run = 0; run < 10; run++)
		CHECK(sim_compact(&s, 10) != SIM_DELIVERED);
	CHECK_EQ(sim_compact(&s, 9), SIM_DELIVERED);
	sim_close(&s);
}

/* A frame that cannot be cleared has runs that can. */
static void stuck_frames_do_not_hide_runs(void)
{
	unsigned int run;
	struct sim s;
	u64 frame;

	demand_open(&s, &llfree_policy_occupancy, bands, 14);
	take_free(&s, 9);
	for (frame = 0; frame < FRAMES; frame++)
		if (sim_used(&s, frame) && !sim_pinned(&s, frame))
			sim_pin(&s, frame);
	for (run = 0; run < 10; run++) {
		CHECK(sim_compact(&s, -1) != SIM_DELIVERED);
		CHECK(sim_compact(&s, 9) != SIM_DELIVERED);
	}
	CHECK_EQ(sim_compact(&s, 3), SIM_DELIVERED);
	sim_close(&s);
}

/* Without preflight pinned frames cost moves, but runs end and deliver. */
static void preflight_saves_moves(void)
{
	u64 moves[2], frame, delivered[2] = {};
	int preflight;

	for (preflight = 0; preflight < 2; preflight++) {
		struct sim s;

		demand_open(&s, &llfree_policy_occupancy, bands, 10);
		for (frame = 0; frame < FRAMES; frame += 4) {
			if (sim_used(&s, frame))
				sim_pin(&s, frame);
		}
		s.preflight = preflight;
		while (delivered[preflight] < 60 && sim_compact(&s, 9) == SIM_DELIVERED)
			delivered[preflight]++;
		moves[preflight] = s.moves;
		sim_verify(&s);
		sim_close(&s);
	}
	CHECK_EQ(delivered[0], 60);
	CHECK_EQ(delivered[1], 60);
	CHECK(moves[1] < moves[0]);
}

/* Address order ends, never beats the minimum, and is worse on bands. */
static void address_is_address_order(void)
{
	unsigned int i;
	u64 seed;

	for (i = 0; i < ARRAY_SIZE(layouts); i++) {
		for (seed = 1; seed <= 3; seed++) {
			struct sim s;

			demand_open(&s, &llfree_policy_address, layouts[i], seed);
			demand(&s, 9, 0, false);
			sim_close(&s);
		}
	}
}

static u64 moves_for(const struct llfree_compact_policy *policy, layout *used, unsigned int runs)
{
	struct sim s;
	u64 moves;

	demand_open(&s, policy, used, 11);
	take_free(&s, 9);
	while (runs) {
		/* Where the fingers meet a run may end without a frame. */
		if (sim_compact(&s, 9) == SIM_DELIVERED)
			runs--;
		else
			CHECK(policy != &llfree_policy_occupancy);
		CHECK(s.sources < 8 * FRAMES);
	}
	moves = s.moves;
	sim_close(&s);
	return moves;
}

static void policies_differ(void)
{
	u64 occupancy = moves_for(&llfree_policy_occupancy, bands, 60);
	u64 address = moves_for(&llfree_policy_address, bands, 60);

	CHECK(address > 2 * occupancy);
	/* Sparse frames first by address, too: nothing to gain. */
	CHECK(moves_for(&llfree_policy_address, ascending, 60) * 10 <
	      moves_for(&llfree_policy_occupancy, ascending, 60) * 11);
}

/* A run goes on where the last one stopped, until the fingers meet. */
static void address_resumes(void)
{
	struct llfree_compact_state last = {}, none = {};
	unsigned int runs = 0;
	struct sim s;

	demand_open(&s, &llfree_policy_address, uniform, 17);
	while (sim_compact(&s, 9) == SIM_DELIVERED) {
		CHECK(s.state.source[1] > last.source[1]);
		CHECK_EQ(s.state.source[0], s.state.source[1]);
		CHECK(s.state.target);
		CHECK(!last.target || s.state.target <= last.target);
		last = s.state;
		runs++;
	}
	/* Half of the pages are free: the fingers met half way. */
	CHECK(runs > FRAMES * 2 / 5 && runs < FRAMES * 3 / 5);
	CHECK(!memcmp(&s.state, &none, sizeof(none)));
	sim_close(&s);
}

/* Sources ascend and targets descend, past what is free or taken. */
static void address_compacts_everything(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(layouts); i++) {
		struct sim s;
		u64 free;

		demand_open(&s, &llfree_policy_address, layouts[i], 18);
		free = sim_free_frames(&s);
		CHECK_EQ(sim_compact(&s, -1), SIM_COMPLETE);
		CHECK(sim_free_frames(&s) > free);
		CHECK(s.sources <= FRAMES);
		sim_verify(&s);
		sim_close(&s);
	}
}

/* As many free frames as the free pages allow, in one run. */
static void whole_instance(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(layouts); i++) {
		struct sim s;

		demand_open(&s, &llfree_policy_occupancy, layouts[i], 12);
		CHECK_EQ(sim_compact(&s, -1), SIM_COMPLETE);
		CHECK_EQ(sim_free_frames(&s), sim_free(&s) / PAGES);
		sim_verify(&s);

		/* Nothing is left to improve. */
		s.moves = 0;
		CHECK_EQ(sim_compact(&s, -1), SIM_COMPLETE);
		CHECK_EQ(s.moves, 0);
		sim_close(&s);
	}
}

/* Below order 9 no more than the wanted run is cleared. */
static void small_orders(void)
{
	const struct llfree_compact_policy *const *policy;
	unsigned int order;

	for (policy = llfree_policies; *policy; policy++) {
		for (order = 1; order < 9; order++) {
			struct sim s;
			unsigned int i;

			demand_open(&s, *policy, bands, 13);
			for (i = 0; i < 20; i++) {
				u64 before = s.moves;

				CHECK_EQ(sim_compact(&s, order), SIM_DELIVERED);
				/* Chance may name a full frame. */
				CHECK(s.moves - before <
				      (1u << order) + (*policy == &llfree_policy_random));
			}
			sim_verify(&s);
			sim_close(&s);
		}
	}
}

/* Nothing can be cleared: runs end, and do not look at a frame for ever. */
static void everything_pinned(void)
{
	const struct llfree_compact_policy *const *policy;
	int order;

	for (policy = llfree_policies; *policy; policy++) {
		for (order = -1; order <= 10; order += order < 0 ? 10 : 1) {
			struct sim s;
			u64 frame;
			int run;

			demand_open(&s, *policy, uniform, 14);
			for (frame = 0; frame < FRAMES; frame++)
				sim_pin(&s, frame);
			for (run = 0; run < 3; run++) {
				s.sources = 0;
				CHECK(sim_compact(&s, order) != SIM_DELIVERED);
				CHECK(s.sources <= FRAMES);
			}
			/* What is beyond its budget, this one does not try. */
			if (*policy != &llfree_policy_just_enough)
				CHECK_EQ(sim_compact(&s, order), SIM_COMPLETE);
			CHECK_EQ(s.moves, 0);
			sim_verify(&s);
			sim_close(&s);
		}
	}
}

/* Frames that cannot be blocked are nobody's source and nobody's target. */
static void blocked_frames(void)
{
	const struct llfree_compact_policy *const *policy;

	for (policy = llfree_policies; *policy; policy++) {
		struct sim s;
		u64 frame;

		demand_open(&s, *policy, uniform, 15);
		for (frame = 0; frame < FRAMES; frame += 2)
			CHECK_EQ(llfree_block(&s.w.a, 0, frame, LLFREE_CHILD_ISOLATED), 0);
		while (sim_compact(&s, 9) == SIM_DELIVERED)
			;
		for (frame = 0; frame < FRAMES; frame += 2) {
			CHECK_EQ(sim_used(&s, frame) + (s.w.a.child[frame] & LLFREE_CHILD_FREE),
				 PAGES);
			llfree_unblock(&s.w.a, 0, frame, LLFREE_CHILD_ISOLATED, false);
		}
		sim_verify(&s);
		sim_close(&s);
	}
}

/* Compacting everything keeps its pages out of frames with unmovable ones. */
static void unmovable_frames_are_left_alone(void)
{
	unsigned int before;
	struct sim s;
	s64 index;
	u64 frame;

	demand_open(&s, &llfree_policy_occupancy, uniform, 16);
	index = llfree_get(&s.w.a, 0, 0, LLFREE_UNMOVABLE, 0);
	CHECK(index >= 0);
	s.page[index] = SIM_PINNED;
	frame = index / PAGES;
	before = sim_used(&s, frame);

	CHECK_EQ(sim_compact(&s, -1), SIM_COMPLETE);
	CHECK(s.moves);
	CHECK(sim_used(&s, frame) <= before);
	sim_verify(&s);
	sim_close(&s);
}

int main(int argc, char **argv)
{
	static const struct check tests[] = {
		{"occupancy_is_optimal", occupancy_is_optimal},
		{"occupancy_is_optimal_for_pairs", occupancy_is_optimal_for_pairs},
		{"occupancy_fills_marked_frames", occupancy_fills_marked_frames},
		{"occupancy_finds_pinned_frames", occupancy_finds_pinned_frames},
		{"marks_expire", marks_expire},
		{"marks_stay_where_all_fails", marks_stay_where_all_fails},
		{"stuck_frames_do_not_hide_runs", stuck_frames_do_not_hide_runs},
		{"larger_orders_do_not_hide_smaller", larger_orders_do_not_hide_smaller},
		{"preflight_saves_moves", preflight_saves_moves},
		{"address_is_address_order", address_is_address_order},
		{"address_resumes", address_resumes},
		{"address_compacts_everything", address_compacts_everything},
		{"policies_differ", policies_differ},
		{"whole_instance", whole_instance},
		{"small_orders", small_orders},
		{"everything_pinned", everything_pinned},
		{"blocked_frames", blocked_frames},
		{"unmovable_frames_are_left_alone", unmovable_frames_are_left_alone},
		{}};

	return check_main(argc, argv, tests);
}
