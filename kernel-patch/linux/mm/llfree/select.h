/* SPDX-License-Identifier: GPL-2.0 */
/* Which compaction policy is in use. */
#ifndef _MM_LLFREE_SELECT_H
#define _MM_LLFREE_SELECT_H

#include "policy.h"

/**
 * llfree_policy_get() - the policy for a compaction that begins
 *
 * It stays until llfree_policy_put(), even if it is no longer selected.
 */
const struct llfree_compact_policy *llfree_policy_get(void);

/** llfree_policy_put() - the compaction has ended */
void llfree_policy_put(const struct llfree_compact_policy *policy);

#endif /* _MM_LLFREE_SELECT_H */
