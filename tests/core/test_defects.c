// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The defects known of the published reference code, one test each.  (A fifth
 * one, a magic number written before the metadata it vouches for, is
 * tests/crash/format.c's.)
 */
#include "race.h"

#define PAGES LLFREE_FRAME_PAGES

/* The undo of order 10 freed the neighbour's frame and leaked its own. */
static void order_10_undoes_what_it_did(void)
{
	for (u64 taken = 0; taken < 2; taken++) {
		struct world w;

		world_open_free(&w, 2, 1);
		CHECK_EQ(llfree_get_at(&w.a, 0, taken * PAGES, 9), 0);
		CHECK_EQ(llfree_get_at(&w.a, 0, 0, 10), -EBUSY);
		CHECK_EQ(llfree_get(&w.a, 0, 10, LLFREE_HUGE, 0), -ENOMEM);
		CHECK_EQ(llfree_get_at(&w.a, 0, taken * PAGES, 9), -EBUSY);
		CHECK_EQ(llfree_free_order(&w.a, taken * PAGES), -1);
		CHECK_EQ(world_verify(&w).free, PAGES);
		CHECK_EQ(llfree_get_at(&w.a, 0, (1 - taken) * PAGES, 9), 0);
		world_close(&w);
	}
}

/* The undo of orders 7 and 8 lost the rows it had set. */
static void orders_7_and_8_undo_what_they_did(void)
{
	for (unsigned int order = 7; order <= 8; order++)
		for (u64 row = 0; row < 1u << (order - 6); row++) {
			struct world w;

			world_open_free(&w, 2, 1);
			CHECK_EQ(llfree_get_at(&w.a, 0, row * 64, 0), 0);
			CHECK_EQ(llfree_get_at(&w.a, 0, 0, order), -EBUSY);
			CHECK_EQ(world_verify(&w).free, 2 * PAGES - 1);
			for (u64 i = 0; i < PAGES; i++)
				CHECK_EQ(llfree_free_order(&w.a, i) < 0, i == row * 64);
			world_close(&w);
		}
}

static unsigned int undo_order, undo_row;

static void two_rows(void)
{
	race_free(0, undo_order);
}

/* The same where the row is lost between the look and the claim. */
static void orders_7_and_8_undo_in_a_race(void)
{
	for (undo_order = 7; undo_order <= 8; undo_order++)
		for (undo_row = 0; undo_row < 1u << (undo_order - 6); undo_row++) {
			struct race race = {
				.frames = 2,
				.cpus = 2,
				.prepare = two_rows,
				.op =
					{
						{.kind = RACE_GET_AT,
						 .order = undo_order,
						 .may_fail = true},
						{.kind = RACE_GET_AT,
						 .cpu = 1,
						 .at = undo_row * 64,
						 .may_fail = true},
					},
				.preemptions = 3,
			};

			race_explore(&race);
		}
}

static void taken_as_a_whole(void)
{
	race_free(0, 10);
	race_take(0, 9);
}

/* A second freer gave up while the first one split the frame. */
static void two_freers_split_one_frame(void)
{
	static const unsigned int orders[] = {0, 6, 7, 8};

	for (size_t i = 0; i < ARRAY_SIZE(orders); i++)
		for (size_t j = 0; j < ARRAY_SIZE(orders); j++) {
			struct race race = {
				.frames = 2,
				.cpus = 2,
				.prepare = taken_as_a_whole,
				.op =
					{
						{.kind = RACE_PUT, .order = orders[i]},
						{.kind = RACE_PUT,
						 .cpu = 1,
						 .at = PAGES / 2,
						 .order = orders[j]},
					},
				.preemptions = 4,
			};

			race_explore(&race);
		}
}

static void three_freers_split_one_frame(void)
{
	struct race race = {
		.frames = 2,
		.cpus = 3,
		.prepare = taken_as_a_whole,
		.op =
			{
				{.kind = RACE_PUT},
				{.kind = RACE_PUT, .cpu = 1, .at = 1},
				{.kind = RACE_PUT, .cpu = 2, .at = 64, .order = 6},
			},
		.preemptions = 3,
	};

	race_explore(&race);
	/* And an interrupt that frees a part in the middle of another's. */
	race.op[1].interrupt = true;
	race.op[1].cpu = 0;
	race_explore(&race);
}

static void a_whole_frame(void)
{
	race_free(0, 9);
}

/* A claim of rows that failed midway returned rows it did not have. */
static void orders_7_and_8_race_for_rows(void)
{
	for (unsigned int a = 7; a <= 8; a++)
		for (unsigned int b = 6; b <= 8; b++) {
			struct race race = {
				.frames = 2,
				.cpus = 3,
				.prepare = a_whole_frame,
				.op =
					{
						{.kind = RACE_GET_FROM,
						 .order = a,
						 .may_fail = true},
						{.kind = RACE_GET_FROM,
						 .order = b,
						 .cpu = 1,
						 .may_fail = true},
						{.kind = RACE_GET_AT,
						 .at = 70,
						 .cpu = 2,
						 .may_fail = true},
					},
				.preemptions = 2,
			};

			race_explore(&race);
		}
}

int main(int argc, char **argv)
{
	static const struct check tests[] = {
		{"order_10_undoes_what_it_did", order_10_undoes_what_it_did},
		{"orders_7_and_8_undo_what_they_did", orders_7_and_8_undo_what_they_did},
		{"orders_7_and_8_undo_in_a_race", orders_7_and_8_undo_in_a_race},
		{"two_freers_split_one_frame", two_freers_split_one_frame},
		{"three_freers_split_one_frame", three_freers_split_one_frame},
		{"orders_7_and_8_race_for_rows", orders_7_and_8_race_for_rows},
		{}};

	return check_main(argc, argv, tests);
}
