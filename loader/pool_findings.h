/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `frameshift pool check` has to say: a sentence a finding. */
#ifndef POOL_FINDINGS_H
#define POOL_FINDINGS_H

#include "pool.h"
#include "pool_options.h"

struct json_object;

enum finding {
	FINDING_DAMAGE, /* this is no sound pool */
	FINDING_REPAIR, /* a crash may leave that, and opening the pool repairs it */
	FINDING_NOTE,
	FINDINGS,
};

struct findings {
	const struct pool_options *o;
	u64 said[FINDINGS];
	struct json_object *array;
};

void findings_begin(struct findings *f, const struct pool_options *o);

/* One sentence; beyond a number of a kind they are only counted. */
void finding(struct findings *f, enum finding kind, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * The verdict, and what the pool holds if it is sound (@report; NULL: there was
 * no memory for a verdict); @offset: in the file, or -1. Returns the exit status.
 */
int findings_end(struct findings *f, const struct llfree_pool_report *report, s64 offset);

#endif
