// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runs.h"
#include "util.h"

#define DEFAULT_PROACTIVENESS 20 /* of vm.compaction_proactiveness */

void text_list_add(struct text_list *list, const char *text)
{
	for (size_t i = 0; i < list->nr; i++)
		if (!strcmp(list->items[i], text))
			return;
	list->items = xresize(list->items, list->nr + 1, sizeof(*list->items));
	list->items[list->nr++] = xasprintf("%s", text);
}

void text_list_free(struct text_list *list)
{
	for (size_t i = 0; i < list->nr; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct text_list){0};
}

char *runs_workload(json_object *step)
{
	const char *workload = json_text(step, "/workload"), *mode = json_text(step, "/mode");
	const char *demand = json_text(step, "/demand"), *regime = json_text(step, "/regime");
	int64_t memory = json_count(step, "/memory_mib"), pins = json_count(step, "/pin_permille");
	char size[32] = "", pinned[32] = "";

	if (memory)
		snprintf(size, sizeof(size), ", %" PRId64 " MiB", memory);
	if (pins)
		snprintf(pinned, sizeof(pinned), ", %.1f %% pinned", (double)pins / 10);
	return xasprintf("%s %s, %s demand, %s regime%s%s", workload, mode, demand, regime, size,
			 pinned);
}

bool runs_is_system(json_object *step)
{
	return !strcmp(json_text(step, "/regime"), "system");
}

/* Background compaction is an algorithm of its own: what sets it belongs to the row. */
static char *proactiveness(json_object *step)
{
	int64_t value = json_count(step, "/proactiveness");

	if (!runs_is_system(step) || !json_at(step, "/proactiveness") ||
	    value == DEFAULT_PROACTIVENESS)
		return xasprintf("%s", "");
	return xasprintf(", proactiveness %" PRId64, value);
}

/* LLFree's engine, where it is told to do otherwise than it does by itself. */
static char *engine(json_object *step)
{
	const char *targets = json_at(step, "/targets") ? json_text(step, "/targets") : "own";
	bool blind = json_at(step, "/preflight") && !json_true(step, "/preflight");
	bool own = !strcmp(targets, "own");

	return xasprintf("%s%s%s", own ? "" : ", targets ", own ? "" : targets,
			 blind ? ", no pre-flight" : "");
}

char *runs_row(json_object *step)
{
	const char *allocator = json_text(step, "/allocator"), *policy = json_text(step, "/policy");
	bool buddy = !strcmp(allocator, "buddy");
	char *background = proactiveness(step);
	char *settings = engine(step);
	char *row = xasprintf("%s%s%s%s%s", allocator, buddy ? "" : "/", buddy ? "" : policy,
			      settings, background);

	free(settings);
	free(background);
	return row;
}

char *runs_sample(json_object *step)
{
	int64_t seed = json_count(step, "/seed"), perturbation = json_count(step, "/perturbation");

	if (perturbation)
		return xasprintf("%" PRId64 ".%" PRId64, seed, perturbation);
	return xasprintf("%" PRId64, seed);
}

char *runs_demand(json_object *step)
{
	return xasprintf("%" PRId64 " %%", json_count(step, "/demand_pct"));
}

const char *runs_layout(json_object *step)
{
	const char *workload = json_text(step, "/workload"), *mode = json_text(step, "/mode");

	if (!strcmp(workload, "folios") && !strcmp(mode, "small"))
		return "folios-small";
	return strcmp(workload, "pfnlayout") ? workload : mode;
}

struct text_list runs_list(json_object *runs, char *(*key)(json_object *))
{
	struct text_list list = {0};

	for (size_t i = 0; i < json_length(runs); i++) {
		char *text = key(json_object_array_get_idx(runs, i));

		text_list_add(&list, text);
		free(text);
	}
	return list;
}

json_object *runs_where(json_object *runs, char *(*key)(json_object *), const char *value)
{
	json_object *found = json_object_new_array();

	for (size_t i = 0; i < json_length(runs); i++) {
		json_object *run = json_object_array_get_idx(runs, i);
		char *text = key(run);

		if (!strcmp(text, value))
			json_object_array_add(found, json_object_get(run));
		free(text);
	}
	return found;
}

double runs_at_frames(json_object *step, const char *path, size_t n)
{
	json_object *array = json_at(step, path);

	return n && n <= json_length(array)
		       ? (double)json_object_get_int64(json_object_array_get_idx(array, n - 1))
		       : NAN;
}

static double avoidable(json_object *step, size_t frames)
{
	return runs_at_frames(step, "/deliveries", frames) -
	       runs_at_frames(step, "/optimal_deliveries", frames);
}

double runs_removed(json_object *step, json_object *reference, size_t frames)
{
	if (runs_is_system(step))
		return NAN;
	return 1 - avoidable(step, frames) / avoidable(reference, frames);
}

static char *identity(json_object *step)
{
	char *workload = runs_workload(step), *row = runs_row(step), *sample = runs_sample(step);
	char *text = xasprintf("%s, %s, seed %s, step %" PRId64 " at %" PRId64 " %%", workload, row,
			       sample, json_count(step, "/step"), json_count(step, "/demand_pct"));

	free(workload);
	free(row);
	free(sample);
	return text;
}

json_object *runs_read(char *const paths[], size_t nr)
{
	json_object *all = json_object_new_array();
	struct text_list seen;

	for (size_t i = 0; i < nr; i++) {
		json_object *lines = json_read_lines(paths[i]);

		for (size_t n = 0; n < json_length(lines); n++)
			json_object_array_add(all,
					      json_object_get(json_object_array_get_idx(lines, n)));
		json_object_put(lines);
	}
	if (!json_length(all))
		die("no run to look at");
	seen = runs_list(all, identity);
	if (seen.nr != json_length(all))
		die("the same step is there twice; give each run once");
	text_list_free(&seen);
	return all;
}
