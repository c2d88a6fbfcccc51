// SPDX-License-Identifier: GPL-2.0-or-later
/* frameshift pool info and ls: what a pool is, how full, and its handles. */
#include <inttypes.h>
#include <json-c/json.h>
#include "pool_reader.h"

int pool_info(const struct pool_options *o)
{
	struct pool_facts facts;
	struct pool_reader r;
	bool known;

	if (!pool_reader_open(&r, o))
		return 1;
	known = pool_reader_facts(&r, &facts);
	if (known)
		(o->json ? pool_facts_json : pool_facts_print)(&facts);
	pool_reader_close(&r);
	return !known;
}

static void print(const struct pool_entry *e)
{
	printf("0x%012" PRIx64 " %5u %10" PRIu64 " %15" PRIu64 "\n", e->handle, e->order, e->page,
	       e->tag);
}

/* Entry by entry: an array of them may be too long for memory. */
static void begin_json(const char *file)
{
	struct json_object *o = pool_json("pool_list", file);
	const char *text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN);

	printf("%.*s,\"handles\":[", (int)strlen(text) - 1, text);
	json_object_put(o);
}

static void print_json(const struct pool_entry *e, bool first)
{
	printf("%s{\"handle\":%" PRIu64 ",\"order\":%u,\"page\":%" PRIu64 ",\"tag\":%" PRIu64 "}",
	       first ? "" : ",", e->handle, e->order, e->page, e->tag);
}

int pool_ls(const struct pool_options *o)
{
	struct pool_reader r;
	struct pool_entry e;
	bool first = true;
	int more;

	if (!pool_reader_open(&r, o))
		return 1;
	if (o->json)
		begin_json(o->file);
	else
		printf("%-14s %5s %10s %15s\n", "handle", "order", "page", "tag");
	for (; (more = pool_reader_next(&r, &e)) > 0; first = false) {
		if (o->json)
			print_json(&e, first);
		else
			print(&e);
	}
	if (o->json)
		puts(more ? "],\"complete\":false}" : "]}");
	pool_reader_close(&r);
	return more < 0;
}
