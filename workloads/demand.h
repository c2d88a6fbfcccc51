/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ways to demand 2 MiB frames from the kernel. */
#ifndef DEMAND_H
#define DEMAND_H

#include <stdbool.h>
#include <stddef.h>

/* Gain of each write (or pass of page faults) of one step, in frames. */
struct gains {
	long *gain;
	size_t nr;
};

struct demand {
	const char *name;
	/* Makes ready for at most 'most' frames; ends the program if this kernel cannot serve. */
	void (*start)(unsigned long most);
	/* Raises the number of frames held to 'target' if it can; returns how many are held. */
	unsigned long (*raise)(unsigned long target, struct gains *gains);
	/* Gives all frames back; false if some stay taken. */
	bool (*stop)(void);
};

extern const struct demand demand_hugetlb; /* nr_hugepages, repeated until met or in vain */
extern const struct demand demand_thp; /* page faults in a huge-page region, one each */
extern const struct demand demand_none; /* the control: asks for nothing */

/* NULL if there is none of this name. */
const struct demand *demand_find(const char *name);

void gains_add(struct gains *g, long gain);
void gains_free(struct gains *g);

#endif
