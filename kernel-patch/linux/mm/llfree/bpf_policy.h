/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Compaction policies as BPF programs: what the engine and a program share.
 *
 * A program's policy is a map of type struct llfree_policy_ops.  Its callbacks
 * choose and nothing else: the engine checks every answer, and what a program
 * may know it asks with the functions of bpf_policy.c.
 */
#ifndef _MM_LLFREE_BPF_POLICY_H
#define _MM_LLFREE_BPF_POLICY_H

#include <linux/list.h>
#include "policy.h"

#define LLFREE_POLICY_NAME_LEN	16

/**
 * struct llfree_policy_ctx - one compaction, as a program sees it
 * @frames: frames of the zone, numbered from 0
 * @group: frames in a source (aligned); two for order 10, else one
 * @order: wanted, or -1 to compact everything
 * @class: of the request: 0 unmovable, 1 movable, 2 order 9 and above
 * @sync: the compaction may wait
 * @state: the program's own, zero when the compaction begins
 * @run: the kernel's.  For the verifier a structure with a pointer is not just
 *	memory, so a program cannot make one up and pass it off as a compaction.
 */
struct llfree_policy_ctx {
	u64 frames;
	u32 group;
	s32 order;
	u32 class;
	u32 sync;
	u64 state[4];
	void *run;
};

/**
 * struct llfree_policy_ops - a policy
 * @source: first frame of the next group to empty, or -1 for none
 * @target: frame with room for a page of this order, or -1 for none
 * @name: as in /sys/kernel/mm/llfree/compact
 *
 * Not sleepable.  Several compactions run the same callbacks at once, so what
 * belongs to one of them is kept in its context.
 */
struct llfree_policy_ops {
	s64 (*source)(struct llfree_policy_ctx *ctx);
	s64 (*target)(struct llfree_policy_ctx *ctx, u32 order);
	char name[LLFREE_POLICY_NAME_LEN];
};

/**
 * struct llfree_bpf_run - the engine's part of a compaction by a program
 * @ctx: the program's part
 * @c: the compaction
 * @reads: how many more child words this decision may read
 */
struct llfree_bpf_run {
	struct llfree_policy_ctx ctx;
	struct llfree_compact *c;
	s64 reads;
};

/**
 * struct llfree_loaded - a policy that can go away
 * @policy: with a get() and a put()
 * @list: of select.c
 */
struct llfree_loaded {
	struct llfree_compact_policy policy;
	struct list_head list;
};

/* select.c */
int llfree_policy_add(struct llfree_loaded *loaded);
void llfree_policy_remove(struct llfree_loaded *loaded);
struct llfree_loaded *llfree_policy_find_loaded(const char *name);
void llfree_policy_withdraw(const struct llfree_compact_policy *policy);

#endif /* _MM_LLFREE_BPF_POLICY_H */
