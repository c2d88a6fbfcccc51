// SPDX-License-Identifier: GPL-2.0-or-later
/* fsanalyze: from what a run recorded to figures beside the provable minimum. */
#include <stdio.h>
#include <string.h>

#include "verbs.h"

static const struct verb {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *usage, *help;
} verbs[] = {
	{"merge", verb_merge, "[--icount] [--invalid WHY]... DETAIL_DIR [LIGHT_DIR]",
	 "print one JSON object a step (analysis/SCHEMA.md) from the run directory of\n"
	 "      'frameshift record' and, for instruction counts, that of 'record --light'"},
	{"table", verb_table, "[--markdown] RUNS.jsonl...",
	 "print one table a workload: cost beside the minimum, medians over seeds"},
	{"minimum", verb_minimum, "FRAMES.tsv COUNT",
	 "print the fewest page moves that empty COUNT frames of a snapshot"},
	{"agree", verb_agree, "ROW RUNS_A.jsonl RUNS_B.jsonl",
	 "exit 0 if A agrees with B on row ROW (e.g. buddy), 1 if not; at least 10 paired seeds"},
};

#define NR_VERBS (sizeof(verbs) / sizeof(verbs[0]))

static void usage(FILE *out)
{
	fprintf(out, "usage: fsanalyze VERB ...\n\n");
	for (size_t i = 0; i < NR_VERBS; i++)
		fprintf(out, "  %s %s\n      %s\n", verbs[i].name, verbs[i].usage, verbs[i].help);
}

int usage_error(const char *verb)
{
	for (size_t i = 0; i < NR_VERBS; i++)
		if (!strcmp(verbs[i].name, verb))
			fprintf(stderr, "usage: fsanalyze %s %s\n", verb, verbs[i].usage);
	return 2;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		usage(stderr);
		return 2;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		usage(stdout);
		return 0;
	}
	for (size_t i = 0; i < NR_VERBS; i++)
		if (!strcmp(verbs[i].name, argv[1]))
			return verbs[i].run(argc - 1, argv + 1);
	fprintf(stderr, "fsanalyze: no verb '%s'; try fsanalyze --help\n", argv[1]);
	return 2;
}
