// SPDX-License-Identifier: GPL-2.0-or-later
/* A record's audit and its JSON: a sound record is valid, every single flaw is found. */
#include <json-c/json.h>
#include <string.h>
#include "record.h"
#include "test.h"

static char *names[FS_RESULTS] = {
	"zero",	 "one", "two", "three", "four", "five", "six", "seven",
	"eight", "9",	"10",  "11",	"12",	"13",	"14",  "15",
};

static struct record_phase phases[2];
static struct record_run runs[2];
static uint64_t deliveries[] = {5, 5, 900};
static uint64_t isolated[2][3];
static struct record r;

static void add_counter(struct vmstat *v, const char *name, uint64_t value)
{
	struct vmstat_counter *c = &v->counters[v->count++];

	strcpy(c->name, name);
	c->value = value;
}

static uint64_t *counter(size_t phase, const char *name)
{
	return (uint64_t *)vmstat_find(&phases[phase].vmstat, name);
}

/* Two phases: a direct run with two source frames, then one by hand. */
static void make_sound(void)
{
	memset(phases, 0, sizeof(phases));
	memset(runs, 0, sizeof(runs));
	memset(&r, 0, sizeof(r));
	strcpy(r.kernel_release, "6.12");
	strcpy(r.allocator, "llfree");
	strcpy(phases[0].name, "start");
	strcpy(phases[0].policy, "occupancy");
	strcpy(phases[1].name, "a \"quoted\" \\ \x01 name");
	strcpy(phases[1].policy, "address");
	phases[1].first_delivery = 2;
	r.has_stats = r.has_stalls = r.has_sources = r.has_tlb = true;
	r.has_decisions = r.has_mappings = r.has_pool = true;
	r.phases = phases;
	r.phase_count = 2;
	r.runs = runs;
	r.run_count = 2;
	r.deliveries = deliveries;
	r.delivery_count = 3;
	memcpy(r.results, names, sizeof(r.results));
	memcpy(r.reasons, names, sizeof(r.reasons));
	memcpy(r.tlb_reasons, names, sizeof(r.tlb_reasons));
	r.state.begins = r.state.ends = 4;

	runs[0] = (struct record_run){
		.key = {.phase = 1, .zone = 1, .trigger = FS_DIRECT},
		.sums = {.runs = 3,
			 .kernel_runs = 3,
			 .ns = (1ULL << 60) + 1,
			 .sleep_ns = 7,
			 .migrate_scanned = 100,
			 .free_scanned = 50,
			 .moved = 90,
			 .status = {[8] = 3},
			 .sources = 2,
			 .outcomes = {[FS_CLEARED] = 1, [FS_PINNED] = 1},
			 .blocked_ns = 21,
			 .target_ns = 22,
			 .mappings = 23},
		.zone = "DMA32",
	};
	runs[1] = (struct record_run){
		.key = {.phase = 2, .zone = 2, .trigger = FS_MANUAL},
		.sums = {.runs = 1, .kernel_runs = 1, .migrate_scanned = 9, .status = {[5] = 1}},
		.zone = "Normal",
	};
	memcpy(isolated, (uint64_t[2][3]){{0, 90, 4}, {0}}, sizeof(isolated));
	r.frame_count = 3;
	for (size_t i = 0; i < 2; i++)
		phases[i].isolated = isolated[i];
	phases[0].counts.isolate_migrate.taken = 94;
	phases[0].counts.worst = (struct fs_worst){.run_ns = 11, .stall_ns = 12, .blocked_ns = 13};
	phases[0].counts.pool = (struct fs_pool){.cleared = 3, .copied = 1ULL << 40, .given_up = 4};
	phases[0].counts.migrate[0] = (struct fs_migrate){2, 90, 4, 3, 10, 0};
	phases[0].counts.migrate[5] = (struct fs_migrate){1, 10, 1, 0, 10, 0};
	for (size_t i = 0; i < 2; i++) {
		struct vmstat *v = &phases[i].vmstat;

		add_counter(v, "compact_migrate_scanned", i ? 9 : 100);
		add_counter(v, "compact_free_scanned", i ? 0 : 50);
		add_counter(v, "pgmigrate_success", i ? 0 : 100);
		add_counter(v, "pgmigrate_fail", i ? 0 : 5);
	}
}

static size_t flaws(void)
{
	struct json_object *why = json_object_new_array();
	size_t count;

	record_audit(&r, why);
	count = json_object_array_length(why);
	json_object_put(why);
	return count;
}

#define FLAW(statement)              \
	do {                         \
		make_sound();        \
		statement;           \
		CHECK(flaws() == 1); \
	} while (0)

static void audit(void)
{
	make_sound();
	CHECK(!flaws());

	for (size_t cause = 0; cause < FS_LOSSES; cause++)
		FLAW(r.state.lost[cause] = 1);
	FLAW(r.state.begins++);
	FLAW(r.state.ends++);
	FLAW(r.probes.misses = 1);
	FLAW(r.refused_phases = 1);

	FLAW(++*counter(0, "compact_migrate_scanned"));
	FLAW(++*counter(0, "compact_free_scanned"));
	FLAW(++*counter(1, "pgmigrate_success"));
	FLAW(--*counter(0, "pgmigrate_fail"));
	FLAW(phases[0].counts.migrate[5].succeeded++);
	FLAW(phases[1].counts.migrate[0].failed++);
	FLAW(phases[1].vmstat.count--); /* pgmigrate_fail is gone */
	FLAW(runs[0].sums.kernel_runs--);
	FLAW(runs[0].sums.status[1]++);
	FLAW(runs[0].sums.outcomes[FS_ABORTED]++);
	FLAW(runs[1].sums.free_scanned++);
	FLAW(runs[0].sums.moved--);
	FLAW(isolated[0][2]--);
	FLAW(phases[1].counts.isolate_migrate.taken++);

	/* Light mode does not see migrations. */
	make_sound();
	r.light = true;
	++*counter(0, "pgmigrate_success");
	CHECK(!flaws());

	/* A kernel without mm_compaction_stats has no second count. */
	make_sound();
	r.has_stats = false;
	runs[0].sums.kernel_runs = 0;
	CHECK(!flaws());
}

static struct json_object *get(struct json_object *o, const char *key)
{
	struct json_object *value;

	CHECK(json_object_object_get_ex(o, key, &value));
	return value;
}

static struct json_object *phase_of(struct json_object *o, size_t i)
{
	return json_object_array_get_idx(get(o, "phases"), i);
}

static bool is(struct json_object *o, const char *key, const char *value)
{
	return !strcmp(json_object_get_string(get(o, key)), value);
}

static uint64_t number(struct json_object *o, const char *key)
{
	return json_object_get_uint64(get(o, key));
}

/* The record's JSON after a round trip through its text. */
static struct json_object *round_trip(void)
{
	struct json_object *o = record_to_json(&r), *back;

	back = json_tokener_parse(json_object_to_json_string(o));
	CHECK(back);
	json_object_put(o);
	return back;
}

static void detail_json(void)
{
	struct json_object *o, *p, *run;

	make_sound();
	o = round_trip();
	CHECK(number(o, "schema") == 1);
	CHECK(is(o, "type", "record"));
	CHECK(is(o, "mode", "detail"));
	CHECK(is(o, "allocator", "llfree"));
	CHECK(is(o, "policy", "occupancy"));
	CHECK(is(o, "valid", "true"));
	CHECK(!json_object_array_length(get(o, "invalid_why")));
	CHECK(number(get(o, "lost"), "recursion_miss") == 0);
	CHECK(json_object_array_length(get(o, "phases")) == 2);

	p = phase_of(o, 0);
	CHECK(json_object_array_length(get(p, "compaction")) == 1);
	run = json_object_array_get_idx(get(p, "compaction"), 0);
	CHECK(is(run, "zone", "DMA32"));
	CHECK(is(run, "trigger", "direct"));
	CHECK(is(run, "policy", "occupancy"));
	CHECK(number(run, "ns") == (1ULL << 60) + 1);
	CHECK(number(run, "moved") == 90);
	CHECK(number(run, "sources") == 2);
	CHECK(number(run, "cleared") == 1);
	CHECK(number(get(run, "status"), "eight") == 3);
	CHECK(json_object_object_length(get(run, "status")) == 1);
	CHECK(number(run, "blocked_ns") == 21);
	CHECK(number(run, "target_ns") == 22);
	CHECK(number(run, "mappings") == 23);
	CHECK(number(get(p, "worst"), "run_ns") == 11);
	CHECK(number(get(p, "worst"), "stall_ns") == 12);
	CHECK(number(get(p, "worst"), "blocked_ns") == 13);
	CHECK(json_object_object_length(get(p, "pool")) == 10);
	CHECK(number(get(p, "pool"), "cleared") == 3);
	CHECK(number(get(p, "pool"), "copied") == 1ULL << 40);
	CHECK(number(get(p, "pool"), "given_up") == 4);
	CHECK(json_object_array_length(get(p, "isolated")) == 2);
	CHECK(!strcmp(json_object_get_string(json_object_array_get_idx(get(p, "isolated"), 1)),
		      "[ 2, 4 ]"));
	CHECK(number(get(get(p, "migrate"), "compaction"), "succeeded") == 90);
	CHECK(number(get(get(p, "migrate"), "compaction"), "split") == 3);
	CHECK(number(get(get(get(p, "migrate"), "other"), "five"), "succeeded") == 10);
	CHECK(json_object_array_length(get(p, "deliveries")) == 2);

	p = phase_of(o, 1);
	CHECK(is(p, "name", "a \"quoted\" \\ \x01 name"));
	CHECK(json_object_array_length(get(p, "deliveries")) == 1);
	CHECK(json_object_get_uint64(json_object_array_get_idx(get(p, "deliveries"), 0)) == 900);
	run = json_object_array_get_idx(get(p, "compaction"), 0);
	CHECK(is(run, "policy", "address"));
	json_object_put(o);
}

static void other_json(void)
{
	struct json_object *o;

	make_sound();
	r.overhead = true;
	r.probes = (struct record_probes){.calls = 3, .ns = 99};
	o = round_trip();
	CHECK(number(get(o, "probes"), "calls") == 3);
	CHECK(number(get(o, "probes"), "ns") == 99);
	json_object_put(o);

	make_sound();
	r.light = true;
	o = round_trip();
	CHECK(!json_object_object_get_ex(o, "probes", NULL));
	CHECK(is(o, "mode", "light"));
	CHECK(!json_object_object_get_ex(phase_of(o, 0), "migrate", NULL));
	CHECK(!json_object_object_get_ex(phase_of(o, 0), "deliveries", NULL));
	CHECK(!json_object_object_get_ex(phase_of(o, 0), "isolated", NULL));
	CHECK(number(get(phase_of(o, 0), "worst"), "run_ns") == 11);
	json_object_put(o);

	/* What the kernel could not tell is absent, not zero. */
	make_sound();
	r.has_sources = r.has_stalls = r.has_tlb = r.has_decisions = r.has_mappings = false;
	r.has_pool = false;
	o = round_trip();
	CHECK(json_object_object_length(get(phase_of(o, 0), "worst")) == 1);
	CHECK(!json_object_object_get_ex(
		json_object_array_get_idx(get(phase_of(o, 0), "compaction"), 0), "looked", NULL));
	CHECK(!json_object_object_get_ex(
		json_object_array_get_idx(get(phase_of(o, 0), "compaction"), 0), "mappings", NULL));
	CHECK(!json_object_object_get_ex(phase_of(o, 0), "tlb", NULL));
	CHECK(!json_object_object_get_ex(phase_of(o, 0), "direct", NULL));
	CHECK(!json_object_object_get_ex(phase_of(o, 0), "pool", NULL));
	CHECK(!json_object_object_get_ex(
		json_object_array_get_idx(get(phase_of(o, 0), "compaction"), 0), "sources", NULL));
	json_object_put(o);

	make_sound();
	r.state.lost[FS_LOST_NESTED] = 2;
	o = round_trip();
	CHECK(is(o, "valid", "false"));
	CHECK(number(get(o, "lost"), "nested") == 2);
	CHECK(json_object_array_length(get(o, "invalid_why")) == 1);
	json_object_put(o);

	/* The log of deliveries ran over: those that fit are told. */
	make_sound();
	r.delivery_count = 1;
	o = round_trip();
	CHECK(json_object_array_length(get(phase_of(o, 0), "deliveries")) == 1);
	CHECK(!json_object_array_length(get(phase_of(o, 1), "deliveries")));
	json_object_put(o);
}

int main(void)
{
	audit();
	detail_json();
	other_json();
	return 0;
}
