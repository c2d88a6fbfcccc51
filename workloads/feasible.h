/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many 2 MiB frames a demand can get at all, and how many a step asks for. */
#ifndef FEASIBLE_H
#define FEASIBLE_H

#include "snapshot.h"
#include "zones.h"

struct feasibility {
	unsigned long already_free; /* frames */
	unsigned long feasible; /* frames, over all zones */
	unsigned long surplus[MAX_ZONES]; /* F_z in pages */
	unsigned long eligible[MAX_ZONES]; /* |E_z| in frames, already free ones included */
};

/* Pages of unknown kind count as unmovable here: what is called feasible then is. */
struct feasibility feasibility(const struct snapshot *s, const struct zone *zones, int nr_zones);

/* Frames to ask for, already free ones included, in a step of 'percent'. */
unsigned long step_target(const struct feasibility *f, unsigned int percent);

#endif
