// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "check.h"
#include "lines.h"
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

/*
 * The engine, as mm/llfree/compact.c, but that every page moves
 */

static bool evacuate(struct run *r, struct state *s, struct llfree_compact *c)
{
	struct llfree_bitfield *bits = &s->a.bits[c->source];

	if (state_pinned(s, c->source))
		return false;
	for (unsigned int i = 0; i < LLFREE_FRAME_ROWS; i++) {
		while (bits->row[i]) {
			u64 page = c->source * PAGES + i * 64 + __ffs64(bits->row[i]);
			s64 frame, to = -1;

			while (to < 0) {
				frame = llfree_compact_target(c, page, 0);
				if (frame < 0)
					return false;
				CHECK(frame != c->source);
				to = llfree_compact_take(c, 0, frame, 0);
			}
			CHECK_EQ(llfree_put(&s->a, 0, page, 0), 0);
			r->moved++;
		}
	}
	return true;
}

/* A request for one frame, which is kept. */
static bool compact(struct run *r, struct state *s, struct llfree_compact_state *memory,
		    const struct llfree_compact_policy *policy)
{
	struct llfree_compact c = {
		.a = &s->a,
		.state = memory,
		.policy = policy,
		.order = LLFREE_FRAME_ORDER,
		.class = LLFREE_HUGE,
		.sync = true,
		.rule = r->rule,
	};
	bool cleared = false;

	llfree_compact_begin(&c);
	while (!cleared && llfree_compact_source(&c) >= 0) {
		CHECK(llfree_compact_block(&c, 0));
		cleared = evacuate(r, s, &c);
		if (cleared)
			CHECK(llfree_claim(&s->a, c.source, c.order, c.class) >= 0);
		llfree_compact_unblock(&c, 0, !cleared);
	}
	llfree_compact_end(&c);
	return cleared;
}

/* @histogram[n]: frames with n used pages that can be cleared. */
static u64 count_frames(const struct state *s, u64 *histogram)
{
	u64 frame, clearable = 0;

	memset(histogram, 0, (PAGES + 1) * sizeof(*histogram));
	for (frame = 0; frame < s->a.frames; frame++) {
		if (state_pinned(s, frame))
			continue;
		clearable++;
		histogram[PAGES - (s->a.child[frame] & LLFREE_CHILD_FREE)]++;
	}
	return clearable;
}

static u64 least_moves(const u64 *histogram, u64 frames)
{
	u64 moves = 0;

	for (unsigned int used = 1; used <= PAGES && frames; used++) {
		u64 nr = min(frames, histogram[used]);

		moves += nr * used;
		frames -= nr;
	}
	CHECK_EQ(frames, 0);
	return moves;
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

void run_policy(struct run *r, struct state *s, u64 seed)
{
	struct llfree_compact_policy policy = *r->policy;
	struct llfree_compact_state memory = {.random = seed};
	u64 histogram[PAGES + 1], feasible;
	struct llfree_index *index = attach(r, s);
	struct llfree_totals totals;
	unsigned int failed = 0;
	double start;

	memset(&probe, 0, sizeof(probe));
	probe.policy = r->policy;
	probe.run = r;
	probe.clock = clock_cost();
	policy.source = probe_source;
	policy.target = probe_target;
	if (r->rule && !policy.rule)
		policy.rule = r->rule;

	feasible = min(count_frames(s, histogram), (u64)s->free / PAGES);
	if (feasible > histogram[0])
		r->wanted = min((feasible - histogram[0]) * r->percent / 100, r->most);
	r->in_time = true;
	start = now();
	while (r->delivered < r->wanted && failed < PATIENCE) {
		if (compact(r, s, &memory, &policy)) {
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
	r->minimum = least_moves(histogram, r->delivered);
	r->ns = times_at(&probe.all, 50);
	r->ns_99 = times_at(&probe.all, 99);
	r->source_ns = times_at(&probe.sources, 50);
	r->lines = probe.counted ? (double)probe.lines / probe.counted : 0;

	CHECK_EQ(llfree_validate(&s->a, &totals), 0);
	CHECK_EQ(totals.free, s->free);
	CHECK_EQ(totals.blocked, 0);
	CHECK(r->moved >= r->minimum);
	llfree_watching = false;
	free(index);
}
