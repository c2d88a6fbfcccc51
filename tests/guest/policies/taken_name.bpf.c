// SPDX-License-Identifier: GPL-2.0
/* Three policies, the second of which has the name of one that is loaded. */
#include "policy.h"

SOURCE(source)
{
	return -1;
}

TARGET(target)
{
	return -1;
}

SEC(".struct_ops")
struct llfree_policy_ops policy_first = {
	.source = (void *)source,
	.target = (void *)target,
	.name = "taken_first",
};
SEC(".struct_ops")
struct llfree_policy_ops policy_taken = {
	.source = (void *)source,
	.target = (void *)target,
	.name = "bpf_occupancy",
};
POLICY(taken_last, source, target);
