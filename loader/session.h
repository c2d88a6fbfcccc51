/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The BPF programs while they are attached. The calls come in this order:
 * open, phase (the first one arms), collect, close. Each complains and fails
 * on what it cannot do.
 */
#ifndef SESSION_H
#define SESSION_H

#include <stdbool.h>
#include "record.h"

struct session;

/* Load and attach for a record of the mode in @r. */
struct session *session_open(struct record *r, bool verbose);

/*
 * Begin the phase @name. Waits up to a second for compaction and migration to
 * pause, so that counters and /proc/vmstat are cut at the same point.
 */
bool session_phase(struct session *s, const char *name);

/* Disarm and fill in the record. */
bool session_collect(struct session *s);

void session_close(struct session *s);

#endif
