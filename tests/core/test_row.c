// SPDX-License-Identifier: GPL-2.0-or-later
/* The search in a row and in a frame against the obvious loop. */
#include "check.h"
#include "bits.h"

#define ROUNDS (1000000 / CHECK_SLOWDOWN)

static int naive_find(u64 row, unsigned int order)
{
	unsigned int nr = 1u << order;

	for (unsigned int pos = 0; pos < 64; pos += nr) {
		unsigned int i = 0;

		while (i < nr && !(row >> (pos + i) & 1))
			i++;
		if (i == nr)
			return pos;
	}
	return -1;
}

/* Rows from nearly empty to nearly full, with runs in them. */
static u64 random_row(struct random *r)
{
	u64 row = random_next(r);

	for (unsigned int i = random_below(r, 5); i; i--)
		row |= random_next(r);
	for (unsigned int i = random_below(r, 5); i; i--)
		row &= random_next(r);
	if (random_below(r, 2))
		row &= ~(row_mask(0, random_below(r, 7)) << random_below(r, 64));
	return row;
}

static void rows(void)
{
	struct random r = random_seed(11);

	for (int round = 0; round < ROUNDS; round++) {
		u64 row = random_row(&r);

		for (unsigned int order = 0; order <= 6; order++)
			CHECK_EQ(row_find(row, order), naive_find(row, order));
	}
}

static void rows_with_one_run(void)
{
	for (unsigned int order = 0; order <= 6; order++)
		for (unsigned int pos = 0; pos < 64; pos += 1u << order) {
			u64 row = ~row_mask(pos, order);

			CHECK_EQ(row_find(row, order), pos);
			CHECK_EQ(hweight64(row), 64 - (1u << order));
			for (unsigned int o = order + 1; o <= 6; o++)
				CHECK_EQ(row_find(row, o), -1);
			/* A run that is not aligned is none. */
			if (order && pos)
				CHECK(row_find(~(row_mask(0, order) << (pos - 1)), order) < 0);
		}
}

static bool naive_free(const struct llfree_bitfield *bits, unsigned int page, unsigned int nr)
{
	while (nr--) {
		unsigned int i = page + nr;

		if (bits->row[i / 64] >> (i % 64) & 1)
			return false;
	}
	return true;
}

static void random_bits(struct llfree_bitfield *bits, struct random *r)
{
	for (int i = 0; i < (int)LLFREE_FRAME_ROWS; i++)
		bits->row[i] = random_below(r, 3) ? 0 : random_row(r);
}

/* What take() finds is free and aligned; it finds it if there is any. */
static void frames(void)
{
	struct random r = random_seed(12);

	for (int round = 0; round < ROUNDS / 4; round++) {
		unsigned int order = random_below(&r, 9), nr = 1u << order;
		struct llfree_bitfield bits, before;
		bool exists = false;
		int page;

		random_bits(&bits, &r);
		before = bits;
		for (unsigned int i = 0; i < LLFREE_FRAME_PAGES; i += nr) {
			bool free = naive_free(&bits, i, nr);

			CHECK_EQ(bits_run_free(&bits, i, order), free);
			exists |= free;
		}
		CHECK_EQ(bits_have(&bits, order), exists);
		page = bits_take(&bits, order, random_below(&r, 8));
		CHECK_EQ(page >= 0, exists);
		if (page < 0) {
			CHECK(!memcmp(&bits, &before, sizeof(bits)));
			continue;
		}
		CHECK(IS_ALIGNED(page, 1 << order));
		CHECK(naive_free(&before, page, nr));
		CHECK_EQ(bits_zero(&before) - bits_zero(&bits), nr);
		CHECK_EQ(bits_clear(&bits, page, order), nr);
		CHECK(!memcmp(&bits, &before, sizeof(bits)));
	}
}

int main(int argc, char **argv)
{
	static const struct check tests[] = {
		{"rows", rows}, {"rows_with_one_run", rows_with_one_run}, {"frames", frames}, {}};

	return check_main(argc, argv, tests);
}
