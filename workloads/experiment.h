/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part that all workloads share: options, the state of the kernel around the experiment, and
 * the demand in steps with a snapshot before the first and after each. Results go to
 * DIR/steps.jsonl and DIR/frames-<k>.tsv.
 */
#ifndef EXPERIMENT_H
#define EXPERIMENT_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "demand.h"
#include "snapshot.h"

#define MAX_STEPS 16

struct experiment {
	const char *workload;
	const char *mode; /* which variant of the workload */
	uint64_t seed;
	uint64_t perturbation;
	bool system; /* regime: whole system, with Linux's background policies on */
	const struct demand *demand;
	unsigned int steps[MAX_STEPS]; /* percent of what is feasible beyond what is free */
	unsigned int nr_steps;
	const char *out;
	unsigned long moved_then_freed; /* system regime: pages, told by window_end() */
	/*
	 * What a workload has to add, or NULL: members of the object of each step, each after a
	 * comma; 'step' is 0 for the header, before the first.
	 */
	void (*tell)(FILE *steps, unsigned int step);
};

/* What the options say when they are not given. */
struct experiment experiment_default(const char *workload);

#define EXPERIMENT_OPTIONS                                                                         \
	{"seed", required_argument, NULL, 's'}, {"perturb", required_argument, NULL, 'p'},         \
		{"demand", required_argument, NULL, 'd'}, {"steps", required_argument, NULL, 'n'}, \
		{"regime", required_argument, NULL, 'r'},                                          \
	{                                                                                          \
		"out", required_argument, NULL, 'o'                                                \
	}

/* The part of --help about them, --help itself and the exit status. */
extern const char experiment_help[];

/* Takes one of the options above; false if 'option' is not one. */
bool experiment_option(struct experiment *e, int option, const char *value);

/* Sets the kernel up for the regime; what it changes is restored when the process ends. */
void experiment_begin(const struct experiment *e);

/* The demand in steps. 'pins' are the pages the workload pinned itself. */
void experiment_run(const struct experiment *e, const struct pfn_list *pins);

/* Gives back all that was demanded and restores the kernel; ends the program if that fails. */
void experiment_end(const struct experiment *e);

#endif
