/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's request once more, from its own snapshot. */
#ifndef FS_SIMULATE_REPLAY_H
#define FS_SIMULATE_REPLAY_H

#include <stdio.h>

struct llfree_compact_policy;

struct replay;

/*
 * Read the run directory of a guest (analysis/SCHEMA.md): its snapshot before the first step and
 * the frames that each step delivered from each zone.
 */
struct replay *replay_open(const char *dir);

/* Demand the same frames under this policy, and print an object a step. */
void replay_policy(struct replay *replay, const struct llfree_compact_policy *policy, FILE *out);

void replay_close(struct replay *replay);

#endif
