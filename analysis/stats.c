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

double stats_mean(const double *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i];
	return n ? sum / n : NAN;
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

/* Place of each value in the sorted array. */
static size_t *ranks(const double *x, size_t n)
{
	size_t *rank = xcalloc(n, sizeof(*rank));

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			rank[i] += x[j] < x[i] || (x[j] == x[i] && j < i);
	return rank;
}

/* of: of a sorted sample. A resample counts how often each value was drawn, and so is sorted. */
static struct interval bootstrap(const double *x, size_t n, double level,
				 double (*of)(const double *x, size_t n))
{
	struct interval out = {NAN, NAN};
	double *figures, *sample, *sorted;
	size_t *rank, *times;
	uint64_t seed = 1;
	size_t tail;

	if (!n)
		return out;
	figures = xcalloc(RESAMPLES, sizeof(*figures));
	sample = xcalloc(n, sizeof(*sample));
	times = xcalloc(n, sizeof(*times));
	sorted = sorted_copy(x, n);
	rank = ranks(x, n);
	for (size_t r = 0; r < RESAMPLES; r++) {
		double *end = sample;

		for (size_t i = 0; i < n; i++)
			times[rank[next_random(&seed) % n]]++;
		for (size_t i = 0; i < n; i++)
			for (; times[i]; times[i]--)
				*end++ = sorted[i];
		figures[r] = of(sample, n);
	}
	qsort(figures, RESAMPLES, sizeof(*figures), by_value);
	tail = (size_t)floor((1 - level) / 2 * RESAMPLES);
	out.lo = figures[tail];
	out.hi = figures[RESAMPLES - 1 - tail];
	free(rank);
	free(sorted);
	free(times);
	free(sample);
	free(figures);
	return out;
}

struct interval stats_median_interval(const double *x, size_t n, double level)
{
	return bootstrap(x, n, level, sorted_median);
}

struct interval stats_mean_interval(const double *x, size_t n, double level)
{
	return bootstrap(x, n, level, stats_mean);
}

bool stats_agrees(struct interval log_ratio, size_t pairs)
{
	return pairs >= STATS_FEW && log_ratio.lo >= log(1 - AGREE_BAND) &&
	       log_ratio.hi <= log(1 + AGREE_BAND);
}
