// SPDX-License-Identifier: GPL-2.0-or-later
/* Allocation by one thread: what is handed out, from where, and when not. */
#include <stdlib.h>

#include "world.h"

static void metadata_is_small(void)
{
	/* The project's limit is 40 KiB per GiB; a local is a cache line. */
	size_t gib = llfree_metadata_bytes(1 << 18, 1);

	CHECK(gib <= 40 * 1024);
	CHECK(llfree_metadata_bytes(1 << 18, 65) - gib <= 64 * 256);
	CHECK(llfree_metadata_bytes(LLFREE_ALIGN_PAGES, 1) <= 4096);
}

static void nothing_is_free_at_first(void)
{
	struct world w;

	world_open(&w, 16, 2);
	CHECK_EQ(w.free, 0);
	for (unsigned int order = 0; order <= LLFREE_MAX_ORDER; order++)
		for (int class = 0; class < LLFREE_NR_CLASSES; class ++)
			CHECK_EQ(llfree_get(&w.a, 0, order, class, 0), -ENOMEM);
	CHECK_EQ(world_verify(&w).free, 0);
	world_close(&w);
}

/* Take all, check each run, give all back in another order. */
static void exhaust(u64 frames, unsigned int cpus, unsigned int order, enum llfree_class class)
{
	u64 pages = frames * LLFREE_FRAME_PAGES, nr = pages >> order;
	bool *taken = calloc(nr, sizeof(*taken));
	struct world w;

	world_open_free(&w, frames, cpus);
	for (u64 i = 0; i < nr; i++) {
		s64 got = llfree_get(&w.a, i % cpus, order, class, 0);

		CHECK(got >= 0 && (u64)got < pages);
		CHECK(IS_ALIGNED(got, 1ll << order));
		CHECK(!taken[got >> order]);
		taken[got >> order] = true;
	}
	CHECK_EQ(llfree_get(&w.a, 0, order, class, 0), -ENOMEM);
	CHECK_EQ(world_verify(&w).free, 0);
	for (u64 i = 0; i < nr; i++)
		CHECK_EQ(llfree_put(&w.a, i % cpus, (i * 7919 % nr) << order, order), 0);
	CHECK_EQ(world_verify(&w).free, pages);
	CHECK_EQ(world_verify(&w).free_huge, frames);
	world_close(&w);
	free(taken);
}

static void every_order_and_class_uses_all_memory(void)
{
	for (unsigned int order = 0; order <= LLFREE_MAX_ORDER; order++)
		for (int class = 0; class < LLFREE_NR_CLASSES; class ++)
			exhaust(64, 4, order, class);
}

/* Fewer trees than CPUs and classes, and a last tree that is cut short. */
static void every_size_uses_all_memory(void)
{
	static const u64 frames[] = {2, 4, 6, 8, 10, 18, 30, 66, 130};

	for (size_t i = 0; i < ARRAY_SIZE(frames); i++)
		for (unsigned int cpus = 1; cpus <= 64; cpus *= 4)
			for (unsigned int order = 0; order <= 10; order += 5)
				exhaust(frames[i], cpus, order, LLFREE_MOVABLE);
}

static void get_at_takes_that_run_only(void)
{
	struct world w;

	for (unsigned int order = 0; order <= LLFREE_MAX_ORDER; order++) {
		u64 at = 3ull << LLFREE_MAX_ORDER;

		world_open_free(&w, 16, 2);
		if (order < LLFREE_MAX_ORDER)
			at += 1ull << order;
		CHECK_EQ(llfree_get_at(&w.a, 0, at, order), 0);
		CHECK_EQ(world_verify(&w).free, w.a.pages - (1ull << order));
		for (u64 i = 0; i < w.a.pages; i++)
			CHECK_EQ(llfree_free_order(&w.a, i) < 0,
				 i >= at && i < at + (1ull << order));
		CHECK_EQ(llfree_get_at(&w.a, 0, at, order), -EBUSY);
		CHECK_EQ(llfree_get_at(&w.a, 1, at, 0), -EBUSY);
		CHECK_EQ(world_verify(&w).free, w.a.pages - (1ull << order));
		CHECK_EQ(llfree_put(&w.a, 0, at, order), 0);
		CHECK_EQ(world_verify(&w).free, w.a.pages);
		world_close(&w);
	}
}

/* One taken page anywhere in the run, and no page of it changes hands. */
static void get_at_takes_all_or_nothing(void)
{
	struct random r = random_seed(1);
	struct world w;

	world_open_free(&w, 4, 1);
	for (int round = 0; round < 4000; round++) {
		unsigned int order = random_below(&r, LLFREE_MAX_ORDER + 1);
		u64 at = random_below(&r, w.a.pages) & -(1ull << order);
		u64 taken = at + random_below(&r, 1ull << order);

		CHECK_EQ(llfree_get_at(&w.a, 0, taken, 0), 0);
		CHECK_EQ(llfree_get_at(&w.a, 0, at, order), -EBUSY);
		CHECK_EQ(world_verify(&w).free, w.a.pages - 1);
		CHECK_EQ(llfree_free_order(&w.a, taken), -1);
		CHECK_EQ(llfree_put(&w.a, 0, taken, 0), 0);
	}
	CHECK_EQ(world_verify(&w).free_huge, 4);
	world_close(&w);
}

/* What moves there stays movable; all else is as with get_at. */
static void get_to_is_movable(void)
{
	for (unsigned int order = 0; order < LLFREE_FRAME_ORDER; order++) {
		u64 at = 3ull << order;
		struct world w;

		world_open_free(&w, 4, 1);
		CHECK_EQ(llfree_get_to(&w.a, 0, at, order), 0);
		CHECK(!(llfree_child(&w.a, at / LLFREE_FRAME_PAGES) & LLFREE_CHILD_UNMOVABLE));
		CHECK_EQ(world_verify(&w).free, w.a.pages - (1ull << order));
		CHECK_EQ(llfree_free_order(&w.a, at), -1);
		CHECK_EQ(llfree_get_to(&w.a, 0, at, order), -EBUSY);
		CHECK_EQ(llfree_get_at(&w.a, 0, at - (1ull << order), order), 0);
		CHECK(llfree_child(&w.a, (at - 1) / LLFREE_FRAME_PAGES) & LLFREE_CHILD_UNMOVABLE);
		world_close(&w);
	}
}

static void get_at_finds_every_free_page(void)
{
	struct random r = random_seed(2);
	struct world w;

	/* Whoever has reserved the tree, and whatever the counters hold. */
	world_open_free(&w, 32, 4);
	for (int i = 0; i < 2000; i++)
		llfree_get(&w.a, i % 4, random_below(&r, 4), random_below(&r, 2), 0);
	for (u64 i = 0; i < w.a.pages; i++) {
		bool was_free = llfree_free_order(&w.a, i) >= 0;

		CHECK_EQ(llfree_get_at(&w.a, i % 4, i, 0), was_free ? 0 : -EBUSY);
	}
	CHECK_EQ(world_verify(&w).free, 0);
	world_close(&w);
}

static void get_from_stays_in_its_frame(void)
{
	struct world w;

	for (unsigned int order = 0; order <= LLFREE_FRAME_ORDER; order++) {
		world_open_free(&w, 16, 2);
		for (u64 i = 0; i < LLFREE_FRAME_PAGES >> order; i++) {
			s64 got = llfree_get_from(&w.a, 0, 11, order);

			CHECK(got >= 0);
			CHECK_EQ(got / LLFREE_FRAME_PAGES, 11);
			CHECK(IS_ALIGNED(got, 1ll << order));
		}
		CHECK_EQ(llfree_get_from(&w.a, 0, 11, order), -ENOMEM);
		CHECK_EQ(llfree_get_from(&w.a, 0, 11, 0), -ENOMEM);
		CHECK_EQ(world_verify(&w).free, w.a.pages - LLFREE_FRAME_PAGES);
		world_close(&w);
	}
}

static unsigned int naive_free_run(const struct world *w, u64 index)
{
	unsigned int run = 0;

	while (llfree_free_order(&w->a, index + run) >= 0 && (index + ++run) % LLFREE_ROW_PAGES)
		;
	return run;
}

static void free_order_agrees_with_single_pages(void)
{
	struct random r = random_seed(3);
	struct world w;

	for (int round = 0; round < 20; round++) {
		world_open_free(&w, 8, 1);
		for (int i = 0; i < 1 << (round % 10); i++) {
			unsigned int order = random_below(&r, 8);

			llfree_get_at(&w.a, 0, random_below(&r, w.a.pages) & -(1ull << order),
				      order);
		}
		for (u64 i = 0; i < w.a.pages; i++) {
			CHECK_EQ(llfree_free_order(&w.a, i), world_naive_free_order(&w, i));
			CHECK_EQ(llfree_free_run(&w.a, i), naive_free_run(&w, i));
		}
		world_close(&w);
	}
}

static u64 trees_used(const struct world *w, const bool *page, bool *tree)
{
	u64 nr = 0;

	memset(tree, 0, w->a.trees);
	for (u64 i = 0; i < w->a.pages; i++)
		if (page[i] && !tree[i / LLFREE_TREE_PAGES]) {
			tree[i / LLFREE_TREE_PAGES] = true;
			nr++;
		}
	return nr;
}

/* While there is room, an unmovable page spoils no tree of movable ones. */
static void classes_keep_to_trees_of_their_own(void)
{
	bool *page[2], *tree[2];
	struct world w;

	world_open_free(&w, 256, 4);
	for (int class = 0; class < 2; class ++) {
		page[class] = calloc(w.a.pages, 1);
		tree[class] = calloc(w.a.trees, 1);
	}
	for (u64 i = 0; i < w.a.pages / 4; i++) {
		enum llfree_class class = i % 8 == 0 ? LLFREE_UNMOVABLE : LLFREE_MOVABLE;
		s64 got = llfree_get(&w.a, i / 8 % 4, 0, class, 0);

		CHECK(got >= 0);
		page[class][got] = true;
	}
	/* 2048 unmovable pages on 4 CPUs: at most a tree a CPU. */
	CHECK(trees_used(&w, page[LLFREE_UNMOVABLE], tree[0]) <= 4);
	CHECK(trees_used(&w, page[LLFREE_MOVABLE], tree[1]) <= 8);
	for (u64 i = 0; i < w.a.trees; i++)
		CHECK(!(tree[0][i] && tree[1][i]));
	for (u64 i = 0; i < w.a.trees; i++)
		if (tree[0][i] || tree[1][i])
			CHECK_EQ(llfree_tree_class(&w.a, i * LLFREE_TREE_FRAMES),
				 tree[0][i] ? LLFREE_UNMOVABLE : LLFREE_MOVABLE);
	for (int class = 0; class < 2; class ++) {
		for (u64 i = 0; i < w.a.pages; i++)
			if (page[class][i])
				CHECK_EQ(llfree_put(&w.a, 0, i, 0), 0);
		free(page[class]);
		free(tree[class]);
	}
	CHECK_EQ(world_verify(&w).free_huge, 256);
	world_close(&w);
}

static void nofragment_fails_rather_than_mixes(void)
{
	struct world w;

	/* Room for movable pages only in a tree that holds unmovable ones. */
	world_open_free(&w, 64, 1);
	for (u64 i = 0; i < w.a.pages / 2; i++)
		CHECK(llfree_get(&w.a, 0, 0, LLFREE_UNMOVABLE, 0) >= 0);
	while (llfree_get(&w.a, 0, 0, LLFREE_MOVABLE, LLFREE_NOFRAGMENT) >= 0)
		;
	while (llfree_get(&w.a, 0, 0, LLFREE_UNMOVABLE, LLFREE_NOFRAGMENT) >= 0)
		;
	/* Free one page of the movable half. */
	for (u64 frame = 0; frame < w.a.frames; frame++)
		if (llfree_tree_class(&w.a, frame) == LLFREE_MOVABLE) {
			CHECK_EQ(llfree_put(&w.a, 0, frame * LLFREE_FRAME_PAGES, 0), 0);
			break;
		}
	CHECK_EQ(llfree_get(&w.a, 0, 0, LLFREE_UNMOVABLE, LLFREE_NOFRAGMENT), -ENOMEM);
	CHECK(llfree_get(&w.a, 0, 0, LLFREE_UNMOVABLE, 0) >= 0);
	world_verify(&w);
	world_close(&w);
}

static void a_free_tree_is_huge_again(void)
{
	struct world w;
	s64 got;

	world_open_free(&w, 64, 1);
	got = llfree_get(&w.a, 0, 0, LLFREE_UNMOVABLE, 0);
	CHECK(got >= 0);
	CHECK_EQ(llfree_tree_class(&w.a, got / LLFREE_FRAME_PAGES), LLFREE_UNMOVABLE);
	CHECK_EQ(llfree_put(&w.a, 0, got, 0), 0);
	llfree_drain(&w.a, 0);
	for (u64 frame = 0; frame < w.a.frames; frame++)
		CHECK_EQ(llfree_tree_class(&w.a, frame), LLFREE_HUGE);
	world_close(&w);
}

/* Small and huge allocations share memory without a loss of either. */
static void small_pages_leave_huge_frames_whole(void)
{
	struct world w;
	u64 huge = 0;

	world_open_free(&w, 256, 2);
	for (u64 i = 0; i < w.a.pages / 2; i++)
		CHECK(llfree_get(&w.a, i % 2, 0, LLFREE_MOVABLE, 0) >= 0);
	while (llfree_get(&w.a, 0, LLFREE_FRAME_ORDER, LLFREE_HUGE, 0) >= 0)
		huge++;
	CHECK(huge >= 128 - 2);
	while (llfree_get(&w.a, 1, 0, LLFREE_UNMOVABLE, 0) >= 0)
		;
	CHECK_EQ(world_verify(&w).free, 0);
	world_close(&w);
}

/*
 * A tree that is reserved for single pages, and has no run, does not send each run through all
 * trees: one search finds room for many.
 */
static void runs_go_on_where_the_last_one_was(void)
{
	for (int class = LLFREE_UNMOVABLE; class <= LLFREE_MOVABLE; class ++) {
		unsigned long runs = 0;
		struct world w;

		world_open_free(&w, 64 * LLFREE_TREE_FRAMES, 1);
		CHECK(llfree_get(&w.a, 0, 0, class, 0) >= 0);
		w.a.local[0].searches = 0;
		while (llfree_get(&w.a, 0, 3, class, 0) >= 0)
			runs++;
		CHECK(runs > w.a.pages / 8 - 8);
		CHECK(w.a.local[0].searches <= w.a.frames + 8);
		world_verify(&w);
		world_close(&w);
	}
}

int main(int argc, char **argv)
{
	static const struct check tests[] = {
		{"metadata_is_small", metadata_is_small},
		{"nothing_is_free_at_first", nothing_is_free_at_first},
		{"every_order_and_class_uses_all_memory", every_order_and_class_uses_all_memory},
		{"every_size_uses_all_memory", every_size_uses_all_memory},
		{"get_at_takes_that_run_only", get_at_takes_that_run_only},
		{"get_to_is_movable", get_to_is_movable},
		{"get_at_takes_all_or_nothing", get_at_takes_all_or_nothing},
		{"get_at_finds_every_free_page", get_at_finds_every_free_page},
		{"get_from_stays_in_its_frame", get_from_stays_in_its_frame},
		{"free_order_agrees_with_single_pages", free_order_agrees_with_single_pages},
		{"classes_keep_to_trees_of_their_own", classes_keep_to_trees_of_their_own},
		{"nofragment_fails_rather_than_mixes", nofragment_fails_rather_than_mixes},
		{"a_free_tree_is_huge_again", a_free_tree_is_huge_again},
		{"runs_go_on_where_the_last_one_was", runs_go_on_where_the_last_one_was},
		{"small_pages_leave_huge_frames_whole", small_pages_leave_huge_frames_whole},
		{}};

	return check_main(argc, argv, tests);
}
