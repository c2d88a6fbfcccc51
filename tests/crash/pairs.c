// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every pair of operations of the core, volatile: get, put, split, block,
 * unblock, isolate, claim and taking one page, over orders of one word, of
 * several words and of whole frames, in every order of their accesses to shared
 * memory with 2 preemptions, or with 3 where one of the two makes at most 12
 * accesses.  And triples, with fewer.
 *
 * After each execution nobody holds what another one holds, bitfields are what
 * was returned, and the sums of trees and reservations, of the unblocked
 * children and of the zone's free pages are one number.  An operation that does
 * not end while the others stand still fails: none waits.
 */
#include "proof.h"
#include "race.h"

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
static bool reservations;

/* Where the n-th operation is at work: in one frame or pair as far as they fit. */
static u64 place(unsigned int n)
{
	unsigned int most = 0;

	for (unsigned int i = 0; i < nr_parts; i++)
		most = max(most, part[i].order);
	if (most < LLFREE_FRAME_ORDER)
		return n < 2 ? n * PAGES / 2 : PAGES;
	if (most == LLFREE_FRAME_ORDER)
		return n * PAGES;
	return n * 2 * PAGES;
}

/* The n-th operation's pages as it wants to find them; all are taken. */
static void prepare_part(unsigned int n)
{
	u64 at = place(n), frame = at / PAGES * PAGES;
	unsigned int order = part[n].order;

	switch (part[n].kind) {
	case GET:
	case CLAIM:
	case TAKE:
		race_free(at, order);
		break;
	case PUT:
		if (order >= LLFREE_FRAME_ORDER) {
			race_free(at, order);
			race_take(at, order);
		}
		break;
	case SPLIT:
		/* Of order 10: what was taken in two frames goes as one. */
		if (order == LLFREE_MAX_ORDER) {
			race_free(at, order);
			race_take(at, LLFREE_FRAME_ORDER);
			race_take(at + PAGES, LLFREE_FRAME_ORDER);
		} else if (order == LLFREE_FRAME_ORDER) {
			race_free(at & ~(2 * PAGES - 1ull), LLFREE_MAX_ORDER);
			race_take(at & ~(2 * PAGES - 1ull), LLFREE_MAX_ORDER);
		} else {
			race_free(frame, LLFREE_FRAME_ORDER);
			race_take(frame, LLFREE_FRAME_ORDER);
		}
		break;
	default:
		break;
	}
}

/* A frame that is allocated as a whole can only be isolated. */
static bool isolates(unsigned int n)
{
	for (unsigned int i = 0; i < nr_parts; i++)
		if ((part[i].kind == SPLIT ||
		     (part[i].kind == PUT && part[i].order >= LLFREE_FRAME_ORDER)) &&
		    place(i) / (2 * PAGES) == place(n) / (2 * PAGES))
			return true;
	return false;
}

static bool prepares_frame(unsigned int n)
{
	return part[n].kind == SPLIT;
}

/* Whole frames first, single runs in them later, blocks at the end. */
static void prepare(void)
{
	u64 done = ~0ull;

	for (unsigned int n = 0; n < nr_parts; n++) {
		u64 pair = place(n) / (2 * PAGES);

		if (!prepares_frame(n) || (pair == done && part[n].order < LLFREE_MAX_ORDER))
			continue;
		done = pair;
		prepare_part(n);
	}
	for (unsigned int n = 0; n < nr_parts; n++)
		if (!prepares_frame(n))
			prepare_part(n);
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
		.may_fail = part[n].kind != PUT && part[n].kind != SPLIT,
	};

	if (part[n].kind == UNBLOCK && isolates(n))
		op.kind = RACE_UNISOLATE;
	return op;
}

/* Is there such a race? */
static bool makes_sense(void)
{
	for (unsigned int n = 0; n < nr_parts; n++)
		for (unsigned int i = 0; i < nr_parts; i++) {
			bool same = place(i) / PAGES == place(n) / PAGES;

			if (i == n)
				continue;
			/* A block is taken off once. */
			if (same && part[n].kind == UNBLOCK && part[i].kind == UNBLOCK)
				return false;
			/* What is split is allocated as a whole, here all of it. */
			if (part[n].kind == SPLIT && part[i].kind != SPLIT &&
			    place(i) / (2 * PAGES) == place(n) / (2 * PAGES) &&
			    (part[i].kind == GET || part[i].kind == PUT || part[i].kind == CLAIM ||
			     part[i].kind == TAKE) &&
			    (same || part[n].order >= LLFREE_FRAME_ORDER))
				return false;
		}
	return true;
}

static struct {
	u64 races, schedules, short_races;
} counts;

static char context[200];

static void run(unsigned int preemptions, bool may_be_short)
{
	struct race race = {
		.frames = reservations ? 48 : 6,
		.cpus = reservations ? 1 : EXPLORE_ACTORS,
		.prepare = prepare,
		.preemptions = preemptions,
	};
	size_t at = 0;

	if (!makes_sense())
		return;
	for (unsigned int n = 0; n < nr_parts; n++) {
		race.op[n] = make_op(n);
		at += snprintf(context + at, sizeof(context) - at, "%s%s %u", n ? " | " : "",
			       names[part[n].kind], part[n].order);
	}
	check_context = context;
	for (unsigned int n = 0; may_be_short && n < nr_parts; n++) {
		struct race alone = race;

		alone.op[0] = race.op[n];
		if (race_accesses(&alone) <= SHORT) {
			race.preemptions = preemptions + 1;
			counts.short_races++;
			break;
		}
	}
	counts.schedules += race_explore(&race);
	counts.races++;
	check_context = NULL;
}

static void run_pairs(unsigned int nr_orders, unsigned int preemptions)
{
	unsigned int all = (KINDS - 1) * nr_orders;

	nr_parts = 2;
	for (unsigned int a = 0; a < all; a++)
		for (unsigned int b = 0; b <= a; b++) {
			part[0] = (struct part){a / nr_orders, orders[a % nr_orders]};
			part[1] = (struct part){b / nr_orders, orders[b % nr_orders]};
			run(preemptions, preemptions < 3);
		}
}

/* Of two of the first kinds and a third one, of one order */
static void run_triples(unsigned int nr_orders, unsigned int preemptions)
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
				part[n] = (struct part){triples[i].kind[n], orders[o]};
			/* Three pairs of frames are all there are. */
			run(preemptions, false);
		}
}

/* With trees enough for a CPU to have one of its own, that both work for. */
static void run_reserved(unsigned int nr_orders, unsigned int preemptions)
{
	static const enum pair_kind kinds[] = {GET, PUT, DRAIN};

	nr_parts = 2;
	reservations = true;
	for (unsigned int a = 0; a < 3 * nr_orders; a++)
		for (unsigned int b = 0; b <= a; b++) {
			part[0] = (struct part){kinds[a / nr_orders], orders[a % nr_orders]};
			part[1] = (struct part){kinds[b / nr_orders], orders[b % nr_orders]};
			run(preemptions, false);
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

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		unsigned int orders, pairs, triples;
	} scopes[] = {{"check", 3, 2, 1}, {"test", 6, 2, 1}, {"full", 6, 3, 2}};
	unsigned int i;

	if (argc > 1 && !strcmp(argv[1], "--help"))
		return usage(0);
	for (i = 0; i < ARRAY_SIZE(scopes); i++)
		if (argc > 1 && !strcmp(argv[1], scopes[i].name))
			break;
	if (i == ARRAY_SIZE(scopes) || argc > 3)
		return usage(2);

	/* Figures of an earlier run do not stand for one that fails. */
	if (argc > 2)
		remove(argv[2]);
	run_pairs(scopes[i].orders, scopes[i].pairs);
	run_reserved(scopes[i].orders, scopes[i].pairs);
	run_triples(scopes[i].orders, scopes[i].triples);
	printf("races %llu, schedules %llu; pairs to %u preemptions (3 in %llu where an operation "
	       "has at most %u accesses), triples to %u\n",
	       (unsigned long long)counts.races, (unsigned long long)counts.schedules,
	       scopes[i].pairs, (unsigned long long)counts.short_races, SHORT, scopes[i].triples);
	if (argc > 2) {
		struct proof *p = proof_open(argv[2]);

		proof_add(
			p, "schedules", counts.schedules, 0,
			"%llu races of the volatile core: all pairs to %u preemptions (3 where an "
			"operation has at most %u accesses), triples to %u",
			(unsigned long long)counts.races, scopes[i].pairs, SHORT,
			scopes[i].triples);
		proof_add(p, "violations", 0, 0,
			  "of linearizability, exclusive ownership, exact counters and "
			  "lock-freedom");
		proof_close(p);
	}
	return 0;
}
