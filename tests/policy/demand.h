/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small states, demands on them, and the provable minimum to compare with. */
#ifndef _TESTS_POLICY_DEMAND_H
#define _TESTS_POLICY_DEMAND_H

#include "sim.h"

#define FRAMES 256u
#define PAGES LLFREE_FRAME_PAGES
#define LAYOUTS 5

/* Used pages of a frame in the layout; 0 leaves it free. */
typedef unsigned int layout(u64 frame, struct random *r);

layout uniform, bands, powerlaw, ascending, descending;
extern layout *const layouts[LAYOUTS];

/* FRAMES frames of a layout. */
void demand_open(struct sim *s, const struct llfree_compact_policy *policy, layout *used, u64 seed);

/* An entirely free group is taken without compaction, as llfree_get() would. */
unsigned int take_free(struct sim *s, unsigned int order);

/*
 * Demand until nothing is left; the moves after each delivery are at most
 * @percent of the minimum (0: any number), and with @all what can be delivered
 * is.
 */
void demand(struct sim *s, unsigned int order, unsigned int percent, bool all);

#endif /* _TESTS_POLICY_DEMAND_H */
