// SPDX-License-Identifier: GPL-2.0
/*
 * Frames there are, but hardly ever the right ones: sources that are free,
 * blocked or allocated as a whole, and the source itself as the target.
 */
#include "policy.h"

SOURCE(source)
{
	u64 at = ctx->state[0]++;

	ctx->state[1] = at * 7919 % ctx->frames;
	return ctx->state[1] - ctx->state[1] % ctx->group;
}

TARGET(target)
{
	return ctx->state[2]++ % 2 ? ctx->state[1] : ctx->state[2] * 31 % ctx->frames;
}

POLICY(bad_frames, source, target);
