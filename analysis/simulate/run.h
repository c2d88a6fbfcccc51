/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One policy on one state: what its choices cost, and what they lead to. */
#ifndef FS_SIMULATE_RUN_H
#define FS_SIMULATE_RUN_H

#include "policy.h"
#include "state.h"

/**
 * struct run - what to do, and what came out
 * @policy: who chooses
 * @rule: of targets, or NULL for the policy's own
 * @order: of a request: 9, 10, or 12 as for memory of 16 MiB
 * @preflight: see if every page of a source can move before the first one does
 * @percent: of the frames that can be had, already free ones apart, wanted
 * @most: requests at most
 * @seconds: time given
 * @wanted: requests
 * @delivered: of these
 * @refused: runs that ended without one
 * @decisions: choices of a source or a target; a target serves many pages
 * @sources: of these, of a source
 * @ns: of a choice, the median of those that were timed
 * @ns_99: of a choice, what 99 % do not exceed
 * @source_ns: the median of the choices of a source
 * @lines: cache lines of metadata a choice reads, on average, of those counted
 * @lines_worst: the most
 * @moved: pages
 * @in_vain: of these, from sources that did not clear
 * @kept: of @moved, to the same offset in a frame
 * @splits: folios that were split, as there was no hole of their size
 * @minimum: the fewest moves that clear as much as was delivered
 * @whole: a lower bound where folios are not split (mixed.h); 0: not asked for, or there is no way
 * @index_bytes: of the policy's index
 * @in_time: false: stopped because @seconds were over
 */
struct run {
	const struct llfree_compact_policy *policy;
	const struct llfree_target_rule *rule;
	unsigned int order;
	bool preflight;
	unsigned int percent;
	u64 most;
	double seconds;

	u64 wanted;
	u64 delivered;
	u64 refused;
	u64 decisions;
	u64 sources;
	double ns;
	double ns_99;
	double source_ns;
	double lines;
	u64 lines_worst;
	u64 moved;
	u64 in_vain;
	u64 kept;
	u64 splits;
	u64 minimum;
	u64 whole;
	u64 index_bytes;
	bool in_time;
};

/*
 * The parts of run_policy(), for a driver with a demand of its own. One run is open at a time. A
 * request is for one run of the order, which is kept; true if it was delivered. @sync: it may wait.
 */
void run_open(struct run *r, struct state *s, u64 seed);
bool run_request(struct run *r, struct state *s, bool sync);
void run_close(struct run *r, struct state *s);

/*
 * histogram[n]: groups of so many frames with n used pages that can be cleared; returns their
 * number. It has an entry for each n up to all pages of a group.
 */
u64 run_count_groups(const struct state *s, unsigned int frames, u64 *histogram);

/* The fewest moves that clear so many groups that are not empty. */
u64 run_least_moves(const u64 *histogram, unsigned int frames, u64 groups);

/* @state is as built, and is changed. */
void run_policy(struct run *r, struct state *s, u64 seed);

/* Of a run on this state, which is restored, with folios and requests of order 9. */
void run_whole_bound(struct run *r, struct state *s);

double now(void);

#endif
