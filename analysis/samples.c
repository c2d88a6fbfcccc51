// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdlib.h>

#include "samples.h"
#include "stats.h"
#include "util.h"

void samples_add(struct samples *s, int64_t seed, double value)
{
	if (isnan(value))
		return;
	s->items = xresize(s->items, s->nr + 1, sizeof(*s->items));
	s->items[s->nr++] = (struct sample){seed, value};
}

void samples_free(struct samples *s)
{
	free(s->items);
	*s = (struct samples){0};
}

static int by_seed(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;

	return (x->seed > y->seed) - (x->seed < y->seed);
}

/* The values of the seed at *at, which moves on to the next; NULL after the last. */
static double *next_seed(const struct samples *s, size_t *at, size_t *nr)
{
	double *values;

	*nr = 0;
	if (*at == s->nr)
		return NULL;
	values = xcalloc(s->nr, sizeof(*values));
	do
		values[(*nr)++] = s->items[(*at)++].value;
	while (*at < s->nr && s->items[*at].seed == s->items[*at - 1].seed);
	return values;
}

static void sort(struct samples *s)
{
	if (s->nr)
		qsort(s->items, s->nr, sizeof(*s->items), by_seed);
}

size_t samples_by_seed(struct samples *s, double **medians)
{
	size_t seeds = 0, at = 0, nr;
	double *values;

	sort(s);
	*medians = xcalloc(s->nr, sizeof(**medians));
	while ((values = next_seed(s, &at, &nr))) {
		(*medians)[seeds++] = stats_median(values, nr);
		free(values);
	}
	return seeds;
}

size_t samples_seeds_with(struct samples *s, size_t values)
{
	size_t seeds = 0, at = 0, nr;
	double *seed;

	sort(s);
	while ((seed = next_seed(s, &at, &nr))) {
		seeds += nr >= values;
		free(seed);
	}
	return seeds;
}

/* Sum of squared distances from the mean. */
static double squares(const double *x, size_t n)
{
	double m = stats_mean(x, n), sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (x[i] - m) * (x[i] - m);
	return sum;
}

double samples_within(struct samples *s)
{
	size_t at = 0, nr, freedom = 0;
	double sum = 0, *values;

	sort(s);
	while ((values = next_seed(s, &at, &nr))) {
		sum += squares(values, nr);
		freedom += nr - 1;
		free(values);
	}
	return freedom ? sqrt(sum / freedom) : NAN;
}

double samples_between(struct samples *s)
{
	double *means = xcalloc(s->nr, sizeof(*means)), *values, deviation;
	size_t at = 0, nr, seeds = 0;

	sort(s);
	while ((values = next_seed(s, &at, &nr))) {
		means[seeds++] = stats_mean(values, nr);
		free(values);
	}
	deviation = seeds > 1 ? sqrt(squares(means, seeds) / (seeds - 1)) : NAN;
	free(means);
	return deviation;
}
