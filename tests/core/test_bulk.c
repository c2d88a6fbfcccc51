// SPDX-License-Identifier: GPL-2.0-or-later
/* Bulk gets, and reservations given back. */
#include <stdlib.h>

#include "world.h"

static void bulk_gives_distinct_pages(void)
{
	struct random r = random_seed(9);
	u64 index[700];
	struct world w;
	bool *taken;
	u64 all = 0;

	world_open_free(&w, 64, 2);
	taken = calloc(w.a.pages, 1);
	for (;;) {
		unsigned int nr = random_below(&r, ARRAY_SIZE(index)) + 1, got;

		got = llfree_get_bulk(&w.a, all % 2, LLFREE_MOVABLE, index, nr);
		CHECK(got <= nr);
		for (unsigned int i = 0; i < got; i++) {
			CHECK(index[i] < w.a.pages && !taken[index[i]]);
			CHECK_EQ(llfree_free_order(&w.a, index[i]), -1);
			taken[index[i]] = true;
		}
		all += got;
		CHECK_EQ(w.free, w.a.pages - all);
		if (got < nr)
			break;
	}
	/* Short only when memory is. */
	CHECK_EQ(all, w.a.pages);
	CHECK_EQ(world_verify(&w).free, 0);
	CHECK_EQ(llfree_get_bulk(&w.a, 0, LLFREE_MOVABLE, index, 1), 0);
	free(taken);
	world_close(&w);
}

static void bulk_gathers_scattered_pages(void)
{
	u64 free[200], index[250];
	struct world w;

	world_open_free(&w, 64, 2);
	for (unsigned int i = 0; i < ARRAY_SIZE(free); i++)
		free[i] = i * 163 + 7;
	world_fill_but(&w, free, ARRAY_SIZE(free));
	CHECK_EQ(llfree_get_bulk(&w.a, 1, LLFREE_UNMOVABLE, index, ARRAY_SIZE(index)),
		 ARRAY_SIZE(free));
	CHECK_EQ(world_verify(&w).free, 0);
	world_close(&w);
}

static void bulk_leaves_the_rest_of_a_row(void)
{
	struct world w;
	u64 index[10];

	world_open_free(&w, 2, 1);
	for (u64 i = 0; i < w.a.pages; i += 2)
		CHECK_EQ(llfree_get_at(&w.a, 0, i, 0), 0);
	CHECK_EQ(llfree_get_bulk(&w.a, 0, LLFREE_MOVABLE, index, 10), 10);
	for (u64 i = 0; i < w.a.pages; i += 2)
		CHECK_EQ(llfree_put(&w.a, 0, i, 0), 0);
	for (int i = 0; i < 10; i++)
		CHECK_EQ(llfree_put(&w.a, 0, index[i], 0), 0);
	CHECK_EQ(world_verify(&w).free_huge, 2);
	world_close(&w);
}

static void bulk_respects_a_block(void)
{
	struct world w;
	u64 index[64];

	world_open_free(&w, 128, 1);
	CHECK_EQ(llfree_get_bulk(&w.a, 0, LLFREE_MOVABLE, index, 64), 64);
	CHECK_EQ(llfree_block(&w.a, 0, index[63] / LLFREE_FRAME_PAGES, LLFREE_CHILD_COMPACTING), 0);
	for (int round = 0; round < 100; round++) {
		u64 more[64];

		CHECK_EQ(llfree_get_bulk(&w.a, 0, LLFREE_MOVABLE, more, 64), 64);
		for (int i = 0; i < 64; i++)
			CHECK(more[i] / LLFREE_FRAME_PAGES != index[63] / LLFREE_FRAME_PAGES);
	}
	world_verify(&w);
	world_close(&w);
}

static void drain_gives_reservations_back(void)
{
	struct world w;

	world_open_free(&w, 512, 4);
	for (unsigned int cpu = 0; cpu < 4; cpu++) {
		CHECK(!llfree_reserved(&w.a, cpu));
		CHECK(!llfree_drain(&w.a, cpu));
	}
	for (unsigned int cpu = 0; cpu < 4; cpu++)
		for (int class = 0; class < LLFREE_HUGE; class ++)
			CHECK(llfree_get(&w.a, cpu, 0, class, 0) >= 0);
	for (unsigned int cpu = 0; cpu < 4; cpu++) {
		CHECK(llfree_reserved(&w.a, cpu));
		CHECK(llfree_drain(&w.a, cpu));
		CHECK(!llfree_reserved(&w.a, cpu));
		CHECK(!llfree_drain(&w.a, cpu));
		CHECK_EQ(world_verify(&w).free, w.a.pages - 8);
	}
	world_close(&w);
}

/* What is reserved is not lost to the others. */
static void a_reservation_is_no_possession(void)
{
	struct world w;

	world_open_free(&w, 256, 4);
	for (unsigned int cpu = 0; cpu < 4; cpu++)
		for (int class = 0; class < LLFREE_HUGE; class ++)
			CHECK(llfree_get(&w.a, cpu, 0, class, 0) >= 0);
	for (u64 i = 8; i < w.a.pages; i++)
		CHECK(llfree_get(&w.a, 3, 0, LLFREE_UNMOVABLE, 0) >= 0);
	CHECK_EQ(world_verify(&w).free, 0);
	world_close(&w);
}

static void bulk_takes_from_one_frame(void)
{
	struct world w;
	u64 index[64];

	world_open_free(&w, 4, 1);
	for (u64 i = 0; i < LLFREE_FRAME_PAGES; i++)
		if (i % 16)
			CHECK_EQ(llfree_get_at(&w.a, 0, 2 * LLFREE_FRAME_PAGES + i, 0), 0);
	CHECK_EQ(llfree_get_bulk_from(&w.a, 0, 2, index, 10), 10);
	/* The other 22 and not a page of another frame. */
	CHECK_EQ(llfree_get_bulk_from(&w.a, 0, 2, index + 10, 54), 22);
	for (u64 i = 0; i < 32; i++)
		CHECK_EQ(index[i], 2 * LLFREE_FRAME_PAGES + 16 * i);
	CHECK_EQ(llfree_get_bulk_from(&w.a, 0, 2, index, 1), 0);
	CHECK_EQ(w.free, 3 * LLFREE_FRAME_PAGES);

	CHECK_EQ(llfree_block(&w.a, 0, 1, LLFREE_CHILD_COMPACTING), 0);
	CHECK_EQ(llfree_get_bulk_from(&w.a, 0, 1, index, 1), 0);
	llfree_unblock(&w.a, 0, 1, LLFREE_CHILD_COMPACTING, false);
	CHECK_EQ(llfree_get_from(&w.a, 0, 3, LLFREE_FRAME_ORDER), 3 * LLFREE_FRAME_PAGES);
	CHECK_EQ(llfree_get_bulk_from(&w.a, 0, 3, index, 1), 0);
	world_verify(&w);
	world_close(&w);
}

/* Pages freed by another CPU into my tree are found by me. */
static void remote_frees_come_home(void)
{
	struct world w;
	s64 got;

	world_open_free(&w, 256, 2);
	got = llfree_get(&w.a, 0, 0, LLFREE_MOVABLE, 0);
	CHECK(got >= 0);
	for (int i = 0; i < 3 * (int)LLFREE_TREE_PAGES; i++) {
		CHECK_EQ(llfree_put(&w.a, 1, got, 0), 0);
		got = llfree_get(&w.a, 0, 0, LLFREE_MOVABLE, 0);
		CHECK(got >= 0);
	}
	/* The tree never ran dry, so the CPU never left it. */
	CHECK_EQ(w.a.local[0].searches, 1);
	world_verify(&w);
	world_close(&w);
}

int main(int argc, char **argv)
{
	static const struct check tests[] = {
		{"bulk_gives_distinct_pages", bulk_gives_distinct_pages},
		{"bulk_gathers_scattered_pages", bulk_gathers_scattered_pages},
		{"bulk_leaves_the_rest_of_a_row", bulk_leaves_the_rest_of_a_row},
		{"bulk_respects_a_block", bulk_respects_a_block},
		{"bulk_takes_from_one_frame", bulk_takes_from_one_frame},
		{"drain_gives_reservations_back", drain_gives_reservations_back},
		{"a_reservation_is_no_possession", a_reservation_is_no_possession},
		{"remote_frees_come_home", remote_frees_come_home},
		{}};

	return check_main(argc, argv, tests);
}
