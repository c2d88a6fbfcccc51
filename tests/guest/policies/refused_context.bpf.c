// SPDX-License-Identifier: GPL-2.0
/* Passes memory of its own off as a compaction. */
#include "policy.h"

SOURCE(source)
{
	struct llfree_policy_ctx mine = {};

	mine.frames = ctx->frames;
	return llfree_policy_cost(&mine, 0);
}

TARGET(target)
{
	return -1;
}

POLICY(refused_context, source, target);
