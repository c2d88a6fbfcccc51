// SPDX-License-Identifier: GPL-2.0-or-later
/* fsanalyze agree: does one row cost the same in two sets of runs? */
#include <stdio.h>
#include <stdlib.h>

#include "layout.h"
#include "ratio.h"
#include "runs.h"
#include "stats.h"
#include "util.h"
#include "verbs.h"

static char *comparison(json_object *step)
{
	char *workload = runs_workload(step), *demand = runs_demand(step);
	char *text = xasprintf("%s at %s", workload, demand);

	free(workload);
	free(demand);
	return text;
}

/* The valid run of this sample, or NULL. */
static json_object *find(json_object *runs, const char *sample)
{
	json_object *found = runs_where(runs, runs_sample, sample);
	json_object *run = json_length(found) ? json_object_array_get_idx(found, 0) : NULL;

	json_object_put(found);
	return run && json_true(run, "/valid") ? run : NULL;
}

static bool figure_agrees(json_object *a, json_object *b, const char *where, const char *figure)
{
	struct text_list list = runs_list(a, runs_sample);
	char *path = xasprintf("/%s", figure);
	struct samples logs = {0};
	struct ratio ratio;

	for (size_t s = 0; s < list.nr; s++) {
		json_object *x = find(a, list.items[s]), *y = find(b, list.items[s]);
		char *unpaired = x && y ? layout_unpaired(x, y) : NULL;

		if (x && y && !unpaired)
			ratio_add(&logs, json_count(x, "/seed"), json_real(x, path),
				  json_real(y, path));
		free(unpaired);
	}
	ratio = ratio_of(&logs);
	printf("%s: %s: A / B = %.3f, 90 %% interval %.3f-%.3f over %zu seeds, %zu pairs: %s\n",
	       where, figure, ratio.median, ratio.interval.lo, ratio.interval.hi, ratio.seeds,
	       ratio.pairs,
	       ratio.agrees		 ? "agrees"
	       : ratio.seeds < STATS_FEW ? "open, few seeds"
					 : "does not agree");
	free(path);
	text_list_free(&list);
	return ratio.agrees;
}

int verb_agree(int argc, char **argv)
{
	static const char *const figures[] = {"pages_moved", "compaction_insns",
					      "delivered_chunks"};
	json_object *sides[2];
	struct text_list where;
	bool agree = true;

	if (argc != 4)
		return usage_error("agree");
	for (size_t i = 0; i < 2; i++) {
		json_object *all = runs_read(argv + 2 + i, 1);

		sides[i] = runs_where(all, runs_row, argv[1]);
		json_object_put(all);
		if (!json_length(sides[i]))
			die("%s has no row '%s'", argv[2 + i], argv[1]);
	}
	where = runs_list(sides[0], comparison);
	for (size_t i = 0; i < where.nr; i++) {
		json_object *a = runs_where(sides[0], comparison, where.items[i]);
		json_object *b = runs_where(sides[1], comparison, where.items[i]);

		for (size_t f = 0; f < sizeof(figures) / sizeof(figures[0]); f++)
			agree &= figure_agrees(a, b, where.items[i], figures[f]);
		json_object_put(a);
		json_object_put(b);
	}
	text_list_free(&where);
	json_object_put(sides[0]);
	json_object_put(sides[1]);
	return agree ? 0 : 1;
}
