// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>

#include "check.h"
#include "stats.h"

#define CLOSE(a, b) CHECK(fabs((a) - (b)) < 1e-9)

static void test_median(void)
{
	CLOSE(stats_median((double[]){3, 1, 2}, 3), 2);
	CLOSE(stats_median((double[]){4, 1, 3, 2}, 4), 2.5);
	CLOSE(stats_median((double[]){7}, 1), 7);
	CHECK(isnan(stats_median(NULL, 0)));
}

static void test_range(void)
{
	struct interval range = stats_range((double[]){3, -1, 2}, 3);

	CLOSE(range.lo, -1);
	CLOSE(range.hi, 3);
	CHECK(isnan(stats_range(NULL, 0).lo));
}

/* P(at least k of n draws hit, each with chance p). */
static double at_least(int n, int k, double p)
{
	double sum = 0;

	for (int i = k; i <= n; i++)
		sum += exp(lgamma(n + 1) - lgamma(i + 1) - lgamma(n - i + 1)) * pow(p, i) *
		       pow(1 - p, n - i);
	return sum;
}

/*
 * For odd n the bootstrap distribution of the median is known: it is at most the j-th smallest
 * value when more than half of the draws are. The interval must be the quantiles of that.
 */
static void test_interval(void)
{
	for (int n = 3; n <= 21; n += 2) {
		struct interval interval;
		double x[21];
		int lo = 1, hi = 1;

		for (int i = 0; i < n; i++)
			x[i] = (i * 8) % n + 1; /* 1..n, shuffled: 8 is prime to these n */
		while (at_least(n, n / 2 + 1, (double)lo / n) < 0.05)
			lo++;
		while (at_least(n, n / 2 + 1, (double)hi / n) < 0.95)
			hi++;
		interval = stats_median_interval(x, n, 0.9);
		CLOSE(interval.lo, lo);
		CLOSE(interval.hi, hi);
	}
}

/* Of a mean it is near what the normal distribution has, for many values of no skew. */
static void test_mean(void)
{
	struct interval interval;
	double x[101], deviation = 0;

	CLOSE(stats_mean((double[]){4, 1, 4}, 3), 3);
	CHECK(isnan(stats_mean(NULL, 0)) && isnan(stats_mean_interval(NULL, 0, 0.9).lo));
	for (int i = 0; i < 101; i++) {
		x[i] = i - 50;
		deviation += x[i] * x[i] / 101;
	}
	deviation = sqrt(deviation / 101);
	interval = stats_mean_interval(x, 101, 0.9);
	CHECK(fabs(interval.lo + 1.645 * deviation) < 0.2);
	CHECK(fabs(interval.hi - 1.645 * deviation) < 0.2);
}

static void test_interval_repeats(void)
{
	double x[] = {0.3, 0.1, 0.4, 0.15, 0.9, 0.26};
	struct interval a = stats_median_interval(x, 6, 0.9), b = stats_median_interval(x, 6, 0.9);

	CHECK(a.lo == b.lo && a.hi == b.hi);
	CHECK(a.lo < stats_median(x, 6) && a.hi > stats_median(x, 6));
	CHECK(isnan(stats_median_interval(NULL, 0, 0.9).lo));
}

static void test_agrees(void)
{
	CHECK(stats_agrees((struct interval){-0.05, 0.05}, 10));
	CHECK(!stats_agrees((struct interval){-0.05, 0.05}, 9));
	CHECK(!stats_agrees((struct interval){-0.05, log(1.11)}, 20));
	CHECK(!stats_agrees((struct interval){log(0.89), 0}, 20));
	CHECK(!stats_agrees((struct interval){NAN, NAN}, 20));
}

int main(int argc, char **argv)
{
	static const struct check tests[] = {
		{"median", test_median},
		{"range", test_range},
		{"interval", test_interval},
		{"mean", test_mean},
		{"interval_repeats", test_interval_repeats},
		{"agrees", test_agrees},
		{},
	};

	return check_main(argc, argv, tests);
}
