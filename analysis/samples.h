/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A figure by seed. A sample is a seed: several values of one, from different perturbations, say
 * how far one layout scatters and are no further samples.
 */
#ifndef FS_SAMPLES_H
#define FS_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

struct samples {
	struct sample {
		int64_t seed;
		double value;
	} * items;
	size_t nr;
};

/* NAN is left out. */
void samples_add(struct samples *s, int64_t seed, double value);
void samples_free(struct samples *s);

/* The median of each seed's values, as a new array; returns the number of seeds. Sorts s. */
size_t samples_by_seed(struct samples *s, double **medians);

/* Seeds that have at least so many values. Sorts s. */
size_t samples_seeds_with(struct samples *s, size_t values);

/*
 * Standard deviation of the values around the mean of their seed, pooled over the seeds that have
 * several; of the seeds' means. NAN where there is nothing to tell. Of logarithms they are, times
 * 100, the coefficient of variation in percent. Both sort s.
 */
double samples_within(struct samples *s);
double samples_between(struct samples *s);

#endif
