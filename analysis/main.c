// SPDX-License-Identifier: GPL-2.0-or-later
/* fsanalyze: from what a run recorded to figures beside the provable minimum. */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "runs.h"
#include "verbs.h"

static const struct verb {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *usage, *help;
} verbs[] = {
	{"merge", verb_merge,
	 "[--icount] [--invalid WHY]... [--cell NAME] [--sources ID] DETAIL_DIR [LIGHT_DIR]",
	 "print one JSON object a step (analysis/SCHEMA.md) from the run directory of\n"
	 "      'frameshift record' and, for instruction counts, that of 'record --light'"},
	{"table", verb_table, "[--markdown] RUNS...",
	 "print one table a workload: cost beside the minimum, medians over seeds;\n"
	 "      here and below RUNS is a runs.jsonl, or one compressed by gzip or xz"},
	{"costs", verb_costs, "[--markdown] RUNS...",
	 "print what the cost is made of, medians over seeds: isolated in vain, mappings,\n"
	 "      decisions of the policy, time that frames were closed, the worst run and request"},
	{"versus", verb_versus,
	 "[--markdown] [--end-to-end] [--never-worse] [--row ROW] BASE RUNS...",
	 "print every row (or ROW) beside row BASE, over paired seeds and at equal success: the\n"
	 "      median ratio, its 90 % interval, and whether it agrees, is better, worse or open;\n"
	 "      --end-to-end pairs by seed alone, placement included;\n"
	 "      with --never-worse exit 1 if an interval excludes equality on the worse side, or a "
	 "row\n"
	 "      has no pair"},
	{"spread", verb_spread, "[--markdown] RUNS...",
	 "print median, 90 % interval and range over seeds of each row, and the coefficient of\n"
	 "      variation within a seed (perturbations) and between seeds"},
	{"goals", verb_goals, "[--markdown] [--groups] | --json, RUNS...",
	 "judge the study's goals: of how many groups of cells (a workload, a demand) each holds, "
	 "the\n"
	 "      worst group, and the verdict, for which a group needs 10 seeds of 3 runs each;\n"
	 "      controls, which the study runs with 3 seeds, are told apart and decide nothing;\n"
	 "      with --groups a line for each group and goal, with its spread"},
	{"values", verb_values, "RUNS...",
	 "print every figure of every row, workload and demand for other programs: a line each,\n"
	 "      tab-separated (analysis/SCHEMA.md)"},
	{"minimum", verb_minimum, "[--freed PFNS] FRAMES.tsv COUNT | --folios MAP COUNT",
	 "print the fewest page moves that empty COUNT frames of a snapshot;\n"
	 "      with --freed, a lower bound for an episode in which owners freed these pages of "
	 "it\n"
	 "      (a page frame number a line, with 'unmovable' where it was);\n"
	 "      with --folios, for movable folios of several orders that move whole, from a map "
	 "of\n"
	 "      lines 'PFN KIND*PAGES...': KIND is a folio order 0-9, . free or # unmovable"},
	{"simulated", verb_simulated,
	 "[--markdown] [--rows FIELD,...] [--columns FIELD,...] [--figure NAME] SIMULATE.jsonl",
	 "print a figure of each group of simulated runs, its median over seeds [range]; groups "
	 "by\n"
	 "      policy and state, unless fields are named; the figure is moves/minimum (default),\n"
	 "      moves/whole, moves (a request), in-vain, kept, splits, delivered, decisions, ns,\n"
	 "      ns-p99, ns-source (of the choices of a source alone) or lines"},
	{"admit", verb_admit, "[--markdown] [--within PERCENT] RUNS REPLAY.jsonl",
	 "print the moves of each row, workload and demand beside those of 'simulate --replay' "
	 "from\n"
	 "      the same snapshots; exit 1 if in some cell a seed differs by more than 2 %, or has "
	 "no\n"
	 "      replay where another one has"},
	{"agree", verb_agree, "ROW RUNS_A RUNS_B",
	 "exit 0 if A agrees with B on row ROW (e.g. buddy), 1 if not; at least 10 paired seeds"},
};

#define NR_VERBS (sizeof(verbs) / sizeof(verbs[0]))

static void verb_usage(FILE *out, const struct verb *verb)
{
	fprintf(out, "  %s %s\n      %s\n", verb->name, verb->usage, verb->help);
}

static void usage(FILE *out)
{
	fprintf(out, "usage: fsanalyze VERB ...\n\n");
	for (size_t i = 0; i < NR_VERBS; i++)
		verb_usage(out, &verbs[i]);
}

static bool wants_help(const char *word)
{
	return !strcmp(word, "--help") || !strcmp(word, "-h");
}

int usage_error(const char *verb)
{
	for (size_t i = 0; i < NR_VERBS; i++)
		if (!strcmp(verbs[i].name, verb))
			fprintf(stderr, "usage: fsanalyze %s %s\n", verb, verbs[i].usage);
	return 2;
}

int verb_by_workload(int argc, char **argv, void (*print)(json_object *runs, bool markdown))
{
	static const struct option options[] = {{"markdown", no_argument, NULL, 'm'}, {0}};
	const char *verb = strchr(argv[0], ' ') + 1;
	struct text_list workloads;
	bool markdown = false;
	json_object *runs;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option != 'm')
			return usage_error(verb);
		markdown = true;
	}
	if (optind == argc)
		return usage_error(verb);
	runs = runs_read(argv + optind, argc - optind);
	workloads = runs_list(runs, runs_workload);
	for (size_t i = 0; i < workloads.nr; i++) {
		json_object *part = runs_where(runs, runs_workload, workloads.items[i]);

		printf("%s%s%s%s", i ? "\n" : "", markdown ? "### " : "", workloads.items[i],
		       markdown ? "\n\n" : "\n");
		print(part, markdown);
		json_object_put(part);
	}
	text_list_free(&workloads);
	json_object_put(runs);
	return fflush(stdout) ? 1 : 0;
}

int main(int argc, char **argv)
{
	char name[32];

	if (argc < 2) {
		usage(stderr);
		return 2;
	}
	if (wants_help(argv[1]) || !strcmp(argv[1], "help")) {
		usage(stdout);
		return 0;
	}
	for (size_t i = 0; i < NR_VERBS; i++) {
		if (strcmp(verbs[i].name, argv[1]))
			continue;
		if (argc > 2 && wants_help(argv[2])) {
			verb_usage(stdout, &verbs[i]);
			return 0;
		}
		/* What getopt() begins its errors with */
		snprintf(name, sizeof(name), "fsanalyze %s", verbs[i].name);
		argv[1] = name;
		return verbs[i].run(argc - 1, argv + 1);
	}
	fprintf(stderr, "fsanalyze: no verb '%s'; try fsanalyze --help\n", argv[1]);
	return 2;
}
