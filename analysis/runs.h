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
char *runs_row(json_object *step); /* "buddy", "llfree/occupancy" */
char *runs_sample(json_object *step); /* "1", or "1.2" for perturbation 2 of seed 1 */
char *runs_demand(json_object *step); /* "50 %" */

/* The distinct keys of all objects, in order of appearance. */
struct text_list runs_list(json_object *runs, char *(*key)(json_object *));
/* The objects with this key, as a new array that shares them. */
json_object *runs_where(json_object *runs, char *(*key)(json_object *), const char *value);

/* Read and check several files: an object that is there twice ends the program. */
json_object *runs_read(char *const paths[], size_t nr);

#endif
