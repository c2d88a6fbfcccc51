/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Statistics over seeds. Pure arithmetic; nothing depends on the clock. */
#ifndef FS_STATS_H
#define FS_STATS_H

#include <stdbool.h>
#include <stddef.h>

#define STATS_FEW 10 /* fewer samples show no agreement */

struct interval {
	double lo, hi;
};

/* Middle value, or the mean of the two middle ones; NAN for none. Does not change x. */
double stats_median(const double *x, size_t n);

/* Smallest and largest value. */
struct interval stats_range(const double *x, size_t n);

/*
 * Bootstrap (percentile) interval of the median at the given level, e.g. 0.9. The resampling is
 * seeded, so the same values always give the same interval.
 */
struct interval stats_median_interval(const double *x, size_t n, double level);

/* Mean, NAN for none, and its bootstrap interval; of logarithms, that of the geometric mean. */
double stats_mean(const double *x, size_t n);
struct interval stats_mean_interval(const double *x, size_t n, double level);

/*
 * "A agrees with B": at least 10 pairs, and the 90 % interval of the median log ratio, given here,
 * lies within +-10 %.
 */
bool stats_agrees(struct interval log_ratio, size_t pairs);

#endif
