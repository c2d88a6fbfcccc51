// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "series.h"
#include "stats.h"
#include "util.h"

void series_add(struct series *s, double value)
{
	if (!isfinite(value))
		return;
	s->values = xresize(s->values, s->nr + 1, sizeof(*s->values));
	s->values[s->nr++] = value;
}

char *series_text(struct series *s, int decimals, const char *unit)
{
	struct interval range = stats_range(s->values, s->nr);
	double median = stats_median(s->values, s->nr);
	char *lo = xasprintf("%.*f", decimals, range.lo);
	char *hi = xasprintf("%.*f", decimals, range.hi);
	char *text;

	if (!s->nr)
		text = xasprintf("-");
	else if (!strcmp(lo, hi))
		text = xasprintf("%s%s", lo, unit);
	else
		text = xasprintf("%.*f [%s-%s]%s", decimals, median, lo, hi, unit);
	free(lo);
	free(hi);
	free(s->values);
	*s = (struct series){0};
	return text;
}
