/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event counters of /proc/vmstat that have to do with compaction: an
 * account of the same events by the kernel itself. Reading the file sums the
 * per-CPU counters, so values are exact when nothing is in flight.
 */
#ifndef VMSTAT_H
#define VMSTAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VMSTAT_MAX 256

struct vmstat {
	size_t count;
	struct vmstat_counter {
		char name[40];
		uint64_t value;
	} counters[VMSTAT_MAX];
};

/* False if a line is not "name value" or there are too many. */
bool vmstat_parse(const char *text, struct vmstat *v);

/* Read /proc/vmstat; complains and returns false on failure. */
bool vmstat_read(struct vmstat *v);

/* The counter's value, or NULL where this kernel has none of that name. */
const uint64_t *vmstat_find(const struct vmstat *v, const char *name);

/* @later minus @before, counter by counter. */
void vmstat_delta(const struct vmstat *before, const struct vmstat *later, struct vmstat *delta);

#endif
