// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "goal.h"
#include "util.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LINUX "buddy"
#define LINUX_IS_DEAR 1.3 /* times the minimum: from there on its avoidable moves are to go */
#define CONTROL_SEEDS 3

/* What the study runs with all its seeds, by hugetlb demand; the rest are controls
 * (analysis/study). */
#define MAIN_MIB 2048
static const struct {
	const char *regime, *layout;
} main_cells[] = {
	{"request", "uniform"}, {"request", "bands"}, {"request", "powerlaw"},
	{"request", "churn"},	{"system", "bands"},  {"system", "churn"},
};

const struct goal goals[] = {
	{.id = "occupancy-minimum",
	 .text = "moves / minimum at most 1.02",
	 .figure = &figure_moves_over_minimum,
	 .rows = {"llfree/occupancy"},
	 .regime = "request",
	 .limit = 1.02},
	{.id = "bucket-minimum",
	 .text = "moves / minimum at most 1.05",
	 .figure = &figure_moves_over_minimum,
	 .rows = {"llfree/bucket"},
	 .regime = "request",
	 .limit = 1.05},
	{.id = "removed",
	 .text = "95 % of Linux's avoidable moves removed, where Linux is at 1.3 times the minimum",
	 .figure = &figure_removed,
	 .rows = {"llfree/occupancy", "llfree/bucket"},
	 .regime = "request",
	 .where_dear = true,
	 .how = AT_LEAST,
	 .limit = 0.95},
	{.id = "never-more",
	 .text = "nowhere significantly more moves than Linux",
	 .figure = &figure_moves_beside,
	 .rows = {"llfree/occupancy", "llfree/bucket"},
	 .regime = "request",
	 .judged = JUDGE_INTERVAL,
	 .limit = 1},
	{.id = "insns",
	 .text = "1/3 of Linux's instructions per cleared frame on bands, powerlaw and churn at 50 "
		 "and 90 %",
	 .figure = &figure_insns_beside,
	 .rows = {"llfree/occupancy", "llfree/bucket"},
	 .regime = "request",
	 .layouts = {"bands", "powerlaw", "churn"},
	 .demands = {50, 90},
	 .limit = 1.0 / 3},
	{.id = "insns-few",
	 .text = "1/2 of Linux's instructions per cleared frame on bands, powerlaw and churn at 10 "
		 "%",
	 .figure = &figure_insns_beside,
	 .rows = {"llfree/occupancy", "llfree/bucket"},
	 .regime = "request",
	 .layouts = {"bands", "powerlaw", "churn"},
	 .demands = {10},
	 .limit = 0.5},
	{.id = "insns-uniform",
	 .text = "0.8 of Linux's instructions per cleared frame on uniform",
	 .figure = &figure_insns_beside,
	 .rows = {"llfree/occupancy", "llfree/bucket"},
	 .regime = "request",
	 .layouts = {"uniform"},
	 .limit = 0.8},
	{.id = "delivered",
	 .text = "all of the feasible demand delivered where nothing is pinned",
	 .figure = &figure_delivered,
	 .rows = {"llfree/occupancy", "llfree/bucket"},
	 .keyed = true,
	 .judged = JUDGE_WORST_RUN,
	 .how = AT_LEAST,
	 .limit = 1},
	{.id = "system",
	 .text = "whole system: fewer moves per delivered frame than Linux at any proactiveness",
	 .figure = &figure_rate_beside,
	 .rows = {"llfree/occupancy", "llfree/bucket", "llfree/on-free"},
	 .regime = "system",
	 .every_linux = true,
	 .judged = JUDGE_INTERVAL,
	 .how = BELOW,
	 .limit = 1},
};

const size_t nr_goals = COUNT(goals);

static bool among_layouts(const struct goal *goal, const char *layout)
{
	for (size_t i = 0; i < COUNT(goal->layouts) && goal->layouts[i]; i++)
		if (!strcmp(goal->layouts[i], layout))
			return true;
	return !goal->layouts[0];
}

static bool among_demands(const struct goal *goal, int64_t demand)
{
	for (size_t i = 0; i < COUNT(goal->demands) && goal->demands[i]; i++)
		if (goal->demands[i] == demand)
			return true;
	return !goal->demands[0];
}

/* Rows begin with the same pages, and none of them is pinned. */
static bool is_keyed(json_object *run)
{
	return !strcmp(json_text(run, "/workload"), "pfnlayout") &&
	       json_count(run, "/pin_permille") <= 0;
}

/* run: any of the workload and demand. */
static bool applies(const struct goal *goal, json_object *run)
{
	return strcmp(json_text(run, "/demand"), "none") &&
	       (!goal->regime || !strcmp(goal->regime, json_text(run, "/regime"))) &&
	       (!goal->keyed || is_keyed(run)) && among_layouts(goal, runs_layout(run)) &&
	       among_demands(goal, json_count(run, "/demand_pct"));
}

static bool is_control(json_object *run)
{
	if (json_count(run, "/memory_mib") != MAIN_MIB || json_count(run, "/pin_permille") > 0 ||
	    strcmp(json_text(run, "/demand"), "hugetlb"))
		return true;
	for (size_t i = 0; i < COUNT(main_cells); i++)
		if (!strcmp(main_cells[i].regime, json_text(run, "/regime")) &&
		    !strcmp(main_cells[i].layout, runs_layout(run)))
			return false;
	return true;
}

double group_judged(const struct group *g)
{
	bool low = g->goal->how == AT_LEAST;

	if (g->control && g->goal->judged != JUDGE_WORST_RUN)
		return low ? g->summary.range.lo : g->summary.range.hi;
	switch (g->goal->judged) {
	case JUDGE_VALUE:
		return g->summary.value;
	case JUDGE_WORST_RUN:
		return low ? g->summary.extremes.lo : g->summary.extremes.hi;
	case JUDGE_INTERVAL:
		/* Significantly more: all of it is above; fewer: all of it is below. */
		return g->goal->how == BELOW ? g->summary.interval.hi : g->summary.interval.lo;
	}
	return NAN;
}

/* How far beyond the limit, positive if it is missed by that. */
static double excess(const struct group *g)
{
	double value = group_judged(g);

	return g->goal->how == AT_LEAST ? g->goal->limit - value : value - g->goal->limit;
}

static bool holds(const struct group *g)
{
	return g->goal->how == BELOW ? excess(g) < 0 : excess(g) <= 0;
}

size_t group_needs(const struct group *g)
{
	return g->control ? CONTROL_SEEDS : STATS_FEW;
}

bool group_decided(const struct group *g)
{
	return g->summary.full_seeds >= group_needs(g);
}

static size_t count_invalid(const struct block *b, size_t row)
{
	size_t nr = 0;

	for (size_t s = 0; s < b->samples.nr; s++)
		nr += block_run(b, row, s) && !json_true(block_run(b, row, s), "/valid");
	return nr;
}

/* base: the row of Linux that the block was asked for; it need not be there. */
static void judge(struct groups *groups, const struct goal *goal, const char *row_name,
		  const struct block *b, const char *base, json_object *runs)
{
	json_object *any = json_object_array_get_idx(runs, 0);
	struct group g = {
		.goal = goal, .row = row_name, .linux_at = NAN, .control = is_control(any)};
	size_t row = 0;

	while (row < b->rows.nr && strcmp(b->rows.items[row], row_name))
		row++;
	if (row == b->rows.nr)
		return;
	if (goal->where_dear) {
		g.linux_at = figure_summary(&figure_moves_over_minimum, b, b->reference).value;
		if (!(g.linux_at >= LINUX_IS_DEAR))
			return;
	}
	g.summary = figure_summary(goal->figure, b, row);
	if (!g.summary.seeds)
		return;
	g.workload = runs_workload(any);
	g.demand = runs_demand(any);
	g.base = goal->figure->paired ? xasprintf("%s", base) : NULL;
	g.invalid = count_invalid(b, row);
	g.holds = holds(&g);
	groups->items = xresize(groups->items, groups->nr + 1, sizeof(g));
	groups->items[groups->nr++] = g;
}

/* All goals on the runs of one workload and demand, against one row. */
static void judge_against(struct groups *groups, json_object *runs, struct text_list rows,
			  struct text_list samples, const char *base)
{
	json_object *any = json_object_array_get_idx(runs, 0);
	struct block b = block_make(runs, rows, samples, base, figure_end_to_end(any));

	for (size_t i = 0; i < nr_goals; i++) {
		if (!applies(&goals[i], any) || (!goals[i].every_linux && strcmp(base, LINUX)))
			continue;
		for (size_t r = 0; r < COUNT(goals[i].rows) && goals[i].rows[r]; r++)
			judge(groups, &goals[i], goals[i].rows[r], &b, base, runs);
	}
	block_free(&b);
}

static void judge_workload(struct groups *groups, json_object *runs)
{
	struct text_list rows = runs_list(runs, runs_row), demands = runs_list(runs, runs_demand);
	struct text_list samples = runs_list(runs, runs_sample), bases = {0};

	text_list_add(&bases, LINUX);
	for (size_t r = 0; r < rows.nr; r++)
		if (!strncmp(rows.items[r], LINUX ",", strlen(LINUX ",")))
			text_list_add(&bases, rows.items[r]);
	for (size_t d = 0; d < demands.nr; d++) {
		json_object *part = runs_where(runs, runs_demand, demands.items[d]);

		for (size_t i = 0; i < bases.nr; i++)
			judge_against(groups, part, rows, samples, bases.items[i]);
		json_object_put(part);
	}
	text_list_free(&bases);
	text_list_free(&samples);
	text_list_free(&demands);
	text_list_free(&rows);
}

struct groups goals_judge(json_object *runs)
{
	struct text_list workloads = runs_list(runs, runs_workload);
	struct groups groups = {0};

	for (size_t i = 0; i < workloads.nr; i++) {
		json_object *part = runs_where(runs, runs_workload, workloads.items[i]);

		judge_workload(&groups, part);
		json_object_put(part);
	}
	text_list_free(&workloads);
	return groups;
}

void groups_free(struct groups *groups)
{
	for (size_t i = 0; i < groups->nr; i++) {
		free(groups->items[i].workload);
		free(groups->items[i].demand);
		free(groups->items[i].base);
	}
	free(groups->items);
}

static bool worse(const struct group *a, const struct group *b)
{
	bool a_missed = group_decided(a) && !a->holds, b_missed = group_decided(b) && !b->holds;

	return a_missed != b_missed ? a_missed : excess(a) > excess(b);
}

bool result_has(const struct result *r, const struct group *g)
{
	return g->goal == r->goal && !strcmp(g->row, r->row);
}

static void count(struct tally *t, const struct group *g)
{
	t->groups++;
	t->hold += g->holds;
	t->decided += group_decided(g);
	t->missed += group_decided(g) && !g->holds;
	if (!t->worst || worse(g, t->worst))
		t->worst = g;
}

struct result goal_result(const struct groups *groups, const struct goal *goal, const char *row)
{
	struct result r = {.goal = goal, .row = row};

	for (size_t i = 0; i < groups->nr; i++) {
		const struct group *g = &groups->items[i];

		if (result_has(&r, g))
			count(g->control ? &r.controls : &r.main, g);
	}
	return r;
}
