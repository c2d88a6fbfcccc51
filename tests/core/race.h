/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A race: up to three operations on one instance, in every interleaving the
 * explorer finds.  After each of them nobody may hold what another one holds,
 * every counter must agree with the bitfields, and llfree_has_order() must
 * know every run that is left.
 */
#ifndef _TESTS_CORE_RACE_H
#define _TESTS_CORE_RACE_H

#include "explore.h"
#include "world.h"

enum race_kind {
	RACE_NOTHING,
	RACE_GET,
	RACE_GET_AT,
	RACE_GET_FROM, /* @at: a page of the frame */
	RACE_GET_BEST, /* the best run of @at's frame, by a look before */
	RACE_GET_POISONED, /* the page @at */
	RACE_BULK, /* @order: how many pages, up to RACE_BULK_MAX */
	RACE_PUT,
	RACE_BLOCK, /* @at: a page of the frame, here and below */
	RACE_ISOLATE, /* the same, by isolation */
	RACE_UNBLOCK,
	RACE_UNISOLATE,
	RACE_SWING, /* move a block from @at's frame to the next and back */
	RACE_QUIET, /* block, and if quiet return the free pages */
	RACE_SHIFT, /* put the page @at, then try to get @to */
	RACE_CLAIM, /* block one frame or two, and if quiet claim @order; unblock */
	RACE_DRAIN, /* @cpu's reservations */
};

#define RACE_BULK_MAX 16

struct race_op {
	enum race_kind kind;
	unsigned int cpu;
	unsigned int order;
	u64 at;
	u64 to;
	enum llfree_class class;
	bool interrupt; /* of the operation before it */
	bool may_fail; /* where that is linearizable: see race.c on order 0 */
	bool in_vain; /* and so it does, in every execution */
};

struct race {
	u64 frames;
	unsigned int cpus;
	/* From an instance with every page allocated; @held follows. */
	void (*prepare)(void);
	struct race_op op[EXPLORE_ACTORS];
	/* One more requirement, or NULL; see race_result(). */
	void (*check)(void);
	unsigned int preemptions;
};

/* For prepare(): free and take pages, remember blocks. */
void race_free(u64 index, unsigned int order);
void race_take(u64 index, unsigned int order);
s64 race_get(unsigned int cpu, unsigned int order, enum llfree_class class);
void race_block(u64 frame);
void race_isolate(u64 frame);

/* For check(): what the n-th operation returned. */
s64 race_result(unsigned int n);
struct world *race_world(void);

/*
 * Every operation has to succeed in some execution, unless it is said to be in
 * vain.  Return: the number of executions.
 */
unsigned long race_explore(const struct race *race);

/* How many accesses the race's first operation makes when nobody is beside it. */
unsigned long race_accesses(const struct race *race);

#endif /* _TESTS_CORE_RACE_H */
