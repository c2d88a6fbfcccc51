// SPDX-License-Identifier: GPL-2.0-or-later
/* Unmovable pages keep to few frames, whatever the classes of the trees. */
#include <stdlib.h>
#include "check.h"
#include "world.h"

#define PAGES LLFREE_FRAME_PAGES
#define FRAMES 512

/* An instance full of movable pages but @holes of each frame, at random. */
static void open_thinned(struct world *w, unsigned int holes, u64 seed)
{
	struct random r = random_seed(seed);

	world_open_free(w, FRAMES, 1);
	while (llfree_get(&w->a, 0, 0, LLFREE_MOVABLE, 0) >= 0)
		;
	for (u64 frame = 0; frame < FRAMES; frame++)
		for (unsigned int page = 0, left = holes; page < PAGES; page++)
			if (random_below(&r, PAGES - page) < left) {
				CHECK_EQ(llfree_put(&w->a, 0, frame * PAGES + page, 0), 0);
				left--;
			}
	llfree_drain(&w->a, 0);
}

static bool marked(const struct world *w, u64 frame)
{
	return llfree_child(&w->a, frame) & LLFREE_CHILD_UNMOVABLE;
}

static unsigned int nr_marked(const struct world *w)
{
	unsigned int nr = 0;

	for (u64 frame = 0; frame < w->a.frames; frame++)
		nr += marked(w, frame);
	return nr;
}

static void single_pages_fill_frame_after_frame(void)
{
	struct world w;

	open_thinned(&w, 64, 1);
	CHECK_EQ(nr_marked(&w), 0);
	for (unsigned int i = 1; i <= 20 * 64; i++) {
		CHECK(llfree_get(&w.a, 0, 0, LLFREE_UNMOVABLE, 0) >= 0);
		CHECK_EQ(nr_marked(&w), (i + 63) / 64);
	}
	world_verify(&w);
	world_close(&w);
}

/* A run that no marked frame has marks another; single pages fill that, too. */
static void runs_enter_a_frame_where_they_must(void)
{
	struct world w;
	unsigned int before;

	open_thinned(&w, 64, 2);
	CHECK(llfree_get(&w.a, 0, 0, LLFREE_UNMOVABLE, 0) >= 0);
	CHECK_EQ(nr_marked(&w), 1);
	while (llfree_get(&w.a, 0, 1, LLFREE_UNMOVABLE, 0) >= 0 && nr_marked(&w) < 3)
		;
	before = nr_marked(&w);
	CHECK_EQ(before, 3);
	for (int i = 0; i < 64; i++)
		CHECK(llfree_get(&w.a, 0, 0, LLFREE_UNMOVABLE, 0) >= 0);
	CHECK_EQ(nr_marked(&w), before);
	world_close(&w);
}

static void movable_pages_prefer_the_other_frames(void)
{
	s64 at[3 * 64];
	struct world w;

	open_thinned(&w, 64, 3);
	for (int i = 0; i < 3 * 64; i++)
		at[i] = llfree_get(&w.a, 0, 0, LLFREE_UNMOVABLE, 0);
	/* Holes in marked frames are for unmovable pages... */
	for (int i = 0; i < 3 * 64; i++)
		CHECK_EQ(llfree_put(&w.a, 0, at[i], 0), 0);
	for (int i = 0; i < (FRAMES - 3) * 64; i++) {
		s64 got = llfree_get(&w.a, 0, 0, LLFREE_MOVABLE, 0);

		CHECK(got >= 0);
		CHECK(!marked(&w, got / PAGES));
	}
	/* ...but not lost to movable ones. */
	for (int i = 0; i < 3 * 64; i++)
		CHECK(llfree_get(&w.a, 0, 0, LLFREE_MOVABLE, 0) >= 0);
	CHECK_EQ(llfree_get(&w.a, 0, 0, LLFREE_MOVABLE, 0), -ENOMEM);
	CHECK_EQ(world_verify(&w).free, 0);
	world_close(&w);
}

static void a_free_frame_has_no_mark(void)
{
	struct world w;
	s64 one, other;

	world_open_free(&w, 64, 1);
	CHECK_EQ(nr_marked(&w), 0);
	one = llfree_get(&w.a, 0, 0, LLFREE_UNMOVABLE, 0);
	other = llfree_get(&w.a, 0, 0, LLFREE_UNMOVABLE, 0);
	CHECK_EQ(one / PAGES, other / PAGES);
	CHECK_EQ(nr_marked(&w), 1);
	CHECK_EQ(llfree_put(&w.a, 0, one, 0), 0);
	CHECK(marked(&w, other / PAGES));
	CHECK_EQ(llfree_put(&w.a, 0, other, 0), 0);
	CHECK_EQ(nr_marked(&w), 0);

	/* What is emptied while it is blocked, and claimed. */
	one = llfree_get(&w.a, 0, 0, LLFREE_UNMOVABLE, 0);
	CHECK_EQ(llfree_block(&w.a, 0, one / PAGES, LLFREE_CHILD_COMPACTING), 0);
	CHECK_EQ(llfree_put(&w.a, 0, one, 0), 0);
	CHECK_EQ(nr_marked(&w), 0);
	other = llfree_claim(&w.a, one / PAGES, 3, LLFREE_UNMOVABLE);
	CHECK(other >= 0);
	CHECK_EQ(nr_marked(&w), 1);
	llfree_unblock(&w.a, 0, one / PAGES, LLFREE_CHILD_COMPACTING, false);
	CHECK_EQ(llfree_put(&w.a, 0, other, 3), 0);
	CHECK_EQ(nr_marked(&w), 0);
	world_verify(&w);
	world_close(&w);
}

/* Pages allocated before anybody could tell, the kernel's at boot. */
static void what_was_never_free_is_unmovable(void)
{
	struct world w;

	world_open(&w, 64, 1);
	CHECK_EQ(nr_marked(&w), 64);
	CHECK_EQ(llfree_put(&w.a, 0, 0, 9), 0);
	CHECK_EQ(llfree_put(&w.a, 0, PAGES, 8), 0);
	CHECK(!marked(&w, 0));
	CHECK(marked(&w, 1));
	CHECK_EQ(llfree_get(&w.a, 0, 0, LLFREE_UNMOVABLE, 0) / PAGES, 1);
	CHECK_EQ(llfree_get(&w.a, 0, 0, LLFREE_MOVABLE, 0) / PAGES, 0);
	world_close(&w);
}

struct objects {
	struct {
		u64 index;
		unsigned int order;
	} at[8192];
	unsigned int nr;
};

static void add(struct world *w, struct objects *o, struct random *r)
{
	unsigned int draw = random_below(r, 100), order = draw < 77 ? 0 : draw < 92 ? 1 : 2;
	s64 got;

	while ((got = llfree_get(&w->a, 0, order, LLFREE_UNMOVABLE, 0)) < 0)
		order--;
	o->at[o->nr].index = got;
	o->at[o->nr++].order = order;
}

static void replace(struct world *w, struct objects *o, struct random *r)
{
	unsigned int victim = random_below(r, o->nr);

	CHECK_EQ(llfree_put(&w->a, 0, o->at[victim].index, o->at[victim].order), 0);
	o->at[victim] = o->at[--o->nr];
	add(w, o, r);
}

static unsigned int nr_holding(const struct objects *o)
{
	bool holds[FRAMES] = {};
	unsigned int nr = 0;

	for (unsigned int i = 0; i < o->nr; i++)
		holds[o->at[i].index / PAGES] = true;
	for (unsigned int frame = 0; frame < FRAMES; frame++)
		nr += holds[frame];
	return nr;
}

/*
 * Kernel objects and movable pages come and go in memory that was full once:
 * its holes are single pages, and few frames have a run for a slab.  Where
 * classes are kept apart by tree alone, 93 to 120 frames hold objects.
 */
static void churn_gathers_unmovable_pages(void)
{
	for (u64 seed = 1; seed <= 5; seed++) {
		struct objects *o = calloc(1, sizeof(*o));
		u64 *movable = malloc(FRAMES * PAGES * sizeof(*movable)), nr = 0;
		struct random r = random_seed(seed);
		struct world w;

		world_open_free(&w, FRAMES, 1);
		while (o->nr < 3000)
			add(&w, o, &r);
		while (w.free > 3600)
			movable[nr++] = llfree_get(&w.a, 0, 0, LLFREE_MOVABLE, 0);
		for (u64 left = nr * 85 / 100; nr > left;) {
			u64 victim = random_below(&r, nr);

			CHECK_EQ(llfree_put(&w.a, 0, movable[victim], 0), 0);
			movable[victim] = movable[--nr];
		}
		while (o->nr < 6000)
			add(&w, o, &r);
		for (int round = 0; round < 10; round++) {
			u64 batch = nr / 10;

			for (u64 i = 0; i < batch; i++) {
				u64 victim = random_below(&r, nr);

				CHECK_EQ(llfree_put(&w.a, 0, movable[victim], 0), 0);
				movable[victim] = movable[--nr];
			}
			for (u64 i = 0; i < batch; i++) {
				if (random_below(&r, batch) < 2000)
					replace(&w, o, &r);
				movable[nr++] = llfree_get(&w.a, 0, 0, LLFREE_MOVABLE, 0);
			}
		}
		CHECK(nr_holding(o) <= 64);
		CHECK(nr_marked(&w) >= nr_holding(o));
		world_verify(&w);
		world_close(&w);
		free(movable);
		free(o);
	}
}

int main(int argc, char **argv)
{
	static const struct check tests[] = {
		{"single_pages_fill_frame_after_frame", single_pages_fill_frame_after_frame},
		{"runs_enter_a_frame_where_they_must", runs_enter_a_frame_where_they_must},
		{"movable_pages_prefer_the_other_frames", movable_pages_prefer_the_other_frames},
		{"a_free_frame_has_no_mark", a_free_frame_has_no_mark},
		{"what_was_never_free_is_unmovable", what_was_never_free_is_unmovable},
		{"churn_gathers_unmovable_pages", churn_gathers_unmovable_pages},
		{}};

	return check_main(argc, argv, tests);
}
