/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the writer of a pool is told, and its modes. */
#ifndef POOLMODE_H
#define POOLMODE_H

#include "layout.h"
#include "poolwriter.h"

#define MAX_NAMES 16u

struct pool_mode {
	uint64_t seed;
	unsigned int orders[MAX_NAMES], nr_orders; /* of new objects, each as likely */
	char *policies[MAX_NAMES]; /* NULL: the pool's */
	unsigned int nr_policies;

	/* Filling */
	const char *layout_name;
	enum layout_kind layout;
	uint64_t frames; /* to empty; 0: a percentage of those that can be */
	unsigned int percent;
	bool format, json;

	/* Churn */
	uint32_t workers;
	uint32_t objects; /* of each; 0: as many as fill half of the pool */
	uint64_t ops; /* of each worker; 0: until killed */
};

/* An order of those that there are, by a random number. */
static inline unsigned int pool_mode_order(const struct pool_mode *m, uint64_t random)
{
	return m->orders[random % m->nr_orders];
}

/* Each returns the exit status. */
int pool_fill(const struct pool_mode *m);
int pool_churn(const struct pool_mode *m);
int pool_verify(void);

#endif
