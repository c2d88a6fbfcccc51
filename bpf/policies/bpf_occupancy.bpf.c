// SPDX-License-Identifier: GPL-2.0
/*
 * Two fingers in occupancy order, as the built-in policy of that name: empty
 * the group that costs the fewest moves, fill the fullest frame.
 */
#include "policy.h"

SOURCE(source)
{
	u32 least = ~0u, holes = 0, own = 0;
	struct bpf_iter_num it;
	s64 best = -1;
	int *frame;

	bpf_iter_num_new(&it, 0, ctx->frames);
	while ((frame = bpf_iter_num_next(&it))) {
		u32 child = llfree_policy_child(ctx, *frame);
		u32 free = child & CHILD_BLOCKED ? 0 : child & CHILD_FREE;
		s32 cost;

		if (free < FRAME_PAGES)
			holes += free;
		if (*frame % ctx->group)
			continue;
		cost = llfree_policy_cost(ctx, *frame);
		if (cost >= 0 && (u32)cost < least) {
			least = cost;
			own = ctx->group * FRAME_PAGES - cost;
			best = *frame;
		}
	}
	bpf_iter_num_destroy(&it);
	/* The holes elsewhere must take what has to move. */
	return best >= 0 && holes >= own + least ? best : -1;
}

TARGET(target)
{
	u32 least = ~0u;
	struct bpf_iter_num it;
	s64 best = -1;
	int *frame;

	bpf_iter_num_new(&it, 0, ctx->frames);
	while ((frame = bpf_iter_num_next(&it))) {
		u32 free = llfree_policy_child(ctx, *frame) & CHILD_FREE;

		if (free && free < least && llfree_policy_fits(ctx, *frame, order)) {
			least = free;
			best = *frame;
		}
	}
	bpf_iter_num_destroy(&it);
	return best;
}

POLICY(bpf_occupancy, source, target);
