// SPDX-License-Identifier: GPL-2.0-or-later
#include "demand.h"

#include <stdlib.h>
#include <string.h>

#include "sys.h"

void gains_add(struct gains *g, long gain)
{
	g->gain = realloc(g->gain, (g->nr + 1) * sizeof(*g->gain));
	if (!g->gain)
		die("no memory to note the gain of a write");
	g->gain[g->nr++] = gain;
}

void gains_free(struct gains *g)
{
	free(g->gain);
	*g = (struct gains){};
}

static void none_start(unsigned long most)
{
	(void)most;
}

static unsigned long none_raise(unsigned long target, struct gains *gains)
{
	(void)target;
	(void)gains;
	return 0;
}

static bool none_stop(void)
{
	return true;
}

const struct demand demand_none = {
	.name = "none",
	.start = none_start,
	.raise = none_raise,
	.stop = none_stop,
};

const struct demand *demand_find(const char *name)
{
	static const struct demand *const all[] = {&demand_hugetlb, &demand_thp, &demand_none};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		if (!strcmp(all[i]->name, name))
			return all[i];
	}
	return NULL;
}
