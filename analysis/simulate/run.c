// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "check.h"
#include "lines.h"
#include "mixed.h"
#include "run.h"

#define PAGES LLFREE_FRAME_PAGES

/* One choice in so many is counted, the others are timed. */
#define COUNT_EVERY 8

/* A demand that fails this often in a row is given up. */
#define PATIENCE 3

double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* What a clock adds to what it measures. */
static double clock_cost(void)
{
	double least = 1;

	for (int i = 0; i < 10000; i++) {
		double start = now();

		least = min(now() - start, least);
	}
	return least;
}

/* Times in steps of a sixteenth of an octave, so that a median is found. */
#define STEPS 16

struct times {
	u64 nr, in[40 * STEPS];
};

static void times_add(struct times *t, double ns)
{
	double step = log2(max(ns, 1.0)) * STEPS;

	t->in[min((size_t)step, ARRAY_SIZE(t->in) - 1)]++;
	t->nr++;
}

/* The time that @percent of all are not above. */
static double times_at(const struct times *t, unsigned int percent)
{
	u64 seen = 0;

	for (size_t i = 0; i < ARRAY_SIZE(t->in); i++) {
		seen += t->in[i];
		if (seen && seen * 100 >= t->nr * percent)
			return exp2((i + 0.5) / STEPS);
	}
	return 0;
}

/*
 * The policy under test, with a clock or a counter around its choices
 */

static struct {
	const struct llfree_compact_policy *policy;
	struct run *run;
	double clock, start;
	struct times all, sources;
	u64 counted, lines;
} probe;

static bool probe_begin(void)
{
	if (probe.run->decisions++ % COUNT_EVERY == 0) {
		lines_begin();
		return true;
	}
	probe.start = now();
	return false;
}

static void probe_end(bool counting, bool source)
{
	if (counting) {
		u64 lines = lines_end();

		probe.counted++;
		probe.lines += lines;
		probe.run->lines_worst = max(probe.run->lines_worst, lines);
	} else {
		double ns = (now() - probe.start - probe.clock) * 1e9;

		times_add(&probe.all, ns);
		if (source)
			times_add(&probe.sources, ns);
	}
}

static s64 probe_source(struct llfree_compact *c)
{
	bool counting = probe_begin();
	s64 frame = probe.policy->source(c);

	probe_end(counting, true);
	probe.run->sources++;
	return frame;
}

static s64 probe_target(struct llfree_compact *c, unsigned int order)
{
	bool counting = probe_begin();
	s64 frame = c->rule && !probe.policy->rule ? llfree_scan_target(c, order)
						   : probe.policy->target(c, order);

	probe_end(counting, false);
	return frame;
}

/* What lasts from run_open() to run_close(). */
static struct {
	struct llfree_compact_policy policy;
	struct llfree_compact_state memory;
	struct llfree_index *index;
} session;

static s64 probe_place(struct llfree_compact *c, u64 index, unsigned int order)
{
	bool counting = probe_begin();
	s64 page = probe.policy->place(c, index, order);

	probe_end(counting, false);
	return page;
}

/*
 * The engine, as mm/llfree/compact.c
 */

static struct state *state_of(const struct llfree_compact *c)
{
	return container_of(c->a, struct state, a);
}

static unsigned int folio_order(const struct llfree_compact *c, u64 index)
{
	return state_folio_order(state_of(c), index);
}

static bool source_pinned(const struct state *s, const struct llfree_compact *c)
{
	for (unsigned int i = 0; i < c->frames; i++)
		if (state_pinned(s, c->source + i))
			return true;
	return false;
}

/* As Linux where there is no room for a folio: its pages go one by one. */
static void split(struct run *r, struct state *s, u64 page, unsigned int order)
{
	memset(s->order + page, 0, 1u << order);
	r->splits++;
}

/* False if there is no room for a page. */
static bool move(struct run *r, struct state *s, struct llfree_compact *c, u64 page)
{
	unsigned int order = state_folio_order(s, page);
	s64 to = -1;

	while (to < 0) {
		s64 frame = llfree_compact_target(c, page, order);

		if (frame < 0 && order) {
			split(r, s, page, order);
			return true;
		}
		if (frame < 0)
			return false;
		CHECK(frame < c->source || frame >= c->source + c->frames);
		to = llfree_compact_take(c, 0, frame, order);
	}
	CHECK_EQ(llfree_put(&s->a, 0, page, order), 0);
	if (s->order) {
		memset(s->order + to, order, 1u << order);
		memset(s->order + page, 0, 1u << order);
	}
	r->moved += 1u << order;
	r->kept += (u64)(to % PAGES == (s64)(page % PAGES)) << order;
	return true;
}

static bool evacuate(struct run *r, struct state *s, struct llfree_compact *c)
{
	const bool pinned = source_pinned(s, c);
	const u64 first = c->source * PAGES, end = first + c->frames * PAGES;
	u64 page = first;

	if (pinned && r->preflight) {
		c->stuck++;
		return false;
	}
	while (page < end) {
		const u64 *row = &s->a.bits[page / PAGES].row[page % PAGES / 64];
		u64 used = *row >> page % 64;

		if (!used) {
			page += 64 - page % 64;
			continue;
		}
		page += __ffs64(used);
		if (pinned && state_page_pinned(s, page))
			page += 1ull << state_folio_order(s, page);
		else if (!move(r, s, c, page))
			return false;
	}
	return !pinned;
}

/* The run that was cleared is taken, the largest blocks there are at a time. */
static void claim(struct state *s, const struct llfree_compact *c)
{
	const unsigned int order = min(c->order, LLFREE_MAX_ORDER);
	const unsigned int step = 1u << (order - LLFREE_FRAME_ORDER);

	for (unsigned int i = 0; i < c->frames; i += step)
		CHECK(llfree_claim(&s->a, c->source + i, order, c->class) >= 0);
}

bool run_request(struct run *r, struct state *s, bool sync)
{
	struct llfree_compact c = {
		.a = &s->a,
		.state = &session.memory,
		.policy = &session.policy,
		.order = r->order,
		.class = LLFREE_HUGE,
		.sync = sync,
		.rule = r->rule,
		.folio_order = s->order ? folio_order : NULL,
	};
	bool cleared = false;

	llfree_compact_begin(&c);
	while (!cleared && llfree_compact_source(&c) >= 0) {
		u64 before = r->moved;

		CHECK(llfree_compact_block(&c, 0));
		cleared = evacuate(r, s, &c);
		if (cleared)
			claim(s, &c);
		else
			r->in_vain += r->moved - before;
		llfree_compact_unblock(&c, 0, !cleared);
	}
	llfree_compact_end(&c);
	return cleared;
}

u64 run_count_groups(const struct state *s, unsigned int frames, u64 *histogram)
{
	u64 frame, clearable = 0;

	memset(histogram, 0, (frames * PAGES + 1) * sizeof(*histogram));
	for (frame = 0; frame < s->a.frames; frame += frames) {
		unsigned int used = 0;
		bool pinned = false;

		for (unsigned int i = 0; i < frames; i++) {
			used += PAGES - (s->a.child[frame + i] & LLFREE_CHILD_FREE);
			pinned |= state_pinned(s, frame + i);
		}
		if (pinned)
			continue;
		clearable++;
		histogram[used]++;
	}
	return clearable;
}

u64 run_least_moves(const u64 *histogram, unsigned int frames, u64 groups)
{
	u64 moves = 0;

	for (unsigned int used = 1; used <= frames * PAGES && groups; used++) {
		u64 nr = min(groups, histogram[used]);

		moves += nr * used;
		groups -= nr;
	}
	CHECK_EQ(groups, 0);
	return moves;
}

void run_whole_bound(struct run *r, struct state *s)
{
	u8 *pages = malloc(s->a.pages);
	struct mixed m = {pages, s->a.frames, LLFREE_FRAME_ORDER};
	u64 page, frame, empty = 0;

	CHECK(pages);
	for (page = 0; page < s->a.pages;) {
		unsigned int order = s->order[page];
		bool used = s->a.bits[page / PAGES].row[page % PAGES / 64] >> page % 64 & 1;

		memset(pages + page,
		       !used			    ? MIXED_FREE
		       : state_page_pinned(s, page) ? MIXED_UNMOVABLE
						    : order,
		       1u << order);
		page += 1ull << order;
	}
	CHECK_EQ(mixed_misfit(&m), -1);
	for (frame = 0; frame < s->a.frames; frame++)
		empty += (s->a.child[frame] & LLFREE_CHILD_FREE) == PAGES;
	if (empty + r->delivered <= mixed_feasible(&m)) {
		r->whole = mixed_minimum(&m, empty + r->delivered);
		CHECK(r->whole >= r->minimum);
	}
	CHECK(r->splits || (r->whole && r->moved >= r->whole));
	free(pages);
}

static struct llfree_index *attach(struct run *r, struct state *s)
{
	const struct llfree_index_ops *ops = r->policy->index;
	struct llfree_index *index;

	llfree_watching = ops;
	if (!ops)
		return NULL;
	r->index_bytes = ops->bytes(&s->a);
	index = calloc(1, r->index_bytes);
	CHECK(index);
	llfree_index_attach(&s->a, index, ops);
	llfree_index_build(&s->a, 0, s->a.frames);
	return index;
}

void run_open(struct run *r, struct state *s, u64 seed)
{
	memset(&probe, 0, sizeof(probe));
	probe.policy = r->policy;
	probe.run = r;
	probe.clock = clock_cost();
	session.index = attach(r, s);
	session.memory = (struct llfree_compact_state){.random = seed};
	session.policy = *r->policy;
	session.policy.source = probe_source;
	session.policy.target = probe_target;
	if (session.policy.place)
		session.policy.place = probe_place;
	if (r->rule && !session.policy.rule)
		session.policy.rule = r->rule;
}

void run_close(struct run *r, struct state *s)
{
	struct llfree_totals totals;

	r->ns = times_at(&probe.all, 50);
	r->ns_99 = times_at(&probe.all, 99);
	r->source_ns = times_at(&probe.sources, 50);
	r->lines = probe.counted ? (double)probe.lines / probe.counted : 0;

	CHECK_EQ(llfree_validate(&s->a, &totals), 0);
	CHECK_EQ(totals.free, s->free);
	CHECK_EQ(totals.blocked, 0);
	llfree_watching = false;
	free(session.index);
}

void run_policy(struct run *r, struct state *s, u64 seed)
{
	const unsigned int frames = 1u << (r->order - LLFREE_FRAME_ORDER);
	u64 *histogram = malloc((frames * PAGES + 1) * sizeof(*histogram)), feasible;
	unsigned int failed = 0;
	double start;

	CHECK(histogram);
	run_open(r, s, seed);
	feasible = min(run_count_groups(s, frames, histogram), (u64)s->free / PAGES / frames);
	if (feasible > histogram[0])
		r->wanted = min((feasible - histogram[0]) * r->percent / 100, r->most);
	r->in_time = true;
	start = now();
	while (r->delivered < r->wanted && failed < PATIENCE) {
		if (run_request(r, s, true)) {
			r->delivered++;
			failed = 0;
		} else {
			r->refused++;
			failed++;
		}
		if (now() - start > r->seconds) {
			r->in_time = r->delivered == r->wanted;
			break;
		}
	}
	r->minimum = run_least_moves(histogram, frames, r->delivered);
	CHECK(r->moved >= r->minimum);
	run_close(r, s);
	free(histogram);
}
