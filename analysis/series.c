// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "series.h"
#include "stats.h"
#include "util.h"

void series_add(struct series *s, int64_t seed, double value)
{
	if (isfinite(value))
		samples_add(&s->samples, seed, value);
}

char *series_text(struct series *s, int decimals, const char *unit)
{
	double *values;
	size_t nr = samples_by_seed(&s->samples, &values);
	struct interval range = stats_range(values, nr);
	double median = stats_median(values, nr);
	char *lo = xasprintf("%.*f", decimals, range.lo);
	char *hi = xasprintf("%.*f", decimals, range.hi);
	char *text;

	if (!nr)
		text = xasprintf("-");
	else if (!strcmp(lo, hi))
		text = xasprintf("%s%s", lo, unit);
	else
		text = xasprintf("%.*f [%s-%s]%s", decimals, median, lo, hi, unit);
	free(lo);
	free(hi);
	free(values);
	samples_free(&s->samples);
	return text;
}
