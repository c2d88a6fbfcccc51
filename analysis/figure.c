// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "figure.h"
#include "ratio.h"
#include "samples.h"

#define LEVEL 0.9

static double moves_over_minimum(json_object *run, json_object *base, size_t frames)
{
	double minimum = json_real(run, "/optimal_moves");

	(void)base;
	(void)frames;
	return minimum > 0 ? json_real(run, "/pages_moved") / minimum : NAN;
}

static double moves_beside(json_object *run, json_object *base, size_t frames)
{
	return ratio_between(runs_at_frames(run, "/deliveries", frames),
			     runs_at_frames(base, "/deliveries", frames));
}

double figure_insns(json_object *run)
{
	return json_real(run, "/compaction_insns") / json_real(run, "/light/cleared_chunks");
}

static double insns_beside(json_object *run, json_object *base, size_t frames)
{
	(void)frames;
	return figure_insns(run) / figure_insns(base);
}

double figure_rate(json_object *run)
{
	return json_real(run, "/pages_moved") / json_real(run, "/delivered_chunks");
}

static double rate_beside(json_object *run, json_object *base, size_t frames)
{
	(void)frames;
	return ratio_between(figure_rate(run), figure_rate(base));
}

static double delivered(json_object *run, json_object *base, size_t frames)
{
	(void)base;
	(void)frames;
	return json_real(run, "/delivered_chunks") / json_real(run, "/requested_chunks");
}

const struct figure figure_moves_over_minimum = {"moves/minimum", moves_over_minimum,
						 FIGURE_GEOMETRIC_MEAN, false};
const struct figure figure_moves_beside = {"moves/linux", moves_beside, FIGURE_MEDIAN, true};
const struct figure figure_insns_beside = {"insns/linux", insns_beside, FIGURE_MEDIAN, true};
const struct figure figure_rate_beside = {"rate/linux", rate_beside, FIGURE_MEDIAN, true};
const struct figure figure_removed = {"removed", runs_removed, FIGURE_SHARE, true};
const struct figure figure_delivered = {"delivered", delivered, FIGURE_SHARE, false};

static struct interval exp_interval(struct interval logs)
{
	return (struct interval){exp(logs.lo), exp(logs.hi)};
}

static struct samples collect(const struct figure *figure, const struct block *b, size_t row)
{
	struct samples samples = {0};

	for (size_t s = 0; s < b->samples.nr; s++) {
		json_object *run = block_run(b, row, s);
		double value;

		if (!run || !json_true(run, "/valid") ||
		    (figure->paired && !block_paired(b, row, s)))
			continue;
		if (figure->paired)
			value = figure->of(run, block_run(b, b->reference, s), b->reached[s]);
		else
			value = figure->of(run, NULL, 0);
		/* Something beside nothing is worse than any ratio; nothing else is. */
		if (isinf(value) && (!figure->paired || figure->kind == FIGURE_SHARE))
			continue;
		samples_add(&samples, json_count(run, "/seed"),
			    figure->kind == FIGURE_SHARE ? value : log(value));
	}
	return samples;
}

struct summary figure_summary(const struct figure *figure, const struct block *b, size_t row)
{
	bool mean = figure->kind == FIGURE_GEOMETRIC_MEAN;
	struct samples samples = collect(figure, b, row);
	struct summary s = {.runs = samples.nr};
	double *medians;

	s.seeds = samples_by_seed(&samples, &medians);
	s.full_seeds = samples_seeds_with(&samples, FIGURE_RUNS);
	s.value = mean ? stats_mean(medians, s.seeds) : stats_median(medians, s.seeds);
	s.interval = mean ? stats_mean_interval(medians, s.seeds, LEVEL)
			  : stats_median_interval(medians, s.seeds, LEVEL);
	s.range = stats_range(medians, s.seeds);
	s.extremes = (struct interval){NAN, NAN};
	for (size_t i = 0; i < samples.nr; i++) {
		s.extremes.lo = fmin(s.extremes.lo, samples.items[i].value);
		s.extremes.hi = fmax(s.extremes.hi, samples.items[i].value);
	}
	s.within = samples_within(&samples);
	s.between = samples_between(&samples);
	if (figure->kind != FIGURE_SHARE) {
		s.value = exp(s.value);
		s.interval = exp_interval(s.interval);
		s.range = exp_interval(s.range);
		s.extremes = exp_interval(s.extremes);
	}
	free(medians);
	samples_free(&samples);
	return s;
}

bool figure_end_to_end(json_object *run)
{
	return runs_is_system(run) || strcmp(json_text(run, "/workload"), "pfnlayout");
}
