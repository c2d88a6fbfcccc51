/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of a pool, whoever tells it, and how it is printed. */
#ifndef POOL_FACTS_H
#define POOL_FACTS_H

#include <stdio.h>
#include "pool.h"

struct json_object;

struct pool_facts {
	const char *file;
	const char *persistence; /* the region's; NULL: it has none to tell */
	u64 offset; /* of the pool in the file */
	bool has_offset;
	struct llfree_pool_geometry geometry;
	u64 bytes;
	u64 id[2];
	u64 allocations;
	u64 free_pages;
	struct llfree_pool_report report; /* of the recovery */
	struct llfree_pool_totals totals; /* since then */
	bool has_totals;
	u64 fill[LLFREE_FRAME_PAGES + 1]; /* frames by their used pages */
	u64 roots[LLFREE_POOL_ROOTS];
};

void pool_facts_print(const struct pool_facts *facts);
void pool_facts_json(const struct pool_facts *facts);

/*
 * The fewest pages that can be moved to empty as many frames more, or -1 if
 * there is no room for them.
 */
s64 pool_facts_minimum(const struct pool_facts *facts, u64 frames);

/* An object of this type, with the schema's version and the file. */
struct json_object *pool_json(const char *type, const char *file);
struct json_object *pool_report_json(const struct llfree_pool_report *report);
void pool_json_number(struct json_object *o, const char *key, u64 value);
/* As one line; the object is gone. */
void pool_json_print(struct json_object *o);

#endif
