// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A failing search remembers that an order is absent.  Whoever makes a run at
 * that moment must not be overlooked: race.c asks llfree_has_order() for every
 * run that is left once all is quiet.
 */
#include "race.h"

#define PAGES LLFREE_FRAME_PAGES

static unsigned int order;

static void nothing_free(void)
{
}

static void a_search_against_a_put(void)
{
	for (order = 1; order <= 10; order++) {
		struct race race = {
			.frames = 4,
			.cpus = 2,
			.prepare = nothing_free,
			.op =
				{
					{.kind = RACE_GET, .order = order, .may_fail = true},
					{.kind = RACE_PUT,
					 .order = order,
					 .cpu = 1,
					 .at = 2 * PAGES},
				},
			.preemptions = 3,
		};

		race_explore(&race);
	}
}

static void all_but_the_last_page(void)
{
	race_free(2 * PAGES, order);
	race_take(2 * PAGES + (1ull << order) - 1, 0);
}

static void a_search_against_a_put_of_the_last_page(void)
{
	for (order = 1; order <= 10; order++) {
		struct race race = {
			.frames = 4,
			.cpus = 2,
			.prepare = all_but_the_last_page,
			.op =
				{
					{.kind = RACE_GET, .order = order, .may_fail = true},
					{.kind = RACE_PUT,
					 .cpu = 1,
					 .at = 2 * PAGES + (1ull << order) - 1},
				},
			.preemptions = 3,
		};

		race_explore(&race);
	}
}

/* One free run, away from the frame's first page. */
static void one_run(void)
{
	race_free(2 * PAGES + PAGES / 2, order);
}

/*
 * A get takes its pages from the child, loses a page of the only run to
 * another one and gives them back.  A search for half of the run that came in
 * between saw a child without pages.
 */
static void a_run_and_a_page(void)
{
	race_free(2 * PAGES + PAGES / 2, order + 1);
	race_free(2 * PAGES + 3, 0);
}

static void a_search_against_an_undo(void)
{
	for (order = 1; order < 8; order++) {
		struct race race = {
			.frames = 4,
			.cpus = 3,
			.prepare = a_run_and_a_page,
			.op =
				{
					{.kind = RACE_GET, .order = order, .may_fail = true},
					{.kind = RACE_GET_FROM,
					 .order = order + 1,
					 .at = 2 * PAGES,
					 .cpu = 1,
					 .may_fail = true},
					{.kind = RACE_GET_AT,
					 .cpu = 2,
					 .at = 2 * PAGES + PAGES / 2,
					 .may_fail = true},
				},
			.preemptions = 2,
		};

		race_explore(&race);
	}
}

/* Orders 7 and 8 hold rows for a moment that they may not keep. */
static void rows_for_both(void)
{
	race_free(2 * PAGES, 9);
	race_take(2 * PAGES + 3 * 64, 6);
}

static void a_search_against_rows_held_for_a_moment(void)
{
	struct race race = {
		.frames = 4,
		.cpus = 3,
		.prepare = rows_for_both,
		.op =
			{
				{.kind = RACE_GET, .order = 8, .may_fail = true},
				{.kind = RACE_GET, .order = 7, .cpu = 1, .may_fail = true},
				{.kind = RACE_GET_AT,
				 .order = 6,
				 .cpu = 2,
				 .at = 2 * PAGES + 7 * 64,
				 .may_fail = true},
			},
		.preemptions = 3,
	};

	race_explore(&race);
}

/*
 * The rows of the first group are free when order 8 looks, one is taken while
 * it claims, and it finds its run in the second group after all.
 */
static void two_groups(void)
{
	race_free(2 * PAGES, 9);
}

static void a_search_against_rows_given_up_for_others(void)
{
	struct race race = {
		.frames = 4,
		.cpus = 3,
		.prepare = two_groups,
		.op =
			{
				{.kind = RACE_GET, .order = 8, .may_fail = true},
				{.kind = RACE_GET_AT,
				 .order = 6,
				 .cpu = 2,
				 .at = 2 * PAGES + 3 * 64,
				 .may_fail = true},
				{.kind = RACE_GET, .order = 7, .cpu = 1, .may_fail = true},
			},
		.preemptions = 3,
	};

	race_explore(&race);
}

static void a_blocked_run(void)
{
	one_run();
	race_block(2);
}

static void a_search_against_an_unblock(void)
{
	for (order = 1; order < 9; order++) {
		struct race race = {
			.frames = 4,
			.cpus = 2,
			.prepare = a_blocked_run,
			.op =
				{
					{.kind = RACE_GET, .order = order, .may_fail = true},
					{.kind = RACE_UNBLOCK, .cpu = 1, .at = 2 * PAGES},
				},
			.preemptions = 2,
		};

		race_explore(&race);
	}
}

static void two_strangers(void)
{
	/* The middle two of these frames are no pair. */
	race_free(1 * PAGES, 9);
	race_free(2 * PAGES, 9);
}

static void a_search_for_a_pair(void)
{
	struct race race = {
		.frames = 4,
		.cpus = 3,
		.prepare = two_strangers,
		.op =
			{
				{.kind = RACE_GET, .order = 10, .may_fail = true},
				{.kind = RACE_PUT, .order = 9, .cpu = 1},
				{.kind = RACE_PUT, .order = 9, .cpu = 2, .at = 3 * PAGES},
			},
		.preemptions = 2,
	};

	race_explore(&race);
}

static void both_halves_held(void)
{
	two_strangers();
	race_take(2 * PAGES, 9);
}

static void a_search_while_a_pair_comes_together(void)
{
	struct race race = {
		.frames = 6,
		.cpus = 3,
		.prepare = both_halves_held,
		.op =
			{
				{.kind = RACE_GET, .order = 10, .may_fail = true},
				{.kind = RACE_PUT, .order = 9, .cpu = 1, .at = 2 * PAGES},
				{.kind = RACE_PUT, .order = 9, .cpu = 2, .at = 3 * PAGES},
			},
		.preemptions = 3,
	};

	race_explore(&race);
}

int main(int argc, char **argv)
{
	static const struct check tests[] = {
		{"a_search_against_a_put", a_search_against_a_put},
		{"a_search_against_a_put_of_the_last_page",
		 a_search_against_a_put_of_the_last_page},
		{"a_search_against_an_undo", a_search_against_an_undo},
		{"a_search_against_rows_held_for_a_moment",
		 a_search_against_rows_held_for_a_moment},
		{"a_search_against_rows_given_up_for_others",
		 a_search_against_rows_given_up_for_others},
		{"a_search_against_an_unblock", a_search_against_an_unblock},
		{"a_search_for_a_pair", a_search_for_a_pair},
		{"a_search_while_a_pair_comes_together", a_search_while_a_pair_comes_together},
		{}};

	return check_main(argc, argv, tests);
}
