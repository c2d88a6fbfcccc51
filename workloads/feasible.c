// SPDX-License-Identifier: GPL-2.0-or-later
#include "feasible.h"

struct feasibility feasibility(const struct snapshot *s, const struct zone *zones, int nr_zones)
{
	struct feasibility f = {};

	for (size_t i = 0; i < s->nr; i++) {
		f.already_free += frame_free(&s->frames[i]);
		f.eligible[s->frames[i].zone] += frame_eligible(&s->frames[i]);
	}
	for (int z = 0; z < nr_zones; z++) {
		unsigned long room;

		f.surplus[z] = zone_surplus(&zones[z]);
		room = f.surplus[z] / FRAME_PAGES;
		f.feasible += room < f.eligible[z] ? room : f.eligible[z];
	}
	return f;
}

unsigned long step_target(const struct feasibility *f, unsigned int percent)
{
	if (f->feasible <= f->already_free)
		return f->feasible;
	return f->already_free + (f->feasible - f->already_free) * percent / 100;
}
