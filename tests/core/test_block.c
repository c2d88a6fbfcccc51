// SPDX-License-Identifier: GPL-2.0-or-later
/* Blocked frames: nothing comes out, frees stay inside, claims take. */
#include "world.h"

#define PAGES LLFREE_FRAME_PAGES

static const u16 kinds[] = {LLFREE_CHILD_ISOLATED, LLFREE_CHILD_COMPACTING};

static void a_blocked_frame_gives_nothing(void)
{
	struct world w;

	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		world_open_free(&w, 8, 1);
		CHECK_EQ(llfree_block(&w.a, 0, 3, kinds[k]), 0);
		CHECK_EQ(world_verify(&w).free, 7 * PAGES);
		CHECK_EQ(world_verify(&w).blocked_free, PAGES);
		CHECK_EQ(world_verify(&w).blocked, 1);
		CHECK_EQ(world_verify(&w).free_huge, 7);
		for (unsigned int order = 0; order < LLFREE_FRAME_ORDER; order++) {
			CHECK_EQ(llfree_get_from(&w.a, 0, 3, order), -ENOMEM);
			CHECK_EQ(llfree_get_at(&w.a, 0, 3 * PAGES, order), -EBUSY);
		}
		CHECK_EQ(llfree_get_at(&w.a, 0, 3 * PAGES, 9), -EBUSY);
		CHECK_EQ(llfree_get_at(&w.a, 0, 2 * PAGES, 10), -EBUSY);
		for (int i = 0; i < 7 * (int)PAGES; i++) {
			s64 got = llfree_get(&w.a, 0, 0, LLFREE_MOVABLE, 0);

			CHECK(got >= 0 && got / PAGES != 3);
		}
		CHECK_EQ(llfree_get(&w.a, 0, 0, LLFREE_MOVABLE, 0), -ENOMEM);
		llfree_unblock(&w.a, 0, 3, kinds[k], false);
		CHECK_EQ(world_verify(&w).free, PAGES);
		CHECK_EQ(llfree_get(&w.a, 0, 9, LLFREE_HUGE, 0), 3 * PAGES);
		CHECK_EQ(world_verify(&w).free, 0);
		world_close(&w);
	}
}

static void frees_into_a_block_are_told_at_its_end(void)
{
	struct world w;

	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		world_open(&w, 4, 1);
		CHECK_EQ(llfree_block(&w.a, 0, 1, kinds[k]), 0);
		for (u64 i = 0; i < PAGES / 2; i++) {
			CHECK_EQ(llfree_put(&w.a, 0, PAGES + i, 0), 0);
			CHECK_EQ(w.free, 0);
		}
		CHECK_EQ(llfree_put(&w.a, 0, PAGES + PAGES / 2, 8), 0);
		CHECK_EQ(world_verify(&w).free, 0);
		CHECK_EQ(world_verify(&w).blocked_free, PAGES);
		llfree_unblock(&w.a, 0, 1, kinds[k], false);
		CHECK_EQ(world_verify(&w).free, PAGES);
		CHECK_EQ(world_verify(&w).free_huge, 1);
		world_close(&w);
	}
}

static void a_huge_page_can_be_freed_into_isolation(void)
{
	struct world w;

	world_open_free(&w, 4, 1);
	for (int part = 0; part < 2; part++) {
		CHECK_EQ(llfree_get_at(&w.a, 0, 2 * PAGES, 9), 0);
		CHECK_EQ(llfree_block(&w.a, 0, 2, LLFREE_CHILD_COMPACTING), -EINVAL);
		CHECK_EQ(llfree_block(&w.a, 0, 2, LLFREE_CHILD_ISOLATED), 0);
		CHECK_EQ(w.free, 3 * PAGES);
		for (u64 i = 0; part && i < PAGES / 8; i++)
			CHECK_EQ(llfree_put(&w.a, 0, 2 * PAGES + i * 8, 3), 0);
		if (!part)
			CHECK_EQ(llfree_put(&w.a, 0, 2 * PAGES, 9), 0);
		CHECK_EQ(world_verify(&w).free, 3 * PAGES);
		CHECK_EQ(world_verify(&w).blocked_free, PAGES);
		llfree_unblock(&w.a, 0, 2, LLFREE_CHILD_ISOLATED, false);
		CHECK_EQ(world_verify(&w).free_huge, 4);
	}
	world_close(&w);
}

static void one_block_at_a_time(void)
{
	struct world w;

	world_open_free(&w, 4, 1);
	CHECK_EQ(llfree_block(&w.a, 0, 0, LLFREE_CHILD_COMPACTING), 0);
	CHECK_EQ(llfree_block(&w.a, 0, 0, LLFREE_CHILD_COMPACTING), -EBUSY);
	CHECK_EQ(llfree_block(&w.a, 0, 0, LLFREE_CHILD_ISOLATED), -EBUSY);
	llfree_unblock(&w.a, 0, 0, LLFREE_CHILD_COMPACTING, false);
	CHECK_EQ(llfree_block(&w.a, 0, 0, LLFREE_CHILD_ISOLATED), 0);
	CHECK_EQ(llfree_block(&w.a, 0, 0, LLFREE_CHILD_ISOLATED), 0);
	CHECK_EQ(llfree_block(&w.a, 0, 0, LLFREE_CHILD_COMPACTING), -EBUSY);
	CHECK_EQ(world_verify(&w).blocked, 1);
	llfree_unblock(&w.a, 0, 0, LLFREE_CHILD_ISOLATED, false);
	CHECK_EQ(world_verify(&w).blocked, 0);
	CHECK_EQ(world_verify(&w).free_huge, 4);
	world_close(&w);
}

/* Nobody may be given it later, whoever has blocked its frame. */
static void a_poisoned_page_leaves_a_blocked_frame(void)
{
	static const u16 kinds[] = {0, LLFREE_CHILD_COMPACTING, LLFREE_CHILD_ISOLATED};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		u64 page = PAGES + 77;
		struct world w;

		world_open_free(&w, 4, 1);
		if (kinds[i])
			CHECK_EQ(llfree_block(&w.a, 0, 1, kinds[i]), 0);
		CHECK_EQ(llfree_get_poisoned(&w.a, 0, page), 0);
		CHECK_EQ(llfree_get_poisoned(&w.a, 0, page), -EBUSY);
		CHECK_EQ(world_verify(&w).free, (kinds[i] ? 3 : 4) * PAGES - !kinds[i]);
		CHECK_EQ(world_verify(&w).blocked_free, kinds[i] ? PAGES - 1 : 0);
		CHECK_EQ(llfree_claim(&w.a, 1, LLFREE_FRAME_ORDER, LLFREE_MOVABLE), -EBUSY);
		if (kinds[i])
			llfree_unblock(&w.a, 0, 1, kinds[i], false);
		CHECK_EQ(world_verify(&w).free, 4 * PAGES - 1);
		CHECK_EQ(world_verify(&w).free_huge, 3);
		CHECK_EQ(llfree_get_at(&w.a, 0, page, 0), -EBUSY);
		CHECK_EQ(llfree_put(&w.a, 0, page, 0), 0);
		CHECK_EQ(world_verify(&w).free_huge, 4);
		/* What is allocated as a whole is taken, too. */
		CHECK_EQ(llfree_get_at(&w.a, 0, PAGES, 9), 0);
		CHECK_EQ(llfree_block(&w.a, 0, 1, LLFREE_CHILD_ISOLATED), 0);
		CHECK_EQ(llfree_get_poisoned(&w.a, 0, page), -EBUSY);
		world_close(&w);
	}
}

static void skip_is_left_behind_and_expires(void)
{
	const u16 skip = LLFREE_CHILD_SKIP, mine = LLFREE_CHILD_COMPACTING;
	struct world w;

	world_open_free(&w, 2, 1);
	CHECK_EQ(llfree_get_at(&w.a, 0, 5, 0), 0);
	CHECK_EQ(llfree_block(&w.a, 0, 0, mine), 0);
	llfree_unblock(&w.a, 0, 0, mine, true);
	CHECK(llfree_child(&w.a, 0) & skip);
	llfree_clear_skip(&w.a, 0);
	CHECK(!(llfree_child(&w.a, 0) & skip));

	CHECK_EQ(llfree_block(&w.a, 0, 0, mine), 0);
	llfree_unblock(&w.a, 0, 0, mine, true);
	CHECK_EQ(llfree_put(&w.a, 0, 5, 0), 0);
	CHECK(!(llfree_child(&w.a, 0) & skip));

	/* Nothing to pass by in a free frame. */
	CHECK_EQ(llfree_block(&w.a, 0, 0, mine), 0);
	llfree_unblock(&w.a, 0, 0, mine, true);
	CHECK(!(llfree_child(&w.a, 0) & skip));
	CHECK_EQ(world_verify(&w).free_huge, 2);
	world_close(&w);
}

/* A claim takes only a run that is there, and the account never moves. */
static void claims_take_what_is_free(void)
{
	struct random r = random_seed(7);
	struct world w;

	for (int round = 0; round < 300; round++) {
		unsigned int order = random_below(&r, LLFREE_FRAME_ORDER + 1);
		u64 used = 0, most = 1 + random_below(&r, 1 << (round % 9));
		bool exists = false;
		long before;
		s64 got;

		world_open_free(&w, 4, 1);
		for (u64 i = 0; i < most; i++)
			used += !llfree_get_at(&w.a, 0, 2 * PAGES + random_below(&r, PAGES), 0);
		CHECK_EQ(llfree_block(&w.a, 0, 2, LLFREE_CHILD_COMPACTING), 0);
		CHECK(llfree_quiet(&w.a, 2));
		for (u64 i = 0; i < PAGES; i += 1ull << order)
			exists |= world_naive_free_order(&w, 2 * PAGES + i) >= (int)order;
		before = w.free;
		got = llfree_claim(&w.a, 2, order, LLFREE_MOVABLE);
		CHECK_EQ(got >= 0, exists);
		if (got >= 0) {
			CHECK_EQ(got / PAGES, 2);
			CHECK(IS_ALIGNED(got, 1ll << order));
			used += 1ull << order;
		} else {
			CHECK_EQ(got, -EBUSY);
		}
		CHECK_EQ(w.free, before);
		CHECK_EQ(world_verify(&w).blocked_free, PAGES - used);
		llfree_unblock(&w.a, 0, 2, LLFREE_CHILD_COMPACTING, false);
		CHECK_EQ(world_verify(&w).free, 4 * PAGES - used);
		world_close(&w);
	}
}

static void claims_take_a_whole_frame_and_a_pair(void)
{
	const u16 mine = LLFREE_CHILD_COMPACTING;
	struct world w;

	world_open_free(&w, 8, 1);
	CHECK_EQ(llfree_claim(&w.a, 2, 9, LLFREE_MOVABLE), -EBUSY);
	CHECK_EQ(llfree_block(&w.a, 0, 2, mine), 0);
	CHECK_EQ(llfree_claim(&w.a, 2, 10, LLFREE_MOVABLE), -EBUSY);
	CHECK_EQ(llfree_block(&w.a, 0, 3, mine), 0);
	CHECK_EQ(llfree_claim(&w.a, 2, 10, LLFREE_MOVABLE), 2 * PAGES);
	CHECK_EQ(llfree_claim(&w.a, 2, 10, LLFREE_MOVABLE), -EBUSY);
	CHECK_EQ(llfree_claim(&w.a, 3, 0, LLFREE_MOVABLE), -EBUSY);
	llfree_unblock(&w.a, 0, 2, mine, false);
	llfree_unblock(&w.a, 0, 3, mine, false);
	CHECK_EQ(world_verify(&w).huge, 2);
	CHECK_EQ(llfree_put(&w.a, 0, 2 * PAGES, 10), 0);

	CHECK_EQ(llfree_block(&w.a, 0, 6, mine), 0);
	CHECK_EQ(llfree_claim(&w.a, 6, 9, LLFREE_MOVABLE), 6 * PAGES);
	CHECK_EQ(llfree_put(&w.a, 0, 6 * PAGES + 5, 0), 0);
	CHECK_EQ(w.free, 7 * PAGES);
	llfree_unblock(&w.a, 0, 6, mine, false);
	CHECK_EQ(world_verify(&w).free, 7 * PAGES + 1);
	world_close(&w);
}

static void an_isolated_frame_cannot_be_claimed(void)
{
	struct world w;

	world_open_free(&w, 2, 1);
	CHECK_EQ(llfree_block(&w.a, 0, 0, LLFREE_CHILD_ISOLATED), 0);
	for (unsigned int order = 0; order <= 10; order++)
		CHECK_EQ(llfree_claim(&w.a, 0, order, LLFREE_MOVABLE), -EBUSY);
	CHECK_EQ(world_verify(&w).blocked_free, PAGES);
	world_close(&w);
}

/* The counters of a tree and its reservation hold through a block. */
static void blocks_in_a_reserved_tree(void)
{
	struct world w;
	s64 got;

	world_open_free(&w, 128, 1);
	got = llfree_get(&w.a, 0, 0, LLFREE_MOVABLE, 0);
	CHECK(got >= 0);
	CHECK(llfree_reserved(&w.a, 0));
	for (u64 i = 0; i < LLFREE_TREE_FRAMES; i++) {
		u64 frame = got / LLFREE_TREE_PAGES * LLFREE_TREE_FRAMES + i;

		CHECK_EQ(llfree_block(&w.a, 0, frame, LLFREE_CHILD_COMPACTING), 0);
		world_verify(&w);
	}
	CHECK(llfree_get(&w.a, 0, 0, LLFREE_MOVABLE, 0) / LLFREE_TREE_PAGES !=
	      got / LLFREE_TREE_PAGES);
	for (u64 i = 0; i < LLFREE_TREE_FRAMES; i++)
		llfree_unblock(&w.a, 0, got / LLFREE_TREE_PAGES * LLFREE_TREE_FRAMES + i,
			       LLFREE_CHILD_COMPACTING, false);
	CHECK_EQ(world_verify(&w).free, w.a.pages - 2);
	world_close(&w);
}

int main(int argc, char **argv)
{
	static const struct check tests[] = {
		{"a_blocked_frame_gives_nothing", a_blocked_frame_gives_nothing},
		{"frees_into_a_block_are_told_at_its_end", frees_into_a_block_are_told_at_its_end},
		{"a_huge_page_can_be_freed_into_isolation",
		 a_huge_page_can_be_freed_into_isolation},
		{"one_block_at_a_time", one_block_at_a_time},
		{"a_poisoned_page_leaves_a_blocked_frame", a_poisoned_page_leaves_a_blocked_frame},
		{"skip_is_left_behind_and_expires", skip_is_left_behind_and_expires},
		{"claims_take_what_is_free", claims_take_what_is_free},
		{"claims_take_a_whole_frame_and_a_pair", claims_take_a_whole_frame_and_a_pair},
		{"an_isolated_frame_cannot_be_claimed", an_isolated_frame_cannot_be_claimed},
		{"blocks_in_a_reserved_tree", blocks_in_a_reserved_tree},
		{}};

	return check_main(argc, argv, tests);
}
