// SPDX-License-Identifier: GPL-2.0
/* Reads each child word again and again. */
#include "policy.h"

SOURCE(source)
{
	struct bpf_iter_num it;
	u64 sum = 0;
	int *i;

	bpf_iter_num_new(&it, 0, 5 * ctx->frames);
	while ((i = bpf_iter_num_next(&it)))
		sum += llfree_policy_child(ctx, *i % ctx->frames);
	bpf_iter_num_destroy(&it);
	return sum % ctx->frames;
}

TARGET(target)
{
	return -1;
}

POLICY(bad_reads, source, target);
