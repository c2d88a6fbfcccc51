// SPDX-License-Identifier: GPL-2.0
/* Writes to what is the engine's: the verifier refuses it. */
#include "policy.h"

SOURCE(source)
{
	ctx->frames = 1ull << 40;
	return -1;
}

TARGET(target)
{
	return -1;
}

POLICY(refused_write, source, target);
