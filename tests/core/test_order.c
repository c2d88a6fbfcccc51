// SPDX-License-Identifier: GPL-2.0-or-later
/* llfree_has_order(): never always true, never always false. */
#include "world.h"

#define PAGES LLFREE_FRAME_PAGES

/* Leave a free run of exactly 2^order pages, fail for more, free more. */
static void follows_what_is_free(void)
{
	for (unsigned int order = 0; order <= LLFREE_MAX_ORDER; order++) {
		struct world w;

		world_open(&w, 8, 2);
		CHECK_EQ(llfree_put(&w.a, 0, 4 * PAGES, order), 0);
		for (unsigned int o = 1; o <= LLFREE_MAX_ORDER; o++) {
			/* A failing search is what it learns from. */
			if (o > order)
				CHECK_EQ(llfree_get(&w.a, 0, o, LLFREE_UNMOVABLE, 0), -ENOMEM);
			CHECK_EQ(llfree_has_order(&w.a, o), o <= order);
		}
		CHECK_EQ(llfree_get(&w.a, 1, order, LLFREE_MOVABLE, 0), 4 * PAGES);
		world_close(&w);
	}
}

/* Each way by which a run appears makes it known again. */
static void checks_that_it_returns(struct world *w, unsigned int order)
{
	for (unsigned int o = 1; o <= order; o++)
		CHECK(llfree_has_order(&w->a, o));
	CHECK(llfree_get(&w->a, 0, order, LLFREE_MOVABLE, 0) >= 0);
}

static void nothing_is_there(struct world *w)
{
	for (unsigned int o = LLFREE_MAX_ORDER; o; o--) {
		CHECK_EQ(llfree_get(&w->a, 0, o, LLFREE_MOVABLE, 0), -ENOMEM);
		CHECK(!llfree_has_order(&w->a, o));
	}
}

static void a_put_of_the_run(void)
{
	for (unsigned int order = 1; order <= LLFREE_MAX_ORDER; order++) {
		struct world w;

		world_open(&w, 8, 1);
		nothing_is_there(&w);
		CHECK_EQ(llfree_put(&w.a, 0, 6 * PAGES, order), 0);
		checks_that_it_returns(&w, order);
		world_close(&w);
	}
}

/* The last page of the run, wherever it lies in the run. */
static void a_put_of_its_last_page(void)
{
	struct random r = random_seed(8);

	for (int round = 0; round < 200; round++) {
		unsigned int order = 1 + random_below(&r, LLFREE_MAX_ORDER);
		u64 at = (4 * PAGES) + (order < LLFREE_MAX_ORDER ? 1ull << order : 0);
		u64 last = at + random_below(&r, 1ull << order);
		struct world w;

		world_open(&w, 8, 1);
		for (u64 i = at; i < at + (1ull << order); i++)
			if (i != last)
				CHECK_EQ(llfree_put(&w.a, 0, i, 0), 0);
		for (unsigned int o = LLFREE_MAX_ORDER; o >= order; o--) {
			CHECK_EQ(llfree_get(&w.a, 0, o, LLFREE_MOVABLE, 0), -ENOMEM);
			CHECK(!llfree_has_order(&w.a, o));
		}
		CHECK_EQ(llfree_put(&w.a, 0, last, 0), 0);
		checks_that_it_returns(&w, order);
		world_close(&w);
	}
}

static void an_unblock(void)
{
	for (unsigned int order = 1; order <= LLFREE_FRAME_ORDER; order++) {
		u64 at = 3 * PAGES + PAGES - (1ull << order);
		struct world w;

		world_open(&w, 8, 1);
		CHECK_EQ(llfree_put(&w.a, 0, at, order), 0);
		CHECK_EQ(llfree_block(&w.a, 0, 3, LLFREE_CHILD_COMPACTING), 0);
		nothing_is_there(&w);
		llfree_unblock(&w.a, 0, 3, LLFREE_CHILD_COMPACTING, true);
		checks_that_it_returns(&w, order);
		world_close(&w);
	}
}

static void the_second_half_of_a_pair(void)
{
	for (int half = 0; half < 2; half++) {
		struct world w;

		world_open(&w, 8, 1);
		CHECK_EQ(llfree_put(&w.a, 0, (4 + half) * PAGES, 9), 0);
		/* Two frames that are no pair: only a search can tell. */
		CHECK_EQ(llfree_put(&w.a, 0, 7 * PAGES, 9), 0);
		CHECK_EQ(llfree_get(&w.a, 0, 10, LLFREE_HUGE, 0), -ENOMEM);
		CHECK(!llfree_has_order(&w.a, 10));
		CHECK(llfree_has_order(&w.a, 9));
		CHECK_EQ(llfree_put(&w.a, 0, (5 - half) * PAGES, 9), 0);
		checks_that_it_returns(&w, 10);
		world_close(&w);
	}
}

/* A search that was not allowed to mix classes has proved nothing. */
static void a_nofragment_failure_proves_nothing(void)
{
	struct world w;

	world_open_free(&w, 64, 1);
	while (llfree_get(&w.a, 0, 0, LLFREE_UNMOVABLE, 0) >= 0)
		;
	CHECK_EQ(llfree_put(&w.a, 0, 0, 3), 0);
	llfree_drain(&w.a, 0);
	CHECK_EQ(llfree_get(&w.a, 0, 3, LLFREE_MOVABLE, LLFREE_NOFRAGMENT), -ENOMEM);
	CHECK(llfree_has_order(&w.a, 3));
	CHECK_EQ(llfree_get(&w.a, 0, 3, LLFREE_MOVABLE, 0), 0);
	world_close(&w);
}

int main(int argc, char **argv)
{
	static const struct check tests[] = {
		{"follows_what_is_free", follows_what_is_free},
		{"a_put_of_the_run", a_put_of_the_run},
		{"a_put_of_its_last_page", a_put_of_its_last_page},
		{"an_unblock", an_unblock},
		{"the_second_half_of_a_pair", the_second_half_of_a_pair},
		{"a_nofragment_failure_proves_nothing", a_nofragment_failure_proves_nothing},
		{}};

	return check_main(argc, argv, tests);
}
