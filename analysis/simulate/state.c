// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdlib.h>

#include "check.h"
#include "state.h"

#define PAGES LLFREE_FRAME_PAGES

/* What the states that need a history are cut from: trees of 4 GiB. */
#define TILE_FRAMES 2048u
#define TILE_PAGES (TILE_FRAMES * PAGES)

struct tile {
	struct llfree a;
	long free;
	void *metadata;
};

static void *allocate(size_t bytes)
{
	void *memory = aligned_alloc(64, ALIGN(bytes, 64));

	if (!memory) {
		fprintf(stderr, "simulate: out of memory\n");
		exit(1);
	}
	return memory;
}

static u64 tile_get(struct tile *t)
{
	s64 page = llfree_get(&t->a, 0, 0, LLFREE_MOVABLE, 0);

	CHECK(page >= 0);
	return page;
}

static void tile_put(struct tile *t, u64 page)
{
	CHECK_EQ(llfree_put(&t->a, 0, page, 0), 0);
}

/* Full, half of it freed at random, then batches freed and taken again. */
static void churn(struct tile *t, struct random *r)
{
	u32 *live = allocate(TILE_PAGES * sizeof(*live));
	u32 nr = 0, i, round;

	while (nr < TILE_PAGES)
		live[nr++] = tile_get(t);
	for (round = 0; round < 30; round++) {
		u32 left = round ? nr * 9 / 10 : TILE_PAGES / 2, full = round ? nr : left;

		while (nr > left) {
			i = random_below(r, nr--);
			tile_put(t, live[i]);
			live[i] = live[nr];
		}
		while (nr < full)
			live[nr++] = tile_get(t);
	}
	free(live);
}

#define TASKS 96

#define TASKS 96

struct task {
	u32 *page;
	u32 nr, size;
};

static void task_start(struct task *task, struct random *r)
{
	double normal = 0;

	for (int i = 0; i < 12; i++)
		normal += random_below(r, 1 << 20) / (double)(1 << 20) - 0.5;
	task->size = exp(9 + normal) + 1;
	task->page = allocate(task->size * sizeof(u32));
	task->nr = 0;
}

static u32 task_exit(struct tile *t, struct task *task)
{
	u32 nr = task->nr;

	while (task->nr)
		tile_put(t, task->page[--task->nr]);
	free(task->page);
	task->page = NULL;
	return nr;
}

/*
 * Tasks of log-normal size that all grow at the same time, in bursts, and give
 * way to others when nine tenths are used; in the end some exit, until it is
 * six tenths.
 */
static void process(struct tile *t, struct random *r)
{
	const u32 full = TILE_PAGES / 10 * 9, end = TILE_PAGES / 10 * 6;
	struct task task[TASKS] = {};
	u32 used = 0, i, step;

	for (step = 0; step < 60000 || used > end; step++) {
		u32 burst = 1 + random_below(r, 32);

		i = random_below(r, TASKS);
		if (step >= 60000 || used + burst > full ||
		    (task[i].page && task[i].nr == task[i].size)) {
			used -= task_exit(t, &task[i]);
			continue;
		}
		if (!task[i].page)
			task_start(&task[i], r);
		for (; burst && task[i].nr < task[i].size; burst--, used++)
			task[i].page[task[i].nr++] = tile_get(t);
	}
	for (i = 0; i < TASKS; i++)
		free(task[i].page);
}

static void tile_open(struct tile *t, void (*fill)(struct tile *, struct random *),
		      struct random *r)
{
	t->free = 0;
	t->metadata = allocate(llfree_metadata_bytes(TILE_PAGES, 1));
	llfree_init(&t->a, TILE_PAGES, 1, t->metadata, &t->free);
	for (u64 page = 0; page < TILE_PAGES; page += PAGES)
		CHECK_EQ(llfree_put(&t->a, 0, page, LLFREE_FRAME_ORDER), 0);
	fill(t, r);
}

/* 64 bits, each set with probability @density / 256. */
static u64 thin_word(struct random *r, unsigned int density)
{
	u64 word = 0;

	if (density >= 256)
		return ~0ull;
	if (!density)
		return 0;
	for (unsigned int bit = __builtin_ctz(density); bit < 8; bit++)
		word = density >> bit & 1 ? word | random_next(r) : word & random_next(r);
	return word;
}

static unsigned int uniform(struct random *r)
{
	(void)r;
	return 128;
}

static unsigned int bands(struct random *r)
{
	static const unsigned int density[] = {26, 115, 230};

	return density[random_below(r, 3)];
}

static unsigned int powerlaw(struct random *r)
{
	u64 x = random_below(r, 1000) + 1;

	return x * x * x * 256 / 1000000000;
}

static const struct {
	const char *name;
	unsigned int (*density)(struct random *r); /* of a frame, in 1/256 */
	void (*fill)(struct tile *t, struct random *r);
} kinds[] = {
	{"uniform", uniform, NULL}, {"bands", bands, NULL},	{"powerlaw", powerlaw, NULL},
	{"churned", NULL, churn},   {"process", NULL, process},
};

const char *const state_names[] = {"uniform", "bands", "powerlaw", "churned", "process", NULL};

/*
 * Give a frame these rows, as if movable requests had taken them.  While it is
 * isolated nobody counts its free pages; opening it publishes them all.
 */
static void set_frame(struct state *s, u64 frame, const u64 *row, u16 flags)
{
	unsigned int used = 0, i;

	CHECK_EQ(llfree_block(&s->a, 0, frame, LLFREE_CHILD_ISOLATED), 0);
	for (i = 0; i < LLFREE_FRAME_ROWS; i++) {
		s->a.bits[frame].row[i] = row[i];
		used += hweight64(row[i]);
	}
	s->a.child[frame] = LLFREE_CHILD_ISOLATED | (PAGES - used) | (used ? flags : 0);
	llfree_unblock(&s->a, 0, frame, LLFREE_CHILD_ISOLATED, false);
}

static void fill(struct state *s, unsigned int kind, struct random *r, bool pins)
{
	struct tile tile = {};
	u64 frame, from = 0, row[LLFREE_FRAME_ROWS];
	bool unmovable = false;

	if (kinds[kind].fill)
		tile_open(&tile, kinds[kind].fill, r);
	for (frame = 0; frame < s->a.frames; frame++) {
		bool known, pinned;

		if (frame % LLFREE_TREE_FRAMES == 0) {
			from = random_below(r, TILE_FRAMES / LLFREE_TREE_FRAMES) *
			       LLFREE_TREE_FRAMES;
			unmovable = random_below(r, 16) == 0;
		}
		if (kinds[kind].fill) {
			memcpy(row, tile.a.bits[from + frame % LLFREE_TREE_FRAMES].row,
			       sizeof(row));
		} else {
			unsigned int density = kinds[kind].density(r);

			for (unsigned int i = 0; i < LLFREE_FRAME_ROWS; i++)
				row[i] = thin_word(r, density);
		}
		known = pins && unmovable && random_below(r, 2);
		pinned = known || (pins && random_below(r, 100) == 0);
		set_frame(s, frame, row, known ? LLFREE_CHILD_UNMOVABLE : 0);
		if (pinned && (s->a.child[frame] & LLFREE_CHILD_FREE) < PAGES)
			s->pinned[frame / 64] |= 1ull << frame % 64;
	}
	free(tile.metadata);
}

void state_open(struct state *s, const char *name, u64 bytes, u64 seed, bool pins)
{
	u64 pages = ALIGN(bytes >> 12, LLFREE_ALIGN_PAGES);
	struct random r = random_seed(seed);
	unsigned int kind = 0;

	while (strcmp(kinds[kind].name, name))
		kind++;
	memset(s, 0, sizeof(*s));
	s->metadata_bytes = llfree_metadata_bytes(pages, 1);
	s->metadata = allocate(s->metadata_bytes);
	llfree_init(&s->a, pages, 1, s->metadata, &s->free);
	s->pinned = allocate((s->a.frames + 63) / 64 * sizeof(u64));
	memset(s->pinned, 0, (s->a.frames + 63) / 64 * sizeof(u64));
	fill(s, kind, &r, pins);

	s->saved.a = s->a;
	s->saved.free = s->free;
	s->saved.metadata = allocate(s->metadata_bytes);
	memcpy(s->saved.metadata, s->metadata, s->metadata_bytes);
}

void state_restore(struct state *s)
{
	s->a = s->saved.a;
	s->free = s->saved.free;
	memcpy(s->metadata, s->saved.metadata, s->metadata_bytes);
}

void state_close(struct state *s)
{
	free(s->metadata);
	free(s->saved.metadata);
	free(s->pinned);
}
