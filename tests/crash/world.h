/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a case knows while it runs: case.c does, oracle.c judges. */
#ifndef _TESTS_CRASH_WORLD_H
#define _TESTS_CRASH_WORLD_H

#include "case.h"
#include "pmem.h"

/**
 * struct case_state - what an operation has done
 * @begun: when, or 0
 * @returned: when, or 0
 * @result: what it returned
 * @value: what it found or was given: a handle, a tag, a root
 */
struct case_state {
	unsigned long begun, returned;
	s64 result;
	u64 value;
};

/* A pool somewhere. */
struct place {
	char region[PMEM_BYTES] __aligned(64);
	char memory[PMEM_BYTES] __aligned(64);
	char scratch[4096] __aligned(64);
	struct llfree_pool pool;
	struct llfree_pool_report report;
	long free; /* what the platform counts */
};

extern const struct pool_case *case_now;
extern struct case_state case_state[EXPLORE_ACTORS];
/* Of the initial allocations. */
extern u64 case_handle[CASE_INITIAL];
/* Where they were. */
extern u64 case_page[CASE_INITIAL];

#define CASE_TAG(n) (0x700 + (n)) /* of the n-th initial allocation */
#define CASE_ROOT 0x50u /* what every root holds at first */

/* What the @page-th page of the n-th allocation holds. */
static inline u64 case_content(unsigned int n, u64 page, bool written)
{
	return ((u64)(n + 1) << 48 | (u64)written << 40 | page) * 0x9e3779b97f4a7c15ull;
}

/*
 * Compare a pool with what the operations promise; @live: all have returned,
 * and there was no crash.
 */
void oracle_judge(struct place *place, bool live);

/* Take every free page of a recovered pool, and give it back. */
void oracle_use_up(struct place *place);

/* Can the results be explained by one operation after the other? */
void oracle_linearize(struct place *place);

#endif /* _TESTS_CRASH_WORLD_H */
