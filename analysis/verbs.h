/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The subcommands: one file each. argv[0] is "fsanalyze VERB"; the result is the exit status. */
#ifndef FS_VERBS_H
#define FS_VERBS_H

#include <stdbool.h>

#include "json.h"

int verb_merge(int argc, char **argv);
int verb_table(int argc, char **argv);
int verb_minimum(int argc, char **argv);
int verb_agree(int argc, char **argv);
int verb_versus(int argc, char **argv);
int verb_spread(int argc, char **argv);
int verb_goals(int argc, char **argv);
int verb_values(int argc, char **argv);
int verb_costs(int argc, char **argv);
int verb_admit(int argc, char **argv);
int verb_simulated(int argc, char **argv);

/* A verb [--markdown] RUNS... that prints the runs of one workload after those of another. */
int verb_by_workload(int argc, char **argv, void (*print)(json_object *runs, bool markdown));

/* Print how the verb is used to stderr; returns the exit status for wrong usage, 2. */
int usage_error(const char *verb);

#endif
