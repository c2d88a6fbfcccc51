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
	u8 *order; /* NULL: every page is on its own */
	enum folios folios;
	u32 used; /* pages */
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

/* Of folios that together hold as many pages as in fill_frame(). */
static unsigned int any_order(struct random *r)
{
	u64 x = random_below(r, 10000);

	return x < 9000 ? 0 : x < 9750 ? 2 : x < 9970 ? 4 : 6;
}

/* A page, or a folio of some order if it finds room. */
static u64 tile_get(struct tile *t, struct random *r, bool folio)
{
	unsigned int order = t->order && folio ? any_order(r) : 0;
	s64 page = llfree_get(&t->a, 0, order, LLFREE_MOVABLE, 0);

	if (page < 0) {
		order = 0;
		page = llfree_get(&t->a, 0, 0, LLFREE_MOVABLE, 0);
	}
	CHECK(page >= 0);
	if (t->order)
		memset(t->order + page, order, 1u << order);
	t->used += 1u << order;
	return page;
}

static void tile_put(struct tile *t, u64 page)
{
	unsigned int order = t->order ? t->order[page] : 0;

	CHECK_EQ(llfree_put(&t->a, 0, page, order), 0);
	if (t->order)
		memset(t->order + page, 0, 1u << order);
	t->used -= 1u << order;
}

#define ROUNDS 30

/* Full, half of it freed at random, then batches freed and taken again. */
static void churn(struct tile *t, struct random *r)
{
	u32 *live = allocate(TILE_PAGES * sizeof(*live));
	u32 nr = 0, i, round, full = TILE_PAGES;

	while (t->used < TILE_PAGES)
		live[nr++] = tile_get(t, r, t->folios == FOLIOS_MIXED);
	for (round = 0; round < ROUNDS; round++) {
		u32 left = round ? nr * 9ull / 10 : nr / 2;

		while (nr > left) {
			i = random_below(r, nr--);
			tile_put(t, live[i]);
			live[i] = live[nr];
		}
		if (!round)
			full = t->used;
		while (t->used < full)
			live[nr++] =
				tile_get(t, r, t->folios == FOLIOS_MIXED || round >= ROUNDS - 3);
	}
	free(live);
}

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

static void task_exit(struct tile *t, struct task *task)
{
	while (task->nr)
		tile_put(t, task->page[--task->nr]);
	free(task->page);
	task->page = NULL;
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
	u32 i, step;

	for (step = 0; step < 60000 || t->used > end; step++) {
		u32 burst = 1 + random_below(r, 32);

		i = random_below(r, TASKS);
		if (step >= 60000 || t->used + burst > full ||
		    (task[i].page && task[i].nr == task[i].size)) {
			task_exit(t, &task[i]);
			continue;
		}
		if (!task[i].page)
			task_start(&task[i], r);
		for (; burst && task[i].nr < task[i].size; burst--)
			task[i].page[task[i].nr++] =
				tile_get(t, r, t->folios == FOLIOS_MIXED || i < TASKS / 8);
	}
	for (i = 0; i < TASKS; i++)
		free(task[i].page);
}

static void tile_open(struct tile *t, void (*fill)(struct tile *, struct random *),
		      struct random *r, enum folios folios)
{
	*t = (struct tile){.folios = folios};
	if (folios) {
		t->order = allocate(TILE_PAGES);
		memset(t->order, 0, TILE_PAGES);
	}
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

/*
 * Rows of folios: half of them of single pages; and now and then half a frame.
 * Rare: one frame in seven has them, thinly, and others have none.
 */
static void fill_frame(u64 *row, u8 *order, unsigned int density, enum folios folios,
		       struct random *r)
{
	const bool single = folios == FOLIOS_RARE && random_below(r, 7);
	unsigned int page = 0;

	if (folios == FOLIOS_RARE && !single)
		density /= 4;

	memset(row, 0, LLFREE_FRAME_ROWS * sizeof(*row));
	while (page < PAGES) {
		u64 x = single ? 0 : random_below(r, 100);
		unsigned int o = x < 50 ? 0 : x < 70 ? 2 : x < 90 ? 4 : 6, end = page + 64;

		if (page % 256 == 0 && !single && random_below(r, 10) == 0) {
			o = STATE_MAX_ORDER;
			end = page + 256;
		}
		for (; page < end; page += 1u << o) {
			if (random_below(r, 256) >= density)
				continue;
			memset(order + page, o, 1u << o);
			for (unsigned int i = page; i < page + (1u << o); i++)
				row[i / 64] |= 1ull << i % 64;
		}
	}
}

static bool used(const struct llfree *a, u64 page)
{
	return a->bits[page / PAGES].row[page % PAGES / 64] >> page % 64 & 1;
}

/* splitmix64 */
static double chance(u64 x)
{
	x += 0x9e3779b97f4a7c15ull;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	x ^= x >> 31;
	return (x >> 11) / (double)(1ull << 53);
}

/* Of the state as built. */
static bool page_pinned(const struct state *s, const struct llfree *a, u64 page)
{
	u64 first = page - page % PAGES;

	if (!used(a, page))
		return false;
	if (s->options.pins == PINS_SHARE)
		return chance(s->options.seed << 40 ^ page) < s->options.share;
	while (!used(a, first))
		first++;
	return page == first;
}

bool state_page_pinned(const struct state *s, u64 page)
{
	struct llfree a = s->saved.a;

	if (!state_pinned(s, page / PAGES))
		return false;
	a.bits = s->saved.metadata + ((char *)s->a.bits - (char *)s->metadata);
	return page_pinned(s, &a, page);
}

static void fill(struct state *s, unsigned int kind, struct random *r)
{
	const bool pins = s->options.pins == PINS_FRAMES;
	struct tile tile = {};
	u64 frame, from = 0, row[LLFREE_FRAME_ROWS];
	bool unmovable = false;

	if (kinds[kind].fill)
		tile_open(&tile, kinds[kind].fill, r, s->options.folios);
	for (frame = 0; frame < s->a.frames; frame++) {
		bool known, pinned;

		if (frame % LLFREE_TREE_FRAMES == 0) {
			from = random_below(r, TILE_FRAMES / LLFREE_TREE_FRAMES) *
			       LLFREE_TREE_FRAMES;
			unmovable = random_below(r, 16) == 0;
		}
		if (kinds[kind].fill) {
			u64 at = from + frame % LLFREE_TREE_FRAMES;

			memcpy(row, tile.a.bits[at].row, sizeof(row));
			if (s->order)
				memcpy(s->order + frame * PAGES, tile.order + at * PAGES, PAGES);
		} else if (s->order) {
			fill_frame(row, s->order + frame * PAGES, kinds[kind].density(r),
				   s->options.folios, r);
		} else {
			unsigned int density = kinds[kind].density(r);

			for (unsigned int i = 0; i < LLFREE_FRAME_ROWS; i++)
				row[i] = thin_word(r, density);
		}
		known = pins && unmovable && random_below(r, 2);
		pinned = known || (pins && random_below(r, 100) == 0);
		set_frame(s, frame, row, known ? LLFREE_CHILD_UNMOVABLE : 0);
		for (u64 page = frame * PAGES;
		     s->options.pins == PINS_SHARE && !pinned && page < (frame + 1) * PAGES;
		     page += 1ull << state_folio_order(s, page))
			pinned = page_pinned(s, &s->a, page);
		if (pinned && (s->a.child[frame] & LLFREE_CHILD_FREE) < PAGES)
			s->pinned[frame / 64] |= 1ull << frame % 64;
	}
	free(tile.metadata);
	free(tile.order);
}

static void open_instance(struct state *s, const struct state_options *options)
{
	u64 pages = ALIGN(options->bytes >> 12, LLFREE_ALIGN_PAGES);

	memset(s, 0, sizeof(*s));
	s->options = *options;
	s->metadata_bytes = llfree_metadata_bytes(pages, 1);
	s->metadata = allocate(s->metadata_bytes);
	llfree_init(&s->a, pages, 1, s->metadata, &s->free);
	s->pinned = allocate((s->a.frames + 63) / 64 * sizeof(u64));
	memset(s->pinned, 0, (s->a.frames + 63) / 64 * sizeof(u64));
	if (options->folios) {
		s->order = allocate(pages);
		memset(s->order, 0, pages);
	}
}

static void save(struct state *s)
{
	s->saved.a = s->a;
	s->saved.free = s->free;
	s->saved.metadata = allocate(s->metadata_bytes);
	memcpy(s->saved.metadata, s->metadata, s->metadata_bytes);
	if (s->order) {
		s->saved.order = allocate(s->a.pages);
		memcpy(s->saved.order, s->order, s->a.pages);
	}
}

void state_open(struct state *s, const struct state_options *options)
{
	struct random r = random_seed(options->seed);
	unsigned int kind = 0;

	while (strcmp(kinds[kind].name, options->name))
		kind++;
	open_instance(s, options);
	fill(s, kind, &r);
	save(s);
}

static void spread(u64 *row, unsigned int used, struct random *r)
{
	memset(row, 0, LLFREE_FRAME_ROWS * sizeof(*row));
	for (unsigned int page = 0; page < PAGES; page++) {
		if (random_below(r, PAGES - page) >= used)
			continue;
		row[page / 64] |= 1ull << page % 64;
		used--;
	}
}

void state_open_frames(struct state *s, const struct state_frame *frames, size_t nr)
{
	const struct state_options options = {
		.name = "snapshot",
		.bytes = (frames[nr - 1].frame + 1) * PAGES << 12,
		.pins = PINS_FRAMES,
	};
	struct random r = random_seed(1);
	u64 row[LLFREE_FRAME_ROWS];

	open_instance(s, &options);
	/* What is missing in between stays allocated, and cannot move. */
	memset(s->pinned, 0xff, (s->a.frames + 63) / 64 * sizeof(u64));
	for (size_t i = 0; i < nr; i++) {
		const struct state_frame *f = &frames[i];

		spread(row, f->huge ? 0 : f->used, &r);
		set_frame(s, f->frame, row, f->known ? LLFREE_CHILD_UNMOVABLE : 0);
		if (f->huge)
			CHECK_EQ(llfree_get_at(&s->a, 0, f->frame * PAGES, LLFREE_FRAME_ORDER), 0);
		else if (!f->unmovable)
			s->pinned[f->frame / 64] &= ~(1ull << f->frame % 64);
	}
	save(s);
}

void state_restore(struct state *s)
{
	s->a = s->saved.a;
	s->free = s->saved.free;
	memcpy(s->metadata, s->saved.metadata, s->metadata_bytes);
	if (s->order)
		memcpy(s->order, s->saved.order, s->a.pages);
}

void state_close(struct state *s)
{
	free(s->metadata);
	free(s->saved.metadata);
	free(s->order);
	free(s->saved.order);
	free(s->pinned);
}
