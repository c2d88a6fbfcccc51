/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run directory: what one boot left behind. */
#ifndef FS_RUN_H
#define FS_RUN_H

#include <stddef.h>
#include <stdint.h>

#include "frames.h"
#include "json.h"
#include "mixed.h"

struct run {
	const char *dir;
	json_object *record; /* record.json */
	json_object *vm; /* vm.json; NULL if no guest of vm/run */
	json_object *header, *steps,
		*end; /* steps.jsonl; end is NULL if the workload never got there */
	struct snapshot as_read; /* before the first step, as the workload saw it */
	struct snapshot *snapshots; /* the same, then after each step: nr_steps + 1 */
	size_t nr_steps;
	struct mixed folios; /* before the first step; no frame: not told */
	unsigned int *stay; /* pages of each frame that outlive the window, or NULL: not told */
	/*
	 * The regime. A request is charged from its first step on; the whole system from the first
	 * release of a page, phase "release", until the end of phase "after" the last step.
	 */
	bool system;
	size_t window; /* index of the phase in which counting starts */
};

/* A range of the record's phases, both ends included. */
struct span {
	size_t from, to;
};

/* Dies with a sentence if something that every run leaves is not there. */
struct run run_load(const char *dir);
void run_free(struct run *run);

json_object *run_step(const struct run *run, size_t step);

/* From the start of the window to the end of this step; this step alone. */
struct span run_until(const struct run *run, size_t step);
struct span run_within(const struct run *run, size_t step);

/* Sum of what the workload itself counted in the first so many steps, NAN if it did not. */
double run_counted(const struct run *run, size_t steps, const char *path);
/* Sum of one counter, a path inside a phase. */
int64_t run_sum(const struct run *run, struct span span, const char *path);
/* Sum of every counter of an object inside a phase, e.g. "/vmstat", as a new object. */
json_object *run_sum_all(const struct run *run, struct span span, const char *path);
/* Sum of a field over compaction's entries, all triggers or only one. */
int64_t run_compaction(const struct run *run, struct span span, const char *field,
		       const char *trigger);
/* The same over all triggers, NAN if the kernel could not tell it. */
double run_told(const struct run *run, struct span span, const char *field);
/* Sum of a field of migration for compaction, NAN if the recorder did not tell it. */
double run_migrated(const struct run *run, struct span span, const char *field);
/* Pages moved since the window began when each frame of these phases was delivered. */
json_object *run_deliveries(const struct run *run, struct span span);

/* The largest that one value, a path inside a phase, has in a phase. */
int64_t run_worst(const struct run *run, struct span span, const char *path);

/* Frames that held pages before the first step and are free or huge after this one. */
size_t run_cleared(const struct run *run, size_t step);
/* Pages that compaction isolated since the window began from frames that are none of these. */
int64_t run_isolated_in_vain(const struct run *run, size_t step);

#endif
