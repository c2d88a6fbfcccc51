/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Figures of a proof: one JSON object a line, {"key", "value", "seed", "bound"}.
 * tests/proof merges the files of all provers.
 */
#ifndef _TESTS_CRASH_PROOF_H
#define _TESTS_CRASH_PROOF_H

#include "check.h"

struct proof;

/* @path: of the file, in a folder that may be missing */
struct proof *proof_open(const char *path);

/* @bound: what the figure holds for; no quotes or backslashes in it */
void __attribute__((format(printf, 5, 6)))
proof_add(struct proof *p, const char *key, double value, u64 seed, const char *bound, ...);

void proof_close(struct proof *p);

#endif /* _TESTS_CRASH_PROOF_H */
