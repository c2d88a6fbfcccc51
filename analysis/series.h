/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A figure over seeds. */
#ifndef FS_SERIES_H
#define FS_SERIES_H

#include <stddef.h>

struct series {
	double *values;
	size_t nr;
};

/* What is not finite is left out. */
void series_add(struct series *s, double value);

/* "median [smallest-largest]", or "-" for nothing, in a new string; empties the series. */
char *series_text(struct series *s, int decimals, const char *unit);

#endif
