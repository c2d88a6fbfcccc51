// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <json-c/json.h>
#include <stdarg.h>
#include "pool_facts.h"
#include "pool_findings.h"
#include "util.h"

/* Sentences of a kind that are shown. */
#define SHOWN 100

static const char *const names[FINDINGS] = {"damage", "repair", "note"};

void findings_begin(struct findings *f, const struct pool_options *o)
{
	memset(f, 0, sizeof(*f));
	f->o = o;
	f->array = json_object_new_array();
}

void finding(struct findings *f, enum finding kind, const char *format, ...)
{
	struct json_object *entry;
	char sentence[256];
	va_list args;

	if (++f->said[kind] > SHOWN)
		return;
	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	if (!f->o->json) {
		printf("%s: %s\n", names[kind], sentence);
		return;
	}
	entry = json_object_new_object();
	json_object_object_add(entry, "kind", json_object_new_string(names[kind]));
	json_object_object_add(entry, "text", json_object_new_string(sentence));
	json_object_array_add(f->array, entry);
}

static void print(const struct findings *f, const struct llfree_pool_report *report)
{
	for (unsigned int kind = 0; kind < FINDINGS; kind++)
		if (f->said[kind] > SHOWN)
			printf("%s: ... and %" PRIu64 " more\n", names[kind],
			       f->said[kind] - SHOWN);
	if (f->said[FINDING_DAMAGE]) {
		printf("%s: damaged\n", f->o->file);
		return;
	}
	printf("%s: sound: %" PRIu64 " allocations of %" PRIu64 " pages", f->o->file,
	       report->allocations, report->pages);
	if (f->said[FINDING_REPAIR])
		printf("; opening it frees %" PRIu64 " pages and ends %" PRIu64 " moves",
		       report->swept, report->moving);
	putchar('\n');
}

static void print_json(const struct findings *f, const struct llfree_pool_report *report,
		       s64 offset)
{
	struct json_object *o = pool_json("pool_check", f->o->file);

	if (offset >= 0)
		pool_json_number(o, "offset", offset);
	json_object_object_add(o, "sound", json_object_new_boolean(!f->said[FINDING_DAMAGE]));
	for (unsigned int kind = 0; kind < FINDINGS; kind++)
		pool_json_number(o, names[kind], f->said[kind]);
	if (!f->said[FINDING_DAMAGE])
		json_object_object_add(o, "recovery", pool_report_json(report));
	json_object_object_add(o, "findings", json_object_get(f->array));
	pool_json_print(o);
}

int findings_end(struct findings *f, const struct llfree_pool_report *report, s64 offset)
{
	if (!report)
		complain("out of memory");
	else if (f->o->json)
		print_json(f, report, offset);
	else
		print(f, report);
	json_object_put(f->array);
	return !report || f->said[FINDING_DAMAGE];
}
