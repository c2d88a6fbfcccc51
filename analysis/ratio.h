/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two sides over the same seeds: is one the other's equal? */
#ifndef FS_RATIO_H
#define FS_RATIO_H

#include "samples.h"
#include "stats.h"

/* a / b. Two zeros are equal; of two infinities, which are x / 0, nothing is known: NAN. */
double ratio_between(double a, double b);

/* Add its logarithm; what is not a number is left out. */
void ratio_add(struct samples *logs, int64_t seed, double a, double b);

/* Over the seeds' medians; factors, not logarithms. */
struct ratio {
	double median;
	struct interval interval; /* of the median, 90 % */
	struct interval range;
	size_t seeds, pairs;
	bool agrees; /* at least 10 seeds, and the interval lies within 10 % */
};

/* Frees what was added. */
struct ratio ratio_of(struct samples *logs);

#endif
