// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pages.h"
#include "run.h"
#include "util.h"

static json_object *phase(const struct run *run, size_t index)
{
	return json_object_array_get_idx(json_at(run->record, "/phases"), index);
}

static size_t find_phase(const struct run *run, const char *name)
{
	for (size_t i = 0; i < json_length(json_at(run->record, "/phases")); i++)
		if (!strcmp(json_text(phase(run, i), "/name"), name))
			return i;
	die("%s/record.json has no phase '%s'", run->dir, name);
}

static void load_steps(struct run *run)
{
	char *path = xasprintf("%s/steps.jsonl", run->dir);
	json_object *lines = json_read_lines(path);

	run->steps = json_object_new_array();
	for (size_t i = 0; i < json_length(lines); i++) {
		json_object *line = json_object_array_get_idx(lines, i);
		const char *type = json_need_text(line, "/type", path);

		if (!strcmp(type, "header")) {
			run->header = json_object_get(line);
		} else if (!strcmp(type, "step")) {
			json_need_object(line, "/zone_split", path);
			json_object_array_add(run->steps, json_object_get(line));
		} else if (!strcmp(type, "end")) {
			run->end = json_object_get(line);
		}
	}
	run->nr_steps = json_length(run->steps);
	if (!run->header || !run->nr_steps)
		die("%s holds no header or no step", path);
	json_object_put(lines);
	free(path);
}

static void load_snapshots(struct run *run)
{
	size_t nr = run->nr_steps + 1;

	run->snapshots = xcalloc(nr, sizeof(*run->snapshots));
	for (size_t i = 0; i < nr; i++) {
		char *path = xasprintf("%s/frames-%zu.tsv", run->dir, i);

		run->snapshots[i] = snapshot_read(path);
		if (i == 0)
			run->as_read = snapshot_read(path);
		else if (!snapshot_same_frames(&run->snapshots[i], &run->snapshots[0]))
			die("%s lists other frames than frames-0.tsv", path);
		free(path);
	}
	for (size_t i = 0; i < nr; i++) {
		json_object *teller = i ? run_step(run, i) : run->header;

		snapshot_settle_unknown(&run->snapshots[i], json_count(teller, "/pcp_pages"),
					json_true(run->header, "/references_known"),
					&run->snapshots[i + 1], nr - i - 1);
	}
}

/*
 * The map is read after the snapshot. Pages that came in between, for files that were written, are
 * not on a list yet; they keep no frame from being cleared.
 */
static struct mixed load_folios(const char *path, const struct snapshot *s)
{
	struct mixed m = folio_map_read(path);
	uint8_t *pages = (uint8_t *)m.pages;

	if (m.nr != s->nr)
		die("%s lists other frames than frames-0.tsv", path);
	for (size_t i = 0; i < m.nr << m.order; i++)
		if (pages[i] == MIXED_UNMOVABLE &&
		    frame_eligible(&s->frames[i >> m.order], UNKNOWN_FREE))
			pages[i] = MIXED_FREE;
	return m;
}

struct run run_load(const char *dir)
{
	struct run run = {.dir = dir};
	char *path = xasprintf("%s/record.json", dir);

	run.record = json_read(path);
	json_need_object(run.record, "/lost", path);
	free(path);
	path = xasprintf("%s/vm.json", dir);
	if (!access(path, F_OK))
		run.vm = json_read(path);
	free(path);
	load_steps(&run);
	load_snapshots(&run);
	path = xasprintf("%s/stay.tsv", dir);
	if (!access(path, F_OK))
		run.stay = staying_pages_read(path, &run.snapshots[0]);
	free(path);
	path = xasprintf("%s/folios-0.txt", dir);
	if (!access(path, F_OK))
		run.folios = load_folios(path, &run.snapshots[0]);
	free(path);
	run.system = !strcmp(json_need_text(run.header, "/regime", dir), "system");
	run.window = run.system ? find_phase(&run, "release") : run_within(&run, 1).from;
	return run;
}

void run_free(struct run *run)
{
	for (size_t i = 0; i <= run->nr_steps; i++)
		snapshot_free(&run->snapshots[i]);
	free(run->snapshots);
	free((void *)run->folios.pages);
	free(run->stay);
	snapshot_free(&run->as_read);
	json_object_put(run->record);
	json_object_put(run->vm);
	json_object_put(run->header);
	json_object_put(run->steps);
	json_object_put(run->end);
}

json_object *run_step(const struct run *run, size_t step)
{
	return json_object_array_get_idx(run->steps, step - 1);
}

struct span run_until(const struct run *run, size_t step)
{
	return (struct span){run->window, run_within(run, step).to};
}

struct span run_within(const struct run *run, size_t step)
{
	size_t from = find_phase(run, json_need_text(run_step(run, step), "/phase", run->dir));
	bool last = step == run->nr_steps;

	return (struct span){from, run->system && last ? find_phase(run, "after") : from};
}

double run_counted(const struct run *run, size_t steps, const char *path)
{
	double sum = 0;

	for (size_t i = 1; i <= steps; i++)
		sum += json_real(run_step(run, i), path);
	return sum;
}

int64_t run_sum(const struct run *run, struct span span, const char *path)
{
	int64_t sum = 0;

	for (size_t i = span.from; i <= span.to; i++)
		sum += json_count(phase(run, i), path);
	return sum;
}

json_object *run_sum_all(const struct run *run, struct span span, const char *path)
{
	json_object *sums = json_object_new_object();

	for (size_t i = span.from; i <= span.to; i++) {
		json_object *counters = json_at(phase(run, i), path);

		if (!json_object_is_type(counters, json_type_object))
			continue;
		json_object_object_foreach(counters, key, value)
		{
			json_object *sum = json_object_object_get(sums, key);

			json_put_count(sums, key,
				       json_object_get_int64(sum) + json_object_get_int64(value));
		}
	}
	return sums;
}

int64_t run_compaction(const struct run *run, struct span span, const char *field,
		       const char *trigger)
{
	char *path = xasprintf("/%s", field);
	int64_t sum = 0;

	for (size_t i = span.from; i <= span.to; i++) {
		json_object *entries = json_at(phase(run, i), "/compaction");

		for (size_t e = 0; e < json_length(entries); e++) {
			json_object *entry = json_object_array_get_idx(entries, e);

			if (!trigger || !strcmp(json_text(entry, "/trigger"), trigger))
				sum += json_count(entry, path);
		}
	}
	free(path);
	return sum;
}

double run_told(const struct run *run, struct span span, const char *field)
{
	for (size_t i = span.from; i <= span.to; i++) {
		json_object *entries = json_at(phase(run, i), "/compaction");

		for (size_t e = 0; e < json_length(entries); e++)
			if (!json_object_object_get_ex(json_object_array_get_idx(entries, e), field,
						       NULL))
				return NAN;
	}
	return run_compaction(run, span, field, NULL);
}

double run_migrated(const struct run *run, struct span span, const char *field)
{
	double sum = 0;

	for (size_t i = span.from; i <= span.to; i++) {
		json_object *migration = json_at(phase(run, i), "/migrate/compaction"), *value;

		if (migration)
			sum += json_object_object_get_ex(migration, field, &value)
				       ? (double)json_object_get_int64(value)
				       : NAN;
	}
	return sum;
}

json_object *run_deliveries(const struct run *run, struct span span)
{
	json_object *out = json_object_new_array();
	int64_t before = 0;

	if (run->window)
		before = run_sum(run, (struct span){0, run->window - 1},
				 "/migrate/compaction/succeeded");
	for (size_t i = span.from; i <= span.to; i++) {
		json_object *moves = json_at(phase(run, i), "/deliveries");

		for (size_t d = 0; d < json_length(moves); d++) {
			int64_t n = json_object_get_int64(json_object_array_get_idx(moves, d));

			json_object_array_add(out, json_object_new_int64(n - before));
		}
	}
	return out;
}

int64_t run_worst(const struct run *run, struct span span, const char *path)
{
	int64_t worst = 0;

	for (size_t i = span.from; i <= span.to; i++) {
		int64_t own = json_count(phase(run, i), path);

		worst = own > worst ? own : worst;
	}
	return worst;
}

static bool cleared(const struct run *run, size_t step, size_t frame)
{
	const struct frame *before = &run->snapshots[0].frames[frame];
	const struct frame *after = &run->snapshots[step].frames[frame];

	return !before->huge && !frame_empty(before, UNKNOWN_FREE) &&
	       (after->huge || frame_empty(after, UNKNOWN_FREE));
}

size_t run_cleared(const struct run *run, size_t step)
{
	size_t sum = 0;

	for (size_t i = 0; i < run->snapshots[0].nr; i++)
		sum += cleared(run, step, i);
	return sum;
}

static int64_t number_at(json_object *array, size_t i)
{
	return json_object_get_int64(json_object_array_get_idx(array, i));
}

int64_t run_isolated_in_vain(const struct run *run, size_t step)
{
	struct span span = run_until(run, step);
	const struct snapshot *s = &run->snapshots[0];
	int64_t all = 0, useful = 0;

	for (size_t i = span.from; i <= span.to; i++) {
		json_object *isolated = json_at(phase(run, i), "/isolated");

		/* Both are in the order of addresses. */
		for (size_t n = 0, f = 0; n < json_length(isolated); n++) {
			json_object *entry = json_object_array_get_idx(isolated, n);
			uint64_t pfn = number_at(entry, 0) * FRAME_PAGES;

			all += number_at(entry, 1);
			while (f < s->nr && s->frames[f].pfn < pfn)
				f++;
			if (f < s->nr && s->frames[f].pfn == pfn && cleared(run, step, f))
				useful += number_at(entry, 1);
		}
	}
	return all - useful;
}
