// SPDX-License-Identifier: GPL-2.0-or-later
/* fsanalyze versus: every row beside one of them, over paired seeds and at equal success. */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "block.h"
#include "grid.h"
#include "ratio.h"
#include "util.h"
#include "verbs.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct options {
	bool markdown, end_to_end, never_worse;
	const char *base, *row; /* row: the only one beside the base, or NULL */
};

static double moves(json_object *run, size_t frames)
{
	return runs_at_frames(run, "/deliveries", frames);
}

static double all_moves(json_object *run, size_t frames)
{
	(void)frames;
	return json_real(run, "/pages_moved");
}

static double instructions(json_object *run, size_t frames)
{
	(void)frames;
	return json_real(run, "/compaction_insns") / json_real(run, "/light/cleared_chunks");
}

static double delivered(json_object *run, size_t frames)
{
	(void)frames;
	return json_real(run, "/delivered_chunks") / json_real(run, "/requested_chunks");
}

/*
 * 'frames': as many as every paired row of the sample reached. A sum is judged where each pair has
 * delivered the same: who delivers more moves more.
 */
static const struct figure {
	const char *name;
	double (*value)(json_object *run, size_t frames);
	bool more_is_better, is_sum;
} figures[] = {
	{"moves for as many frames", moves, false, false},
	{"moves in all", all_moves, false, true},
	{"insns / cleared frame", instructions, false, false},
	{"delivered / requested", delivered, true, false},
};

static bool worse(const struct ratio *r, const struct figure *figure)
{
	return figure->more_is_better ? r->interval.hi < 1 : r->interval.lo > 1;
}

static char *verdict(const struct ratio *r, const struct figure *figure)
{
	const struct figure other_way = {.more_is_better = !figure->more_is_better};
	const char *side = worse(r, figure) ? "worse" : worse(r, &other_way) ? "better" : NULL;

	if (!r->seeds)
		return xasprintf("-");
	if (r->agrees)
		return xasprintf("agrees%s%s", side ? ", " : "", side ? side : "");
	return xasprintf("%s%s", side ? side : "open", r->seeds < STATS_FEW ? ", few seeds" : "");
}

static void add_ratio(struct grid *grid, const struct ratio *r, char *verdict)
{
	grid_add(grid, xasprintf("%zu", r->seeds));
	grid_add(grid, xasprintf("%zu", r->pairs));
	grid_add(grid, r->seeds ? xasprintf("%.3f", r->median) : xasprintf("-"));
	grid_add(grid, r->seeds ? xasprintf("%.3f-%.3f", r->interval.lo, r->interval.hi)
				: xasprintf("-"));
	grid_add(grid,
		 r->seeds ? xasprintf("%.3f-%.3f", r->range.lo, r->range.hi) : xasprintf("-"));
	grid_add(grid, verdict);
}

/* Returns false if the figure is worse than the base's. Adds to the row's pairs. */
static bool add_figure(struct grid *grid, const struct block *b, size_t row,
		       const struct figure *figure, const char *demand, size_t *pairs)
{
	struct samples logs = {0};
	struct ratio ratio;
	bool judged = true;

	for (size_t s = 0; s < b->samples.nr; s++) {
		json_object *run = block_run(b, row, s), *base = block_run(b, b->reference, s);

		if (!block_paired(b, row, s))
			continue;
		ratio_add(&logs, json_count(run, "/seed"), figure->value(run, b->reached[s]),
			  figure->value(base, b->reached[s]));
		judged &= !figure->is_sum || json_count(run, "/delivered_chunks") ==
						     json_count(base, "/delivered_chunks");
	}
	ratio = ratio_of(&logs);
	*pairs += ratio.pairs;
	/* A row without pairs is shown once. */
	if (!ratio.seeds && figure != figures)
		return true;
	grid_add(grid, xasprintf("%s", demand));
	grid_add(grid, xasprintf("%s", b->rows.items[row]));
	grid_add(grid, xasprintf("%s", figure->name));
	add_ratio(grid, &ratio, judged ? verdict(&ratio, figure) : xasprintf("-"));
	return !judged || !worse(&ratio, figure);
}

/* A share and no ratio: percent. */
static void add_removed(struct grid *grid, const struct block *b, size_t row, const char *demand)
{
	struct samples shares = {0};
	struct ratio r = {0};
	double *medians;

	for (size_t s = 0; s < b->samples.nr; s++)
		if (block_paired(b, row, s)) {
			double share = runs_removed(block_run(b, row, s),
						    block_run(b, b->reference, s), b->reached[s]);

			if (isfinite(share))
				samples_add(&shares, json_count(block_run(b, row, s), "/seed"),
					    share);
		}
	r.pairs = shares.nr;
	r.seeds = samples_by_seed(&shares, &medians);
	r.median = stats_median(medians, r.seeds);
	r.interval = stats_median_interval(medians, r.seeds, 0.9);
	r.range = stats_range(medians, r.seeds);
	free(medians);
	samples_free(&shares);
	if (!r.seeds)
		return;
	grid_add(grid, xasprintf("%s", demand));
	grid_add(grid, xasprintf("%s", b->rows.items[row]));
	grid_add(grid, xasprintf("avoidable moves removed, share"));
	add_ratio(grid, &r, xasprintf("-"));
}

static bool compared(const char *row, const struct options *o)
{
	return strcmp(row, o->base) && (!o->row || !strcmp(row, o->row));
}

/* Adds to the rows that were compared. */
static bool print_workload(json_object *runs, const struct options *o, size_t *nr_compared)
{
	static const char *const head[] = {"demand", "row",	      "figure", "seeds",  "pairs",
					   "ratio",  "90 % interval", "range",	"verdict"};
	struct grid grid = {.columns = COUNT(head)};
	struct text_list demands = runs_list(runs, runs_demand);
	struct text_list rows = runs_list(runs, runs_row);
	struct text_list samples = runs_list(runs, runs_sample);
	size_t *pairs = xcalloc(rows.nr, sizeof(*pairs));
	bool never_worse = true;

	grid_head(&grid, head);
	for (size_t d = 0; d < demands.nr; d++) {
		json_object *part = runs_where(runs, runs_demand, demands.items[d]);
		struct block b = block_make(part, rows, samples, o->base, o->end_to_end);

		for (size_t row = 0; row < rows.nr; row++) {
			if (!compared(rows.items[row], o))
				continue;
			for (size_t f = 0; f < COUNT(figures); f++)
				never_worse &= add_figure(&grid, &b, row, &figures[f],
							  demands.items[d], &pairs[row]);
			add_removed(&grid, &b, row, demands.items[d]);
		}
		block_free(&b);
		json_object_put(part);
	}
	/* What was compared with nothing may be worse. */
	for (size_t row = 0; row < rows.nr; row++)
		if (compared(rows.items[row], o)) {
			never_worse &= pairs[row] > 0;
			++*nr_compared;
		}
	grid_print(&grid, o->markdown);
	free(pairs);
	text_list_free(&demands);
	text_list_free(&rows);
	text_list_free(&samples);
	return never_worse;
}

static bool has_row(json_object *runs, const char *row)
{
	json_object *found = runs_where(runs, runs_row, row);
	bool has = json_length(found);

	json_object_put(found);
	return has;
}

static struct options parse(int argc, char **argv)
{
	static const struct option options[] = {{"markdown", no_argument, NULL, 'm'},
						{"end-to-end", no_argument, NULL, 'e'},
						{"never-worse", no_argument, NULL, 'n'},
						{"row", required_argument, NULL, 'r'},
						{0}};
	struct options o = {0};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'm')
			o.markdown = true;
		else if (option == 'e')
			o.end_to_end = true;
		else if (option == 'n')
			o.never_worse = true;
		else if (option == 'r')
			o.row = optarg;
		else
			return (struct options){0};
	}
	if (argc - optind >= 2)
		o.base = argv[optind++];
	return o;
}

int verb_versus(int argc, char **argv)
{
	struct options o = parse(argc, argv);
	struct text_list workloads;
	bool never_worse = true, first = true;
	size_t nr_compared = 0;
	json_object *runs;

	if (!o.base)
		return usage_error("versus");
	runs = runs_read(argv + optind, argc - optind);
	if (!has_row(runs, o.base))
		die("there is no row '%s'", o.base);
	if (o.row && !has_row(runs, o.row))
		die("there is no row '%s'", o.row);
	workloads = runs_list(runs, runs_workload);
	for (size_t i = 0; i < workloads.nr; i++) {
		json_object *part = runs_where(runs, runs_workload, workloads.items[i]);

		if (has_row(part, o.base)) {
			printf("%s%s%s against %s%s%s", first ? "" : "\n", o.markdown ? "### " : "",
			       workloads.items[i], o.base, o.end_to_end ? ", end to end" : "",
			       o.markdown ? "\n\n" : "\n");
			never_worse &= print_workload(part, &o, &nr_compared);
			first = false;
		}
		json_object_put(part);
	}
	text_list_free(&workloads);
	json_object_put(runs);
	never_worse &= nr_compared > 0;
	return fflush(stdout) || (o.never_worse && !never_worse) ? 1 : 0;
}
