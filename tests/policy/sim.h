/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compaction without a kernel: an allocator instance whose pages are free,
 * movable or pinned, and a driver that does to it what mm/llfree/compact.c
 * does to a zone.
 */
#ifndef _TESTS_POLICY_SIM_H
#define _TESTS_POLICY_SIM_H

#include "world.h"
#include "policy.h"

#define SIM_BATCH 32u /* single pages taken together: compact.c's COMPACT_CLUSTER_MAX */

enum sim_page {
	SIM_FREE,
	SIM_MOVABLE,
	SIM_PINNED,
	SIM_HUGE, /* delivered, or allocated as a whole */
};

/**
 * struct sim - the simulated zone
 * @w: the instance
 * @page: state of each page
 * @order: of each movable page's folio
 * @policy: who compacts
 * @state: the policies' memory between runs
 * @index: the policy's, or NULL
 * @rule: of targets, or NULL for the policy's
 * @preflight: look for pinned pages before the first move
 * @async: runs may not wait
 * @background: nobody waits for them
 * @worth: a source may hold so many pages
 * @look_again: marks do not count
 * @batch: single pages taken together, from @target to @targets not used yet
 * @singles: folios of one page that are still to be moved from the source
 * @moves: pages moved so far
 * @splits: folios that were split for want of a hole so far
 * @kept: pages moved that kept their offset so far
 * @sources: frames and groups blocked so far
 * @looked: child words read so far
 * @trace: a digest of every choice so far
 */
struct sim {
	struct world w;
	unsigned char *page;
	unsigned char *order;
	const struct llfree_compact_policy *policy;
	struct llfree_compact_state state;
	struct llfree_index *index;
	const struct llfree_target_rule *rule;
	bool preflight;
	bool async;
	bool background;
	unsigned int worth;
	bool look_again;
	u64 batch[SIM_BATCH];
	u64 *target;
	u64 *targets;
	unsigned int singles;
	u64 moves;
	u64 splits;
	u64 kept;
	u64 sources;
	u64 looked;
	u64 trace;
};

enum sim_result {
	SIM_DELIVERED,
	SIM_COMPLETE, /* everything was tried */
	SIM_PARTIAL,
};

/* An instance of @frames frames, everything movable. */
void sim_open(struct sim *s, u64 frames, const struct llfree_compact_policy *policy);
void sim_close(struct sim *s);

/* Release pages of a frame until it holds @used of them, spread by @seed. */
void sim_thin(struct sim *s, u64 frame, unsigned int used, u64 seed);

/* Make 2^order movable pages from @index on one folio. */
void sim_folio(struct sim *s, u64 index, unsigned int order);

/* Release the folio that begins at @index. */
void sim_release(struct sim *s, u64 index);

/* Make the first used page of a frame unmovable; it has to have one. */
void sim_pin(struct sim *s, u64 frame);

/* The same, and the allocator knows. */
void sim_pin_known(struct sim *s, u64 frame);

/* Mark a frame as impossible to clear. */
void sim_mark(struct sim *s, u64 frame);

/* One run for an order, or -1 for the whole instance. */
enum sim_result sim_compact(struct sim *s, int order);

/* Used pages of a frame, from the page states; 512 if it was delivered. */
unsigned int sim_used(const struct sim *s, u64 frame);

/* Has the frame a page that cannot move? */
bool sim_pinned(const struct sim *s, u64 frame);

/* Free pages, from the page states. */
u64 sim_free(const struct sim *s);

/* Entirely free frames, from the page states. */
u64 sim_free_frames(const struct sim *s);

/* Compare instance and page states; nothing may be blocked. */
void sim_verify(struct sim *s);

#endif /* _TESTS_POLICY_SIM_H */
