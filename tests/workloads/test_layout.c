// SPDX-License-Identifier: GPL-2.0-or-later
/* Layouts are functions of seed and page frame number alone, and keep what they promise. */
#include <stdbool.h>

#include "check.h"
#include "layout.h"
#include "rng.h"
#include "zones.h"

#define FRAMES 4096

static struct layout make(enum layout_kind kind, uint64_t seed)
{
	return (struct layout){
		.kind = kind,
		.seed = seed,
		.first_pfn = 1,
		.end_pfn = (uint64_t)FRAMES * FRAME_PAGES,
	};
}

static unsigned int kept_pages(const struct layout *l, uint64_t frame)
{
	unsigned int keep = layout_keep(l, frame), kept = 0;

	for (uint64_t pfn = frame * FRAME_PAGES; pfn < (frame + 1) * FRAME_PAGES; pfn++)
		kept += layout_keeps(l, pfn, keep);
	return kept;
}

/* Recorded once: a change here makes every result from before incomparable. */
static void test_recorded(void)
{
	struct layout bands = make(LAYOUT_BANDS, 42);
	static const unsigned int kept[] = {467, 52, 49, 460, 459, 43, 473, 54, 458, 219, 47, 464};
	struct rng rng = rng_seed(1);

	CHECK(hash64(1, 2) == 0x7adda25fcf93ee03u);
	CHECK(rng_next(&rng) == 0xbfef8030ddc2d772u);
	for (unsigned int i = 0; i < sizeof(kept) / sizeof(*kept); i++)
		CHECK_EQ(kept_pages(&bands, i), kept[i]);
}

static void test_seeds_differ(void)
{
	struct layout a = make(LAYOUT_UNIFORM, 1), b = make(LAYOUT_UNIFORM, 2);
	unsigned int same = 0, keep = layout_keep(&a, 0);

	for (uint64_t pfn = 0; pfn < 65536; pfn++)
		same += layout_keeps(&a, pfn, keep) == layout_keeps(&b, pfn, keep);
	CHECK(same > 32000 && same < 33536);
}

/* 512 draws of 1/2: 256 on average, 11.3 the standard deviation. */
static void test_uniform(void)
{
	struct layout l = make(LAYOUT_UNIFORM, 7);
	double sum = 0, squares = 0, mean, dispersion;

	for (uint64_t frame = 0; frame < FRAMES; frame++) {
		unsigned int kept = kept_pages(&l, frame);

		sum += kept;
		squares += (double)kept * kept;
	}
	mean = sum / FRAMES;
	dispersion = (squares / FRAMES - mean * mean) / (mean * (1 - mean / FRAME_PAGES));
	CHECK(mean > 255 && mean < 257);
	CHECK(dispersion > 0.9 && dispersion < 1.1);
}

static void test_bands(void)
{
	struct layout l = make(LAYOUT_BANDS, 3);
	unsigned int sparse = 0, middle = 0, dense = 0;

	for (uint64_t frame = 0; frame < FRAMES; frame++) {
		unsigned int kept = kept_pages(&l, frame);

		if (kept < 100)
			sparse++;
		else if (kept > 180 && kept < 290)
			middle++;
		else if (kept > 420)
			dense++;
	}
	CHECK_EQ(sparse + middle + dense, FRAMES);
	CHECK(sparse > FRAMES * 30 / 100 && sparse < FRAMES * 37 / 100);
	CHECK(middle > FRAMES * 30 / 100 && middle < FRAMES * 37 / 100);
	CHECK(dense > FRAMES * 30 / 100 && dense < FRAMES * 37 / 100);
}

static void test_powerlaw(void)
{
	struct layout l = make(LAYOUT_POWERLAW, 3);
	unsigned int full = 0, sparse = 0;

	for (uint64_t frame = 0; frame < FRAMES; frame++) {
		unsigned int keep = layout_keep(&l, frame);

		CHECK(keep >= KEEP_ALL / 11 && keep <= KEEP_ALL);
		full += keep == KEEP_ALL;
		sparse += keep < KEEP_ALL / 4;
	}
	CHECK(full > FRAMES * 8 / 100 && full < FRAMES * 12 / 100);
	CHECK(sparse > FRAMES / 2);
}

static void test_slopes(void)
{
	struct layout up = make(LAYOUT_ASCENDING, 3), down = make(LAYOUT_DESCENDING, 3);

	for (uint64_t frame = 0; frame < FRAMES; frame++) {
		CHECK_EQ(layout_keep(&up, frame) + layout_keep(&down, frame), KEEP_ALL);
		CHECK(!frame || layout_keep(&up, frame) >= layout_keep(&up, frame - 1));
	}
	CHECK_EQ(layout_keep(&up, 0), KEEP_ALL * 5 / 100);
	CHECK_EQ(layout_keep(&up, FRAMES - 1), KEEP_ALL * 5 / 100 + KEEP_ALL * 90 / 100);

	/* A machine of one frame. */
	up.end_pfn = FRAME_PAGES;
	CHECK_EQ(layout_keep(&up, 0), KEEP_ALL * 5 / 100);
}

static void test_covered(void)
{
	struct layout l = make(LAYOUT_UNIFORM, 3);

	l.first_pfn = 10 * FRAME_PAGES + 1;
	l.end_pfn = 20 * FRAME_PAGES + 7;
	for (uint64_t frame = 0; frame < 30; frame++)
		CHECK_EQ(layout_keep(&l, frame), frame >= 10 && frame < 20 ? KEEP_ALL / 2 : 0);
}

static void test_pins(void)
{
	struct layout l = make(LAYOUT_UNIFORM, 3);
	unsigned int pinned = 0;

	for (uint64_t pfn = 0; pfn < 1000000; pfn++) {
		CHECK(!layout_pins(&l, pfn, 0));
		pinned += layout_pins(&l, pfn, 1);
	}
	CHECK(pinned > 850 && pinned < 1150);
	CHECK(layout_pins(&l, 5, 1000));
}

static void test_rng_below(void)
{
	unsigned int seen[7] = {};
	struct rng rng = rng_seed(9);

	for (int i = 0; i < 70000; i++)
		seen[rng_below(&rng, 7)]++;
	for (int i = 0; i < 7; i++)
		CHECK(seen[i] > 9500 && seen[i] < 10500);
	CHECK_EQ(rng_below(&rng, 1), 0);
}

int main(void)
{
	test_recorded();
	test_seeds_differ();
	test_uniform();
	test_bands();
	test_powerlaw();
	test_slopes();
	test_covered();
	test_pins();
	test_rng_below();
	return 0;
}
