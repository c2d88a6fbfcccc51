// SPDX-License-Identifier: GPL-2.0-or-later
/* Frees finer and coarser than the allocation, and frees that are wrong. */
#include <stdlib.h>

#include "world.h"

/* Allocate as @got, free as @given, in an order that is not the address's. */
static void free_as(unsigned int got, unsigned int given)
{
	unsigned int whole = got > given ? got : given;
	u64 at = 1ull << LLFREE_MAX_ORDER, nr = 1ull << (whole - given);
	u64 expect;
	struct world w;

	world_open_free(&w, 16, 2);
	for (u64 i = 0; i < 1ull << (whole - got); i++)
		CHECK_EQ(llfree_get_at(&w.a, 0, at + (i << got), got), 0);
	expect = w.a.pages - (1ull << whole);
	CHECK_EQ(world_verify(&w).free, expect);
	for (u64 i = 0; i < nr; i++) {
		u64 piece = at + ((i * 5 + 3) % nr << given);

		CHECK_EQ(llfree_put(&w.a, i % 2, piece, given), 0);
		expect += 1ull << given;
		CHECK_EQ(w.free, expect);
		CHECK_EQ(llfree_put(&w.a, 0, piece, given), -EINVAL);
		CHECK_EQ(w.free, expect);
	}
	CHECK_EQ(world_verify(&w).free_huge, 16);
	for (u64 i = 0; i < 8; i++)
		CHECK(llfree_get(&w.a, 0, LLFREE_MAX_ORDER, LLFREE_HUGE, 0) >= 0);
	world_close(&w);
}

static void finer_than_the_allocation(void)
{
	for (unsigned int got = 0; got <= LLFREE_MAX_ORDER; got++)
		for (unsigned int given = 0; given <= got; given++)
			free_as(got, given);
}

static void coarser_than_the_allocation(void)
{
	for (unsigned int given = 1; given <= LLFREE_MAX_ORDER; given++)
		for (unsigned int got = 0; got < given; got++)
			free_as(got, given);
}

/* A gigantic page is freed as one order 18; the kernel's boot frees 10. */
static void beyond_the_largest_order(void)
{
	struct world w;

	world_open(&w, 1024, 2);
	CHECK_EQ(llfree_put(&w.a, 0, 1 << 18, 18), 0);
	CHECK_EQ(world_verify(&w).free, 1 << 18);
	CHECK_EQ(llfree_put(&w.a, 0, 1 << 12, 12), 0);
	CHECK_EQ(world_verify(&w).free_huge, 512 + 8);
	CHECK_EQ(llfree_put(&w.a, 0, 1 << 12, 12), -EINVAL);
	CHECK_EQ(world_verify(&w).free_huge, 512 + 8);
	world_close(&w);
}

/* A coarse free over frames taken whole, page by page and in between. */
static void over_a_mixture_of_allocations(void)
{
	struct random r = random_seed(4);
	struct world w;

	for (int round = 0; round < 200; round++) {
		unsigned int order = 11 + round % 2;
		u64 at = 1ull << order;

		world_open_free(&w, 32, 1);
		while (at < 2ull << order) {
			unsigned int piece = random_below(&r, 11);

			while (!IS_ALIGNED(at, 1ull << piece))
				piece--;
			CHECK_EQ(llfree_get_at(&w.a, 0, at, piece), 0);
			at += 1ull << piece;
		}
		CHECK_EQ(llfree_put(&w.a, 0, 1ull << order, order), 0);
		CHECK_EQ(world_verify(&w).free_huge, 32);
		world_close(&w);
	}
}

/* Pieces of every size of one frame that was allocated as a whole. */
static void random_pieces_of_a_frame(void)
{
	struct random r = random_seed(5);
	bool live[LLFREE_FRAME_PAGES];
	struct world w;

	for (int round = 0; round < 200; round++) {
		u64 left = LLFREE_FRAME_PAGES;

		world_open_free(&w, 4, 1);
		CHECK_EQ(llfree_get_at(&w.a, 0, 0, LLFREE_FRAME_ORDER), 0);
		memset(live, true, sizeof(live));
		while (left) {
			unsigned int order = random_below(&r, 9);
			u64 at = random_below(&r, LLFREE_FRAME_PAGES) & -(1ull << order);
			u64 n = 0;

			for (u64 i = at; i < at + (1ull << order); i++)
				n += live[i];
			if (n != 1ull << order)
				continue;
			CHECK_EQ(llfree_put(&w.a, 0, at, order), 0);
			memset(live + at, false, n);
			left -= n;
			for (u64 i = 0; i < LLFREE_FRAME_PAGES; i++)
				CHECK_EQ(llfree_free_order(&w.a, i) < 0, live[i]);
		}
		CHECK_EQ(world_verify(&w).free_huge, 4);
		world_close(&w);
	}
}

static void a_page_of_the_run_was_free(void)
{
	struct random r = random_seed(6);
	struct world w;

	world_open(&w, 4, 1);
	for (int round = 0; round < 2000; round++) {
		unsigned int order = random_below(&r, LLFREE_MAX_ORDER + 1);
		u64 at = random_below(&r, w.a.pages) & -(1ull << order);
		u64 hole = at + random_below(&r, 1ull << order);

		CHECK_EQ(llfree_put(&w.a, 0, hole, 0), 0);
		CHECK_EQ(llfree_put(&w.a, 0, at, order), -EINVAL);
		/* What was freed before the hole is, the rest is not. */
		for (u64 i = hole + 1; i < at + (1ull << order); i++)
			CHECK_EQ(llfree_free_order(&w.a, i), -1);
		world_verify(&w);
		for (u64 i = at; i <= hole; i++)
			llfree_get_at(&w.a, 0, i, 0);
		CHECK_EQ(world_verify(&w).free, 0);
	}
	world_close(&w);
}

static void outside_of_the_instance(void)
{
	struct world w;

	world_open(&w, 4, 1);
	for (unsigned int order = 0; order <= 18; order++) {
		CHECK_EQ(llfree_put(&w.a, 0, ALIGN(w.a.pages, 1ull << order), order), -EINVAL);
		CHECK_EQ(llfree_put(&w.a, 0, 1ull << 40, order), -EINVAL);
	}
	CHECK_EQ(world_verify(&w).free, 0);
	world_close(&w);
}

int main(int argc, char **argv)
{
	static const struct check tests[] = {
		{"finer_than_the_allocation", finer_than_the_allocation},
		{"coarser_than_the_allocation", coarser_than_the_allocation},
		{"beyond_the_largest_order", beyond_the_largest_order},
		{"over_a_mixture_of_allocations", over_a_mixture_of_allocations},
		{"random_pieces_of_a_frame", random_pieces_of_a_frame},
		{"a_page_of_the_run_was_free", a_page_of_the_run_was_free},
		{"outside_of_the_instance", outside_of_the_instance},
		{}};

	return check_main(argc, argv, tests);
}
