// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include "record.h"

static const char *const trigger_names[FS_TRIGGERS] = {
	[FS_DIRECT] = "direct",
	[FS_KCOMPACTD] = "kcompactd",
	[FS_PROACTIVE] = "proactive",
	[FS_MANUAL] = "manual",
};

static const char *const outcome_names[FS_OUTCOMES] = {
	[FS_CLEARED] = "cleared", [FS_PARTIAL] = "partial", [FS_PINNED] = "pinned",
	[FS_NOMEM] = "nomem",	  [FS_ABORTED] = "aborted",
};

static void add_number(struct json_object *o, const char *key, uint64_t value)
{
	json_object_object_add(o, key, json_object_new_uint64(value));
}

static void add_string(struct json_object *o, const char *key, const char *value)
{
	json_object_object_add(o, key, json_object_new_string(value));
}

static void add_bool(struct json_object *o, const char *key, bool value)
{
	json_object_object_add(o, key, json_object_new_boolean(value));
}

/* The non-zero ones of @counts by name. */
static struct json_object *histogram(const __u64 *counts, char *const *names, size_t size)
{
	struct json_object *o = json_object_new_object();

	for (size_t i = 0; i < size; i++)
		if (counts[i])
			add_number(o, names[i], counts[i]);
	return o;
}

static struct json_object *lost_json(const struct record *r)
{
	struct json_object *o = json_object_new_object();
	const char *cause;
	uint64_t count;

	for (size_t i = 0; (cause = record_loss(r, i, &count)); i++)
		add_number(o, cause, count);
	return o;
}

static struct json_object *probes_json(const struct record_probes *p)
{
	struct json_object *o = json_object_new_object();

	add_number(o, "calls", p->calls);
	add_number(o, "ns", p->ns);
	return o;
}

static struct json_object *vmstat_json(const struct vmstat *v)
{
	struct json_object *o = json_object_new_object();

	for (size_t i = 0; i < v->count; i++)
		add_number(o, v->counters[i].name, v->counters[i].value);
	return o;
}

static struct json_object *run_json(const struct record *r, const struct record_run *run,
				    const char *policy)
{
	struct json_object *o = json_object_new_object();

	add_string(o, "zone", run->zone);
	add_number(o, "nid", run->key.nid);
	add_string(o, "policy", policy);
	add_string(o, "trigger", trigger_names[run->key.trigger]);
	add_number(o, "runs", run->sums.runs);
	add_number(o, "ns", run->sums.ns);
	add_number(o, "sleep_ns", run->sums.sleep_ns);
	add_number(o, "migrate_scanned", run->sums.migrate_scanned);
	add_number(o, "free_scanned", run->sums.free_scanned);
	if (!r->light)
		add_number(o, "moved", run->sums.moved);
	if (r->has_sources) {
		add_number(o, "sources", run->sums.sources);
		for (size_t i = 0; i < FS_OUTCOMES; i++)
			add_number(o, outcome_names[i], run->sums.outcomes[i]);
		add_number(o, "blocked_ns", run->sums.blocked_ns);
	}
	if (r->has_decisions) {
		add_number(o, "source_decisions", run->sums.source_decisions);
		add_number(o, "source_ns", run->sums.source_ns);
		add_number(o, "target_decisions", run->sums.target_decisions);
		add_number(o, "target_ns", run->sums.target_ns);
		add_number(o, "looked", run->sums.looked);
	}
	if (r->has_mappings)
		add_number(o, "mappings", run->sums.mappings);
	json_object_object_add(o, "status", histogram(run->sums.status, r->results, FS_RESULTS));
	return o;
}

static struct json_object *runs_json(const struct record *r, size_t phase)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < r->run_count; i++)
		if (r->runs[i].key.phase == phase + 1)
			json_object_array_add(array,
					      run_json(r, &r->runs[i], r->phases[phase].policy));
	return array;
}

static struct json_object *reason_json(const struct fs_migrate *m)
{
	struct json_object *o = json_object_new_object();

	add_number(o, "calls", m->calls);
	add_number(o, "succeeded", m->succeeded);
	add_number(o, "failed", m->failed);
	add_number(o, "split", m->split);
	add_number(o, "ns", m->ns);
	add_number(o, "sleep_ns", m->sleep_ns);
	return o;
}

/* MR_COMPACTION is 0; the rest is there to account for all of pgmigrate_*. */
static struct json_object *migrate_json(const struct record *r, const struct fs_phase *p)
{
	struct json_object *o = json_object_new_object();
	struct json_object *other = json_object_new_object();

	for (size_t i = 1; i < FS_REASONS; i++)
		if (p->migrate[i].calls)
			json_object_object_add(other, r->reasons[i], reason_json(&p->migrate[i]));
	json_object_object_add(o, "compaction", reason_json(&p->migrate[0]));
	json_object_object_add(o, "other", other);
	return o;
}

static struct json_object *scan_json(const struct fs_scan *s)
{
	struct json_object *o = json_object_new_object();

	add_number(o, "calls", s->calls);
	add_number(o, "scanned", s->scanned);
	add_number(o, "taken", s->taken);
	return o;
}

static struct json_object *decisions_json(const struct record *r, const struct fs_phase *p)
{
	struct json_object *o = json_object_new_object();

	add_number(o, "attempts", p->attempts);
	add_number(o, "deferred", p->deferred);
	add_number(o, "defer_raised", p->defer_raised);
	add_number(o, "defer_reset", p->defer_reset);
	json_object_object_add(o, "suitable", histogram(p->suitable, r->results, FS_RESULTS));
	json_object_object_add(o, "finished", histogram(p->finished, r->results, FS_RESULTS));
	return o;
}

static struct json_object *scanners_json(const struct fs_phase *p)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "migrate", scan_json(&p->isolate_migrate));
	json_object_object_add(o, "free", scan_json(&p->isolate_free));
	json_object_object_add(o, "fast_free", scan_json(&p->fast_isolate_free));
	add_number(o, "batches", p->batches);
	return o;
}

static struct json_object *stalls_json(const struct fs_phase *p)
{
	struct json_object *o = json_object_new_object();

	add_number(o, "stalls", p->stalls);
	add_number(o, "ns", p->stall_ns);
	add_number(o, "captured", p->captured);
	return o;
}

static struct json_object *pool_json(const struct fs_pool *pool)
{
	struct json_object *o = json_object_new_object();

	add_number(o, "compactions", pool->compactions);
	add_number(o, "ns", pool->ns);
	add_number(o, "sleep_ns", pool->sleep_ns);
	add_number(o, "cleared", pool->cleared);
	add_number(o, "flushes", pool->flushes);
	add_number(o, "fences", pool->fences);
	add_number(o, "copied", pool->copied);
	add_number(o, "moves", pool->moves);
	add_number(o, "pages", pool->pages);
	add_number(o, "given_up", pool->given_up);
	return o;
}

static struct json_object *deliveries_json(const struct record *r, size_t phase)
{
	struct json_object *array = json_object_new_array();
	size_t end = phase + 1 < r->phase_count ? r->phases[phase + 1].first_delivery
						: r->delivery_count;

	for (size_t i = r->phases[phase].first_delivery; i < end && i < r->delivery_count; i++)
		json_object_array_add(array, json_object_new_uint64(r->deliveries[i]));
	return array;
}

static struct json_object *worst_json(const struct record *r, const struct fs_worst *worst)
{
	struct json_object *o = json_object_new_object();

	add_number(o, "run_ns", worst->run_ns);
	if (r->has_stalls)
		add_number(o, "stall_ns", worst->stall_ns);
	if (r->has_sources)
		add_number(o, "blocked_ns", worst->blocked_ns);
	return o;
}

/* [frame, pages] of those that lost any */
static struct json_object *isolated_json(const struct record *r, const struct record_phase *p)
{
	struct json_object *array = json_object_new_array();

	for (size_t frame = 0; frame < r->frame_count; frame++) {
		struct json_object *pair;

		if (!p->isolated[frame])
			continue;
		pair = json_object_new_array();
		json_object_array_add(pair, json_object_new_uint64(frame));
		json_object_array_add(pair, json_object_new_uint64(p->isolated[frame]));
		json_object_array_add(array, pair);
	}
	return array;
}

static struct json_object *phase_json(const struct record *r, size_t phase)
{
	const struct record_phase *p = &r->phases[phase];
	struct json_object *o = json_object_new_object();

	add_string(o, "name", p->name);
	add_string(o, "policy", p->policy);
	add_bool(o, "settled", p->settled);
	json_object_object_add(o, "vmstat", vmstat_json(&p->vmstat));
	json_object_object_add(o, "compaction", runs_json(r, phase));
	json_object_object_add(o, "worst", worst_json(r, &p->counts.worst));
	if (r->light)
		return o;

	json_object_object_add(o, "migrate", migrate_json(r, &p->counts));
	if (r->has_tlb)
		json_object_object_add(o, "tlb",
				       histogram(p->counts.tlb, r->tlb_reasons, FS_TLB_REASONS));
	if (r->has_stalls)
		json_object_object_add(o, "direct", stalls_json(&p->counts));
	if (r->has_pool)
		json_object_object_add(o, "pool", pool_json(&p->counts.pool));
	json_object_object_add(o, "decisions", decisions_json(r, &p->counts));
	json_object_object_add(o, "scanners", scanners_json(&p->counts));
	json_object_object_add(o, "isolated", isolated_json(r, p));
	json_object_object_add(o, "deliveries", deliveries_json(r, phase));
	return o;
}

/* As at the start. */
static void add_engine(struct json_object *o, const struct record *r)
{
	if (!r->phase_count || !r->phases[0].targets[0])
		return;
	add_string(o, "targets", r->phases[0].targets);
	add_bool(o, "preflight", r->phases[0].preflight);
}

struct json_object *record_to_json(const struct record *r)
{
	struct json_object *o = json_object_new_object();
	struct json_object *why = json_object_new_array();
	struct json_object *phases = json_object_new_array();

	record_audit(r, why);
	for (size_t i = 0; i < r->phase_count; i++)
		json_object_array_add(phases, phase_json(r, i));

	add_number(o, "schema", 1);
	add_string(o, "type", "record");
	add_string(o, "kernel_release", r->kernel_release);
	add_string(o, "allocator", r->allocator);
	add_string(o, "policy", r->phase_count ? r->phases[0].policy : "");
	add_engine(o, r);
	add_string(o, "mode", r->light ? "light" : "detail");
	add_bool(o, "valid", json_object_array_length(why) == 0);
	json_object_object_add(o, "invalid_why", why);
	json_object_object_add(o, "lost", lost_json(r));
	if (r->overhead)
		json_object_object_add(o, "probes", probes_json(&r->probes));
	json_object_object_add(o, "phases", phases);
	return o;
}
