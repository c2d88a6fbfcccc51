// SPDX-License-Identifier: GPL-2.0-or-later
/* The bound for folios of several orders against an exhaustive search over every way to move them.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "mixed.h"

#define PAGES 16
#define MAX_MOVES 33 /* the search goes no further */
#define SLOTS (1u << 16) /* of the table of states; a power of two */
#define IMPOSSIBLE UINT_MAX

/* A state, three bits a page: 0 free, 1 unmovable, 2 + order for a page of a folio. */
typedef uint64_t state_t;

static unsigned int kind(state_t s, unsigned int page)
{
	return s >> (3 * page) & 7;
}

static state_t set(state_t s, unsigned int page, unsigned int order, unsigned int kind)
{
	for (unsigned int i = page; i < page + (1u << order); i++)
		s = (s & ~((state_t)7 << (3 * i))) | (state_t)kind << (3 * i);
	return s;
}

static unsigned int empty_frames(state_t s, unsigned int order)
{
	state_t frame = ((state_t)1 << (3 << order)) - 1;
	unsigned int empty = 0;

	for (unsigned int i = 0; i < PAGES; i += 1 << order)
		empty += !(s >> (3 * i) & frame);
	return empty;
}

/* States by the pages moved to get there: a list for each number, and all of them in a table. */
static struct {
	state_t table[SLOTS];
	bool there[SLOTS];
	state_t *list[MAX_MOVES];
	size_t nr[MAX_MOVES], room[MAX_MOVES], states;
} seen;

static bool settle(state_t s)
{
	size_t i = (s * 0x9e3779b97f4a7c15ull) >> 48;

	for (; seen.there[i]; i = (i + 1) % SLOTS)
		if (seen.table[i] == s)
			return false;
	seen.table[i] = s;
	seen.there[i] = true;
	return true;
}

static void reach(state_t s, unsigned int moves)
{
	if (moves >= MAX_MOVES)
		return;
	if (seen.nr[moves] == seen.room[moves]) {
		seen.room[moves] = 2 * seen.room[moves] + 64;
		seen.list[moves] = realloc(seen.list[moves], seen.room[moves] * sizeof(s));
		CHECK(seen.list[moves]);
	}
	seen.list[moves][seen.nr[moves]++] = s;
}

static bool is_free(state_t s, unsigned int page, unsigned int order)
{
	for (unsigned int i = page; i < page + (1u << order); i++)
		if (kind(s, i))
			return false;
	return true;
}

static void reach_neighbours(state_t s, unsigned int moves)
{
	for (unsigned int from = 0; from < PAGES;) {
		unsigned int k = kind(s, from), order = k < 2 ? 0 : k - 2, size = 1 << order;

		for (unsigned int to = 0; k >= 2 && to < PAGES; to += size)
			if (is_free(s, to, order))
				reach(set(set(s, from, order, 0), to, order, k), moves + size);
		from += size;
	}
}

/* Fewest pages moved until 'count' frames are empty: Dijkstra's algorithm. */
static unsigned int search(state_t start, unsigned int order, unsigned int count)
{
	memset(seen.there, 0, sizeof(seen.there));
	memset(seen.nr, 0, sizeof(seen.nr));
	seen.states = 0;
	reach(start, 0);
	for (unsigned int moves = 0; moves < MAX_MOVES; moves++)
		for (size_t i = 0; i < seen.nr[moves]; i++) {
			state_t s = seen.list[moves][i];

			if (!settle(s))
				continue;
			CHECK(++seen.states < SLOTS * 3 / 4);
			if (empty_frames(s, order) >= count)
				return moves;
			reach_neighbours(s, moves);
		}
	return IMPOSSIBLE;
}

/* Folios as they fall, fewer of them the larger, and a few unmovable pages. */
static state_t random_state(struct random *r, unsigned int order)
{
	unsigned int tries = 3 + random_below(r, 7);
	state_t s = 0;

	while (tries--) {
		unsigned int o = random_below(r, order), page = random_below(r, PAGES >> o) << o;

		if (is_free(s, page, o))
			s = set(s, page, o, random_below(r, 12) ? 2 + o : 1);
	}
	return s;
}

static struct mixed mixed_of(state_t s, unsigned int order, uint8_t *pages)
{
	for (unsigned int i = 0; i < PAGES; i++)
		pages[i] = kind(s, i) == 0   ? MIXED_FREE
			   : kind(s, i) == 1 ? MIXED_UNMOVABLE
					     : kind(s, i) - 2;
	return (struct mixed){pages, PAGES >> order, order};
}

static int by_value(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Sum of the smallest used counts, for folios that may be split. */
static unsigned int split_minimum(const struct mixed *m, unsigned int count)
{
	int used[64] = {0};
	unsigned int sum = 0;

	for (size_t i = 0; i < m->nr; i++)
		for (size_t k = i << m->order; k < (i + 1) << m->order; k++)
			used[i] += m->pages[k] == MIXED_UNMOVABLE ? 1 << 20
								  : m->pages[k] != MIXED_FREE;
	qsort(used, m->nr, sizeof(*used), by_value);
	for (unsigned int i = 0; i < count; i++)
		sum += used[i];
	return sum;
}

/* 4 frames of 4 pages with orders 0 and 1, 2 frames of 8 with orders 0 to 2. */
static void test_bound(void)
{
	struct random r = random_seed(1);
	unsigned int solved = 0, gap = 0, above = 0;

	for (int n = 0; n < 500; n++) {
		unsigned int order = 2 + n % 2, best, bound, split, count;
		state_t s = random_state(&r, order);
		uint8_t pages[PAGES];
		struct mixed m = mixed_of(s, order, pages);

		CHECK_EQ(mixed_misfit(&m), -1);
		if (!mixed_eligible(&m))
			continue;
		count = 1 + random_below(&r, mixed_eligible(&m));
		split = split_minimum(&m, count);
		best = search(s, order, count);
		CHECK_EQ(count <= mixed_feasible(&m), best != IMPOSSIBLE);
		if (best == IMPOSSIBLE)
			continue;
		bound = mixed_minimum(&m, count);
		CHECK(bound >= split);
		CHECK(bound <= best);
		solved++;
		gap += best > split;
		above += bound > split;
	}
	/* The instances are such that there is something to see, and the bound sees some of it. */
	CHECK(solved > 200 && solved < 300 && gap > 4 && above > 2);
}

/* Where folios are single pages, the sum of the smallest used counts is exact. */
static void test_single_pages(void)
{
	struct random r = random_seed(2);
	uint8_t pages[64 * 16];

	for (int n = 0; n < 50; n++) {
		struct mixed m = {pages, 64, 4};
		size_t count;

		for (size_t i = 0; i < sizeof(pages); i++)
			pages[i] = random_below(&r, 4)	  ? MIXED_FREE
				   : random_below(&r, 64) ? 0
							  : MIXED_UNMOVABLE;
		count = 1 + random_below(&r, mixed_eligible(&m) / 2);
		CHECK_EQ(mixed_minimum(&m, count), split_minimum(&m, count));
	}
}

/*
 * Half of the frames are full: a folio of half their size, and folios of 'order'. The others have
 * no hole larger than a page, and one page in two of a block has to move before a folio can take
 * it.
 */
static void check_room(unsigned int order, unsigned int exact)
{
	uint8_t pages[64 * 16];
	struct mixed m = {pages, 64, 4};

	for (size_t i = 0; i < sizeof(pages); i++)
		if (i / 16 % 2)
			pages[i] = i % 16 == 1 ? MIXED_UNMOVABLE : i % 2 ? MIXED_FREE : 0;
		else
			pages[i] = i % 16 < 8 ? 3 : order;
	for (unsigned int k = 1; k <= 8; k++) {
		uint64_t bound = mixed_minimum(&m, k);

		CHECK_EQ(split_minimum(&m, k), 16 * k);
		CHECK(bound <= exact * k && bound >= (exact - 1) * k);
	}
}

/* 16 pages a frame would do if folios could be split; 4 more make room for the large one alone. */
static void test_room_must_be_made(void)
{
	check_room(0, 20);
}

/* Room that one folio takes is not there for the others, though it suits them all. */
static void test_room_is_shared(void)
{
	check_room(2, 24);
	check_room(3, 24);
}

static void test_misfit(void)
{
	uint8_t across[] = {MIXED_FREE, 1, 1, MIXED_FREE}, cut[] = {1, MIXED_FREE, 0, 0};
	uint8_t large[] = {2, 2, 2, 2};

	CHECK_EQ(mixed_misfit(&(struct mixed){across, 1, 2}), 1);
	CHECK_EQ(mixed_misfit(&(struct mixed){cut, 1, 2}), 0);
	CHECK_EQ(mixed_misfit(&(struct mixed){large, 1, 2}), -1);
	CHECK_EQ(mixed_misfit(&(struct mixed){large, 2, 1}), 0);
	CHECK_EQ(mixed_eligible(&(struct mixed){large, 1, 2}), 0);
}

int main(int argc, char **argv)
{
	static const struct check tests[] = {
		{"bound", test_bound},
		{"single_pages", test_single_pages},
		{"room_must_be_made", test_room_must_be_made},
		{"room_is_shared", test_room_is_shared},
		{"misfit", test_misfit},
		{},
	};

	return check_main(argc, argv, tests);
}
