/* SPDX-License-Identifier: GPL-2.0 */
/* What mm/compaction.c and LLFree's compaction share. */
#ifndef _MM_LLFREE_COMPACT_H
#define _MM_LLFREE_COMPACT_H

#include <linux/mmzone.h>
#include <linux/sched.h>
#include <linux/compaction.h>

struct capture_control;
struct compact_control;

enum compact_result llfree_compact_zone(struct compact_control *cc,
					struct capture_control *capc);

/* mm/compaction.c */
extern int sysctl_compact_unevictable_allowed;

int isolate_migratepages_block(struct compact_control *cc,
			       unsigned long low_pfn, unsigned long end_pfn,
			       isolate_mode_t mode);
bool kswapd_is_running(pg_data_t *pgdat);
unsigned int fragmentation_score_zone(struct zone *zone);
unsigned int fragmentation_score_wmark(bool low);

#endif /* _MM_LLFREE_COMPACT_H */
