// SPDX-License-Identifier: GPL-2.0-or-later
/* fsanalyze spread: how far a row's figures scatter, within a seed and between seeds. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "grid.h"
#include "runs.h"
#include "samples.h"
#include "stats.h"
#include "util.h"
#include "verbs.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LEVEL 0.9

static const struct figure {
	const char *name, *over, *under;
	double scale;
	int decimals;
} figures[] = {
	{"moves / minimum", "/pages_moved", "/optimal_moves", 1, 2},
	{"moves / window's lower bound", "/pages_moved", "/window_moves", 1, 2},
	{"moves", "/pages_moved", NULL, 1, 0},
	{"M insns / cleared frame", "/compaction_insns", "/light/cleared_chunks", 1e-6, 2},
	{"frames delivered", "/delivered_chunks", NULL, 1, 0},
};

static double value(json_object *run, const struct figure *f)
{
	return f->scale * json_real(run, f->over) / (f->under ? json_real(run, f->under) : 1);
}

static bool has_figure(json_object *runs, const struct figure *f)
{
	for (size_t i = 0; i < json_length(runs); i++)
		if (isfinite(value(json_object_array_get_idx(runs, i), f)))
			return true;
	return false;
}

/* Of logarithms: the coefficient of variation. */
static char *percent(double deviation)
{
	return isfinite(deviation) ? xasprintf("%.1f %%", 100 * deviation) : xasprintf("-");
}

static void add_figure(struct grid *grid, json_object *runs, const char *demand, const char *row,
		       const struct figure *f)
{
	struct samples plain = {0}, logs = {0};
	struct interval interval, range;
	double *medians;
	size_t seeds;

	for (size_t i = 0; i < json_length(runs); i++) {
		json_object *run = json_object_array_get_idx(runs, i);
		double v = value(run, f);

		if (!json_true(run, "/valid") || !isfinite(v))
			continue;
		samples_add(&plain, json_count(run, "/seed"), v);
		samples_add(&logs, json_count(run, "/seed"), log(v));
	}
	seeds = samples_by_seed(&plain, &medians);
	interval = stats_median_interval(medians, seeds, LEVEL);
	range = stats_range(medians, seeds);
	grid_add(grid, xasprintf("%s", demand));
	grid_add(grid, xasprintf("%s", row));
	grid_add(grid, xasprintf("%s", f->name));
	grid_add(grid, xasprintf("%zu", seeds));
	grid_add(grid, xasprintf("%zu", plain.nr));
	grid_add(grid, seeds ? xasprintf("%.*f", f->decimals, stats_median(medians, seeds))
			     : xasprintf("-"));
	grid_add(grid,
		 seeds ? xasprintf("%.*f-%.*f", f->decimals, interval.lo, f->decimals, interval.hi)
		       : xasprintf("-"));
	grid_add(grid, seeds ? xasprintf("%.*f-%.*f", f->decimals, range.lo, f->decimals, range.hi)
			     : xasprintf("-"));
	grid_add(grid, percent(samples_within(&logs)));
	grid_add(grid, percent(samples_between(&logs)));
	free(medians);
	samples_free(&plain);
	samples_free(&logs);
}

static void print_workload(json_object *runs, bool markdown)
{
	static const char *const head[] = {"demand",	    "row",   "figure",
					   "seeds",	    "runs",  "median over seeds",
					   "90 % interval", "range", "within a seed",
					   "between seeds"};
	struct text_list demands = runs_list(runs, runs_demand), rows = runs_list(runs, runs_row);
	struct grid grid = {.columns = COUNT(head)};

	grid_head(&grid, head);
	for (size_t d = 0; d < demands.nr; d++)
		for (size_t r = 0; r < rows.nr; r++) {
			json_object *part = runs_where(runs, runs_demand, demands.items[d]);
			json_object *own = runs_where(part, runs_row, rows.items[r]);

			for (size_t f = 0; f < COUNT(figures); f++)
				if (has_figure(runs, &figures[f]))
					add_figure(&grid, own, demands.items[d], rows.items[r],
						   &figures[f]);
			json_object_put(own);
			json_object_put(part);
		}
	grid_print(&grid, markdown);
	text_list_free(&demands);
	text_list_free(&rows);
}

int verb_spread(int argc, char **argv)
{
	return verb_by_workload(argc, argv, print_workload);
}
