/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects of runs.jsonl, ordered into workloads, rows and samples. */
#ifndef FS_RUNS_H
#define FS_RUNS_H

#include "json.h"

struct text_list {
	char **items;
	size_t nr;
};

/* Append a copy unless it is there. */
void text_list_add(struct text_list *list, const char *text);
void text_list_free(struct text_list *list);

/* Keys of an object, in a new string: what is compared, under what, from which layout. */
char *runs_workload(json_object *step); /* "pfnlayout bands, hugetlb demand, request regime" */
char *runs_row(json_object *step); /* "buddy", "llfree/occupancy"; ", targets RULE" and ", no
				    * pre-flight" unless as by itself; in the system regime ",
				    * proactiveness N" unless Linux's default */
char *runs_sample(json_object *step); /* "1", or "1.2" for perturbation 2 of seed 1 */
char *runs_demand(json_object *step); /* "50 %" */

/* Is it of the whole system's regime, where moves in the background count? */
bool runs_is_system(json_object *step);

/* As the study names it: "bands", "churn", "folios-small"; not a new string. */
const char *runs_layout(json_object *step);

/* The distinct keys of all objects, in order of appearance. */
struct text_list runs_list(json_object *runs, char *(*key)(json_object *));
/* The objects with this key, as a new array that shares them. */
json_object *runs_where(json_object *runs, char *(*key)(json_object *), const char *value);

/* Entry n - 1 of an array that accumulates, NAN if there is none. */
double runs_at_frames(json_object *step, const char *path, size_t n);
/*
 * Share of the reference's avoidable moves that this run did not make, when each had delivered so
 * many frames; avoidable: above the minimum of the run's own snapshot. NAN in the system regime,
 * where moves before that snapshot count as well.
 */
double runs_removed(json_object *step, json_object *reference, size_t frames);

/* Read and check several files: an object that is there twice ends the program. */
json_object *runs_read(char *const paths[], size_t nr);

#endif
