// SPDX-License-Identifier: GPL-2.0-or-later
#include "settle.h"

#include <limits.h>

#include "sys.h"

#define DROP_CACHES "/proc/sys/vm/drop_caches"
#define PCP_FRACTION "/proc/sys/vm/percpu_pagelist_high_fraction"
#define STAT_REFRESH "/proc/sys/vm/stat_refresh"

/* A refresh lowers the length of a list by an eighth; the longest is an eighth of its zone. */
#define REFRESHES 64

void drain_free_lists(void)
{
	unsigned long fraction = file_read_number(PCP_FRACTION);

	/* The smallest fraction of a zone makes the kernel's own least length the limit. */
	file_set_number(PCP_FRACTION, INT_MAX);
	for (int i = 0; i < REFRESHES; i++)
		file_set_number(STAT_REFRESH, 1);
	file_set_number(PCP_FRACTION, fraction);
}

void settle(void)
{
	/* Empties the LRU's per-CPU lists before the page cache. */
	file_set_number(DROP_CACHES, 1);
	drain_free_lists();
}
