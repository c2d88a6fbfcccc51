// SPDX-License-Identifier: GPL-2.0-or-later
/* frameshift check: what the running kernel offers for recording. */
#include <argp.h>
#include <bpf/btf.h>
#include <json-c/json.h>
#include <stdio.h>
#include "tracepoints.h"
#include "session.h"
#include "subcommands.h"
#include "util.h"

struct options {
	bool json, verbose;
};

static const struct argp_option option_table[] = {
	{"json", 'j', NULL, 0, "Print one JSON object instead of a table", 0},
	{"verbose", 'v', NULL, 0, "Show libbpf's and the verifier's messages", 0},
	{0},
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	(void)arg;
	switch (key) {
	case 'j':
		o->json = true;
		return 0;
	case 'v':
		o->verbose = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options = option_table,
	.parser = parse_option,
	.doc = "Show which tracepoints this kernel has, and try to attach to them.\v"
	       "Exit status: 0 if `frameshift record` can run here, 1 if not, 2 for wrong options.",
};

static const char *tracepoint_state(const struct tracepoint *t, int has)
{
	if (has == t->parameters)
		return "ok";
	if (has >= 0)
		return "other shape";
	return t->need == TP_OPTIONAL ? "absent" : "missing";
}

static void print_json(const struct record *r, const struct btf *btf, bool works)
{
	struct json_object *o = json_object_new_object();
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < tracepoint_count; i++) {
		const struct tracepoint *t = &tracepoints[i];
		int has = tracepoint_parameters(btf, t->name);
		struct json_object *row = json_object_new_object();

		json_object_object_add(row, "name", json_object_new_string(t->name));
		json_object_object_add(row, "parameters",
				       has < 0 ? NULL : json_object_new_int(has));
		json_object_object_add(row, "expected", json_object_new_int(t->parameters));
		json_object_object_add(row, "use", json_object_new_string(t->use));
		json_object_object_add(row, "state",
				       json_object_new_string(tracepoint_state(t, has)));
		json_object_array_add(array, row);
	}
	json_object_object_add(o, "schema", json_object_new_int(1));
	json_object_object_add(o, "type", json_object_new_string("check"));
	json_object_object_add(o, "kernel_release", json_object_new_string(r->kernel_release));
	json_object_object_add(o, "allocator", json_object_new_string(r->allocator));
	json_object_object_add(o, "tracepoints", array);
	json_object_object_add(o, "works", json_object_new_boolean(works));
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
	json_object_put(o);
}

static void print_table(const struct record *r, const struct btf *btf, bool works)
{
	printf("%-38s %10s  %-12s %s\n", "tracepoint", "parameters", "state", "used for");
	for (size_t i = 0; i < tracepoint_count; i++) {
		const struct tracepoint *t = &tracepoints[i];
		int has = tracepoint_parameters(btf, t->name);
		char parameters[16] = "-";

		if (has >= 0)
			snprintf(parameters, sizeof(parameters), "%d", has);
		printf("%-38s %10s  %-12s %s\n", t->name, parameters, tracepoint_state(t, has),
		       t->use);
	}
	if (works)
		printf("\nkernel %s, allocator %s: recording works\n", r->kernel_release,
		       r->allocator);
	else
		printf("\nrecording does not work here\n");
}

int check_main(int argc, char **argv)
{
	struct options o = {};
	struct record r = {};
	struct session *s;
	struct btf *btf;

	parse_options(&argp, "frameshift check", argc, argv, 0, &o);

	btf = kernel_btf();
	if (!btf)
		return 1;
	s = session_open(&r, o.verbose);
	(o.json ? print_json : print_table)(&r, btf, s);
	if (s)
		session_close(s);
	record_free(&r);
	btf__free(btf);
	return !s;
}
