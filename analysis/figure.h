/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One figure of one row: over the seeds of a block, alone or beside the reference row's. */
#ifndef FS_FIGURE_H
#define FS_FIGURE_H

#include "block.h"
#include "stats.h"

#define FIGURE_RUNS 3 /* perturbations that a seed needs to count for a verdict */

struct figure {
	const char *name; /* as "fsanalyze values" has it */
	/* base and frames are those of the pair; NULL and 0 for a figure that needs none. */
	double (*of)(json_object *run, json_object *base, size_t frames);
	/* FIGURE_SHARE: median of shares. The others are ratios, computed in logarithms. */
	enum {
		FIGURE_SHARE,
		FIGURE_MEDIAN,
		FIGURE_GEOMETRIC_MEAN
	} kind;
	bool paired;
};

/* "beside": beside Linux, or rather the row that the block is made with. */
extern const struct figure figure_moves_over_minimum, figure_moves_beside, figure_insns_beside,
	figure_rate_beside, figure_removed, figure_delivered;

/* Of one run: instructions per cleared frame, moves per delivered frame. */
double figure_insns(json_object *run);
double figure_rate(json_object *run);

/* Over the medians of the seeds' valid runs. All but the counts are NAN where there is none. */
struct summary {
	double value;
	struct interval interval; /* 90 % */
	struct interval range, extremes; /* of the seeds; of all runs */
	double within, between; /* standard deviations; of ratios: coefficients of variation */
	size_t seeds, full_seeds, runs; /* full: with at least FIGURE_RUNS runs */
};

struct summary figure_summary(const struct figure *figure, const struct block *b, size_t row);

/*
 * Do pairs go by seed alone? They do where background compaction or the allocator's own placement
 * made the layout; pfnlayout makes the same one on both allocators.
 */
bool figure_end_to_end(json_object *run);

#endif
