// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "mixed.h"
#include "util.h"

#define STEPS 400 /* of the ascent */
#define ROUNDING 1e-9 /* of a bound, for each page */

/*
 * What a choice costs at the prices: pages moved, plus for each order the price of the room that
 * folios of this order and above need (moved - room). 'need' is what the ascent follows.
 */
struct choice {
	double cost;
	double need[MIXED_MAX_ORDER];
};

struct frame_choice {
	struct choice clear, keep;
	bool eligible;
};

static bool is_folio(uint8_t page)
{
	return page <= MIXED_MAX_ORDER;
}

int64_t mixed_misfit(const struct mixed *m)
{
	size_t total = m->nr << m->order;

	for (size_t i = 0; i < total;) {
		uint8_t page = m->pages[i];
		size_t size;

		if (!is_folio(page)) {
			i++;
			continue;
		}
		size = (size_t)1 << page;
		if (page > m->order || i % size)
			return (int64_t)i;
		for (size_t k = 0; k < size; k++)
			if (m->pages[i + k] != page)
				return (int64_t)i;
		i += size;
	}
	return -1;
}

static bool stays(const struct mixed *m, uint8_t page)
{
	return page == MIXED_UNMOVABLE || page == m->order;
}

static bool frame_eligible(const struct mixed *m, size_t frame)
{
	const uint8_t *pages = m->pages + (frame << m->order);

	for (size_t i = 0; i < (size_t)1 << m->order; i++)
		if (stays(m, pages[i]))
			return false;
	return true;
}

size_t mixed_eligible(const struct mixed *m)
{
	size_t nr = 0;

	for (size_t i = 0; i < m->nr; i++)
		nr += frame_eligible(m, i);
	return nr;
}

/* Pages of folios, and of the largest blocks without anything that stays, from each order on. */
struct sizes {
	size_t folios[MIXED_MAX_ORDER + 1], room[MIXED_MAX_ORDER + 1];
};

static void add_size(size_t *from, unsigned int order)
{
	for (unsigned int o = 0; o <= order; o++)
		from[o] += (size_t)1 << order;
}

/* True if nothing in this block stays: it may be a part of a larger one, and is not counted yet. */
static bool add_sizes(const struct mixed *m, const uint8_t *pages, unsigned int order,
		      struct sizes *sizes)
{
	bool low, high;

	if (*pages == order && !stays(m, *pages)) {
		add_size(sizes->folios, order);
		return true;
	}
	if (!order)
		return !stays(m, *pages);
	low = add_sizes(m, pages, order - 1, sizes);
	high = add_sizes(m, pages + ((size_t)1 << (order - 1)), order - 1, sizes);
	if (low != high)
		add_size(sizes->room, order - 1);
	return low && high;
}

/* Sizes are powers of two: folios fit if from each order on there is room for those from it on. */
size_t mixed_feasible(const struct mixed *m)
{
	size_t most = mixed_eligible(m);
	struct sizes sizes = {0};

	for (size_t i = 0; i < m->nr; i++)
		if (add_sizes(m, m->pages + (i << m->order), m->order, &sizes))
			add_size(sizes.room, m->order);
	for (unsigned int o = 0; o < m->order; o++) {
		size_t frames = (sizes.room[o] - sizes.folios[o]) >> m->order;

		most = frames < most ? frames : most;
	}
	return most;
}

/* Add the room of a free block: it serves every order up to its own. */
static void give_room(const struct mixed *m, struct choice *c, const double *price,
		      unsigned int order)
{
	for (unsigned int o = 0; o <= order && o < m->order; o++) {
		c->need[o] -= 1 << order;
		c->cost -= price[o] * (1 << order);
	}
}

static void add(struct choice *sum, const struct choice *c)
{
	sum->cost += c->cost;
	for (unsigned int o = 0; o < MIXED_MAX_ORDER; o++)
		sum->need[o] += c->need[o];
}

/*
 * The cheapest to do with an aligned block of a kept frame: vacate it whole, or leave its halves to
 * decide for themselves. *vacate: the cost of its folios' moves alone, without the room it gives;
 * infinite where something stays.
 */
static struct choice block_choice(const struct mixed *m, const uint8_t *pages, unsigned int order,
				  const double *price, struct choice *vacate)
{
	struct choice best = {0}, whole;

	*vacate = (struct choice){0};
	if (stays(m, *pages) && !order) {
		vacate->cost = INFINITY;
		return best;
	}
	if (*pages == order && !stays(m, *pages)) {
		vacate->cost = 1 << order;
		for (unsigned int o = 0; o <= order; o++) {
			vacate->need[o] = 1 << order;
			vacate->cost += price[o] * (1 << order);
		}
	} else if (order) {
		struct choice half;

		best = block_choice(m, pages, order - 1, price, vacate);
		half = block_choice(m, pages + ((size_t)1 << (order - 1)), order - 1, price,
				    &whole);
		add(&best, &half);
		add(vacate, &whole);
	}
	whole = *vacate;
	if (isfinite(whole.cost)) {
		give_room(m, &whole, price, order);
		if (whole.cost <= best.cost)
			best = whole;
	}
	return best;
}

static int by_extra(const void *a, const void *b)
{
	const struct frame_choice *x = a, *y = b;
	double dx = x->clear.cost - x->keep.cost, dy = y->clear.cost - y->keep.cost;

	if (x->eligible != y->eligible)
		return x->eligible ? -1 : 1;
	return (dx > dy) - (dx < dy);
}

/* The bound at these prices: the frames that clearing makes least dearer are cleared. */
static struct choice bound_at(const struct mixed *m, size_t count, const double *price,
			      struct frame_choice *frames)
{
	struct choice sum = {0};

	for (size_t i = 0; i < m->nr; i++) {
		const uint8_t *pages = m->pages + (i << m->order);

		frames[i].keep = block_choice(m, pages, m->order, price, &frames[i].clear);
		frames[i].eligible = isfinite(frames[i].clear.cost);
	}
	qsort(frames, m->nr, sizeof(*frames), by_extra);
	for (size_t i = 0; i < m->nr; i++)
		add(&sum, i < count ? &frames[i].clear : &frames[i].keep);
	return sum;
}

uint64_t mixed_minimum(const struct mixed *m, size_t count)
{
	struct frame_choice *frames = xcalloc(m->nr, sizeof(*frames));
	double price[MIXED_MAX_ORDER] = {0}, best = 0, least = 0;

	for (unsigned int step = 0; step < STEPS; step++) {
		struct choice bound = bound_at(m, count, price, frames);
		double length = 0;

		best = fmax(best, bound.cost);
		if (!step)
			least = best; /* at no price: exact, the smallest used counts */
		for (unsigned int o = 0; o < m->order; o++) {
			if (bound.need[o] < 0 && price[o] <= 0)
				bound.need[o] = 0;
			length += bound.need[o] * bound.need[o];
		}
		if (length <= 0)
			break;
		for (unsigned int o = 0; o < m->order; o++)
			price[o] = fmax(0, price[o] + bound.need[o] / sqrt(length * (step + 1)));
	}
	free(frames);
	/* Pages are whole: a bound of 6.3 is one of 7. */
	return (uint64_t)fmax(least, ceil(best - ROUNDING * (double)(m->nr << m->order)));
}
