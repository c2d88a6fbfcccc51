/* SPDX-License-Identifier: GPL-2.0 */
/* Which compaction policy is in use. */
#ifndef _MM_LLFREE_SELECT_H
#define _MM_LLFREE_SELECT_H

#include "policy.h"

/**
 * llfree_policy_get() - the policy for a compaction that begins
 * @token: for llfree_policy_put()
 *
 * It and the index it reads stay until then, even if another one is selected.
 */
const struct llfree_compact_policy *llfree_policy_get(int *token);

/** llfree_policy_put() - the compaction has ended */
void llfree_policy_put(const struct llfree_compact_policy *policy, int token);

/**
 * llfree_policy_hold() - a policy for a pool, which keeps its indexes itself
 * @name: as in /sys/kernel/mm/llfree/compact; empty: the one selected there
 *
 * May sleep.  Nobody waits for the holder, however long it takes: indexes of
 * zones may come and go meanwhile.
 * Return: the policy, for llfree_policy_drop(), or NULL if there is none.
 */
const struct llfree_compact_policy *llfree_policy_hold(const char *name);
void llfree_policy_drop(const struct llfree_compact_policy *policy);

/**
 * enum llfree_policy_event - what /sys/kernel/mm/llfree/stats counts of policies
 * @LLFREE_STOCK_RUN: the worker cleared frames ahead of requests
 * @LLFREE_LOADED_RUN: a compaction began with a policy that was loaded
 * @LLFREE_LOADED_MISTAKE: a choice of such a policy was not allowed, or read too much
 * @LLFREE_LOADED_LATE: one took too long, by a clock that a busy host speeds up
 * @LLFREE_NR_POLICY_EVENTS: how many there are
 */
enum llfree_policy_event {
	LLFREE_STOCK_RUN,
	LLFREE_LOADED_RUN,
	LLFREE_LOADED_MISTAKE,
	LLFREE_LOADED_LATE,
	LLFREE_NR_POLICY_EVENTS
};

extern atomic_long_t llfree_policy_events[LLFREE_NR_POLICY_EVENTS];

/** llfree_targets_get() - the rule for targets, or NULL for the policy's own */
const struct llfree_target_rule *llfree_targets_get(void);

#endif /* _MM_LLFREE_SELECT_H */
