// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "runs.h"
#include "util.h"

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
	return xasprintf("%s %s, %s demand, %s regime", json_text(step, "/workload"),
			 json_text(step, "/mode"), json_text(step, "/demand"),
			 json_text(step, "/regime"));
}

char *runs_row(json_object *step)
{
	if (!strcmp(json_text(step, "/allocator"), "buddy"))
		return xasprintf("buddy");
	return xasprintf("%s/%s", json_text(step, "/allocator"), json_text(step, "/policy"));
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
