// SPDX-License-Identifier: GPL-2.0-or-later
/* fsanalyze table: one table a workload, cost beside the minimum, medians over seeds. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "block.h"
#include "grid.h"
#include "notes.h"
#include "series.h"
#include "util.h"
#include "verbs.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* In the whole system's regime the moves in the background count, too, and so does their bound. */
static const char *minimum(json_object *run)
{
	return runs_is_system(run) ? "/window_moves" : "/optimal_moves";
}

static void add_row(struct grid *grid, const struct block *b, size_t row, const char *demand)
{
	struct series ratio = {0}, removed = {0}, moves = {0}, least = {0}, cleared = {0};
	struct series insns = {0}, delivered = {0}, frames = {0}, there = {0};
	size_t valid = 0, unpaired = 0;

	for (size_t s = 0; s < b->samples.nr; s++) {
		json_object *run = block_run(b, row, s);
		int64_t seed;

		if (!run || !json_true(run, "/valid"))
			continue;
		valid++;
		seed = json_count(run, "/seed");
		/* A minimum of 0 gives no ratio: x / 0 is not finite. */
		series_add(&ratio, seed,
			   json_real(run, "/pages_moved") / json_real(run, minimum(run)));
		series_add(&moves, seed, json_real(run, "/pages_moved"));
		series_add(&least, seed, json_real(run, minimum(run)));
		series_add(&cleared, seed, json_real(run, "/cleared_chunks"));
		series_add(&insns, seed,
			   json_real(run, "/compaction_insns") / 1e6 /
				   json_real(run, "/light/cleared_chunks"));
		series_add(&delivered, seed,
			   100 * json_real(run, "/delivered_chunks") /
				   json_real(run, "/requested_chunks"));
		if (!block_paired(b, row, s)) {
			unpaired += json_true(block_run(b, b->reference, s), "/valid");
			continue;
		}
		if (!b->reached[s])
			continue;
		series_add(&frames, seed, b->reached[s]);
		series_add(&there, seed, runs_at_frames(run, "/deliveries", b->reached[s]));
		if (row != b->reference)
			series_add(&removed, seed,
				   100 * runs_removed(run, block_run(b, b->reference, s),
						      b->reached[s]));
	}

	grid_add(grid, xasprintf("%s", demand));
	grid_add(grid, xasprintf("%s", b->rows.items[row]));
	grid_add(grid, unpaired ? xasprintf("%zu/%zu, %zu unpaired", valid, b->samples.nr, unpaired)
				: xasprintf("%zu/%zu", valid, b->samples.nr));
	grid_add(grid, series_text(&ratio, 2, ""));
	grid_add(grid, series_text(&removed, 1, " %"));
	grid_add(grid, series_text(&moves, 0, ""));
	grid_add(grid, series_text(&least, 0, ""));
	grid_add(grid, series_text(&cleared, 0, ""));
	grid_add(grid, series_text(&insns, 2, ""));
	grid_add(grid, series_text(&delivered, 1, " %"));
	grid_add(grid, series_text(&frames, 0, ""));
	grid_add(grid, series_text(&there, 0, ""));
}

/* What all the runs have in common. */
static void print_setting(json_object *runs)
{
	struct text_list kernels = {0};
	bool icount = true;

	for (size_t i = 0; i < json_length(runs); i++) {
		json_object *run = json_object_array_get_idx(runs, i);

		text_list_add(&kernels, json_text(run, "/kernel_release"));
		icount = icount && json_true(run, "/icount");
	}
	printf("kernel");
	for (size_t i = 0; i < kernels.nr; i++)
		printf("%s %s", i ? "," : "", kernels.items[i]);
	printf("; %s\n\n", icount ? "icount" : "not deterministic (no icount)");
	text_list_free(&kernels);
}

/* The state each row was in when the demand began: placement's part of the result. */
static void print_state(const struct block *b, bool markdown)
{
	static const char *const head[] = {"before the demand", "dispersion", "frames free already",
					   "frames with unmovable pages", "frames feasible"};
	struct grid grid = {.columns = COUNT(head)};

	grid_head(&grid, head);
	for (size_t row = 0; row < b->rows.nr; row++) {
		struct series dispersion = {0}, already = {0}, unmovable = {0}, feasible = {0};

		for (size_t s = 0; s < b->samples.nr; s++) {
			json_object *run = block_run(b, row, s);

			if (!run || !json_true(run, "/valid"))
				continue;
			series_add(&dispersion, json_count(run, "/seed"),
				   json_real(run, "/dispersion"));
			series_add(&already, json_count(run, "/seed"),
				   json_real(run, "/already_free"));
			series_add(&unmovable, json_count(run, "/seed"),
				   json_real(run, "/unmovable_frames"));
			series_add(&feasible, json_count(run, "/seed"),
				   json_real(run, "/feasible_chunks"));
		}
		grid_add(&grid, xasprintf("%s", b->rows.items[row]));
		grid_add(&grid, series_text(&dispersion, 1, ""));
		grid_add(&grid, series_text(&already, 0, ""));
		grid_add(&grid, series_text(&unmovable, 0, ""));
		grid_add(&grid, series_text(&feasible, 0, ""));
	}
	grid_print(&grid, markdown);
	putchar('\n');
}

static void print_workload(json_object *runs, bool markdown)
{
	static const char *const head[] = {"demand",
					   "row",
					   "valid runs",
					   "moves / minimum",
					   "avoidable moves removed",
					   "moves",
					   "minimum",
					   "frames cleared",
					   "M insns / cleared frame",
					   "delivered",
					   "frames all reached",
					   "moves for those"};
	struct grid grid = {.columns = COUNT(head)};
	struct text_list demands = runs_list(runs, runs_demand);
	struct text_list rows = runs_list(runs, runs_row);
	struct text_list samples = runs_list(runs, runs_sample);
	struct notes notes = {0};

	print_setting(runs);
	if (runs_is_system(json_object_array_get_idx(runs, 0)))
		puts("minimum: the lower bound of the window, as moves in the background count, "
		     "too\n");
	grid_head(&grid, head);
	for (size_t d = 0; d < demands.nr; d++) {
		json_object *part = runs_where(runs, runs_demand, demands.items[d]);
		struct block block = block_make(part, rows, samples, "buddy", false);

		if (d == 0)
			print_state(&block, markdown);
		for (size_t row = 0; row < rows.nr; row++)
			add_row(&grid, &block, row, demands.items[d]);
		notes_add(&notes, demands.items[d], &block);
		block_free(&block);
		json_object_put(part);
	}
	grid_print(&grid, markdown);
	putchar('\n');
	notes_print(&notes);
	text_list_free(&demands);
	text_list_free(&rows);
	text_list_free(&samples);
}

int verb_table(int argc, char **argv)
{
	return verb_by_workload(argc, argv, print_workload);
}
