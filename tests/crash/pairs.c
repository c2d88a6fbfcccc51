// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every pair of operations of the core, volatile: get, put, split, block,
 * unblock, isolate, claim and taking one page, over orders of one word, of
 * several words and of whole frames, in every order of their accesses to shared
 * memory with some preemptions, with one more where one of the two makes at
 * most 12 accesses.  And triples, with fewer.
 *
 * Each pair runs *apart*, with pages of its own for each of the two, in one frame
 * or pair of frames as far as they fit; and *near*, where both want the same
 * pages: what the other one frees, or what is there once.
 *
 * After each execution nobody holds what another one holds, bitfields are what
 * was returned, and the sums of trees and reservations, of the unblocked
 * children and of the zone's free pages are one number.  An operation that does
 * not end while the others stand still fails: none waits.  Alone every one
 * succeeds, but for those that wait for what another one frees.
 */
#include "proof.h"
#include "race.h"
#include "workers.h"

#define PAGES LLFREE_FRAME_PAGES
#define SHORT 12

enum pair_kind {
	GET,
	PUT,
	SPLIT,
	BLOCK,
	UNBLOCK,
	ISOLATE,
	CLAIM,
	TAKE,
	DRAIN,
	KINDS,
};

static const char *const names[KINDS] = {"get",	    "put",   "split", "block", "unblock",
					 "isolate", "claim", "take",  "drain"};

struct part {
	enum pair_kind kind;
	unsigned int order;
};

static const unsigned int orders[] = {0, 7, 9, 6, 8, 10};

static struct part part[EXPLORE_ACTORS];
static unsigned int nr_parts;
static bool near, reservations;

/* Who frees pages that are its own, who wants pages, who closes or opens a frame. */

static bool frees(unsigned int n)
{
	return part[n].kind == PUT || part[n].kind == SPLIT;
}

static bool takes(unsigned int n)
{
	return part[n].kind == GET || part[n].kind == CLAIM || part[n].kind == TAKE;
}

static bool has_order(enum pair_kind kind)
{
	return kind != BLOCK && kind != UNBLOCK && kind != ISOLATE && kind != DRAIN;
}

/* The order in which a part's pages were taken, or are free to be taken. */
static unsigned int home_order(unsigned int n)
{
	if (!has_order(part[n].kind))
		return LLFREE_FRAME_ORDER;
	if (part[n].kind != SPLIT)
		return part[n].order;
	return part[n].order < LLFREE_FRAME_ORDER ? LLFREE_FRAME_ORDER : LLFREE_MAX_ORDER;
}

/* Are a part's pages allocated as whole frames? */
static bool is_whole(unsigned int n)
{
	return frees(n) && home_order(n) >= LLFREE_FRAME_ORDER;
}

/* Where the n-th operation is at work. */
static u64 place(unsigned int n)
{
	unsigned int most = 0;

	for (unsigned int i = 0; i < nr_parts; i++)
		most = max(most, part[i].order);
	/* In the second frame of a pair: what goes over it has begun by then. */
	if (near)
		return most == LLFREE_MAX_ORDER && part[n].order < most ? PAGES : 0;
	/* Of three, the first one's frame is blocked. */
	if (nr_parts > 2 && !has_order(part[n].kind))
		n = 0;
	if (most < LLFREE_FRAME_ORDER)
		return n < 2 ? n * PAGES / 2 : PAGES;
	if (most == LLFREE_FRAME_ORDER)
		return n * PAGES;
	return n * 2 * PAGES;
}

static u64 home(unsigned int n)
{
	return ALIGN_DOWN(place(n), 1ull << home_order(n));
}

static bool overlap(unsigned int n, unsigned int i)
{
	unsigned int order = max(home_order(n), home_order(i));

	return home(n) >> order == home(i) >> order;
}

/* Does the n-th operation want what the i-th one frees? */
static bool wants_from(unsigned int n, unsigned int i)
{
	return takes(n) && frees(i) && overlap(n, i);
}

/* ... all of it? */
static bool depends_on(unsigned int n, unsigned int i)
{
	return wants_from(n, i) && home_order(i) >= home_order(n);
}

static void prepare_taker(unsigned int n)
{
	for (unsigned int i = 0; i < nr_parts; i++)
		if (depends_on(n, i))
			return;
	if (llfree_free_order(&race_world()->a, home(n)) < 0)
		race_free(home(n), home_order(n));
}

static void prepare_owner(unsigned int n)
{
	bool free = llfree_free_order(&race_world()->a, home(n)) >= 0;

	/* Every page is taken at the start, if not as a whole. */
	if (!is_whole(n) && !free)
		return;
	if (llfree_child(&race_world()->a, home(n) / PAGES) & LLFREE_CHILD_HUGE)
		return;
	if (!free)
		race_free(home(n), home_order(n));
	/* Of order 10: what was taken in two frames goes as one. */
	if (part[n].kind == SPLIT && part[n].order == LLFREE_MAX_ORDER) {
		race_take(home(n), LLFREE_FRAME_ORDER);
		race_take(home(n) + PAGES, LLFREE_FRAME_ORDER);
	} else {
		race_take(home(n), home_order(n));
	}
}

/* A frame that is allocated as a whole can only be isolated. */
static bool isolates(unsigned int n)
{
	for (unsigned int i = 0; i < nr_parts; i++)
		if (is_whole(i) && overlap(n, i))
			return true;
	return false;
}

/* What is free first, then what is taken of it, the longest first; blocks at the end. */
static void prepare(void)
{
	for (int order = LLFREE_MAX_ORDER; order >= 0; order--)
		for (unsigned int n = 0; n < nr_parts; n++)
			if (takes(n) && (int)home_order(n) == order)
				prepare_taker(n);
	for (int order = LLFREE_MAX_ORDER; order >= 0; order--)
		for (unsigned int n = 0; n < nr_parts; n++)
			if (frees(n) && (int)home_order(n) == order)
				prepare_owner(n);
	for (unsigned int n = 0; n < nr_parts; n++)
		if (part[n].kind == UNBLOCK && isolates(n))
			race_isolate(place(n) / PAGES);
		else if (part[n].kind == UNBLOCK)
			race_block(place(n) / PAGES);
	if (reservations) {
		race_free(24 * PAGES, LLFREE_MAX_ORDER);
		race_get(0, 0, LLFREE_MOVABLE);
	}
}

/* Does it need what another one does first? */
static bool waits(unsigned int n)
{
	for (unsigned int i = 0; i < nr_parts; i++) {
		if (i == n || !overlap(n, i))
			continue;
		if (wants_from(n, i) || (part[n].kind == BLOCK && is_whole(i)))
			return true;
		if (part[i].kind == UNBLOCK && !frees(n))
			return true;
	}
	return false;
}

/* Does it want more than what is freed? */
static bool in_vain(unsigned int n)
{
	unsigned int order = part[n].kind == TAKE ? 0 : part[n].order;

	for (unsigned int i = 0; i < nr_parts; i++)
		if (wants_from(n, i) && part[i].kind == SPLIT && order > part[i].order)
			return true;
	return false;
}

static struct race_op make_op(unsigned int n)
{
	static const enum race_kind kinds[KINDS] = {RACE_GET,	RACE_PUT,     RACE_PUT,
						    RACE_BLOCK, RACE_UNBLOCK, RACE_ISOLATE,
						    RACE_CLAIM, RACE_GET_AT,  RACE_DRAIN};
	struct race_op op = {
		.kind = kinds[part[n].kind],
		.order = part[n].kind == TAKE ? 0 : part[n].order,
		.at = place(n),
		.class = LLFREE_MOVABLE,
		.cpu = reservations ? 0 : n,
		.may_fail = !frees(n),
		.in_vain = in_vain(n),
	};

	if (part[n].kind == UNBLOCK && isolates(n))
		op.kind = RACE_UNISOLATE;
	return op;
}

static bool same_frame(unsigned int n, unsigned int i)
{
	return place(n) / PAGES == place(i) / PAGES;
}

static bool is_block(unsigned int n)
{
	return !has_order(part[n].kind);
}

/* Is there such a race of two of these, and no other one that is the same? */
static bool go_together(unsigned int n, unsigned int i)
{
	/* A block is taken off once. */
	if (part[n].kind == UNBLOCK && part[i].kind == UNBLOCK && same_frame(n, i))
		return false;
	/* Two blocks are in one frame (order 0), or in two. */
	if (is_block(n) && is_block(i))
		return !near && part[n].order == part[i].order &&
		       (!part[n].order || part[n].order == LLFREE_FRAME_ORDER);
	if (is_block(n) || is_block(i)) {
		unsigned int block = is_block(n) ? n : i, other = n + i - block;

		if (part[block].order)
			return false;
		/* They are in one frame, apart or near, or in frames of their own. */
		if (home_order(other) < LLFREE_FRAME_ORDER)
			return !near;
	}
	if (frees(n) && frees(i))
		return !near;
	/* Of an order, one page is taken where the others are free. */
	if ((part[n].kind == TAKE && part[n].order && depends_on(n, i)) ||
	    (part[i].kind == TAKE && part[i].order && depends_on(i, n)))
		return false;
	/* Apart, what is allocated as a whole has no room for another one. */
	return near || nr_parts > 2 || !overlap(n, i) || !(is_whole(n) || is_whole(i));
}

static bool makes_sense(void)
{
	for (unsigned int n = 1; n < nr_parts; n++)
		for (unsigned int i = 0; i < n; i++)
			if (!go_together(n, i))
				return false;
	return true;
}

static const struct scope {
	const char *name;
	unsigned int orders; /* all of them, or those of one, several and many words */
	unsigned int pairs; /* preemptions */
	unsigned int short_pairs; /* where an operation is short */
	unsigned int triples;
	u64 min; /* schedules, or it fails */
} scopes[] = {
	{"check", 3, 2, 3, 1, 0},
	{"test", 6, 2, 3, 1, 1000000},
	{"full", 6, 3, 4, 3, 100000000},
	{},
};

static const struct scope *scope;

static struct counts {
	u64 races, schedules, short_races;
} counts, sum;

static char context[200];

static void announce(void)
{
	size_t at = 0;

	for (unsigned int n = 0; n < nr_parts; n++)
		at += snprintf(context + at, sizeof(context) - at, "%s%s %u", n ? " | " : "",
			       names[part[n].kind], part[n].order);
	if (near)
		snprintf(context + at, sizeof(context) - at, ", near");
	check_context = context;
}

static void run(unsigned int preemptions, unsigned int short_preemptions)
{
	struct race race = {
		.frames = reservations ? 48 : 6,
		.cpus = reservations ? 1 : EXPLORE_ACTORS,
		.prepare = prepare,
		.preemptions = preemptions,
	};
	bool is_short = false;

	if (!makes_sense() || !workers_mine())
		return;
	announce();
	for (unsigned int n = 0; n < nr_parts; n++)
		race.op[n] = make_op(n);
	for (unsigned int n = 0; n < nr_parts; n++) {
		struct race alone = race;

		alone.op[0] = race.op[n];
		alone.op[0].may_fail = waits(n);
		is_short |= race_accesses(&alone) <= SHORT;
	}
	if (is_short && short_preemptions > preemptions) {
		race.preemptions = short_preemptions;
		counts.short_races++;
	}
	counts.schedules += race_explore(&race);
	counts.races++;
	check_context = NULL;
}

static void run_pairs(unsigned int nr_orders)
{
	unsigned int all = (KINDS - 1) * nr_orders;

	nr_parts = 2;
	for (unsigned int a = 0; a < all; a++)
		for (unsigned int b = 0; b <= a; b++) {
			part[0] = (struct part){a / nr_orders, orders[a % nr_orders]};
			part[1] = (struct part){b / nr_orders, orders[b % nr_orders]};
			near = false;
			run(scope->pairs, scope->short_pairs);
			near = true;
			run(scope->pairs, scope->short_pairs);
		}
	near = false;
}

/* Of two of the first kinds and a third one, of one order */
static void run_triples(unsigned int nr_orders)
{
	static const struct {
		enum pair_kind kind[3];
	} triples[] = {
		{{GET, PUT, GET}},     {{GET, PUT, CLAIM}},   {{GET, PUT, BLOCK}},
		{{GET, GET, UNBLOCK}}, {{GET, PUT, ISOLATE}}, {{SPLIT, SPLIT, GET}},
		{{SPLIT, SPLIT, PUT}}, {{TAKE, GET, PUT}},    {{CLAIM, GET, TAKE}},
		{{PUT, PUT, GET}},     {{SPLIT, BLOCK, GET}}, {{PUT, UNBLOCK, GET}},
	};

	nr_parts = 3;
	for (unsigned int i = 0; i < ARRAY_SIZE(triples); i++)
		for (unsigned int o = 0; o < nr_orders; o++) {
			for (unsigned int n = 0; n < 3; n++)
				part[n] = (struct part){triples[i].kind[n],
							has_order(triples[i].kind[n]) ? orders[o]
										      : 0};
			/* Three pairs of frames are all there are. */
			run(scope->triples, 0);
		}
}

/* With trees enough for a CPU to have one of its own, that both work for. */
static void run_reserved(unsigned int nr_orders)
{
	static const enum pair_kind kinds[] = {GET, PUT, DRAIN};

	nr_parts = 2;
	reservations = true;
	for (unsigned int a = 0; a < 3 * nr_orders; a++)
		for (unsigned int b = 0; b <= a; b++) {
			part[0] = (struct part){kinds[a / nr_orders], orders[a % nr_orders]};
			part[1] = (struct part){kinds[b / nr_orders], orders[b % nr_orders]};
			run(scope->pairs, 0);
		}
	reservations = false;
}

static int usage(int status)
{
	fprintf(status ? stderr : stdout,
		"Usage: pairs check|test|full [PROOF]\n"
		"Run pairs and triples of the core's operations; write figures to PROOF.\n");
	return status;
}

static void run_all(void)
{
	run_pairs(scope->orders);
	run_reserved(scope->orders);
	run_triples(scope->orders);
}

static void add_counts(const void *counts)
{
	const struct counts *c = counts;

	sum.races += c->races;
	sum.schedules += c->schedules;
	sum.short_races += c->short_races;
}

static void report(const char *path)
{
	struct proof *p = proof_open(path);

	proof_add(p, "schedules", sum.schedules, 0,
		  "all within bounds, no seed: %llu races of the volatile core, all pairs, apart "
		  "and near, to %u preemptions (%u in the %llu where an operation has at most %u "
		  "accesses), triples to %u",
		  (unsigned long long)sum.races, scope->pairs, scope->short_pairs,
		  (unsigned long long)sum.short_races, SHORT, scope->triples);
	proof_add(p, "violations", 0, 0,
		  "of linearizability, exclusive ownership, exact counters and lock-freedom");
	proof_close(p);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--help"))
		return usage(0);
	for (scope = scopes; scope->name; scope++)
		if (argc > 1 && !strcmp(argv[1], scope->name))
			break;
	if (!scope->name || argc > 3)
		return usage(2);

	/* Figures of an earlier run do not stand for one that fails. */
	if (argc > 2)
		remove(argv[2]);
	if (workers_run(run_all, &counts, sizeof(counts), add_counts))
		return 1;
	printf("races %llu, schedules %llu (at least %llu wanted); pairs to %u preemptions (%u in "
	       "%llu where an operation has at most %u accesses), triples to %u\n",
	       (unsigned long long)sum.races, (unsigned long long)sum.schedules,
	       (unsigned long long)scope->min, scope->pairs, scope->short_pairs,
	       (unsigned long long)sum.short_races, SHORT, scope->triples);
	if (sum.schedules < scope->min)
		return 1;
	if (argc > 2)
		report(argv[2]);
	return 0;
}
