// SPDX-License-Identifier: GPL-2.0-or-later
/* Folios of several orders: every policy moves them, and two were made for it. */
#include <stdlib.h>
#include "bits.h"
#include "demand.h"

/* Free all of a frame but for some pages from @first on, @step apart. */
static void keep(struct sim *s, u64 frame, unsigned int first, unsigned int nr, unsigned int step)
{
	unsigned int page;

	for (page = 0; page < PAGES; page++)
		if (page < first || page >= first + nr * step || (page - first) % step)
			sim_release(s, frame * PAGES + page);
}

/* Free some pages of a frame, @step apart. */
static void punch(struct sim *s, u64 frame, unsigned int first, unsigned int nr, unsigned int step)
{
	while (nr--) {
		sim_release(s, frame * PAGES + first);
		first += step;
	}
}

/* Frames of a layout, filled with folios of any order that stay or go whole. */
static void mix(struct sim *s, const struct llfree_compact_policy *policy, u64 seed)
{
	static const unsigned int orders[] = {0, 0, 0, 1, 2, 4, 4, 6, 8};
	struct random r = random_seed(seed);
	u64 frame;

	sim_open(s, FRAMES, policy);
	for (frame = 0; frame < FRAMES; frame++) {
		unsigned int keep = 10 + 80 * random_below(&r, 2), page = 0;

		while (page < PAGES) {
			unsigned int order = orders[random_below(&r, ARRAY_SIZE(orders))];
			u64 index = frame * PAGES + page;

			while (page % (1 << order))
				order--;
			sim_folio(s, index, order);
			if (random_below(&r, 100) >= keep)
				sim_release(s, index);
			page += 1 << order;
		}
	}
	sim_verify(s);
}

static void all_move_folios(void)
{
	const struct llfree_compact_policy *const *policy;

	for (policy = llfree_policies; *policy; policy++) {
		unsigned int order;

		for (order = 9; order <= 10; order++) {
			struct sim s;

			mix(&s, *policy, order);
			demand(&s, order, 0,
			       *policy != &llfree_policy_address &&
				       *policy != &llfree_policy_just_enough);
			sim_close(&s);
		}
	}
}

/* In the smallest hole that is large enough, as by trying every run. */
static void best_holes(void)
{
	struct llfree_bitfield bits;
	struct random r = random_seed(3);
	unsigned int round;

	for (round = 0; round < 20000; round++) {
		unsigned int order = random_below(&r, 9), best = ~0u, size, hole, page;
		int found;

		memset(&bits, 0xff, sizeof(bits));
		for (size = random_below(&r, 12); size; size--) {
			unsigned int o = random_below(&r, 10);

			page = random_below(&r, PAGES) & -(1u << o);
			for (unsigned int i = page; i < page + (1u << o); i++)
				bits.row[i / 64] &= ~(1ull << i % 64);
		}
		for (page = 0; page < PAGES; page += 1 << order) {
			unsigned int o = order;

			if (!bits_run_free(&bits, page, order))
				continue;
			while (o < 9 && bits_run_free(&bits, page, o + 1))
				o++;
			best = min(best, o);
		}
		found = bits_find_best(&bits, order, &hole);
		CHECK_EQ(found >= 0, best != ~0u);
		CHECK_EQ(found >= 0, bits_have(&bits, order));
		if (found < 0)
			continue;
		CHECK_EQ(hole, best);
		CHECK_EQ(found % (1 << order), 0);
		CHECK(bits_run_free(&bits, found, order));
	}
}

/*
 * Frame 0: single pages, and then a folio of 16.  Frame 1: one hole of 16, at
 * the front, and as many single pages.  The others are full.
 */
static u64 splits_with_one_hole(const struct llfree_compact_policy *policy)
{
	struct sim s;
	u64 splits;

	sim_open(&s, 8, policy);
	sim_folio(&s, 256, 4);
	for (unsigned int page = 0; page < PAGES; page++)
		if ((page >= 32 || page % 2) && page / 16 != 16)
			sim_release(&s, page);
	punch(&s, 1, 0, 16, 1);
	punch(&s, 1, 101, 16, 2);
	CHECK_EQ(sim_compact(&s, 9), SIM_DELIVERED);
	CHECK_EQ(s.moves, 32);
	splits = s.splits;
	sim_verify(&s);
	sim_close(&s);
	return splits;
}

static void priced_leaves_large_holes(void)
{
	CHECK_EQ(splits_with_one_hole(&llfree_policy_priced), 0);
	CHECK_EQ(splits_with_one_hole(&llfree_policy_bucket), 1);
}

/*
 * A quarter of the frames hold two folios of 16 and 60 single pages, another 103
 * single pages, and nowhere is a hole of 16.
 */
static u64 splits_without_holes(const struct llfree_compact_policy *policy)
{
	struct sim s;
	u64 splits, frame;

	sim_open(&s, FRAMES, policy);
	for (frame = 0; frame < FRAMES; frame++) {
		if (frame % 4 == 0) {
			for (unsigned int page = 32; page < PAGES; page++)
				if (page % 8)
					sim_release(&s, frame * PAGES + page);
			sim_folio(&s, frame * PAGES, 4);
			sim_folio(&s, frame * PAGES + 16, 4);
		} else if (frame % 4 == 1) {
			keep(&s, frame, 0, 103, 5);
		} else {
			punch(&s, frame, 1, PAGES / 4, 2);
		}
	}
	for (unsigned int i = 0; i < 40; i++)
		CHECK_EQ(sim_compact(&s, 9), SIM_DELIVERED);
	splits = s.splits;
	sim_verify(&s);
	sim_close(&s);
	return splits;
}

/* The first one teaches that such room is scarce. */
static void prices_rise(void)
{
	u64 priced = splits_without_holes(&llfree_policy_priced);

	CHECK(priced > 0);
	CHECK(priced * 2 < splits_without_holes(&llfree_policy_bucket));
}

/* All that is scarce is dear for a while. */
static void prices_decay(void)
{
	struct sim s;
	unsigned int i;
	u32 price;

	sim_open(&s, 32, &llfree_policy_priced);
	for (i = 0; i < 8; i++)
		keep(&s, i, 0, 64, 2);
	for (; i < 32; i++)
		punch(&s, i, 1, 32, 2);
	/* As if it had missed. */
	s.state.price[4] = price = 500;
	for (i = 0; i < 8; i++) {
		CHECK_EQ(sim_compact(&s, 9), SIM_DELIVERED);
		CHECK(s.state.price[4] < price);
		price = s.state.price[4];
	}
	CHECK(price > 0);
	for (i = 0; i < 300; i++)
		sim_compact(&s, 9);
	CHECK_EQ(s.state.price[4], 0);
	sim_close(&s);
}

/*
 * Frame 0 has every fourth page.  The others have their holes elsewhere, the
 * fullest, 6, as well, but for frame 7, which has all of them where they are
 * wanted.
 */
static void mesh_keeps_offsets(void)
{
	static const struct llfree_compact_policy *const policies[] = {&llfree_policy_mesh,
								       &llfree_policy_bucket};
	u64 kept[2], i;

	for (i = 0; i < 2; i++) {
		struct sim s;
		u64 frame;

		sim_open(&s, 8, policies[i]);
		keep(&s, 0, 0, 128, 4);
		for (frame = 1; frame < 6; frame++)
			for (unsigned int offset = 2; offset < 4; offset++)
				punch(&s, frame, offset, 100, 4);
		punch(&s, 6, 1, 90, 4);
		punch(&s, 7, 0, 128, 4);
		CHECK_EQ(sim_compact(&s, 9), SIM_DELIVERED);
		CHECK_EQ(s.moves, 128);
		kept[i] = s.kept;
		CHECK_EQ(sim_used(&s, 7), i ? PAGES - 90 : PAGES);
		sim_verify(&s);
		sim_close(&s);
	}
	CHECK_EQ(kept[0], 128);
	CHECK_EQ(kept[1], 0);
}

/*
 * Compacting everything ends with as many free frames as there can be.  A
 * partner may be a source later, so mesh may move more, but not much.
 */
static void everything_is_compacted(void)
{
	static const struct llfree_compact_policy *const policies[] = {
		&llfree_policy_occupancy, &llfree_policy_priced, &llfree_policy_mesh};
	unsigned int i, k;
	u64 least = 0;

	for (i = 0; i < LAYOUTS; i++) {
		for (k = 0; k < ARRAY_SIZE(policies); k++) {
			struct sim s;

			demand_open(&s, policies[k], layouts[i], 5);
			CHECK_EQ(sim_compact(&s, -1), SIM_COMPLETE);
			CHECK_EQ(sim_free_frames(&s), sim_free(&s) / PAGES);
			if (!k)
				least = s.moves;
			CHECK(s.moves * 100 <= least * (k == 2 ? 125 : 101));
			sim_verify(&s);
			sim_close(&s);
		}
	}
}

int main(int argc, char **argv)
{
	static const struct check tests[] = {
		{"all_move_folios", all_move_folios},
		{"best_holes", best_holes},
		{"priced_leaves_large_holes", priced_leaves_large_holes},
		{"prices_rise", prices_rise},
		{"prices_decay", prices_decay},
		{"mesh_keeps_offsets", mesh_keeps_offsets},
		{"everything_is_compacted", everything_is_compacted},
		{}};

	return check_main(argc, argv, tests);
}
