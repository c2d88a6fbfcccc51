// SPDX-License-Identifier: GPL-2.0-or-later
/* fsanalyze merge: two run directories become one JSON object a step. */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "merge.h"
#include "util.h"
#include "verbs.h"

/* What LLFree's compaction tells of each run, and what it is called here. */
static const struct {
	const char *field, *key;
} own_costs[] = {
	{"source_decisions", "source_decisions"},
	{"source_decision_ns", "source_ns"},
	{"target_decisions", "target_decisions"},
	{"target_decision_ns", "target_ns"},
	{"words_read", "looked"},
	{"blocked_ns", "blocked_ns"},
};

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Entry n of a minimum (see oracle_minimum), NAN if there are not so many frames. */
static double minimum_of(const uint64_t *moves, size_t nr, size_t n)
{
	if (!n)
		return 0;
	return n <= nr ? (double)moves[n - 1] : NAN;
}

/* The frames from each zone that a step has and an earlier one, or NULL, had not. */
static struct zone_count *zone_split(json_object *step, json_object *earlier, size_t *nr)
{
	json_object *split = json_at(step, "/zone_split");
	struct zone_count *zones;

	*nr = 0;
	zones = xcalloc(json_object_object_length(split), sizeof(*zones));
	json_object_object_foreach(split, zone, count)
	{
		char *path = xasprintf("/zone_split/%s", zone);
		int64_t had = earlier ? json_count(earlier, path) : 0;
		int64_t has = json_object_get_int64(count);

		zones[(*nr)++] = (struct zone_count){zone, has > had ? has - had : 0};
		free(path);
	}
	return zones;
}

/*
 * The window bound for so many frames. A frame with unmovable pages both before the first step and
 * after this one is taken to have had them all the time; none that was delivered is among those.
 */
static double window_minimum(const struct run *run, size_t step, size_t demand)
{
	const struct snapshot *first = &run->snapshots[0], *now = &run->snapshots[step];
	struct oracle_window_frame *frames;
	uint64_t *moves;
	double minimum;
	size_t nr;

	if (!run->stay)
		return NAN;
	frames = xcalloc(first->nr, sizeof(*frames));
	for (size_t i = 0; i < first->nr; i++) {
		frames[i].movable = run->stay[i];
		frames[i].unmovable = first->frames[i].unmovable && now->frames[i].unmovable;
	}
	nr = oracle_window(frames, first->nr, &moves);
	minimum = minimum_of(moves, nr, demand);
	free(frames);
	free(moves);
	return minimum;
}

/* Cumulative: from the snapshot before the first step. Puts the minimum at each frame, too. */
static struct step_minimum put_minimum(json_object *out, const struct run *run, size_t step)
{
	const struct snapshot *first = &run->snapshots[0];
	json_object *told = run_step(run, step), *each = json_object_new_array();
	struct step_minimum m = {0};
	uint64_t *moves;
	size_t nr;

	m.demand = smaller(json_count(told, "/delivered_chunks"),
			   json_count(told, "/requested_chunks"));
	m.split = zone_split(told, NULL, &m.nr_split);

	nr = snapshot_minimum(first, UNKNOWN_FREE, m.split, m.nr_split, &moves);
	m.moves = minimum_of(moves, nr, m.demand);
	for (size_t i = 0; i < nr; i++)
		json_object_array_add(each, json_object_new_int64(moves[i]));
	free(moves);

	nr = snapshot_minimum(first, UNKNOWN_UNMOVABLE, m.split, m.nr_split, &moves);
	m.unknown_unmovable = minimum_of(moves, nr, m.demand);
	free(moves);

	m.window = window_minimum(run, step, m.demand);
	json_put_real(out, "optimal_moves", m.moves);
	json_put_real(out, "optimal_moves_unknown_unmovable", m.unknown_unmovable);
	nr = snapshot_minimum(first, UNKNOWN_FREE, NULL, 0, &moves);
	json_put_real(out, "optimal_moves_zone_blind", minimum_of(moves, nr, m.demand));
	free(moves);
	json_put_real(out, "window_moves", m.window);
	json_object_object_add(out, "optimal_deliveries", each);
	return m;
}

/*
 * Where folios are larger than a page: a bound for those that move whole, from any zone, and what
 * the workload counted of them.
 */
static void put_folios(json_object *out, const struct run *run, size_t step,
		       const struct step_minimum *m)
{
	static const char *const counted[] = {"folios_split", "relocated", "kept_offset"};
	double whole = NAN;

	if (!json_at(run->header, "/folios"))
		return;
	json_put_shared(out, "folios", json_at(run->header, "/folios"));
	for (size_t i = 0; i < sizeof(counted) / sizeof(counted[0]); i++) {
		char *path = xasprintf("/%s", counted[i]);

		json_put_real(out, counted[i], run_counted(run, step, path));
		free(path);
	}
	json_put_real(out, "migration_splits", run_migrated(run, run_until(run, step), "split"));
	if (m->demand <= mixed_feasible(&run->folios))
		whole = fmax(m->moves, mixed_minimum(&run->folios, m->demand));
	json_put_real(out, "optimal_moves_whole", whole);
}

/* This step alone, from the snapshot before it. */
static void put_own(json_object *out, const struct run *run, size_t step)
{
	json_object *told = run_step(run, step);
	json_object *earlier = step > 1 ? run_step(run, step - 1) : NULL;
	json_object *own = json_object_new_object();
	int64_t delivered = json_count(told, "/delivered_chunks");
	size_t nr, nr_split;
	struct zone_count *split = zone_split(told, earlier, &nr_split);
	uint64_t *moves;

	if (earlier)
		delivered -= json_count(earlier, "/delivered_chunks");
	nr = snapshot_minimum(&run->snapshots[step - 1], UNKNOWN_FREE, split, nr_split, &moves);
	json_put_count(own, "delivered_chunks", delivered);
	json_put_count(own, "pages_moved",
		       run_sum(run, run_within(run, step), "/migrate/compaction/succeeded"));
	json_put_real(own, "optimal_moves", minimum_of(moves, nr, delivered > 0 ? delivered : 0));
	json_put_real(own, "dispersion", snapshot_dispersion(&run->snapshots[step - 1]));
	json_object_object_add(out, "own", own);
	free(split);
	free(moves);
}

static int64_t sum_values(json_object *counters)
{
	int64_t sum = 0;

	json_object_object_foreach(counters, key, value)
	{
		(void)key;
		sum += json_object_get_int64(value);
	}
	return sum;
}

static void put_identity(json_object *out, const struct run *run)
{
	static const char *const header[] = {"workload", "mode",	 "demand",
					     "seed",	 "perturbation", "regime"};

	json_put_count(out, "schema", 1);
	json_put_text(out, "kernel_release",
		      json_need_text(run->record, "/kernel_release", run->dir));
	json_put_text(out, "allocator", json_need_text(run->record, "/allocator", run->dir));
	json_put_text(out, "policy", json_need_text(run->record, "/policy", run->dir));
	json_put_shared(out, "targets", json_at(run->record, "/targets"));
	json_put_shared(out, "preflight", json_at(run->record, "/preflight"));
	for (size_t i = 0; i < sizeof(header) / sizeof(header[0]); i++)
		json_put_shared(out, header[i], json_object_object_get(run->header, header[i]));
	json_put_shared(out, "pin_permille", json_at(run->header, "/pin_permille"));
	json_put_shared(out, "proactiveness", json_object_object_get(run->header, "proactiveness"));
	json_put_shared(out, "memory_mib", json_at(run->vm, "/mem_mib"));
}

static void put_outcome(json_object *out, const struct run *run, size_t step)
{
	static const char *const fields[] = {"demand_pct", "requested_chunks", "delivered_chunks",
					     "writes", "zone_split"};
	json_object *told = run_step(run, step);

	json_put_count(out, "step", step);
	json_put_count(out, "already_free",
		       json_need_count(run->header, "/already_free", run->dir));
	json_put_count(out, "feasible_chunks",
		       json_need_count(run->header, "/feasible_chunks", run->dir));
	json_need_count(told, "/requested_chunks", run->dir);
	json_need_count(told, "/delivered_chunks", run->dir);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		json_put_shared(out, fields[i], json_object_object_get(told, fields[i]));
	json_put_count(out, "cleared_chunks", run_cleared(run, step));
}

static void put_cost(json_object *out, const struct run *run, size_t step)
{
	struct span span = run_until(run, step);
	int64_t migrate = run_compaction(run, span, "migrate_scanned", NULL);
	int64_t free = run_compaction(run, span, "free_scanned", NULL);
	json_object *vmstat;

	json_put_count(out, "pages_moved", run_sum(run, span, "/migrate/compaction/succeeded"));
	json_put_count(out, "pages_failed", run_sum(run, span, "/migrate/compaction/failed"));
	json_put_count(out, "pages_scanned", migrate + free);
	json_put_count(out, "migrate_scanned", migrate);
	json_put_count(out, "free_scanned", free);
	json_put_count(out, "tlb_flushes",
		       run_sum(run, span, "/tlb/local_shootdown") +
			       run_sum(run, span, "/tlb/local_mm_shootdown") +
			       run_sum(run, span, "/tlb/remote_send_ipi"));

	vmstat = run_sum_all(run, span, "/vmstat");
	json_put_count(out, "pgsteal",
		       json_count(vmstat, "/pgsteal_anon") + json_count(vmstat, "/pgsteal_file"));
	json_put_count(out, "oom_kill", json_count(vmstat, "/oom_kill"));
	json_object_object_add(out, "vmstat", vmstat);
}

/* Where the costs come from: LLFree tells more of itself than Linux does. */
static void put_causes(json_object *out, const struct run *run, size_t step)
{
	struct span span = run_until(run, step);
	bool llfree = !strcmp(json_text(run->record, "/allocator"), "llfree");

	json_put_count(out, "pages_in_vain", run_isolated_in_vain(run, step));
	json_put_real(out, "moved_then_freed",
		      run->system ? json_need_count(run->end, "/moved_then_freed", run->dir) : NAN);
	json_put_real(out, "mappings_moved", run_told(run, span, "mappings"));
	for (size_t i = 0; i < sizeof(own_costs) / sizeof(own_costs[0]); i++)
		json_put_real(out, own_costs[i].field,
			      llfree ? run_told(run, span, own_costs[i].key) : NAN);
	json_put_count(out, "worst_stall_ns", run_worst(run, span, "/worst/stall_ns"));
	json_put_real(out, "worst_blocked_ns",
		      llfree ? run_worst(run, span, "/worst/blocked_ns") : NAN);
}

/* What compaction cost when only its begin and end were watched. */
static void put_light(json_object *out, const struct run *light, size_t step, bool icount)
{
	json_object *o = NULL;
	double ns = NAN, worst = NAN;

	if (light) {
		struct span span = run_until(light, step);

		ns = run_compaction(light, span, "ns", NULL) -
		     run_compaction(light, span, "sleep_ns", NULL);
		worst = run_worst(light, span, "/worst/run_ns");
		o = json_object_new_object();
		json_put_shared(o, "delivered_chunks",
				json_at(run_step(light, step), "/delivered_chunks"));
		json_put_count(o, "cleared_chunks", run_cleared(light, step));
		json_put_count(o, "pages_moved", run_sum(light, span, "/vmstat/pgmigrate_success"));
	}
	json_put_real(out, "compaction_insns", icount ? ns : NAN);
	json_put_real(out, "compaction_ns", icount ? NAN : ns);
	json_put_real(out, "worst_run_insns", icount ? worst : NAN);
	json_put_real(out, "worst_run_ns", icount ? NAN : worst);
	json_object_object_add(out, "light", o);
}

/* What the caller of merge tells of the run. */
struct told {
	bool icount;
	json_object *invalid;
	const char *cell, *sources; /* or NULL */
};

static void put_text_or_null(json_object *out, const char *field, const char *text)
{
	json_object_object_add(out, field, text ? json_object_new_string(text) : NULL);
}

static json_object *merge_step(const struct run *detail, const struct run *light, size_t step,
			       const struct told *told)
{
	json_object *out = json_object_new_object();
	json_object *deliveries = run_deliveries(detail, run_until(detail, step)), *why;
	const bool icount = told->icount;
	struct step_minimum minimum;

	put_identity(out, detail);
	put_text_or_null(out, "cell", told->cell);
	put_text_or_null(out, "sources", told->sources);
	json_object_object_add(out, "icount", json_object_new_boolean(icount));
	put_outcome(out, detail, step);
	put_cost(out, detail, step);
	put_causes(out, detail, step);
	put_light(out, light, step, icount);
	json_object_object_add(out, "deliveries", deliveries);
	minimum = put_minimum(out, detail, step);
	put_folios(out, detail, step, &minimum);
	put_own(out, detail, step);
	json_put_real(out, "dispersion", snapshot_dispersion(&detail->snapshots[0]));
	json_put_count(out, "unmovable_frames", snapshot_unmovable(&detail->snapshots[0]));
	json_put_count(out, "events_lost",
		       sum_values(json_at(detail->record, "/lost")) +
			       (light ? sum_values(json_at(light->record, "/lost")) : 0));
	json_put_shared(out, "zones", json_at(detail->header, "/zones"));
	json_object_object_add(out, "layout", layout_of(&detail->snapshots[0]));

	why = validity(detail, light, step, &minimum, deliveries);
	for (size_t i = 0; i < json_length(told->invalid); i++)
		json_object_array_add(why,
				      json_object_get(json_object_array_get_idx(told->invalid, i)));
	json_object_object_add(out, "valid", json_object_new_boolean(!json_length(why)));
	json_object_object_add(out, "invalid_why", why);
	free(minimum.split);
	return out;
}

/*
 * Icount's clock is one instruction a nanosecond of one CPU, and a record with all probes counts
 * them, too.
 */
static void check_runs(const struct run *detail, const struct run *light, bool icount)
{
	const struct run *const runs[] = {detail, light};

	for (size_t i = 0; i < 2; i++) {
		const struct run *run = runs[i];
		const char *mode = i ? "light" : "detail";

		if (!run)
			continue;
		if (strcmp(json_text(run->record, "/mode"), mode))
			die("%s/record.json is no %s record", run->dir, mode);
		if (icount && run->vm &&
		    (strcmp(json_text(run->vm, "/accel"), "icount") ||
		     json_count(run->vm, "/cpus") != 1))
			die("%s did not run under icount with one CPU", run->dir);
	}
	if (light && light->nr_steps != detail->nr_steps)
		die("%s has %zu steps, %s has %zu", detail->dir, detail->nr_steps, light->dir,
		    light->nr_steps);
}

int verb_merge(int argc, char **argv)
{
	static const struct option options[] = {{"icount", no_argument, NULL, 'i'},
						{"invalid", required_argument, NULL, 'x'},
						{"cell", required_argument, NULL, 'c'},
						{"sources", required_argument, NULL, 's'},
						{0}};
	struct told told = {.invalid = json_object_new_array()};
	struct run detail, light;
	bool has_light;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'i':
			told.icount = true;
			break;
		case 'x':
			json_object_array_add(told.invalid, json_object_new_string(optarg));
			break;
		case 'c':
			told.cell = optarg;
			break;
		case 's':
			told.sources = optarg;
			break;
		default:
			return usage_error("merge");
		}
	}
	if (argc - optind < 1 || argc - optind > 2)
		return usage_error("merge");
	has_light = argc - optind == 2;

	detail = run_load(argv[optind]);
	if (has_light)
		light = run_load(argv[optind + 1]);
	check_runs(&detail, has_light ? &light : NULL, told.icount);
	for (size_t step = 1; step <= detail.nr_steps; step++) {
		json_object *out = merge_step(&detail, has_light ? &light : NULL, step, &told);

		puts(json_object_to_json_string_ext(out, JSON_C_TO_STRING_PLAIN));
		json_object_put(out);
	}
	run_free(&detail);
	if (has_light)
		run_free(&light);
	json_object_put(told.invalid);
	return fflush(stdout) ? 1 : 0;
}
