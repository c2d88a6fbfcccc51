// SPDX-License-Identifier: GPL-2.0-or-later
/* fsanalyze admit: do simulated runs repeat what kernels did, from the same snapshots? */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grid.h"
#include "ratio.h"
#include "runs.h"
#include "series.h"
#include "util.h"
#include "verbs.h"

#define WITHIN 2 /* percent, unless told otherwise */

static const char *const same[] = {"/workload",	  "/mode",	  "/demand",	   "/regime",
				   "/demand_pct", "/seed",	  "/perturbation", "/memory_mib",
				   "/step",	  "/pin_permille"};

/* Is this the replay of that step, from its own snapshot and under its own policy? */
static bool replays(json_object *replay, json_object *step)
{
	const char *policy = json_text(step, "/policy");
	json_object *targets = json_at(step, "/targets"), *preflight = json_at(step, "/preflight");

	if (targets && !json_object_equal(json_at(replay, "/targets"), targets))
		return false;
	if (preflight && !json_object_equal(json_at(replay, "/preflight"), preflight))
		return false;

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		if (!json_object_equal(json_at(replay, same[i]), json_at(step, same[i])))
			return false;
	return !strcmp(json_text(replay, "/policy"), policy) &&
	       !strcmp(json_text(replay, "/snapshot_policy"), policy) &&
	       !strcmp(json_text(replay, "/snapshot_allocator"), json_text(step, "/allocator"));
}

static json_object *find_replay(json_object *replays_, json_object *step)
{
	for (size_t i = 0; i < json_length(replays_); i++) {
		json_object *replay = json_object_array_get_idx(replays_, i);

		if (replays(replay, step))
			return replay;
	}
	return NULL;
}

static bool same_frames(json_object *replay, json_object *step)
{
	return json_count(replay, "/delivered") == json_count(step, "/delivered_chunks");
}

/* Of one demand on one row: every run has to be replayed, and to agree. Adds to the counts. */
static void add_cell(struct grid *grid, json_object *steps, json_object *replays_, double within,
		     size_t *cells, size_t *admitted)
{
	/* Each run is one by itself: it has been replayed or not. */
	struct series kernel = {0}, simulated = {0}, ratio = {0};
	json_object *first = json_object_array_get_idx(steps, 0);
	size_t nr = 0, missing = 0;
	bool agree = true;

	for (size_t i = 0; i < json_length(steps); i++) {
		json_object *step = json_object_array_get_idx(steps, i);
		json_object *replay = find_replay(replays_, step);
		double moved = json_real(step, "/pages_moved"), factor;

		if (!json_true(step, "/valid"))
			continue;
		if (!replay) {
			missing++;
			continue;
		}
		nr++;
		series_add(&kernel, i, moved);
		series_add(&simulated, i, json_real(replay, "/pages_moved"));
		factor = ratio_between(json_real(replay, "/pages_moved"), moved);
		series_add(&ratio, i, factor);
		agree &= same_frames(replay, step) && fabs(factor - 1) * 100 <= within;
	}
	if (!nr)
		return;
	agree &= !missing;
	++*cells;
	*admitted += agree;
	grid_add(grid, runs_workload(first));
	grid_add(grid, runs_demand(first));
	grid_add(grid, runs_row(first));
	grid_add(grid, xasprintf("%zu", nr));
	grid_add(grid, series_text(&kernel, 0, ""));
	grid_add(grid, series_text(&simulated, 0, ""));
	grid_add(grid, series_text(&ratio, 3, ""));
	grid_add(grid, missing ? xasprintf("refused, %zu not replayed", missing)
			       : xasprintf("%s", agree ? "admitted" : "refused"));
}

static char *cell_of(json_object *step)
{
	char *workload = runs_workload(step), *demand = runs_demand(step), *row = runs_row(step);
	char *text = xasprintf("%s, %s, %s", workload, demand, row);

	free(workload);
	free(demand);
	free(row);
	return text;
}

int verb_admit(int argc, char **argv)
{
	static const struct option known[] = {{"markdown", no_argument, NULL, 'm'},
					      {"within", required_argument, NULL, 'w'},
					      {0}};
	static const char *const head[] = {
		"workload",	      "demand", "row", "seeds", "moves, kernel", "simulated",
		"simulated / kernel", "verdict"};
	struct grid grid = {.columns = sizeof(head) / sizeof(head[0])};
	size_t cells = 0, admitted = 0;
	bool markdown = false;
	double within = WITHIN;
	json_object *runs, *replayed;
	struct text_list names;
	int option;
	char *end;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (option == 'm') {
			markdown = true;
		} else if (option == 'w') {
			errno = 0;
			within = strtod(optarg, &end);
			if (errno || end == optarg || *end || !(within >= 0))
				die_usage("'%s' is not a number of percent", optarg);
		} else {
			return usage_error("admit");
		}
	}
	if (optind != argc - 2)
		return usage_error("admit");
	runs = runs_read(argv + optind, 1);
	replayed = json_read_lines(argv[optind + 1]);
	names = runs_list(runs, cell_of);
	grid_head(&grid, head);
	for (size_t i = 0; i < names.nr; i++) {
		json_object *steps = runs_where(runs, cell_of, names.items[i]);

		add_cell(&grid, steps, replayed, within, &cells, &admitted);
		json_object_put(steps);
	}
	if (!cells)
		die("no valid step of %s is replayed in %s", argv[optind], argv[optind + 1]);
	grid_print(&grid, markdown);
	printf("\n%zu of %zu cells admitted: every seed within %g %% at as many frames\n", admitted,
	       cells, within);
	text_list_free(&names);
	json_object_put(runs);
	json_object_put(replayed);
	return fflush(stdout) || admitted < cells;
}
