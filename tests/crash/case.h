/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A case: up to three operations on a small persistent pool, in every order of
 * their accesses with so many preemptions; at each point where it matters, every
 * image that a crash may leave is recovered and compared with what the
 * operations promise.
 */
#ifndef _TESTS_CRASH_CASE_H
#define _TESTS_CRASH_CASE_H

#include "explore.h"
#include "pool.h"

#define CASE_INITIAL 4
#define CASE_PAGE_SHIFT 3 /* a page is one word here */
#define CASE_SLOTS 12 /* on two lines */
#define CASE_SHORT 12 /* accesses at most, of an operation that is alone */

enum case_kind {
	CASE_NOTHING,
	CASE_ALLOC, /* @order, tag @value */
	CASE_FREE, /* the @on-th of the initial allocations, here and below */
	CASE_LOOKUP,
	CASE_SET_TAG, /* to @value */
	CASE_GET_TAG,
	CASE_SET_ROOT, /* root @on to @value */
	CASE_GET_ROOT,
	CASE_WRITE, /* to the first page, durable when it returns */
	CASE_STORE, /* the same by way of a mapping, unless it is to wait */
	CASE_MOVE, /* to frame @value */
	CASE_COMPACT, /* one frame */
	CASE_ADMIT, /* a writer, to the @on-th */
	CASE_ISOLATE, /* frame @value, then open it again */
	CASE_BLOCK, /* frame @value, as a source of compaction */
	CASE_UNBLOCK, /* frame @value, which is blocked at the start */
	CASE_CLAIM, /* block frame @value, claim @order where it is quiet, give it back */
	CASE_TAKE, /* one page of frame @value, and give it back */
	CASE_MAP, /* find out who owns what, of which nothing is known at the start */
	CASE_NEXT, /* is there a handle that is not from the start? */
	CASE_KINDS,
	CASE_MOVE_NEW = CASE_KINDS, /* a handle that is not from the start, to frame @value */
	CASE_ALL_KINDS,
};

struct case_op {
	enum case_kind kind;
	unsigned int order;
	unsigned int on;
	u64 value;
};

/* An allocation there is from the start; order -1: none. */
struct case_initial {
	int order;
	u64 frame;
};

struct pool_case {
	u64 frames;
	struct case_initial initial[CASE_INITIAL];
	struct case_op op[EXPLORE_ACTORS];
	unsigned int preemptions;
	unsigned int short_preemptions; /* where an operation is short */
	unsigned int depth; /* of crashes in recovery from crashes: 1, 2 */
	u64 nested; /* states of depth 2 to look at, at most */
	bool strict; /* durable caches */
};

/* What was done so far. */
struct case_counts {
	u64 cases;
	u64 short_cases; /* with a short operation */
	u64 schedules;
	u64 reached; /* crash images, with repetition */
	u64 recovered; /* different ones, with what was promised: each recovered */
	u64 nested; /* of these, in recovery from a crash */
	u64 kept; /* different ones, with what is in caches alone, that outlive the kernel */
	u64 cut; /* cases with more of these than they may have */
	u64 most_leaked; /* pages that a recovery had to sweep */
	u64 most_images; /* at one point */
};

extern struct case_counts case_counts;

/* Exits with a report where a promise is broken. */
void case_run(const struct pool_case *c);

const char *case_kind_name(enum case_kind kind);

#endif /* _TESTS_CRASH_CASE_H */
