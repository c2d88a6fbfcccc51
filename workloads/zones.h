/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory zones as /proc/zoneinfo tells them. All sizes are in 4 KiB pages. */
#ifndef ZONES_H
#define ZONES_H

#include <stdio.h>

#define MAX_ZONES 32
#define FRAME_PAGES 512
#define FRAME_ORDER 9

struct zone {
	int nid;
	char name[16];
	unsigned long free;
	unsigned long low; /* without the temporary boost */
	unsigned long boost;
	unsigned long high; /* without the temporary boost */
	unsigned long reserve; /* lowmem_reserve against a movable allocation */
	unsigned long pcp; /* on the per-CPU lists, not part of 'free' */
	unsigned long start_pfn;
	unsigned long spanned;
};

/* The zones that hold memory of the page allocator; returns how many. */
int zones_parse(FILE *zoneinfo, struct zone zones[MAX_ZONES]);
/* The same from the running kernel, its per-CPU counters folded in first. */
int zones_read(struct zone zones[MAX_ZONES]);

/*
 * Pages that an order-9 demand can take from the zone (F_z): what is free above the low watermark,
 * the zone's reserve, and the gap that compaction keeps for its targets.
 */
unsigned long zone_surplus(const struct zone *z);
unsigned long compact_gap(void);

#endif
