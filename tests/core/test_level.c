// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A CPU keeps a tree reserved while another one frees into it what it gets, or
 * gets what it frees: the counts of the tree and of the reservation part.
 */
#include "world.h"

#define PAGES LLFREE_FRAME_PAGES
/* Frames that go round until 29 bits of pages have gone by in one direction. */
#define ROUNDS ((1u << 28) / PAGES + 1000)

static struct world world;

/* CPU 0 has a tree of frames for itself, with one of them in use. */
static s64 open_reserved(void)
{
	s64 index;

	world_open_free(&world, 96, 2);
	index = llfree_get(&world.a, 0, LLFREE_FRAME_ORDER, LLFREE_HUGE, 0);
	CHECK(index >= 0);
	CHECK(llfree_reserved(&world.a, 0));
	return index;
}

/* With the reservation, and without it. */
static void verify_and_close(u64 free)
{
	CHECK_EQ(world_verify(&world).free, free);
	CHECK(llfree_drain(&world.a, 0));
	CHECK_EQ(world_verify(&world).free, free);
	for (u64 tree = 0; tree < world.a.trees; tree++) {
		int most = LLFREE_TREE_PAGES;

		CHECK(llfree_tree_free(&world.a, tree) >= most - (int)(world.a.pages - free));
		CHECK(llfree_tree_free(&world.a, tree) <= most);
	}
	world_close(&world);
}

static void what_one_gets_another_frees(void)
{
	s64 index = open_reserved(), tree = index / LLFREE_TREE_PAGES;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		CHECK_EQ(llfree_put(&world.a, 1, index, LLFREE_FRAME_ORDER), 0);
		index = llfree_get(&world.a, 0, LLFREE_FRAME_ORDER, LLFREE_HUGE, 0);
		CHECK_EQ(index / LLFREE_TREE_PAGES, tree);
	}
	verify_and_close(world.a.pages - PAGES);
}

static void what_one_frees_another_gets(void)
{
	s64 index = open_reserved(), frame = index / PAGES;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		CHECK_EQ(llfree_put(&world.a, 0, index, LLFREE_FRAME_ORDER), 0);
		CHECK_EQ(llfree_get_from(&world.a, 1, frame, LLFREE_FRAME_ORDER), index);
	}
	verify_and_close(world.a.pages - PAGES);
}

/* What others free there is nobody's to count on. */
static void a_tree_that_is_held_shows_nothing(void)
{
	s64 index = open_reserved(), tree = index / LLFREE_TREE_PAGES;

	CHECK_EQ(llfree_tree_free(&world.a, tree), 0);
	CHECK_EQ(llfree_put(&world.a, 1, index, LLFREE_FRAME_ORDER), 0);
	CHECK_EQ(llfree_tree_free(&world.a, tree), 0);
	verify_and_close(world.a.pages);
}

int main(int argc, char **argv)
{
	static const struct check tests[] = {
		{"what_one_gets_another_frees", what_one_gets_another_frees},
		{"what_one_frees_another_gets", what_one_frees_another_gets},
		{"a_tree_that_is_held_shows_nothing", a_tree_that_is_held_shows_nothing},
		{}};

	return check_main(argc, argv, tests);
}
