// SPDX-License-Identifier: GPL-2.0-or-later
/* fsanalyze costs: what the cost is made of, one table a workload, medians over seeds. */
#include <stdio.h>
#include <stdlib.h>

#include "block.h"
#include "grid.h"
#include "series.h"
#include "util.h"
#include "verbs.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A figure over the sum of others; over 1 where there are none. */
struct column {
	const char *head, *figure, *per[2];
	double scale;
	int decimals;
	const char *unit;
};

static const struct column columns[] = {
	{"isolated in vain / moved", "/pages_in_vain", {"/pages_moved"}, 100, 1, " %"},
	{"mappings / moved", "/mappings_moved", {"/pages_moved"}, 1, 2, ""},
	{"moved, then freed", "/moved_then_freed", {NULL}, 1, 0, ""},
	{"sources chosen", "/source_decisions", {NULL}, 1, 0, ""},
	{"insns / source", "/source_decision_ns", {"/source_decisions"}, 1, 0, ""},
	{"targets chosen", "/target_decisions", {NULL}, 1, 0, ""},
	{"insns / target", "/target_decision_ns", {"/target_decisions"}, 1, 0, ""},
	{"child words read", "/words_read", {NULL}, 1, 0, ""},
	{"words / decision", "/words_read", {"/source_decisions", "/target_decisions"}, 1, 1, ""},
	{"M ns closed / source", "/blocked_ns", {"/source_decisions"}, 1e-6, 2, ""},
	{"M ns closed, worst", "/worst_blocked_ns", {NULL}, 1e-6, 2, ""},
	{"M insns, worst run", "/worst_run_insns", {NULL}, 1e-6, 2, ""},
	{"M ns, worst request", "/worst_stall_ns", {NULL}, 1e-6, 2, ""},
};

/* Where folios are larger than a page */
static const struct column folio_columns[] = {
	{"moved / minimum, folios whole", "/pages_moved", {"/optimal_moves_whole"}, 1, 2, ""},
	{"folios split to move", "/migration_splits", {NULL}, 1, 0, ""},
	{"split by anybody", "/folios_split", {NULL}, 1, 0, ""},
	{"kept offset / relocated", "/kept_offset", {"/relocated"}, 100, 1, " %"},
};

/* The columns of a workload's table */
struct picked {
	const struct column *columns[COUNT(columns) + COUNT(folio_columns)];
	size_t nr;
};

static struct picked pick_columns(json_object *runs)
{
	struct picked p = {0};

	for (size_t c = 0; c < COUNT(columns); c++)
		p.columns[p.nr++] = &columns[c];
	for (size_t c = 0; c < COUNT(folio_columns); c++)
		if (json_at(json_object_array_get_idx(runs, 0), "/folios"))
			p.columns[p.nr++] = &folio_columns[c];
	return p;
}

static double column_value(const struct column *column, json_object *run)
{
	double per = column->per[0] ? 0 : 1;

	for (size_t i = 0; i < COUNT(column->per) && column->per[i]; i++)
		per += json_real(run, column->per[i]);
	return column->scale * json_real(run, column->figure) / per;
}

static void add_row(struct grid *grid, const struct block *b, size_t row, const char *demand,
		    const struct picked *picked)
{
	grid_add(grid, xasprintf("%s", demand));
	grid_add(grid, xasprintf("%s", b->rows.items[row]));
	for (size_t c = 0; c < picked->nr; c++) {
		struct series series = {0};

		for (size_t s = 0; s < b->samples.nr; s++) {
			json_object *run = block_run(b, row, s);

			if (run && json_true(run, "/valid"))
				series_add(&series, json_count(run, "/seed"),
					   column_value(picked->columns[c], run));
		}
		grid_add(grid, series_text(&series, picked->columns[c]->decimals,
					   picked->columns[c]->unit));
	}
}

static void print_workload(json_object *runs, bool markdown)
{
	const struct picked picked = pick_columns(runs);
	const char *head[COUNT(picked.columns) + 2] = {"demand", "row"};
	struct grid grid = {.columns = picked.nr + 2};
	struct text_list demands = runs_list(runs, runs_demand);
	struct text_list rows = runs_list(runs, runs_row);
	struct text_list samples = runs_list(runs, runs_sample);

	for (size_t c = 0; c < picked.nr; c++)
		head[c + 2] = picked.columns[c]->head;
	grid_head(&grid, head);
	for (size_t d = 0; d < demands.nr; d++) {
		json_object *part = runs_where(runs, runs_demand, demands.items[d]);
		struct block block = block_make(part, rows, samples, "buddy", false);

		for (size_t row = 0; row < rows.nr; row++)
			add_row(&grid, &block, row, demands.items[d], &picked);
		block_free(&block);
		json_object_put(part);
	}
	grid_print(&grid, markdown);
	text_list_free(&demands);
	text_list_free(&rows);
	text_list_free(&samples);
}

int verb_costs(int argc, char **argv)
{
	int status = verb_by_workload(argc, argv, print_workload);

	if (status)
		return status;
	puts("\nIsolated in vain: pages isolated from frames that did not clear, an upper bound on "
	     "the moves in vain.\nCache lines that a decision reads are not counted here but in "
	     "the simulator: docs/policies.md.");
	return fflush(stdout) ? 1 : 0;
}
