// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdlib.h>

#include "ratio.h"

#define LEVEL 0.9

double ratio_between(double a, double b)
{
	return a == b && isfinite(a) ? 1 : a / b;
}

void ratio_add(struct samples *logs, int64_t seed, double a, double b)
{
	samples_add(logs, seed, log(ratio_between(a, b)));
}

struct ratio ratio_of(struct samples *logs)
{
	struct ratio r = {.pairs = logs->nr};
	double *medians;

	r.seeds = samples_by_seed(logs, &medians);
	r.median = exp(stats_median(medians, r.seeds));
	r.interval = stats_median_interval(medians, r.seeds, LEVEL);
	r.agrees = stats_agrees(r.interval, r.seeds);
	r.interval = (struct interval){exp(r.interval.lo), exp(r.interval.hi)};
	r.range = stats_range(medians, r.seeds);
	r.range = (struct interval){exp(r.range.lo), exp(r.range.hi)};
	free(medians);
	samples_free(logs);
	return r;
}
