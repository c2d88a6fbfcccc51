// SPDX-License-Identifier: GPL-2.0-or-later
/* The oracle's formula against an exhaustive search over every way to move pages. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include "check.h"
#include "oracle.h"

#define INSTANCES 12000
#define MAX_FRAMES 4
#define MAX_PAGES 4 /* in a frame */
#define STATES 625 /* (MAX_PAGES + 1) ^ MAX_FRAMES */
#define IMPOSSIBLE UINT_MAX

/* A zone so small that all its states can be visited. */
struct world {
	unsigned int frames, pages;
	unsigned int movable[MAX_FRAMES], unmovable[MAX_FRAMES];
};

static struct world random_world(struct random *r)
{
	struct world w = {
		1 + random_below(r, MAX_FRAMES), 2 + random_below(r, MAX_PAGES - 1), {}, {}};

	for (unsigned int i = 0; i < w.frames; i++) {
		if (!random_below(r, 4))
			w.unmovable[i] = 1 + random_below(r, w.pages);
		w.movable[i] = random_below(r, w.pages - w.unmovable[i] + 1);
	}
	return w;
}

static unsigned int encode(const struct world *w, const unsigned int *movable)
{
	unsigned int state = 0;

	for (unsigned int i = w->frames; i--;)
		state = state * (MAX_PAGES + 1) + movable[i];
	return state;
}

static void decode(const struct world *w, unsigned int state, unsigned int *movable)
{
	for (unsigned int i = 0; i < w->frames; i++, state /= MAX_PAGES + 1)
		movable[i] = state % (MAX_PAGES + 1);
}

static unsigned int empty_frames(const struct world *w, const unsigned int *movable)
{
	unsigned int empty = 0;

	for (unsigned int i = 0; i < w->frames; i++)
		empty += !movable[i] && !w->unmovable[i];
	return empty;
}

/* best[k]: fewest moves after which at least k frames are empty, by breadth-first search. */
static void search(const struct world *w, unsigned int best[MAX_FRAMES + 1])
{
	unsigned int distance[STATES], queue[STATES], head = 0, tail = 0;
	unsigned int m[MAX_FRAMES];

	for (unsigned int i = 0; i < STATES; i++)
		distance[i] = IMPOSSIBLE;
	for (unsigned int k = 0; k <= MAX_FRAMES; k++)
		best[k] = IMPOSSIBLE;
	queue[tail++] = encode(w, w->movable);
	distance[queue[0]] = 0;
	while (head < tail) {
		unsigned int state = queue[head++];

		decode(w, state, m);
		for (unsigned int k = 0; k <= empty_frames(w, m); k++)
			best[k] = min(best[k], distance[state]);
		for (unsigned int from = 0; from < w->frames; from++)
			for (unsigned int to = 0; to < w->frames; to++) {
				unsigned int next;

				if (from == to || !m[from] || m[to] + w->unmovable[to] == w->pages)
					continue;
				m[from]--, m[to]++;
				next = encode(w, m);
				m[from]++, m[to]--;
				if (distance[next] != IMPOSSIBLE)
					continue;
				distance[next] = distance[state] + 1;
				queue[tail++] = next;
			}
	}
}

/* What the oracle is given of a world; returns its free pages. */
static unsigned int eligible(const struct world *w, struct oracle_zone *zone, unsigned int *used)
{
	unsigned int free = 0;

	*zone = (struct oracle_zone){used, 0, SIZE_MAX};
	for (unsigned int i = 0; i < w->frames; i++) {
		free += w->pages - w->movable[i] - w->unmovable[i];
		if (!w->unmovable[i])
			used[zone->nr++] = w->movable[i];
	}
	return free;
}

static void test_one_zone(void)
{
	struct random r = random_seed(1);

	for (int n = 0; n < INSTANCES; n++) {
		struct world w = random_world(&r);
		unsigned int best[MAX_FRAMES + 1], used[MAX_FRAMES];
		struct oracle_zone zone;
		unsigned int free_pages = eligible(&w, &zone, used);
		uint64_t *moves, feasible = oracle_feasible(zone.nr, free_pages, w.pages);
		size_t nr = oracle_minimum(&zone, 1, &moves);

		search(&w, best);
		CHECK_EQ(nr, zone.nr);
		for (unsigned int k = 1; k <= MAX_FRAMES; k++) {
			CHECK_EQ(k <= feasible, best[k] != IMPOSSIBLE);
			if (k <= feasible)
				CHECK_EQ(moves[k - 1], best[k]);
		}
		free(moves);
	}
}

/* Two zones: pages stay in theirs, and each gives at most so many frames. */
static void test_two_zones(void)
{
	struct random r = random_seed(2);

	for (int n = 0; n < INSTANCES; n++) {
		unsigned int best[2][MAX_FRAMES + 1], used[2][MAX_FRAMES];
		struct oracle_zone zones[2];
		size_t cap[2], nr;
		uint64_t *moves;

		for (int z = 0; z < 2; z++) {
			struct world w = random_world(&r);
			unsigned int free_pages = eligible(&w, &zones[z], used[z]);
			uint64_t most = oracle_feasible(zones[z].nr, free_pages, w.pages);

			search(&w, best[z]);
			zones[z].cap = cap[z] = random_below(&r, most + 1);
		}
		nr = oracle_minimum(zones, 2, &moves);
		CHECK_EQ(nr, cap[0] + cap[1]);
		for (size_t k = 1; k <= nr; k++) {
			unsigned int least = IMPOSSIBLE;

			for (size_t i = 0; i <= min(k, cap[0]); i++)
				if (k - i <= cap[1])
					least = min(least, best[0][i] + best[1][k - i]);
			CHECK_EQ(moves[k - 1], least);
		}
		free(moves);
	}
}

/*
 * An episode: owners free and allocate while an algorithm moves pages, each step at random. A page
 * is its identity: the episode's bound only knows which frame it began in and whether it was freed.
 */
#define EPISODES 12000
#define SLOTS (MAX_FRAMES * MAX_PAGES)

struct page {
	bool there, movable, old; /* old: was there when the episode began */
	unsigned int home; /* the frame it was in then */
};

struct episode {
	struct world world;
	struct page slot[SLOTS];
	struct oracle_window_frame frames[MAX_FRAMES];
	unsigned int moves, slots;
};

static struct episode episode_begin(struct random *r)
{
	struct episode e = {.world = random_world(r)};
	const struct world *w = &e.world;

	e.slots = w->frames * w->pages;
	for (unsigned int i = 0; i < e.slots; i++) {
		unsigned int frame = i / w->pages, page = i % w->pages;

		e.slot[i] = (struct page){page < w->movable[frame] + w->unmovable[frame],
					  page < w->movable[frame], true, frame};
	}
	for (unsigned int i = 0; i < w->frames; i++)
		e.frames[i] = (struct oracle_window_frame){w->movable[i], w->unmovable[i], 0, 0};
	return e;
}

static void owner_frees(struct episode *e, unsigned int slot)
{
	struct page *p = &e->slot[slot];

	if (p->there && p->old)
		++*(p->movable ? &e->frames[p->home].movable_freed
			       : &e->frames[p->home].unmovable_freed);
	p->there = false;
}

static void move_page(struct episode *e, unsigned int from, unsigned int to)
{
	if (!e->slot[from].there || !e->slot[from].movable || e->slot[to].there)
		return;
	e->slot[to] = e->slot[from];
	e->slot[from].there = false;
	e->moves++;
}

static unsigned int held(const struct episode *e, unsigned int frame)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < e->world.pages; i++)
		nr += e->slot[frame * e->world.pages + i].there;
	return nr;
}

/* What the algorithms do in a step: a page anywhere; by address; from the emptiest to the fullest.
 */
static void compact(struct episode *e, unsigned int how, struct random *r)
{
	unsigned int from = random_below(r, e->slots), to = random_below(r, e->slots);

	if (how == 1) {
		for (from = 0; from < e->slots && !(e->slot[from].there && e->slot[from].movable);)
			from++;
		for (to = e->slots; to-- > from && e->slot[to].there;)
			;
	} else if (how == 2) {
		unsigned int best = IMPOSSIBLE;

		for (unsigned int i = 0; i < e->slots; i++)
			if (e->slot[i].there && e->slot[i].movable &&
			    held(e, i / e->world.pages) < best)
				best = held(e, (from = i) / e->world.pages);
		best = 0;
		for (unsigned int i = 0; i < e->slots; i++)
			if (!e->slot[i].there && i / e->world.pages != from / e->world.pages &&
			    held(e, i / e->world.pages) > best)
				best = held(e, (to = i) / e->world.pages);
	}
	if (from < e->slots && to < e->slots)
		move_page(e, from, to);
}

static void test_window_is_a_bound(void)
{
	struct random r = random_seed(4);
	unsigned int reached = 0;

	for (int n = 0; n < EPISODES; n++) {
		struct episode e = episode_begin(&r);
		unsigned int how = n % 3, length = random_below(&r, 24), empty = 0;
		uint64_t *moves;
		size_t nr;

		for (unsigned int step = 0; step < length; step++) {
			unsigned int slot = random_below(&r, e.slots);

			switch (random_below(&r, 4)) {
			case 0:
				owner_frees(&e, slot);
				break;
			case 1:
				if (!e.slot[slot].there)
					e.slot[slot] =
						(struct page){true, random_below(&r, 4), false, 0};
				break;
			default:
				compact(&e, how, &r);
			}
		}
		for (unsigned int i = 0; i < e.world.frames; i++)
			empty += !held(&e, i);
		nr = oracle_window(e.frames, e.world.frames, &moves);
		CHECK(nr >= empty);
		CHECK(!empty || moves[empty - 1] <= e.moves);
		reached += empty && moves[empty - 1] && moves[empty - 1] == e.moves;
		free(moves);
	}
	/* A bound that is never met would say little. */
	CHECK(reached > EPISODES / 100);
}

/* If all that goes goes first, what is left is a snapshot, and the bound its optimum. */
static void test_window_is_tight(void)
{
	struct random r = random_seed(5);

	for (int n = 0; n < INSTANCES; n++) {
		struct world w = random_world(&r), left = w;
		struct oracle_window_frame frames[MAX_FRAMES];
		unsigned int best[MAX_FRAMES + 1];
		uint64_t *moves;
		size_t nr;

		for (unsigned int i = 0; i < w.frames; i++) {
			left.movable[i] = random_below(&r, w.movable[i] + 1);
			left.unmovable[i] = random_below(&r, w.unmovable[i] + 1);
			frames[i] = (struct oracle_window_frame){
				w.movable[i], w.unmovable[i], w.movable[i] - left.movable[i],
				w.unmovable[i] - left.unmovable[i]};
		}
		search(&left, best);
		nr = oracle_window(frames, w.frames, &moves);
		for (unsigned int k = 1; k <= MAX_FRAMES; k++)
			if (best[k] != IMPOSSIBLE)
				CHECK(k <= nr && moves[k - 1] == best[k]);
		free(moves);
	}
}

static void test_nothing(void)
{
	uint64_t *moves;

	CHECK_EQ(oracle_minimum(NULL, 0, &moves), 0);
	free(moves);
	CHECK(isnan(oracle_dispersion(NULL, 0, FRAME_PAGES)));
	CHECK(isnan(oracle_dispersion((unsigned int[]){0, 0}, 2, FRAME_PAGES)));
	CHECK(isnan(oracle_dispersion((unsigned int[]){512, 512}, 2, FRAME_PAGES)));
}

static void test_dispersion(void)
{
	struct random r = random_seed(3);
	unsigned int bands[3000], coins[3000];
	double d;

	/* A third each at 10, 45 and 90 %: variance 0.1072 * 512^2 over 512 * 0.2497. */
	for (int i = 0; i < 3000; i++)
		bands[i] = (unsigned int[]){51, 230, 461}[i % 3];
	d = oracle_dispersion(bands, 3000, FRAME_PAGES);
	CHECK(d > 219 && d < 223);

	/* Pages placed by the toss of a coin. */
	for (int i = 0; i < 3000; i++) {
		coins[i] = 0;
		for (int page = 0; page < FRAME_PAGES; page++)
			coins[i] += random_below(&r, 2);
	}
	d = oracle_dispersion(coins, 3000, FRAME_PAGES);
	CHECK(d > 0.9 && d < 1.1);
	CHECK(oracle_dispersion((unsigned int[]){200, 200}, 2, FRAME_PAGES) == 0);
}

int main(int argc, char **argv)
{
	static const struct check tests[] = {
		{"one_zone", test_one_zone},
		{"two_zones", test_two_zones},
		{"window_is_a_bound", test_window_is_a_bound},
		{"window_is_tight", test_window_is_tight},
		{"nothing", test_nothing},
		{"dispersion", test_dispersion},
		{},
	};

	return check_main(argc, argv, tests);
}
