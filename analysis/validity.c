// SPDX-License-Identifier: GPL-2.0-or-later
/* When a run counts: the rules that keep a broken run from becoming a figure. */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "merge.h"
#include "state.h"
#include "util.h"

/* How far the minimum may be open: by pages of unknown kind, or by what the kernel frees itself. */
#define MAX_GAP 0.01
/* Pages that one CPU may have taken or given back without the kernel's counter knowing. */
#define MAX_UNCOUNTED 125

static __attribute__((format(printf, 2, 3))) void because(json_object *why, const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		die("out of memory");
	va_end(args);
	json_object_array_add(why, json_object_new_string(text));
	free(text);
}

/* What the recorder and the workload say about themselves. */
static void check_told(json_object *why, const struct run *run, const char *label)
{
	json_object *told = json_at(run->record, "/invalid_why");
	json_object *lost = json_at(run->record, "/lost");

	for (size_t i = 0; i < json_length(told); i++)
		because(why, "%s: %s", label,
			json_object_get_string(json_object_array_get_idx(told, i)));
	if (!json_true(run->record, "/valid") && !json_length(told))
		because(why, "%s: the recorder calls the run invalid", label);
	json_object_object_foreach(lost, cause, count) if (json_object_get_int64(count)) because(
		why, "%s: lost %" PRId64 " events: %s", label, json_object_get_int64(count), cause);
	if (!run->end)
		because(why, "%s: the workload did not reach its end", label);
	else if (!json_true(run->end, "/clean"))
		because(why, "%s: the workload left the guest unclean: %s", label,
			json_text(run->end, "/why"));
}

/* The books of the page allocator, looked at when all was over. */
static void check_state(json_object *why, const struct run *run, const char *label)
{
	bool buddy = !strcmp(json_text(run->record, "/allocator"), "buddy");
	char *path = xasprintf("%s/state.txt", run->dir);
	struct state s = state_read(path);

	free(path);
	if (!s.has_isolated)
		because(why, "%s: nobody looked for isolated pages", label);
	else if (s.isolated)
		because(why, "%s: %" PRId64 " pages stayed isolated", label, s.isolated);
	if (buddy && !s.has_buddyinfo)
		because(why, "%s: nobody looked at /proc/buddyinfo", label);
	else if (buddy && llabs(s.listed - s.free_pages) > MAX_UNCOUNTED)
		because(why, "%s: %" PRId64 " free pages, but %" PRId64 " on the free lists", label,
			s.free_pages, s.listed);
	if (!buddy && !s.has_violations)
		because(why, "%s: nobody validated the allocator", label);
	else if (s.violations)
		because(why, "%s: %" PRId64 " violations in the allocator", label, s.violations);
}

/* The tracepoints against /proc/vmstat, and no other migration in the window. */
static void check_moves(json_object *why, const struct run *run, struct span span)
{
	int64_t moved = run_sum(run, span, "/migrate/compaction/succeeded");
	int64_t vmstat = run_sum(run, span, "/vmstat/pgmigrate_success");

	if (moved != vmstat)
		because(why,
			"compaction moved %" PRId64 " pages but pgmigrate_success grew by %" PRId64,
			moved, vmstat);
}

static const char *const background[] = {"kcompactd", "proactive", "manual"};

/* A request is charged with its own compaction: whatever moves pages beside it spoils the run. */
static void check_background(json_object *why, const struct run *run, struct span span)
{
	for (size_t i = 0; i < sizeof(background) / sizeof(background[0]); i++) {
		int64_t moved = run_compaction(run, span, "moved", background[i]);

		if (moved)
			because(why, "%s compaction moved %" PRId64 " pages during the request",
				background[i], moved);
	}
}

static int64_t busy_ns(const struct run *run, struct span span, const char *trigger)
{
	return run_compaction(run, span, "ns", trigger) -
	       run_compaction(run, span, "sleep_ns", trigger);
}

/* The same of the run that tells the time or the instructions. */
static void check_light_background(json_object *why, const struct run *light, struct span span)
{
	int64_t all = busy_ns(light, span, NULL);

	for (size_t i = 0; i < sizeof(background) / sizeof(background[0]); i++) {
		int64_t own = busy_ns(light, span, background[i]);

		if (own > MAX_GAP * all)
			because(why,
				"light run: %s compaction took %" PRId64 " of %" PRId64
				" ns during the request",
				background[i], own, all);
	}
}

/* The workload's own reading of the first snapshot against ours. */
static void check_snapshot(json_object *why, const struct run *run)
{
	const struct snapshot *s = &run->as_read;
	int64_t told = json_count(run->header, "/already_free");
	int64_t least = 0, most = 0;

	for (size_t i = 0; i < s->nr; i++) {
		least += frame_empty(&s->frames[i], UNKNOWN_UNMOVABLE);
		most += frame_empty(&s->frames[i], UNKNOWN_FREE);
	}
	if (told < least || told > most)
		because(why,
			"the snapshot has %" PRId64 " to %" PRId64
			" free frames, the workload counted %" PRId64,
			least, most, told);
}

/*
 * A step asks for the frames that are missing. More than it asked for are those of a larger demand
 * before, of which the minimum would know nothing.
 */
static void check_delivered(json_object *why, const struct run *run, size_t step, const char *label)
{
	int64_t delivered = json_count(run_step(run, step), "/delivered_chunks");
	int64_t requested = json_count(run_step(run, step), "/requested_chunks");

	if (delivered > requested)
		because(why, "%s: %" PRId64 " frames were delivered but %" PRId64 " requested",
			label, delivered, requested);
}

/* What the workload calls feasible, from its own F but our reading of the snapshot. */
static void check_feasible(json_object *why, const struct run *run)
{
	json_object *zones = json_at(run->header, "/zones");
	int64_t told = json_count(run->header, "/feasible_chunks"), feasible = 0;

	for (size_t i = 0; i < json_length(zones); i++) {
		json_object *zone = json_object_array_get_idx(zones, i);
		int64_t nid = json_count(zone, "/nid");
		char *name = nid ? xasprintf("%s@%" PRId64, json_text(zone, "/zone"), nid)
				 : xasprintf("%s", json_text(zone, "/zone"));
		size_t eligible = snapshot_eligible(&run->as_read, UNKNOWN_UNMOVABLE, name);

		feasible += oracle_feasible(eligible, json_count(zone, "/F"), FRAME_PAGES);
		free(name);
	}
	if (feasible != told)
		because(why, "%" PRId64 " frames are feasible, the workload asked within %" PRId64,
			feasible, told);
}

static void check_minimum(json_object *why, const struct run *run, struct span span,
			  const struct step_minimum *m)
{
	int64_t spent = run_sum(run, span, "/migrate/compaction/succeeded") +
			run_sum(run, span, "/vmstat/pgsteal_anon") +
			run_sum(run, span, "/vmstat/pgsteal_file");

	if (isnan(m->moves))
		because(why, "the zones the frames came from cannot give %zu of them", m->demand);
	else if (isnan(m->unknown_unmovable) ||
		 m->unknown_unmovable - m->moves > MAX_GAP * m->moves)
		because(why, "pages of unknown kind leave the minimum open by more than 1 %%");
	else if (spent < (1 - MAX_GAP) * m->moves)
		because(why,
			"%" PRId64 " pages moved or reclaimed are fewer than the minimum, %.0f",
			spent, m->moves);
	if (spent < (1 - MAX_GAP) * m->window)
		because(why,
			"%" PRId64
			" pages moved or reclaimed are fewer than the lower bound of the "
			"window, %.0f",
			spent, m->window);
}

json_object *validity(const struct run *detail, const struct run *light, size_t step,
		      const struct step_minimum *minimum, json_object *deliveries)
{
	json_object *why = json_object_new_array();
	struct span span = run_until(detail, step);
	size_t delivered = json_count(run_step(detail, step), "/delivered_chunks");

	check_told(why, detail, "detail run");
	check_state(why, detail, "detail run");
	check_delivered(why, detail, step, "detail run");
	check_moves(why, detail, span);
	check_snapshot(why, detail);
	check_feasible(why, detail);
	check_minimum(why, detail, span, minimum);
	if (json_length(deliveries) != delivered)
		because(why, "%zu frames were delivered but %zu deliveries seen", delivered,
			json_length(deliveries));
	if (!detail->system)
		check_background(why, detail, span);
	if (light) {
		check_told(why, light, "light run");
		check_state(why, light, "light run");
		check_delivered(why, light, step, "light run");
		check_snapshot(why, light);
		if (!light->system)
			check_light_background(why, light, run_until(light, step));
	}
	return why;
}
