// SPDX-License-Identifier: GPL-2.0-or-later
/* fsanalyze simulated: simulate.jsonl as a table, a figure of each group of runs over seeds. */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grid.h"
#include "runs.h"
#include "series.h"
#include "util.h"
#include "verbs.h"

/* Of the runs of a seed in a group: one sum over another, or over their number. */
static const struct figure {
	const char *name, *above, *below;
	double scale;
	int decimals;
	const char *unit;
} figures[] = {
	{"moves/minimum", "/pages_moved", "/optimal_moves", 1, 3, ""},
	{"moves/whole", "/pages_moved", "/optimal_moves_whole", 1, 3, ""},
	{"moves", "/pages_moved", "/delivered", 1, 1, ""},
	{"in-vain", "/moved_in_vain", "/pages_moved", 100, 1, " %"},
	{"kept", "/kept_offset", "/pages_moved", 100, 1, " %"},
	{"splits", "/folios_split", "/delivered", 1, 3, ""},
	{"delivered", "/delivered", "/wanted", 100, 1, " %"},
	{"decisions", "/decisions", "/delivered", 1, 1, ""},
	{"ns", "/decision_ns", NULL, 1, 0, ""},
	{"ns-p99", "/decision_ns_p99", NULL, 1, 0, ""},
	{"ns-source", "/source_decision_ns", NULL, 1, 0, ""},
	{"lines", "/cache_lines_per_decision", NULL, 1, 1, ""},
};

#define NR_FIGURES (sizeof(figures) / sizeof(figures[0]))

static const struct figure *find_figure(const char *name)
{
	for (size_t i = 0; i < NR_FIGURES; i++)
		if (!strcmp(figures[i].name, name))
			return &figures[i];
	return NULL;
}

/* The values of some fields, "bands 16 true"; dies if there is none of a name. */
static char *key_of(json_object *run, const char *fields)
{
	char *list = xasprintf("%s", fields), *key = xasprintf("%s", ""), *rest = list, *field;

	while ((field = strsep(&rest, ","))) {
		json_object *value = NULL;
		char *longer;

		if (!json_object_object_get_ex(run, field, &value))
			die("there is no field '%s'", field);
		longer = xasprintf("%s%s%s", key, *key ? " " : "", json_object_get_string(value));
		free(key);
		key = longer;
	}
	free(list);
	return key;
}

static struct text_list keys_of(json_object *runs, const char *fields)
{
	struct text_list keys = {0};

	for (size_t i = 0; i < json_length(runs); i++) {
		char *key = key_of(json_object_array_get_idx(runs, i), fields);

		text_list_add(&keys, key);
		free(key);
	}
	return keys;
}

static bool is_of(json_object *run, const char *fields, const char *key)
{
	char *own = key_of(run, fields);
	bool same = !strcmp(own, key);

	free(own);
	return same;
}

static double figure_of(json_object *runs, const struct figure *figure)
{
	double above = 0, below = 0;

	for (size_t i = 0; i < json_length(runs); i++) {
		json_object *run = json_object_array_get_idx(runs, i);
		double over = json_real(run, figure->above);
		double under = figure->below ? json_real(run, figure->below) : 1;

		/* Bounds are not computed for every run. */
		if (!isfinite(over) || !isfinite(under))
			continue;
		above += over;
		below += under;
	}
	return figure->scale * above / below;
}

static json_object *runs_of(json_object *runs, const char *fields, const char *key)
{
	json_object *found = json_object_new_array();

	for (size_t i = 0; i < json_length(runs); i++) {
		json_object *run = json_object_array_get_idx(runs, i);

		if (is_of(run, fields, key))
			json_object_array_add(found, json_object_get(run));
	}
	return found;
}

static char *cell_text(json_object *runs, const struct figure *figure)
{
	struct text_list seeds = keys_of(runs, "seed");
	struct series series = {0};

	for (size_t s = 0; s < seeds.nr; s++) {
		json_object *own = runs_of(runs, "seed", seeds.items[s]);

		series_add(&series, (int64_t)s, figure_of(own, figure));
		json_object_put(own);
	}
	text_list_free(&seeds);
	return series_text(&series, figure->decimals, figure->unit);
}

static void print_figure(json_object *runs, const char *row_fields, const char *column_fields,
			 const struct figure *figure, bool markdown)
{
	struct text_list rows = keys_of(runs, row_fields);
	struct text_list columns = keys_of(runs, column_fields);
	const char **head = xcalloc(columns.nr + 1, sizeof(*head));
	struct grid grid = {.columns = columns.nr + 1};

	head[0] = figure->name;
	for (size_t c = 0; c < columns.nr; c++)
		head[c + 1] = columns.items[c];
	grid_head(&grid, head);
	for (size_t r = 0; r < rows.nr; r++) {
		json_object *row = runs_of(runs, row_fields, rows.items[r]);

		grid_add(&grid, xasprintf("%s", rows.items[r]));
		for (size_t c = 0; c < columns.nr; c++) {
			json_object *cell = runs_of(row, column_fields, columns.items[c]);

			grid_add(&grid, cell_text(cell, figure));
			json_object_put(cell);
		}
		json_object_put(row);
	}
	grid_print(&grid, markdown);
	free(head);
	text_list_free(&rows);
	text_list_free(&columns);
}

int verb_simulated(int argc, char **argv)
{
	static const struct option known[] = {{"markdown", no_argument, NULL, 'm'},
					      {"rows", required_argument, NULL, 'r'},
					      {"columns", required_argument, NULL, 'c'},
					      {"figure", required_argument, NULL, 'f'},
					      {0}};
	const char *rows = "policy", *columns = "state", *figure = "moves/minimum";
	json_object *runs;
	bool markdown = false;
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (option == 'm')
			markdown = true;
		else if (option == 'r')
			rows = optarg;
		else if (option == 'c')
			columns = optarg;
		else if (option == 'f')
			figure = optarg;
		else
			return usage_error("simulated");
	}
	if (optind != argc - 1)
		return usage_error("simulated");
	if (!find_figure(figure))
		die("there is no figure '%s'; see fsanalyze simulated --help", figure);
	runs = json_read_lines(argv[optind]);
	if (!json_length(runs))
		die("no run to look at");
	print_figure(runs, rows, columns, find_figure(figure), markdown);
	json_object_put(runs);
	return fflush(stdout) ? 1 : 0;
}
