// SPDX-License-Identifier: GPL-2.0-or-later
/* The last pages: order 0 fails only when there is none. */
#include "threads.h"
#include "world.h"

#define THREADS 4
#define LAST_PAGES 63
/* The threads together never hold the last three of the pages. */
#define HOLD ((LAST_PAGES - 3) / THREADS)
#define ROUNDS (400000 / CHECK_SLOWDOWN)

static struct world world;
static enum llfree_class class_of[THREADS];
static unsigned long failures;

static void hold_and_release(unsigned int n)
{
	struct random r = random_seed(n);
	unsigned int held = 0;
	s64 page[HOLD];

	for (int round = 0; round < ROUNDS; round++) {
		if (held < HOLD && random_below(&r, 3)) {
			page[held] = llfree_get(&world.a, n, 0, class_of[n], 0);
			if (page[held] >= 0)
				held++;
			else
				__atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);
		} else if (held) {
			unsigned int i = random_below(&r, held);

			CHECK_EQ(llfree_put(&world.a, n, page[i], 0), 0);
			page[i] = page[--held];
		}
	}
	while (held--)
		CHECK_EQ(llfree_put(&world.a, n, page[held], 0), 0);
}

static void never_fails(u64 frames, const u64 *last)
{
	world_open_free(&world, frames, THREADS);
	world_fill_but(&world, last, LAST_PAGES);
	threads_run(THREADS, hold_and_release);
	CHECK_EQ(world_verify(&world).free, LAST_PAGES);
	CHECK_EQ(failures, 0);
	world_close(&world);
}

static void four_threads_one_row(void)
{
	u64 last[LAST_PAGES];

	for (unsigned int i = 0; i < LAST_PAGES; i++)
		last[i] = 5 * LLFREE_FRAME_PAGES + 64 + i;
	never_fails(8, last);
}

static void four_threads_scattered(void)
{
	u64 last[LAST_PAGES];

	for (unsigned int i = 0; i < LAST_PAGES; i++)
		last[i] = i * 4 * LLFREE_FRAME_PAGES + i * 7;
	for (int class = 0; class < THREADS; class ++)
		class_of[class] = class % LLFREE_HUGE;
	never_fails(256, last);
}

/* With nobody else at work, every single page is found, whoever asks. */
static void the_very_last_page(void)
{
	struct random r = random_seed(10);

	for (u64 frames = 2; frames <= 256; frames *= 2) {
		world_open_free(&world, frames, THREADS);
		world_fill_but(&world, NULL, 0);
		for (int round = 0; round < 200; round++) {
			u64 page = random_below(&r, world.a.pages);

			CHECK_EQ(llfree_put(&world.a, round % 3, page, 0), 0);
			CHECK_EQ(llfree_get(&world.a, round % THREADS, 0, round % 2, 0), page);
			CHECK_EQ(llfree_get(&world.a, round % THREADS, 0, round % 2, 0), -ENOMEM);
		}
		CHECK_EQ(world_verify(&world).free, 0);
		world_close(&world);
	}
}

/* As many gets as pages, at once, until each has one. */
static void take_share(unsigned int n)
{
	for (u64 i = 0; i < world.a.pages / THREADS; i++)
		CHECK(llfree_get(&world.a, n, 0, n % 2, 0) >= 0);
}

static void all_pages_by_four_threads(void)
{
	for (int round = 0; round < 20; round++) {
		world_open_free(&world, 64, THREADS);
		threads_run(THREADS, take_share);
		CHECK_EQ(world_verify(&world).free, 0);
		world_close(&world);
	}
}

int main(int argc, char **argv)
{
	static const struct check tests[] = {
		{"the_very_last_page", the_very_last_page},
		{"four_threads_one_row", four_threads_one_row},
		{"four_threads_scattered", four_threads_scattered},
		{"all_pages_by_four_threads", all_pages_by_four_threads},
		{}};

	return check_main(argc, argv, tests);
}
