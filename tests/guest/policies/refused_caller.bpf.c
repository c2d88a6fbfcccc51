// SPDX-License-Identifier: GPL-2.0
/* No policy, and asks what only a policy may: the verifier refuses it. */
#include "policy.h"

SEC("raw_tp/mm_compaction_begin") int caller(void *args)
{
	return llfree_policy_child(args, 0);
}

char _license[] SEC("license") = "GPL";
