// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "stats.h"
#include "util.h"

#define RESAMPLES 10000
#define AGREE_BAND 0.10

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double sorted_median(const double *x, size_t n)
{
	if (!n)
		return NAN;
	return n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}

static double *sorted_copy(const double *x, size_t n)
{
	double *copy = xcalloc(n, sizeof(*copy));

	if (n)
		memcpy(copy, x, n * sizeof(*copy));
	qsort(copy, n, sizeof(*copy), by_value);
	return copy;
}

double stats_median(const double *x, size_t n)
{
	double *sorted = sorted_copy(x, n);
	double median = sorted_median(sorted, n);

	free(sorted);
	return median;
}

struct interval stats_range(const double *x, size_t n)
{
	struct interval range = {NAN, NAN};

	for (size_t i = 0; i < n; i++) {
		range.lo = fmin(range.lo, x[i]);
		range.hi = fmax(range.hi, x[i]);
	}
	return range;
}

/* splitmix64: small, seedable, the same everywhere. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

struct interval stats_median_interval(const double *x, size_t n, double level)
{
	struct interval out = {NAN, NAN};
	double *medians, *sample;
	uint64_t seed = 1;
	size_t tail;

	if (!n)
		return out;
	medians = xcalloc(RESAMPLES, sizeof(*medians));
	sample = xcalloc(n, sizeof(*sample));
	for (size_t r = 0; r < RESAMPLES; r++) {
		for (size_t i = 0; i < n; i++)
			sample[i] = x[next_random(&seed) % n];
		qsort(sample, n, sizeof(*sample), by_value);
		medians[r] = sorted_median(sample, n);
	}
	qsort(medians, RESAMPLES, sizeof(*medians), by_value);
	tail = (size_t)floor((1 - level) / 2 * RESAMPLES);
	out.lo = medians[tail];
	out.hi = medians[RESAMPLES - 1 - tail];
	free(sample);
	free(medians);
	return out;
}

bool stats_agrees(struct interval log_ratio, size_t pairs)
{
	return pairs >= STATS_FEW && log_ratio.lo >= log(1 - AGREE_BAND) &&
	       log_ratio.hi <= log(1 + AGREE_BAND);
}
