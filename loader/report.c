// SPDX-License-Identifier: GPL-2.0-or-later
/* frameshift report: records as tables. */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "subcommands.h"
#include "util.h"

struct options {
	char **files;
	int count;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_ARGS:
		o->files = state->argv + state->next;
		o->count = state->argc - state->next;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which record?");
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.parser = parse_option,
	.args_doc = "FILE...",
	.doc = "Print records written by `frameshift record` as tables.\v"
	       "\"M ns\" is time on the CPU, sleeps subtracted; under QEMU's -icount shift=0 one "
	       "of them is a million instructions.\n\n"
	       "Exit status: 0, 1 if a file is not a record, 2 for wrong options. Invalid records "
	       "are printed and marked.",
};

static const char *string(struct json_object *o, const char *key)
{
	const char *s = json_object_get_string(json_object_object_get(o, key));

	return s ? s : "-";
}

static uint64_t number(struct json_object *o, const char *key)
{
	return json_object_get_uint64(json_object_object_get(o, key));
}

static struct json_object *item(struct json_object *array, size_t i)
{
	return json_object_array_get_idx(array, i);
}

static void print_runs(struct json_object *phases)
{
	printf("  %-12s %4s %-8s %-10s %6s %10s %10s %12s %12s %9s  %s\n", "phase", "node", "zone",
	       "trigger", "runs", "M ns", "M ns slept", "source scan", "free scan", "moved",
	       "results");
	for (size_t i = 0; i < json_object_array_length(phases); i++) {
		struct json_object *runs = json_object_object_get(item(phases, i), "compaction");

		for (size_t j = 0; j < json_object_array_length(runs); j++) {
			struct json_object *run = item(runs, j);
			uint64_t sleep = number(run, "sleep_ns");

			printf("  %-12s %4s %-8s %-10s %6" PRIu64 " %10.3f %10.3f %12" PRIu64
			       " %12" PRIu64 " %9s ",
			       string(item(phases, i), "name"), string(run, "nid"),
			       string(run, "zone"), string(run, "trigger"), number(run, "runs"),
			       (number(run, "ns") - sleep) / 1e6, sleep / 1e6,
			       number(run, "migrate_scanned"), number(run, "free_scanned"),
			       string(run, "moved"));
			json_object_object_foreach(json_object_object_get(run, "status"), name, n)
				printf(" %s %" PRIu64, name, json_object_get_uint64(n));
			if (number(run, "sources"))
				printf(", %" PRIu64 " sources, %" PRIu64 " cleared",
				       number(run, "sources"), number(run, "cleared"));
			putchar('\n');
		}
	}
}

static void print_moves(struct json_object *phases)
{
	printf("  %-12s %10s %10s %10s %10s %10s %10s\n", "phase", "moved", "failed", "M ns",
	       "deferred", "delivered", "IPIs sent");
	for (size_t i = 0; i < json_object_array_length(phases); i++) {
		struct json_object *p = item(phases, i), *moves;

		moves = json_object_object_get(json_object_object_get(p, "migrate"), "compaction");
		printf("  %-12s %10" PRIu64 " %10" PRIu64 " %10.3f %10" PRIu64 " %10zu %10" PRIu64
		       "\n",
		       string(p, "name"), number(moves, "succeeded"), number(moves, "failed"),
		       (number(moves, "ns") - number(moves, "sleep_ns")) / 1e6,
		       number(json_object_object_get(p, "decisions"), "deferred"),
		       json_object_array_length(json_object_object_get(p, "deliveries")),
		       number(json_object_object_get(p, "tlb"), "remote_send_ipi"));
	}
}

static void print_pools(struct json_object *phases)
{
	bool any = false;

	for (size_t i = 0; i < json_object_array_length(phases); i++) {
		struct json_object *pool = json_object_object_get(item(phases, i), "pool");

		if (!number(pool, "compactions") && !number(pool, "moves"))
			continue;
		if (!any)
			printf("  %-12s %10s %10s %10s %10s %10s %10s %10s %10s\n", "pool in",
			       "runs", "M ns", "cleared", "moves", "pages", "given up", "flushes",
			       "fences");
		any = true;
		printf("  %-12s %10" PRIu64 " %10.3f %10" PRIu64 " %10" PRIu64 " %10" PRIu64
		       " %10" PRIu64 " %10" PRIu64 " %10" PRIu64 "\n",
		       string(item(phases, i), "name"), number(pool, "compactions"),
		       (number(pool, "ns") - number(pool, "sleep_ns")) / 1e6,
		       number(pool, "cleared"), number(pool, "moves"), number(pool, "pages"),
		       number(pool, "given_up"), number(pool, "flushes"), number(pool, "fences"));
	}
}

static bool has(struct json_object *o, const char *key, enum json_type type)
{
	return json_object_is_type(json_object_object_get(o, key), type);
}

static bool is_phase(struct json_object *phase, bool detail)
{
	struct json_object *runs = json_object_object_get(phase, "compaction");

	if (!json_object_is_type(runs, json_type_array) ||
	    (detail && !has(phase, "deliveries", json_type_array)))
		return false;
	for (size_t i = 0; i < json_object_array_length(runs); i++)
		if (!has(item(runs, i), "status", json_type_object))
			return false;
	return true;
}

static bool is_detail(struct json_object *record)
{
	return !strcmp(string(record, "mode"), "detail");
}

/* Has it all that is walked through? What else is missing is printed as 0 or -. */
static bool is_record(struct json_object *o)
{
	struct json_object *phases = json_object_object_get(o, "phases");

	if (strcmp(string(o, "type"), "record") || number(o, "schema") != 1 ||
	    !json_object_is_type(phases, json_type_array) ||
	    !has(o, "invalid_why", json_type_array))
		return false;
	for (size_t i = 0; i < json_object_array_length(phases); i++)
		if (!is_phase(item(phases, i), is_detail(o)))
			return false;
	return true;
}

static bool print_record(const char *file)
{
	struct json_object *o = json_object_from_file(file);
	struct json_object *phases, *why, *probes;

	if (!is_record(o)) {
		if (access(file, R_OK))
			complain("cannot read %s: %s", file, strerror(errno));
		else
			complain("%s is not a record of schema 1", file);
		json_object_put(o);
		return false;
	}
	phases = json_object_object_get(o, "phases");
	why = json_object_object_get(o, "invalid_why");
	printf("%s: kernel %s, %s/%s, %s, %s\n", file, string(o, "kernel_release"),
	       string(o, "allocator"), string(o, "policy"), string(o, "mode"),
	       json_object_array_length(why) ? "INVALID" : "valid");
	for (size_t i = 0; i < json_object_array_length(why); i++)
		printf("  ! %s\n", json_object_get_string(item(why, i)));
	print_runs(phases);
	if (is_detail(o)) {
		print_moves(phases);
		print_pools(phases);
	}
	if (json_object_object_get_ex(o, "probes", &probes))
		printf("  the probes ran %" PRIu64 " times, %.3f M ns in all\n",
		       number(probes, "calls"), number(probes, "ns") / 1e6);
	json_object_put(o);
	return true;
}

int report_main(int argc, char **argv)
{
	struct options o = {};
	bool ok = true;

	parse_options(&argp, "frameshift report", argc, argv, 0, &o);
	for (int i = 0; i < o.count; i++)
		ok &= print_record(o.files[i]);
	return !ok;
}
