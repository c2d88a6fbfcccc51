// SPDX-License-Identifier: GPL-2.0
/* Frames that do not exist, and no number at all. */
#include "policy.h"

static s64 nonsense(struct llfree_policy_ctx *ctx)
{
	switch (ctx->state[0]++ % 4) {
	case 0:
		return ctx->frames;
	case 1:
		return -2;
	case 2:
		return 1ll << 40;
	default:
		return ~0ull >> 1;
	}
}

SOURCE(source)
{
	return nonsense(ctx);
}

TARGET(target)
{
	return nonsense(ctx);
}

POLICY(bad_answers, source, target);
