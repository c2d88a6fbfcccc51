// SPDX-License-Identifier: GPL-2.0-or-later
/* fsanalyze values: every figure of every group of cells, for programs that draw and tabulate. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "figure.h"
#include "util.h"
#include "verbs.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static double light_moves(json_object *run, json_object *base, size_t frames)
{
	(void)base;
	(void)frames;
	return json_real(run, "/light/pages_moved") / json_real(run, "/light/cleared_chunks");
}

static double insns(json_object *run, json_object *base, size_t frames)
{
	(void)base;
	(void)frames;
	return figure_insns(run);
}

static double rate(json_object *run, json_object *base, size_t frames)
{
	(void)base;
	(void)frames;
	return figure_rate(run);
}

/* Under icount a nanosecond is an instruction; otherwise there is no such figure. */
static double as_insns(json_object *run, double ns)
{
	return json_true(run, "/icount") ? ns : NAN;
}

static double choosing(json_object *run, json_object *base, size_t frames)
{
	double ns = json_real(run, "/source_decision_ns") + json_real(run, "/target_decision_ns");

	(void)base;
	(void)frames;
	return as_insns(run, ns / json_real(run, "/cleared_chunks"));
}

/* Probes included, as these are of the detail run; 'worst_run' is of the light one. */
static double worst_request(json_object *run, json_object *base, size_t frames)
{
	(void)base;
	(void)frames;
	return as_insns(run, json_real(run, "/worst_stall_ns"));
}

static double worst_closed(json_object *run, json_object *base, size_t frames)
{
	(void)base;
	(void)frames;
	return as_insns(run, json_real(run, "/worst_blocked_ns"));
}

static double closed(json_object *run, json_object *base, size_t frames)
{
	(void)base;
	(void)frames;
	return as_insns(run, json_real(run, "/blocked_ns") / json_real(run, "/cleared_chunks"));
}

static double worst_run(json_object *run, json_object *base, size_t frames)
{
	(void)base;
	(void)frames;
	return json_real(run, "/worst_run_insns");
}

static double minimum(json_object *run, json_object *base, size_t frames)
{
	(void)base;
	(void)frames;
	return json_real(run, "/optimal_moves") / json_real(run, "/cleared_chunks");
}

static double moves(json_object *run, json_object *base, size_t frames)
{
	(void)base;
	(void)frames;
	return json_real(run, "/pages_moved");
}

static double over_window(json_object *run, json_object *base, size_t frames)
{
	(void)base;
	(void)frames;
	return json_real(run, "/pages_moved") / json_real(run, "/window_moves");
}

/* How much of the snapshot's minimum the bound for the whole time does not see. */
static double minimum_over_window(json_object *run, json_object *base, size_t frames)
{
	(void)base;
	(void)frames;
	return json_real(run, "/optimal_moves") / json_real(run, "/window_moves");
}

static double over_whole(json_object *run, json_object *base, size_t frames)
{
	(void)base;
	(void)frames;
	return json_real(run, "/pages_moved") / json_real(run, "/optimal_moves_whole");
}

static double mappings(json_object *run, json_object *base, size_t frames)
{
	(void)base;
	(void)frames;
	return json_real(run, "/mappings_moved") / json_real(run, "/pages_moved");
}

/* What a perfect choice would move beside what it would on the other's layout. */
static double minimum_beside(json_object *run, json_object *base, size_t frames)
{
	return runs_at_frames(run, "/optimal_deliveries", frames) /
	       runs_at_frames(base, "/optimal_deliveries", frames);
}

/* As moves/minimum, when as many frames were delivered as every row reached. */
static double over_reached(json_object *run, json_object *base, size_t frames)
{
	(void)base;
	return runs_at_frames(run, "/deliveries", frames) /
	       runs_at_frames(run, "/optimal_deliveries", frames);
}

static double zones(json_object *run, json_object *base, size_t frames)
{
	json_object *split = json_at(run, "/zone_split");
	double nr = 0;

	(void)base;
	(void)frames;
	if (!json_object_is_type(split, json_type_object))
		return NAN;
	json_object_object_foreach(split, zone, delivered)
	{
		(void)zone;
		nr += json_object_get_int64(delivered) > 0;
	}
	return nr;
}

/* An upper bound on the moves in vain: each of them was isolated, in no frame that cleared. */
static double in_vain(json_object *run, json_object *base, size_t frames)
{
	(void)base;
	(void)frames;
	return json_real(run, "/pages_in_vain") / json_real(run, "/pages_moved");
}

/* Frames that were asked for, delivered, and not free before; NAN if there is none. */
static double needed(json_object *run)
{
	double nr = fmin(json_real(run, "/delivered_chunks"), json_real(run, "/requested_chunks")) -
		    json_real(run, "/already_free");

	return nr > 0 ? nr : NAN;
}

static double cleared_needed(json_object *run, json_object *base, size_t frames)
{
	(void)base;
	(void)frames;
	return json_real(run, "/cleared_chunks") / needed(run);
}

static double sources_needed(json_object *run, json_object *base, size_t frames)
{
	(void)base;
	(void)frames;
	return json_real(run, "/source_decisions") / needed(run);
}

static double freed(json_object *run, json_object *base, size_t frames)
{
	(void)base;
	(void)frames;
	return json_real(run, "/moved_then_freed") / json_real(run, "/pages_moved");
}

static double missing(json_object *run, json_object *base, size_t frames)
{
	(void)base;
	(void)frames;
	return json_real(run, "/requested_chunks") - json_real(run, "/delivered_chunks");
}

static double compactions(json_object *run, json_object *base, size_t frames)
{
	(void)base;
	(void)frames;
	return json_real(run, "/vmstat/compact_stall");
}

static double compactions_failed(json_object *run, json_object *base, size_t frames)
{
	(void)base;
	(void)frames;
	return json_real(run, "/vmstat/compact_fail");
}

static double words(json_object *run, json_object *base, size_t frames)
{
	(void)base;
	(void)frames;
	return json_real(run, "/words_read") /
	       (json_real(run, "/source_decisions") + json_real(run, "/target_decisions"));
}

static double dispersion(json_object *run, json_object *base, size_t frames)
{
	(void)base;
	(void)frames;
	return json_real(run, "/dispersion");
}

static const struct figure moves_cleared = {"moves/cleared", light_moves, FIGURE_MEDIAN, false};
static const struct figure insns_cleared = {"insns/cleared", insns, FIGURE_MEDIAN, false};
static const struct figure choosing_cleared = {"choosing/cleared", choosing, FIGURE_MEDIAN, false};
static const struct figure minimum_cleared = {"minimum/cleared", minimum, FIGURE_MEDIAN, false};
static const struct figure minimum_linux = {"minimum/linux", minimum_beside, FIGURE_MEDIAN, true};
static const struct figure minimum_reached = {"reached/minimum", over_reached, FIGURE_MEDIAN, true};
static const struct figure minimum_window = {"minimum/window", minimum_over_window, FIGURE_MEDIAN,
					     false};
static const struct figure moves_whole = {"moves/whole", over_whole, FIGURE_GEOMETRIC_MEAN, false};
static const struct figure frames_needed = {"cleared/needed", cleared_needed, FIGURE_MEDIAN, false};
/* No logarithms: these may be 0. */
static const struct figure all_moves = {"moves", moves, FIGURE_SHARE, false};
static const struct figure vain_moved = {"in-vain/moved", in_vain, FIGURE_SHARE, false};
static const struct figure freed_moved = {"freed/moved", freed, FIGURE_SHARE, false};
static const struct figure mappings_moved = {"mappings/moved", mappings, FIGURE_SHARE, false};
static const struct figure longest_request = {"worst-request", worst_request, FIGURE_SHARE, false};
static const struct figure longest_run = {"worst-run", worst_run, FIGURE_SHARE, false};
static const struct figure longest_closed = {"worst-closed", worst_closed, FIGURE_SHARE, false};
static const struct figure closed_cleared = {"closed/cleared", closed, FIGURE_SHARE, false};
static const struct figure not_delivered = {"missing", missing, FIGURE_SHARE, false};
static const struct figure stalls = {"compactions", compactions, FIGURE_SHARE, false};
static const struct figure stalls_failed = {"compactions-failed", compactions_failed, FIGURE_SHARE,
					    false};
static const struct figure sources_chosen = {"sources/needed", sources_needed, FIGURE_SHARE, false};
static const struct figure zones_taken = {"zones", zones, FIGURE_SHARE, false};
static const struct figure words_decision = {"words/decision", words, FIGURE_SHARE, false};
static const struct figure moves_delivered = {"moves/delivered", rate, FIGURE_MEDIAN, false};
static const struct figure moves_window = {"moves/window", over_window, FIGURE_MEDIAN, false};
static const struct figure before = {"dispersion", dispersion, FIGURE_MEDIAN, false};

static const struct figure *const figures[] = {
	&all_moves,
	&figure_moves_over_minimum,
	&figure_removed,
	&figure_moves_beside,
	&figure_delivered,
	&insns_cleared,
	&figure_insns_beside,
	&choosing_cleared,
	&moves_cleared,
	&minimum_cleared,
	&moves_delivered,
	&moves_window,
	&minimum_window,
	&moves_whole,
	&minimum_linux,
	&minimum_reached,
	&frames_needed,
	&sources_chosen,
	&vain_moved,
	&freed_moved,
	&mappings_moved,
	&longest_request,
	&longest_run,
	&longest_closed,
	&closed_cleared,
	&not_delivered,
	&stalls,
	&stalls_failed,
	&zones_taken,
	&words_decision,
	&before,
};

static void print_number(double value)
{
	if (isfinite(value))
		printf("\t%.6g", value);
	else
		printf("\t-");
}

static void print_figure(const struct figure *figure, const struct block *b, size_t row,
			 json_object *any)
{
	struct summary s = figure_summary(figure, b, row);

	if (!s.seeds || (figure->paired && row == b->reference))
		return;
	printf("%s", runs_layout(any));
	if (json_count(any, "/pin_permille") > 0)
		printf("-pins-%" PRId64, json_count(any, "/pin_permille"));
	printf("\t%s\t%s\t%" PRId64 "\t%" PRId64 "\t%s\t%s", json_text(any, "/demand"),
	       json_text(any, "/regime"), json_count(any, "/memory_mib"),
	       json_count(any, "/demand_pct"), b->rows.items[row], figure->name);
	print_number(s.value);
	print_number(s.interval.lo);
	print_number(s.interval.hi);
	print_number(s.range.lo);
	print_number(s.range.hi);
	print_number(s.extremes.lo);
	print_number(s.extremes.hi);
	print_number(s.within);
	print_number(s.between);
	printf("\t%zu\t%zu\t%zu\n", s.seeds, s.full_seeds, s.runs);
}

static void print_workload(json_object *runs)
{
	struct text_list rows = runs_list(runs, runs_row), demands = runs_list(runs, runs_demand);
	struct text_list samples = runs_list(runs, runs_sample);

	for (size_t d = 0; d < demands.nr; d++) {
		json_object *part = runs_where(runs, runs_demand, demands.items[d]);
		json_object *any = json_object_array_get_idx(part, 0);
		struct block b = block_make(part, rows, samples, "buddy", figure_end_to_end(any));

		for (size_t row = 0; row < rows.nr; row++)
			for (size_t f = 0; f < COUNT(figures); f++)
				print_figure(figures[f], &b, row, any);
		block_free(&b);
		json_object_put(part);
	}
	text_list_free(&samples);
	text_list_free(&demands);
	text_list_free(&rows);
}

int verb_values(int argc, char **argv)
{
	struct text_list workloads;
	json_object *runs;

	if (argc < 2 || argv[1][0] == '-')
		return usage_error("values");
	runs = runs_read(argv + 1, argc - 1);
	workloads = runs_list(runs, runs_workload);
	printf("layout\tdemanded\tregime\tmemory_mib\tdemand_pct\trow\tfigure\tvalue\t"
	       "interval_lo\tinterval_hi\tseeds_lo\tseeds_hi\truns_lo\truns_hi\t"
	       "within_seed\tbetween_seeds\tseeds\tfull_seeds\truns\n");
	for (size_t i = 0; i < workloads.nr; i++) {
		json_object *part = runs_where(runs, runs_workload, workloads.items[i]);

		print_workload(part);
		json_object_put(part);
	}
	text_list_free(&workloads);
	json_object_put(runs);
	return fflush(stdout) ? 1 : 0;
}
