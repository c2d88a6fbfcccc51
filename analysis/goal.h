/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the study set out for, and whether the runs reach it. */
#ifndef FS_GOAL_H
#define FS_GOAL_H

#include "figure.h"

#define GOAL_ROWS 3

struct goal {
	const char *id, *text;
	const struct figure *figure;
	const char *rows[GOAL_ROWS];
	const char *regime; /* NULL: both */
	const char *layouts[3]; /* none: all */
	int demands[2]; /* percent; none: all */
	bool keyed; /* only layouts that pin nothing, pfnlayout's */
	bool where_dear; /* only where Linux is at LINUX_IS_DEAR times the minimum */
	bool every_linux; /* against Linux at each proactiveness */
	/* What is held against the limit, and how. */
	enum {
		JUDGE_VALUE,
		JUDGE_WORST_RUN,
		JUDGE_INTERVAL
	} judged;
	enum {
		AT_MOST,
		AT_LEAST,
		BELOW
	} how;
	double limit;
};

extern const struct goal goals[];
extern const size_t nr_goals;

/* A goal for one row in all runs of one workload and demand. */
struct group {
	const struct goal *goal;
	const char *row;
	char *workload, *demand, *base;
	struct summary summary;
	double linux_at; /* moves / minimum of Linux, where the goal asks; else NAN */
	size_t invalid; /* runs of the row */
	bool control; /* of few seeds by plan: no verdict of the goal goes by it */
	bool holds;
};

struct groups {
	struct group *items;
	size_t nr;
};

/* All goals on all runs, in the order of the runs. */
struct groups goals_judge(json_object *runs);
void groups_free(struct groups *groups);

/* The number that is held against the limit; of a control the worst seed's, or run's. */
double group_judged(const struct group *g);
/* Seeds that a verdict on the group needs; are they there? */
size_t group_needs(const struct group *g);
bool group_decided(const struct group *g);

/* Some groups of a goal for one row. */
struct tally {
	size_t groups, hold, decided, missed; /* missed: of those decided */
	const struct group *worst; /* of those that miss it for certain, else of all */
};

struct result {
	const struct goal *goal;
	const char *row;
	struct tally main, controls;
};

struct result goal_result(const struct groups *groups, const struct goal *goal, const char *row);
bool result_has(const struct result *r, const struct group *g);

#endif
