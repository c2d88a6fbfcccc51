// SPDX-License-Identifier: GPL-2.0-or-later
/* Pairs and triples of operations, exhaustively up to a few preemptions. */
#include "race.h"

#define PAGES LLFREE_FRAME_PAGES

static void nothing_free(void)
{
}

static void all_free(void)
{
	for (u64 i = 0; i < race_world()->a.pages; i += 2 * PAGES)
		race_free(i, 10);
}

static void one_run_of_each_order(void)
{
	for (unsigned int order = 0; order < 8; order++)
		race_free(PAGES + (1 << order), order);
}

static unsigned int gets_that_failed(void)
{
	return (race_result(0) < 0) + (race_result(1) < 0) + (race_result(2) < 0);
}

static unsigned int wanted_order;

static void one_run(void)
{
	race_free(2 * PAGES, wanted_order);
}

static void only_one_won(void)
{
	CHECK_EQ(gets_that_failed(), 1);
}

static void two_gets_of_one_run(void)
{
	/*
	 * An undo may make both fail where a run spans rows; the others are
	 * taken by one atomic operation.
	 */
	for (wanted_order = 0; wanted_order <= 10; wanted_order++) {
		bool rows = wanted_order == 7 || wanted_order == 8;
		struct race race = {
			.frames = 4,
			.cpus = 2,
			.prepare = one_run,
			.op =
				{
					{.kind = RACE_GET, .order = wanted_order, .may_fail = true},
					{.kind = RACE_GET,
					 .order = wanted_order,
					 .cpu = 1,
					 .may_fail = true},
				},
			.check = rows ? NULL : only_one_won,
			.preemptions = 2,
		};

		race_explore(&race);
	}
}

/* Gets that do not stand in each other's way must both find something. */
static void gets_of_two_orders(void)
{
	for (unsigned int a = 0; a <= 10; a++)
		for (unsigned int b = 0; b <= a; b++) {
			struct race race = {
				.frames = 6,
				.cpus = 2,
				.prepare = all_free,
				.op =
					{
						{.kind = RACE_GET, .order = a},
						{.kind = RACE_GET, .order = b, .cpu = 1},
					},
				.preemptions = a + b > 15 ? 3 : 2,
			};

			race_explore(&race);
		}
}

static void gets_in_one_crowded_frame(void)
{
	for (unsigned int a = 0; a < 8; a++)
		for (unsigned int b = 0; b <= a; b++) {
			struct race race = {
				.frames = 2,
				.cpus = 2,
				.prepare = one_run_of_each_order,
				.op =
					{
						{.kind = RACE_GET_FROM,
						 .at = PAGES,
						 .order = a,
						 .may_fail = true},
						{.kind = RACE_GET_FROM,
						 .at = PAGES,
						 .order = b,
						 .cpu = 1,
						 .may_fail = true},
					},
				.preemptions = 3,
			};

			race_explore(&race);
		}
}

static unsigned int half_order;

static void two_halves_held(void)
{
	race_free(0, half_order + 1);
	race_take(0, half_order);
	race_take(1ull << half_order, half_order);
}

static void the_whole_is_free(void)
{
	CHECK(llfree_free_order(&race_world()->a, 0) >= (int)half_order + 1);
}

/* The two last puts into a run, and somebody who wants all of it. */
static void puts_of_two_halves(void)
{
	for (half_order = 0; half_order < 10; half_order++) {
		struct race race = {
			.frames = 4,
			.cpus = 2,
			.prepare = two_halves_held,
			.op =
				{
					{.kind = RACE_PUT, .order = half_order},
					{.kind = RACE_PUT,
					 .order = half_order,
					 .at = 1ull << half_order,
					 .cpu = 1},
				},
			.check = the_whole_is_free,
			.preemptions = 3,
		};

		race_explore(&race);
		race.op[2] = (struct race_op){
			.kind = RACE_GET, .cpu = 1, .order = half_order + 1, .may_fail = true};
		race.check = NULL;
		race.preemptions = 2;
		race_explore(&race);
	}
}

static void a_put_and_a_get_of_that_page(void)
{
	for (unsigned int order = 0; order <= 10; order++) {
		struct race race = {
			.frames = 2,
			.cpus = 2,
			.prepare = nothing_free,
			.op =
				{
					{.kind = RACE_PUT, .order = order},
					{.kind = RACE_GET,
					 .order = order,
					 .cpu = 1,
					 .may_fail = true},
					{.kind = RACE_GET_AT, .order = order, .may_fail = true},
				},
			.preemptions = 2,
		};

		race_explore(&race);
	}
}

static void frame_half_free(void)
{
	race_free(0, 8);
	race_free(3 * PAGES, 9);
}

static void a_block_against_a_get_and_a_put(void)
{
	static const unsigned int orders[] = {0, 3, 7, 8};

	for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
		struct race race = {
			.frames = 4,
			.cpus = 3,
			.prepare = frame_half_free,
			.op =
				{
					{.kind = RACE_GET_FROM,
					 .order = orders[i],
					 .may_fail = true},
					{.kind = RACE_PUT,
					 .order = orders[i],
					 .at = PAGES / 2,
					 .cpu = 1},
					{.kind = RACE_BLOCK, .cpu = 2},
				},
			.preemptions = 3,
		};

		race_explore(&race);
		race.op[2].kind = RACE_CLAIM;
		race.op[2].order = orders[i];
		race.op[2].may_fail = true;
		race.preemptions = 2;
		race_explore(&race);
	}
}

static void frame_half_free_and_blocked(void)
{
	frame_half_free();
	race_block(0);
}

/* A block does not hide it; but it may be what others get, or change hands just now. */
static void a_poisoned_page_in_a_frame_at_work(void)
{
	static const struct race_op others[] = {
		{.kind = RACE_BLOCK, .cpu = 1},
		{.kind = RACE_ISOLATE, .cpu = 1},
		{.kind = RACE_PUT, .order = 8, .at = PAGES / 2, .cpu = 1},
		{.kind = RACE_GET_FROM, .cpu = 1, .may_fail = true},
		{.kind = RACE_GET_FROM, .order = 8, .cpu = 1, .may_fail = true},
		{.kind = RACE_CLAIM, .cpu = 1, .may_fail = true},
		{.kind = RACE_CLAIM, .order = 8, .cpu = 1, .may_fail = true},
		{.kind = RACE_UNBLOCK, .cpu = 1, .may_fail = true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		struct race race = {
			.frames = 4,
			.cpus = 2,
			.prepare = others[i].kind == RACE_UNBLOCK ? frame_half_free_and_blocked
								  : frame_half_free,
			.op =
				{
					{.kind = RACE_GET_POISONED, .may_fail = others[i].may_fail},
					others[i],
				},
			.preemptions = 3,
		};

		race_explore(&race);
		race.op[2] = (struct race_op){.kind = RACE_PUT, .order = 8, .at = PAGES / 2};
		race.preemptions = 2;
		if (others[i].kind != RACE_PUT)
			race_explore(&race);
	}
}

static void a_block_is_quiet_when_nobody_is_inside(void)
{
	static const unsigned int orders[] = {0, 3, 7, 8};

	for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
		struct race race = {
			.frames = 4,
			.cpus = 3,
			.prepare = frame_half_free,
			.op =
				{
					{.kind = RACE_GET_FROM,
					 .order = orders[i],
					 .may_fail = true},
					{.kind = RACE_PUT, .at = PAGES / 2, .cpu = 1},
					{.kind = RACE_QUIET, .cpu = 2, .may_fail = true},
				},
			.preemptions = 3,
		};

		race_explore(&race);
	}
}

/* The only free page, last in the frame, which another one makes the first. */
static void the_last_page(void)
{
	race_free(PAGES - 1, 0);
}

static void a_free_page_that_moves(void)
{
	struct race race = {
		.frames = 2,
		.cpus = 2,
		.prepare = the_last_page,
		.op =
			{
				{.kind = RACE_GET_FROM},
				{.kind = RACE_SHIFT, .at = 0, .to = PAGES - 1, .cpu = 1},
			},
		.preemptions = 3,
	};

	race_explore(&race);
}

static void a_whole_frame_free(void)
{
	race_free(0, 9);
	race_free(2 * PAGES, 10);
}

static void claims_of_a_whole_frame(void)
{
	struct race race = {
		.frames = 4,
		.cpus = 3,
		.prepare = a_whole_frame_free,
		.op =
			{
				{.kind = RACE_CLAIM, .order = 9, .may_fail = true},
				{.kind = RACE_GET_FROM, .order = 8, .cpu = 1, .may_fail = true},
				{.kind = RACE_GET, .order = 9, .cpu = 2},
			},
		.preemptions = 2,
	};

	race_explore(&race);
}

static void a_frame_blocked(void)
{
	race_free(0, 9);
	race_take(0, 0);
	race_block(0);
}

static void an_unblock_against_the_last_put(void)
{
	struct race race = {
		.frames = 2,
		.cpus = 2,
		.prepare = a_frame_blocked,
		.op =
			{
				{.kind = RACE_UNBLOCK},
				{.kind = RACE_PUT, .cpu = 1},
				{.kind = RACE_GET, .order = 9, .cpu = 1, .may_fail = true},
			},
		.preemptions = 3,
	};

	race_explore(&race);
}

static void one_of_two_frames_blocked(void)
{
	race_free(0, 9);
	race_free(PAGES, 9);
	race_block(0);
}

/* At every instant one of the two frames is open and has free pages. */
static void a_block_that_swings(void)
{
	struct race race = {
		.frames = 2,
		.cpus = 2,
		.prepare = one_of_two_frames_blocked,
		.op =
			{
				{.kind = RACE_GET},
				{.kind = RACE_SWING, .cpu = 1},
			},
		.preemptions = 5,
	};

	race_explore(&race);
}

static s64 reserved_page;

/* Trees enough for reservations; CPU 0 has one. */
static void a_reservation(void)
{
	all_free();
	reserved_page = race_get(0, 0, LLFREE_MOVABLE);
	CHECK_EQ(reserved_page, 0);
	CHECK(llfree_reserved(&race_world()->a, 0));
}

static void a_drain_against_a_get_and_a_put(void)
{
	struct race race = {
		.frames = 48,
		.cpus = 1,
		.prepare = a_reservation,
		.op =
			{
				{.kind = RACE_DRAIN},
				{.kind = RACE_GET, .class = LLFREE_MOVABLE},
				{.kind = RACE_PUT},
			},
		.preemptions = 3,
	};

	race_explore(&race);
}

/* CPU 0 has got and CPU 1 has freed as much of one tree as may be, once more is too much. */
static void a_tree_adrift(void)
{
	struct llfree *a = &race_world()->a;

	all_free();
	for (unsigned int i = 0; i < LLFREE_TREE_FRAMES; i++) {
		CHECK_EQ(llfree_get(a, 0, 9, LLFREE_HUGE, 0), 0);
		CHECK_EQ(llfree_put(a, 1, 0, 9), 0);
	}
	CHECK_EQ(race_get(0, 9, LLFREE_HUGE), 0);
	CHECK(llfree_reserved(a, 0));
}

/* What is moved to the holder's count must not be lost when it holds no more. */
static void a_level_against_a_drain_and_a_get(void)
{
	for (unsigned int cpu = 0; cpu < 2; cpu++) {
		struct race race = {
			.frames = 96,
			.cpus = 2,
			.prepare = a_tree_adrift,
			.op =
				{
					{.kind = RACE_PUT, .order = 9, .cpu = 1},
					{.kind = RACE_DRAIN},
					{.kind = RACE_GET, .order = 9, .cpu = cpu},
				},
			.preemptions = 3,
		};

		race_explore(&race);
	}
}

static void reservations_of_one_tree(void)
{
	struct race race = {
		.frames = 64,
		.cpus = 1,
		.prepare = all_free,
		.op =
			{
				{.kind = RACE_GET, .class = LLFREE_MOVABLE},
				{.kind = RACE_GET, .class = LLFREE_UNMOVABLE},
			},
		.preemptions = 3,
	};

	race_explore(&race);
	race.op[2] = (struct race_op){.kind = RACE_GET, .order = 9};
	race.preemptions = 1;
	race_explore(&race);
}

static void second_half(void)
{
	race_free(PAGES / 2, 8);
}

/* What is found by a look is aligned, whatever else goes on, and taken or not. */
static void the_best_run_of_a_frame_that_changes(void)
{
	for (unsigned int order = 6; order <= 8; order++) {
		struct race race = {
			.frames = 4,
			.cpus = 2,
			.prepare = second_half,
			.op =
				{
					{.kind = RACE_GET_BEST, .order = order, .may_fail = true},
					{.kind = RACE_PUT, .order = 8, .cpu = 1},
				},
			.preemptions = 2,
		};

		race_explore(&race);
		race.op[1] = (struct race_op){
			.kind = RACE_GET_AT, .at = PAGES / 2, .cpu = 1, .may_fail = true};
		race_explore(&race);
		race.op[2] = (struct race_op){.kind = RACE_PUT, .order = 8, .cpu = 1};
		race.preemptions = 1;
		race_explore(&race);
	}
}

static void scattered(void)
{
	all_free();
	for (u64 i = 0; i < PAGES; i += 2)
		race_take(i, 0);
}

static void bulk_gets(void)
{
	struct race race = {
		.frames = 48,
		.cpus = 1,
		.prepare = scattered,
		.op =
			{
				{.kind = RACE_BULK, .order = 12},
				{.kind = RACE_BULK, .order = 5},
				{.kind = RACE_GET_FROM, .order = 0},
			},
		.preemptions = 2,
	};

	race_explore(&race);
}

static void free_frames_of_a_batch(void)
{
	for (u64 frame = 0; frame < 31; frame++)
		race_free(frame * PAGES, 9);
}

/* A processor's share of free frames moves to the sum: they are free all the time. */
static void a_frame_while_a_batch_is_counted(void)
{
	struct race race = {
		.frames = 48,
		.cpus = 2,
		.prepare = free_frames_of_a_batch,
		.op =
			{
				{.kind = RACE_PUT, .order = 9, .at = 31 * PAGES},
				{.kind = RACE_GET, .order = 9, .cpu = 1, .class = LLFREE_HUGE},
			},
		.preemptions = 3,
	};

	race_explore(&race);
}

int main(int argc, char **argv)
{
	static const struct check tests[] = {
		{"two_gets_of_one_run", two_gets_of_one_run},
		{"gets_of_two_orders", gets_of_two_orders},
		{"gets_in_one_crowded_frame", gets_in_one_crowded_frame},
		{"puts_of_two_halves", puts_of_two_halves},
		{"a_put_and_a_get_of_that_page", a_put_and_a_get_of_that_page},
		{"a_block_against_a_get_and_a_put", a_block_against_a_get_and_a_put},
		{"a_poisoned_page_in_a_frame_at_work", a_poisoned_page_in_a_frame_at_work},
		{"a_block_is_quiet_when_nobody_is_inside", a_block_is_quiet_when_nobody_is_inside},
		{"a_free_page_that_moves", a_free_page_that_moves},
		{"claims_of_a_whole_frame", claims_of_a_whole_frame},
		{"an_unblock_against_the_last_put", an_unblock_against_the_last_put},
		{"a_block_that_swings", a_block_that_swings},
		{"a_drain_against_a_get_and_a_put", a_drain_against_a_get_and_a_put},
		{"a_level_against_a_drain_and_a_get", a_level_against_a_drain_and_a_get},
		{"reservations_of_one_tree", reservations_of_one_tree},
		{"the_best_run_of_a_frame_that_changes", the_best_run_of_a_frame_that_changes},
		{"a_frame_while_a_batch_is_counted", a_frame_while_a_batch_is_counted},
		{"bulk_gets", bulk_gets},
		{}};

	return check_main(argc, argv, tests);
}
