/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the guest says of its own memory at the end of a run. */
#ifndef FS_STATE_H
#define FS_STATE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * state.txt: "name value" lines of /proc/vmstat, the lines of /proc/buddyinfo and, on LLFree, what
 * debugfs llfree/validate prints. Other lines may stand between.
 */
struct state {
	bool has_isolated, has_buddyinfo, has_violations;
	int64_t isolated; /* pages */
	int64_t free_pages; /* nr_free_pages */
	int64_t listed; /* pages on the free lists of /proc/buddyinfo */
	int64_t violations;
};

/* Dies if the file cannot be read. */
struct state state_read(const char *path);

#endif
