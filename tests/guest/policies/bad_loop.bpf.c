// SPDX-License-Identifier: GPL-2.0
/* Passes the verifier and takes too long: eight million rounds a choice. */
#include "policy.h"

static s64 waste(struct llfree_policy_ctx *ctx)
{
	struct bpf_iter_num outer, inner;
	u64 sum = 0;
	int *i, *j;

	bpf_iter_num_new(&outer, 0, 4000);
	while ((i = bpf_iter_num_next(&outer))) {
		bpf_iter_num_new(&inner, 0, 2000);
		while ((j = bpf_iter_num_next(&inner)))
			sum += *i ^ *j;
		bpf_iter_num_destroy(&inner);
	}
	bpf_iter_num_destroy(&outer);
	ctx->state[0] = sum;
	return 0;
}

SOURCE(source)
{
	return waste(ctx);
}

TARGET(target)
{
	return waste(ctx);
}

POLICY(bad_loop, source, target);
