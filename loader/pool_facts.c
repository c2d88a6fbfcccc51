// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <json-c/json.h>
#include "pool_facts.h"

#define FRAME LLFREE_FRAME_PAGES

void pool_json_number(struct json_object *o, const char *key, u64 value)
{
	json_object_object_add(o, key, json_object_new_uint64(value));
}

struct json_object *pool_json(const char *type, const char *file)
{
	struct json_object *o = json_object_new_object();

	pool_json_number(o, "schema", 1);
	json_object_object_add(o, "type", json_object_new_string(type));
	json_object_object_add(o, "file", json_object_new_string(file));
	return o;
}

void pool_json_print(struct json_object *o)
{
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
	json_object_put(o);
}

struct json_object *pool_report_json(const struct llfree_pool_report *report)
{
	struct json_object *o = json_object_new_object();

	pool_json_number(o, "allocations", report->allocations);
	pool_json_number(o, "pages", report->pages);
	pool_json_number(o, "swept", report->swept);
	pool_json_number(o, "missing", report->missing);
	pool_json_number(o, "moving", report->moving);
	return o;
}

s64 pool_facts_minimum(const struct pool_facts *facts, u64 frames)
{
	u64 moves = 0, holes = 0;

	for (u64 used = 1; used < FRAME; used++) {
		u64 nr = min(frames, facts->fill[used]);

		frames -= nr;
		moves += nr * used;
		holes += (facts->fill[used] - nr) * (FRAME - used);
	}
	return frames || moves > holes ? -1 : (s64)moves;
}

static u64 partly(const struct pool_facts *facts)
{
	return facts->geometry.frames - facts->fill[0] - facts->fill[FRAME];
}

/* How many frames more could be empty, if single pages were all there is. */
static u64 feasible(const struct pool_facts *facts)
{
	u64 low = 0, high = partly(facts);

	while (low < high) {
		u64 middle = low + (high - low + 1) / 2;

		if (pool_facts_minimum(facts, middle) < 0)
			high = middle - 1;
		else
			low = middle;
	}
	return low;
}

static double scattered(const struct pool_facts *facts)
{
	u64 whole = facts->fill[0] * FRAME;

	return facts->free_pages ? 100.0 * (facts->free_pages - whole) / facts->free_pages : 0;
}

static void format_id(const struct pool_facts *facts, char text[33])
{
	snprintf(text, 33, "%016" PRIx64 "%016" PRIx64, facts->id[0], facts->id[1]);
}

static void print_fill(const struct pool_facts *facts)
{
	u64 some = feasible(facts);

	printf("frames       %" PRIu64 " free, %" PRIu64 " used in part, %" PRIu64 " full\n",
	       facts->fill[0], partly(facts), facts->fill[FRAME]);
	printf("scattered    %.1f %% of the free pages lie in frames that are used in part\n",
	       scattered(facts));
	if (some)
		printf("to empty     1 frame takes %" PRId64 " moves of a page or more, %" PRIu64
		       " frames %" PRId64 "\n",
		       pool_facts_minimum(facts, 1), some, pool_facts_minimum(facts, some));
	else
		printf("to empty     no frame more\n");
}

void pool_facts_print(const struct pool_facts *facts)
{
	const struct llfree_pool_geometry *geometry = &facts->geometry;
	const struct llfree_pool_report *report = &facts->report;
	const struct llfree_pool_totals *totals = &facts->totals;
	char id[33];

	format_id(facts, id);
	printf("pool         %s\n", id);
	if (facts->has_offset)
		printf("offset       %" PRIu64 "\n", facts->offset);
	if (facts->persistence)
		printf("persistence  %s\n", facts->persistence);
	printf("length       %" PRIu64 " bytes: %" PRIu64 " frames of %u pages of %u bytes\n",
	       facts->bytes, geometry->frames, FRAME, 1u << geometry->page_shift);
	printf("allocations  %" PRIu64 " of %" PRIu64 " slots\n", facts->allocations,
	       geometry->slots);
	printf("free         %" PRIu64 " of %" PRIu64 " pages\n", facts->free_pages,
	       geometry->frames * FRAME);
	print_fill(facts);
	printf("recovery     %" PRIu64 " allocations of %" PRIu64 " pages found, %" PRIu64
	       " pages freed that were nobody's, %" PRIu64 " moves ended",
	       report->allocations, report->pages, report->swept, report->moving);
	if (report->missing)
		printf(", %" PRIu64 " pages that were NOT ALLOCATED", report->missing);
	putchar('\n');
	if (facts->has_totals)
		printf("since then   %" PRIu64 " moves, %" PRIu64 " given up, %" PRIu64
		       " bytes copied, %" PRIu64 " lines flushed, %" PRIu64 " fences\n",
		       totals->moves, totals->given_up, totals->copied, totals->flushes,
		       totals->fences);
	for (unsigned int i = 0; i < LLFREE_POOL_ROOTS; i++)
		if (facts->roots[i])
			printf("root %-7u 0x%" PRIx64 "\n", i, facts->roots[i]);
}

static struct json_object *totals_json(const struct llfree_pool_totals *totals)
{
	struct json_object *o = json_object_new_object();

	pool_json_number(o, "moves", totals->moves);
	pool_json_number(o, "given_up", totals->given_up);
	pool_json_number(o, "copied", totals->copied);
	pool_json_number(o, "flushes", totals->flushes);
	pool_json_number(o, "fences", totals->fences);
	return o;
}

/* [used pages, frames], ascending */
static struct json_object *fill_json(const struct pool_facts *facts)
{
	struct json_object *array = json_object_new_array();

	for (unsigned int used = 0; used <= FRAME; used++) {
		struct json_object *pair;

		if (!facts->fill[used])
			continue;
		pair = json_object_new_array();
		json_object_array_add(pair, json_object_new_uint64(used));
		json_object_array_add(pair, json_object_new_uint64(facts->fill[used]));
		json_object_array_add(array, pair);
	}
	return array;
}

static struct json_object *roots_json(const struct pool_facts *facts)
{
	struct json_object *o = json_object_new_object();
	char key[4];

	for (unsigned int i = 0; i < LLFREE_POOL_ROOTS; i++) {
		if (!facts->roots[i])
			continue;
		snprintf(key, sizeof(key), "%u", i);
		pool_json_number(o, key, facts->roots[i]);
	}
	return o;
}

void pool_facts_json(const struct pool_facts *facts)
{
	struct json_object *o = pool_json("pool_info", facts->file);
	char id[33];

	format_id(facts, id);
	json_object_object_add(o, "id", json_object_new_string(id));
	if (facts->has_offset)
		pool_json_number(o, "offset", facts->offset);
	if (facts->persistence)
		json_object_object_add(o, "persistence",
				       json_object_new_string(facts->persistence));
	pool_json_number(o, "bytes", facts->bytes);
	pool_json_number(o, "frames", facts->geometry.frames);
	pool_json_number(o, "page_bytes", 1ull << facts->geometry.page_shift);
	pool_json_number(o, "slots", facts->geometry.slots);
	pool_json_number(o, "allocations", facts->allocations);
	pool_json_number(o, "free_pages", facts->free_pages);
	json_object_object_add(o, "fill", fill_json(facts));
	json_object_object_add(o, "recovery", pool_report_json(&facts->report));
	if (facts->has_totals)
		json_object_object_add(o, "since", totals_json(&facts->totals));
	json_object_object_add(o, "roots", roots_json(facts));
	pool_json_print(o);
}
