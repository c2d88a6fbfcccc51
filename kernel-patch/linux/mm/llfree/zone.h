/* SPDX-License-Identifier: GPL-2.0 */
/* A zone's LLFree instance: what the files of mm/llfree share. */
#ifndef _MM_LLFREE_ZONE_H
#define _MM_LLFREE_ZONE_H

#include <linux/mmzone.h>
#include "core.h"
#include "policy.h"

/**
 * struct llfree_zone - a zone's LLFree instance
 * @core: the instance; its owner is the zone
 * @base_pfn: page frame number of the instance's page 0
 * @compact: what compaction remembers between runs
 * @index: what the policy of compaction reads, or NULL
 * @next_index: of the policy that is being switched to
 *
 * Base and length are the instance's own: a zone's span may change, and need
 * not be aligned.  Pages of the instance outside of the zone, and holes, stay
 * allocated.
 */
struct llfree_zone {
	struct llfree core;
	unsigned long base_pfn;
	struct llfree_compact_state compact;
	struct llfree_index *index;
	struct llfree_index *next_index;
} __aligned(64);

static inline u64 llfree_pfn_index(const struct llfree_zone *lz,
				   unsigned long pfn)
{
	return pfn - lz->base_pfn;
}

static inline unsigned long llfree_index_pfn(const struct llfree_zone *lz,
					     u64 index)
{
	return lz->base_pfn + index;
}

static inline u64 llfree_pfn_frame(const struct llfree_zone *lz,
				   unsigned long pfn)
{
	return llfree_pfn_index(lz, pfn) >> LLFREE_FRAME_ORDER;
}

static inline unsigned long llfree_frame_pfn(const struct llfree_zone *lz,
					     u64 frame)
{
	return llfree_index_pfn(lz, frame << LLFREE_FRAME_ORDER);
}

static inline enum llfree_class llfree_class_of(int migratetype)
{
	return migratetype == MIGRATE_MOVABLE || is_migrate_cma(migratetype) ?
	       LLFREE_MOVABLE : LLFREE_UNMOVABLE;
}

/*
 * A batch: single pages that are taken together, and to the rest of mm not
 * allocated yet.  llfree_free_batch() frees what is left of it.
 */
#define LLFREE_BATCH_PAGES	64

void llfree_add_batch(struct llfree_zone *lz, struct list_head *batch,
		      const u64 *index, unsigned int nr);
struct page *llfree_batch_next(struct list_head *batch);

/* Parts of /sys/kernel/mm/llfree: of compact.c, and of select.c */
extern const struct attribute_group llfree_compact_group;
extern const struct attribute_group llfree_policy_group;

#endif /* _MM_LLFREE_ZONE_H */
