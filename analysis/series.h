/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A figure over seeds, as text. */
#ifndef FS_SERIES_H
#define FS_SERIES_H

#include "samples.h"

struct series {
	struct samples samples;
};

/* What is not finite is left out. */
void series_add(struct series *s, int64_t seed, double value);

/*
 * "median [smallest-largest]" over seeds, each with the median of its values, or "-" for nothing,
 * in a new string; empties the series.
 */
char *series_text(struct series *s, int decimals, const char *unit);

#endif
