// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include "record.h"
#include "util.h"

static const char *const loss_names[FS_LOSSES] = {
	[FS_LOST_STORAGE] = "task_storage",
	[FS_LOST_ORPHAN_END] = "orphan_end",
	[FS_LOST_NESTED] = "nested",
	[FS_LOST_MIGRATE_ORPHAN] = "migrate_orphan_end",
	[FS_LOST_MIGRATE_DEPTH] = "migrate_depth",
	[FS_LOST_SOURCE_ORPHAN] = "source_outside_run",
	[FS_LOST_RUN_KEY] = "run_table_full",
	[FS_LOST_DELIVERY] = "delivery_log_full",
	[FS_LOST_RANGE] = "unknown_value",
};

const char *record_loss(const struct record *r, size_t index, uint64_t *count)
{
	uint64_t begins = r->state.begins, ends = r->state.ends;

	if (index < FS_LOSSES) {
		*count = r->state.lost[index];
		return loss_names[index];
	}
	switch (index - FS_LOSSES) {
	case 0:
		*count = begins > ends ? begins - ends : 0;
		return "dangling_begin";
	case 1: /* begun before the record was armed */
		*count = ends > begins ? ends - begins : 0;
		return "early_begin";
	case 2:
		*count = r->probes.misses;
		return "recursion_miss";
	case 3:
		*count = r->refused_phases;
		return "phase_refused";
	}
	return NULL;
}

static void __attribute__((format(printf, 2, 3)))
add(struct json_object *why, const char *format, ...)
{
	char sentence[256];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	json_object_array_add(why, json_object_new_string(sentence));
}

static void agree(struct json_object *why, const struct record_phase *p, const char *counter,
		  __u64 counted)
{
	const uint64_t *value = vmstat_find(&p->vmstat, counter);

	if (!value)
		add(why, "/proc/vmstat has no %s to compare with.", counter);
	else if (*value != counted)
		add(why, "Phase %s: counted %llu where %s grew by %llu.", p->name, counted, counter,
		    (__u64)*value);
}

static void audit_runs(const struct record *r, size_t phase, struct json_object *why)
{
	const struct record_phase *p = &r->phases[phase];
	__u64 migrate_scanned = 0, free_scanned = 0, moved = 0;

	for (size_t i = 0; i < r->run_count; i++) {
		const struct record_run *run = &r->runs[i];
		__u64 by_status = 0, by_outcome = 0;

		if (run->key.phase != phase + 1)
			continue;
		migrate_scanned += run->sums.migrate_scanned;
		free_scanned += run->sums.free_scanned;
		moved += run->sums.moved;

		for (size_t s = 0; s < FS_RESULTS; s++)
			by_status += run->sums.status[s];
		if (by_status != run->sums.runs)
			add(why, "Phase %s, zone %s: %llu runs but %llu results.", p->name,
			    run->zone, run->sums.runs, by_status);

		if (r->has_stats && run->sums.kernel_runs != run->sums.runs)
			add(why,
			    "Phase %s, zone %s: %llu runs where the kernel's statistics tell %llu.",
			    p->name, run->zone, run->sums.runs, run->sums.kernel_runs);

		for (size_t o = 0; o < FS_OUTCOMES; o++)
			by_outcome += run->sums.outcomes[o];
		if (by_outcome != run->sums.sources)
			add(why, "Phase %s, zone %s: %llu source frames but %llu outcomes.",
			    p->name, run->zone, run->sums.sources, by_outcome);
	}
	agree(why, p, "compact_migrate_scanned", migrate_scanned);
	agree(why, p, "compact_free_scanned", free_scanned);
	if (moved != p->counts.migrate[0].succeeded)
		add(why, "Phase %s: runs moved %llu pages but compaction migrated %llu.", p->name,
		    moved, p->counts.migrate[0].succeeded);
}

/* The frames together have what the isolating functions say they took. */
static void audit_frames(const struct record *r, const struct record_phase *p,
			 struct json_object *why)
{
	__u64 sum = 0;

	for (size_t i = 0; i < r->frame_count; i++)
		sum += p->isolated[i];
	if (sum != p->counts.isolate_migrate.taken)
		add(why, "Phase %s: %llu pages isolated but %llu from frames.", p->name,
		    p->counts.isolate_migrate.taken, sum);
}

/* Migrations outside compaction are counted too: vmstat does not tell them apart. */
static void audit_moves(const struct record_phase *p, struct json_object *why)
{
	__u64 succeeded = 0, failed = 0;

	for (size_t i = 0; i < FS_REASONS; i++) {
		succeeded += p->counts.migrate[i].succeeded;
		failed += p->counts.migrate[i].failed;
	}
	agree(why, p, "pgmigrate_success", succeeded);
	agree(why, p, "pgmigrate_fail", failed);
}

void record_audit(const struct record *r, struct json_object *why)
{
	const char *cause;
	uint64_t count;

	for (size_t i = 0; (cause = record_loss(r, i, &count)); i++)
		if (count)
			add(why, "Lost by %s: %llu.", cause, (__u64)count);

	for (size_t i = 0; i < r->phase_count; i++) {
		audit_runs(r, i, why);
		if (r->light)
			continue;
		audit_moves(&r->phases[i], why);
		audit_frames(r, &r->phases[i], why);
	}
}
