// SPDX-License-Identifier: GPL-2.0-or-later
/* fsanalyze goals: does the study reach what it set out for, in every group of its cells? */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "goal.h"
#include "grid.h"
#include "util.h"
#include "verbs.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What a number of seeds is short of. */
static char *undecided(const struct group *g)
{
	size_t seeds = g->summary.seeds;

	if (seeds < group_needs(g))
		return xasprintf("not decided (%zu seed%s)", seeds, seeds == 1 ? "" : "s");
	return xasprintf("not decided (%zu seeds, %zu with %d runs)", seeds, g->summary.full_seeds,
			 FIGURE_RUNS);
}

static char *group_verdict(const struct group *g)
{
	return group_decided(g) ? xasprintf("%s", g->holds ? "holds" : "missed") : undecided(g);
}

/* The group with the fewest seeds tells how far it is from a verdict. */
static char *main_verdict(const struct groups *groups, const struct result *r)
{
	const struct tally *t = &r->main;
	const struct group *least = NULL;

	if (!t->groups)
		return xasprintf("no data");
	if (t->missed)
		return xasprintf("missed");
	if (t->decided == t->groups)
		return xasprintf("holds");
	if (t->decided)
		return xasprintf("holds where decided");
	for (size_t i = 0; i < groups->nr; i++) {
		const struct group *g = &groups->items[i];

		if (result_has(r, g) && !g->control &&
		    (!least || g->summary.full_seeds < least->summary.full_seeds ||
		     (g->summary.full_seeds == least->summary.full_seeds &&
		      g->summary.seeds < least->summary.seeds)))
			least = g;
	}
	return undecided(least);
}

/* Controls decide nothing, but one that misses is not hidden. */
static char *verdict(const struct groups *groups, const struct result *r)
{
	char *own = main_verdict(groups, r), *text;

	if (!r->controls.missed)
		return own;
	text = xasprintf("%s (controls: %zu of %zu miss%s)", own, r->controls.missed,
			 r->controls.groups, r->controls.missed == 1 ? "es" : "");
	free(own);
	return text;
}

static char *number(const struct goal *goal, double value)
{
	if (isnan(value))
		return xasprintf("-");
	if (goal->figure->kind == FIGURE_SHARE)
		return xasprintf("%.1f %%", 100 * value);
	return xasprintf("%.3f", value);
}

static char *between(const struct goal *goal, struct interval i)
{
	char *lo = number(goal, i.lo), *hi = number(goal, i.hi);
	char *text = xasprintf("%s to %s", lo, hi);

	free(lo);
	free(hi);
	return text;
}

/* Standard deviations, in percent or in percentage points. */
static char *deviation(double value)
{
	return isfinite(value) ? xasprintf("%.1f %%", 100 * value) : xasprintf("-");
}

/* The worst run, or seed, where that is what counts, else the value. */
static char *shown(const struct group *g)
{
	bool worst = g->control || g->goal->judged == JUDGE_WORST_RUN;

	return number(g->goal, worst ? group_judged(g) : g->summary.value);
}

static char *group_name(const struct group *g)
{
	bool plain = !g->base || !strcmp(g->base, "buddy");

	return xasprintf("%s, %s%s%s", g->workload, g->demand, plain ? "" : ", against ",
			 plain ? "" : g->base);
}

static void add_worst(struct grid *grid, const struct group *worst)
{
	grid_add(grid, worst ? group_name(worst) : xasprintf("-"));
	grid_add(grid, worst ? shown(worst) : xasprintf("-"));
}

static void print_results(const struct groups *groups, bool markdown)
{
	static const char *const head[] = {"goal",
					   "row",
					   "groups",
					   "that hold",
					   "decided",
					   "verdict",
					   "worst group",
					   "value there",
					   "90 % interval",
					   "seeds",
					   "controls that hold",
					   "worst control",
					   "its worst seed"};
	struct grid grid = {.columns = COUNT(head)};

	grid_head(&grid, head);
	for (size_t i = 0; i < nr_goals; i++)
		for (size_t n = 0; n < GOAL_ROWS && goals[i].rows[n]; n++) {
			struct result r = goal_result(groups, &goals[i], goals[i].rows[n]);
			const struct group *w = r.main.worst;

			grid_add(&grid, xasprintf("%s", goals[i].text));
			grid_add(&grid, xasprintf("%s", r.row));
			grid_add(&grid, xasprintf("%zu", r.main.groups));
			grid_add(&grid, xasprintf("%zu", r.main.hold));
			grid_add(&grid, xasprintf("%zu", r.main.decided));
			grid_add(&grid, verdict(groups, &r));
			add_worst(&grid, w);
			grid_add(&grid, w ? between(w->goal, w->summary.interval) : xasprintf("-"));
			grid_add(&grid, w ? xasprintf("%zu", w->summary.seeds) : xasprintf("-"));
			grid_add(&grid,
				 xasprintf("%zu of %zu", r.controls.hold, r.controls.groups));
			add_worst(&grid, r.controls.worst);
		}
	grid_print(&grid, markdown);
}

static void print_groups(const struct groups *groups, bool markdown)
{
	static const char *const head[] = {"goal",	     "row",	      "group",
					   "control",	     "value",	      "90 % interval",
					   "range of seeds", "within a seed", "between seeds",
					   "seeds",	     "runs",	      "invalid",
					   "verdict"};
	struct grid grid = {.columns = COUNT(head)};

	grid_head(&grid, head);
	for (size_t i = 0; i < groups->nr; i++) {
		const struct group *g = &groups->items[i];

		grid_add(&grid, xasprintf("%s", g->goal->id));
		grid_add(&grid, xasprintf("%s", g->row));
		grid_add(&grid, group_name(g));
		grid_add(&grid, xasprintf("%s", g->control ? "yes" : "no"));
		grid_add(&grid, shown(g));
		grid_add(&grid, between(g->goal, g->summary.interval));
		grid_add(&grid, between(g->goal, g->summary.range));
		grid_add(&grid, deviation(g->summary.within));
		grid_add(&grid, deviation(g->summary.between));
		grid_add(&grid, xasprintf("%zu", g->summary.seeds));
		grid_add(&grid, xasprintf("%zu", g->summary.runs));
		grid_add(&grid, xasprintf("%zu", g->invalid));
		grid_add(&grid, group_decided(g) ? group_verdict(g)
						 : xasprintf("not decided, %s so far",
							     g->holds ? "holds" : "missed"));
	}
	grid_print(&grid, markdown);
}

static void put_interval(json_object *o, const char *key, struct interval interval)
{
	json_object *pair = json_object_new_object();

	json_put_real(pair, "lo", interval.lo);
	json_put_real(pair, "hi", interval.hi);
	json_object_object_add(o, key, pair);
}

/* Owns the text. */
static void put_own_text(json_object *o, const char *key, char *text)
{
	json_put_text(o, key, text);
	free(text);
}

static json_object *group_json(const struct group *g)
{
	json_object *o = json_object_new_object();

	json_put_text(o, "workload", g->workload);
	json_put_text(o, "demand", g->demand);
	if (g->base)
		json_put_text(o, "against", g->base);
	json_put_real(o, "value", g->summary.value);
	json_put_real(o, "judged", group_judged(g));
	put_interval(o, "interval", g->summary.interval);
	put_interval(o, "range", g->summary.range);
	put_interval(o, "runs_range", g->summary.extremes);
	json_put_real(o, "within_seed", g->summary.within);
	json_put_real(o, "between_seeds", g->summary.between);
	json_put_count(o, "seeds", g->summary.seeds);
	json_put_count(o, "full_seeds", g->summary.full_seeds);
	json_put_count(o, "runs", g->summary.runs);
	json_put_count(o, "invalid", g->invalid);
	if (g->goal->where_dear)
		json_put_real(o, "linux_over_minimum", g->linux_at);
	json_object_object_add(o, "holds", json_object_new_boolean(g->holds));
	json_object_object_add(o, "control", json_object_new_boolean(g->control));
	put_own_text(o, "verdict", group_verdict(g));
	return o;
}

static void put_worst(json_object *o, const struct tally *t)
{
	json_object_object_add(o, "worst", t->worst ? group_json(t->worst) : NULL);
}

static json_object *result_json(const struct groups *groups, const struct result *r)
{
	json_object *o = json_object_new_object(), *list = json_object_new_array();
	json_object *controls = json_object_new_object();

	json_put_text(o, "id", r->goal->id);
	json_put_text(o, "goal", r->goal->text);
	json_put_text(o, "figure", r->goal->figure->name);
	json_put_real(o, "limit", r->goal->limit);
	json_put_text(o, "row", r->row);
	json_put_count(o, "main", r->main.groups);
	json_put_count(o, "hold", r->main.hold);
	json_put_count(o, "decided", r->main.decided);
	put_own_text(o, "verdict", verdict(groups, r));
	put_worst(o, &r->main);
	json_put_count(controls, "groups", r->controls.groups);
	json_put_count(controls, "hold", r->controls.hold);
	json_put_count(controls, "missed", r->controls.missed);
	put_worst(controls, &r->controls);
	json_object_object_add(o, "controls", controls);
	for (size_t i = 0; i < groups->nr; i++)
		if (result_has(r, &groups->items[i]))
			json_object_array_add(list, group_json(&groups->items[i]));
	json_object_object_add(o, "groups", list);
	return o;
}

/* An object a goal and row, one a line. */
static void print_json(const struct groups *groups)
{
	for (size_t i = 0; i < nr_goals; i++)
		for (size_t n = 0; n < GOAL_ROWS && goals[i].rows[n]; n++) {
			struct result r = goal_result(groups, &goals[i], goals[i].rows[n]);
			json_object *o = result_json(groups, &r);

			puts(json_object_to_json_string_ext(
				o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
			json_object_put(o);
		}
}

int verb_goals(int argc, char **argv)
{
	static const struct option options[] = {{"markdown", no_argument, NULL, 'm'},
						{"groups", no_argument, NULL, 'g'},
						{"json", no_argument, NULL, 'j'},
						{0}};
	bool markdown = false, each = false, json = false;
	struct groups groups;
	json_object *runs;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == '?')
			return usage_error("goals");
		markdown |= option == 'm';
		each |= option == 'g';
		json |= option == 'j';
	}
	if (optind == argc || (json && (markdown || each)))
		return usage_error("goals");
	runs = runs_read(argv + optind, argc - optind);
	groups = goals_judge(runs);
	if (json)
		print_json(&groups);
	else if (each)
		print_groups(&groups, markdown);
	else
		print_results(&groups, markdown);
	groups_free(&groups);
	json_object_put(runs);
	return fflush(stdout) ? 1 : 0;
}
