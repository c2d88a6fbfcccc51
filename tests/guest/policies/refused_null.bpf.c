// SPDX-License-Identifier: GPL-2.0
/* Asks about no compaction. */
#include "policy.h"

SOURCE(source)
{
	return llfree_policy_child(NULL, 0);
}

TARGET(target)
{
	return -1;
}

POLICY(refused_null, source, target);
