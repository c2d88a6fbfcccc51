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

static struct json_object *entry_json(const struct pool_entry *e)
{
	struct json_object *o = json_object_new_object();

	pool_json_number(o, "handle", e->handle);
	pool_json_number(o, "order", e->order);
	pool_json_number(o, "page", e->page);
	pool_json_number(o, "tag", e->tag);
	return o;
}

int pool_ls(const struct pool_options *o)
{
	struct json_object *list, *handles;
	struct pool_reader r;
	struct pool_entry e;
	int more;

	if (!pool_reader_open(&r, o))
		return 1;
	list = pool_json("pool_list", o->file);
	handles = json_object_new_array();
	json_object_object_add(list, "handles", handles);
	if (!o->json)
		printf("%-14s %5s %10s %15s\n", "handle", "order", "page", "tag");
	while ((more = pool_reader_next(&r, &e)) > 0) {
		if (o->json)
			json_object_array_add(handles, entry_json(&e));
		else
			print(&e);
	}
	pool_reader_close(&r);
	if (o->json && !more)
		pool_json_print(list);
	else
		json_object_put(list);
	return more < 0;
}
