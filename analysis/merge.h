/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FS_MERGE_H
#define FS_MERGE_H

#include "run.h"

/* The minimum of one step and what it was taken from. */
struct step_minimum {
	size_t demand; /* min(delivered, requested) */
	struct zone_count *split; /* frames delivered from each zone; keys borrowed */
	size_t nr_split;
	double moves; /* NAN: the frames cannot have come from where they say */
	double unknown_unmovable;
	double window; /* lower bound for the window of the system regime; NAN: not told */
};

/*
 * Why a step's figures count for nothing: an array of sentences, empty if they stand. 'light' may
 * be NULL. Everything from the start of the window to the end of the step is judged.
 */
json_object *validity(const struct run *detail, const struct run *light, size_t step,
		      const struct step_minimum *minimum, json_object *deliveries);

#endif
