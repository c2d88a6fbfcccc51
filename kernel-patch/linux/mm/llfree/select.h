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

/**
 * llfree_policy_get_named() - the policy of this name, selected or not
 * @name: as in /sys/kernel/mm/llfree/compact
 * @token: for llfree_policy_put()
 *
 * May sleep.
 * Return: the policy, or NULL if there is none.
 */
const struct llfree_compact_policy *llfree_policy_get_named(const char *name,
							    int *token);

/** llfree_policy_put() - the compaction has ended */
void llfree_policy_put(const struct llfree_compact_policy *policy, int token);

/** llfree_targets_get() - the rule for targets, or NULL for the policy's own */
const struct llfree_target_rule *llfree_targets_get(void);

#endif /* _MM_LLFREE_SELECT_H */
