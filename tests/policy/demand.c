// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include "demand.h"

unsigned int uniform(u64 frame, struct random *r)
{
	unsigned int used = 0, i;

	(void)frame;
	for (i = 0; i < PAGES; i++)
		used += random_below(r, 2);
	return used;
}

unsigned int bands(u64 frame, struct random *r)
{
	static const unsigned int percent[] = {10, 45, 90};
	unsigned int used = 0, keep = percent[random_below(r, 3)], i;

	(void)frame;
	for (i = 0; i < PAGES; i++)
		used += random_below(r, 100) < keep;
	return used;
}

unsigned int powerlaw(u64 frame, struct random *r)
{
	u64 x = random_below(r, 1000) + 1;

	(void)frame;
	return x * x * x * PAGES / 1000000000;
}

unsigned int ascending(u64 frame, struct random *r)
{
	(void)r;
	return frame * PAGES / FRAMES;
}

unsigned int descending(u64 frame, struct random *r)
{
	(void)r;
	return (FRAMES - frame) * PAGES / FRAMES;
}

layout *const layouts[LAYOUTS] = {uniform, bands, powerlaw, ascending, descending};

void demand_open(struct sim *s, const struct llfree_compact_policy *policy, layout *used, u64 seed)
{
	struct random r = random_seed(seed);
	u64 frame;

	sim_open(s, FRAMES, policy);
	for (frame = 0; frame < FRAMES; frame++)
		sim_thin(s, frame, used(frame, &r), seed);
}

static int ascend(const void *a, const void *b)
{
	unsigned int x = *(const unsigned int *)a, y = *(const unsigned int *)b;

	return (x > y) - (x < y);
}

/**
 * struct oracle - the minimum, from the page states alone
 * @nr: groups that can be cleared
 * @used: their pages, ascending
 * @feasible: how many can be delivered
 */
struct oracle {
	unsigned int nr;
	unsigned int used[FRAMES];
	unsigned int feasible;
};

static void oracle_ask(struct oracle *o, const struct sim *s, unsigned int frames)
{
	u64 group;

	o->nr = 0;
	for (group = 0; group < FRAMES; group += frames) {
		unsigned int used = 0, i;
		bool pinned = false;

		for (i = 0; i < frames; i++) {
			used += sim_used(s, group + i);
			pinned |= sim_pinned(s, group + i);
		}
		if (!pinned)
			o->used[o->nr++] = used;
	}
	qsort(o->used, o->nr, sizeof(o->used[0]), ascend);
	o->feasible = min_t(u64, o->nr, sim_free(s) / (frames * PAGES));
}

unsigned int take_free(struct sim *s, unsigned int order)
{
	unsigned int taken = 0;
	s64 index;

	while ((index = llfree_get(&s->w.a, 0, order, LLFREE_HUGE, 0)) >= 0) {
		memset(s->page + index, SIM_HUGE, 1ul << order);
		taken++;
	}
	return taken;
}

void demand(struct sim *s, unsigned int order, unsigned int percent, bool all)
{
	struct oracle o;
	unsigned int got;
	u64 minimum = 0, free = 0;

	oracle_ask(&o, s, 1u << (order - LLFREE_FRAME_ORDER));
	while (free < o.nr && !o.used[free])
		free++;
	got = take_free(s, order);
	CHECK_EQ(got, min_t(u64, free, o.feasible));

	while (sim_compact(s, order) == SIM_DELIVERED) {
		CHECK(got < o.nr);
		minimum += o.used[got++];
		CHECK(s->moves >= minimum);
		if (percent && s->moves * 100 > minimum * percent)
			check_fail(__FILE__, __LINE__,
				   "%llu moves for %u runs of order %u, minimum %llu",
				   (unsigned long long)s->moves, got, order,
				   (unsigned long long)minimum);
	}
	if (all)
		CHECK_EQ(got, o.feasible);
	CHECK(got <= o.feasible);
	sim_verify(s);
}
