// SPDX-License-Identifier: GPL-2.0
/*
 * Two fingers in address order, as Linux's compaction: sources ascend from the
 * start of the zone, targets descend from its end, and where they meet the
 * pass is over.  Where it stopped is remembered, for asynchronous and
 * synchronous runs apart, as in zone->compact_cached_migrate_pfn.
 *
 * Cost: a child word for each frame passed, the whole zone's in a pass at worst;
 * it does not compare frames.  Worst case: the frames at the start are the
 * fullest ones, and those at the end are emptied later although pages were just
 * moved there.  Assumes that low addresses are as good to clear as any.
 */
#include "policy.h"

static void address_begin(struct llfree_compact *c)
{
	c->next_source = 0;
	c->next_target = c->a->frames;
	if (c->whole)
		return;

	if (READ_ONCE(c->state->target))
		c->next_target = READ_ONCE(c->state->target);
	c->next_source = READ_ONCE(c->state->source[c->sync]);
	/* The other orders' groups may be smaller. */
	c->next_source = (c->next_source + c->frames - 1) &
			 ~((u64)c->frames - 1);
	if (c->next_target > c->a->frames || c->next_source >= c->next_target) {
		c->next_source = 0;
		c->next_target = c->a->frames;
	}
	c->whole = !c->next_source;
}

/* A patient run may empty any frame, as in suitable_migration_source(). */
static s64 address_source(struct llfree_compact *c)
{
	while (c->next_source + c->frames < c->next_target) {
		u64 frame = c->next_source;
		struct llfree_group group;

		c->next_source += c->frames;
		group = llfree_look(c->a, frame, c->frames);
		c->looked += c->frames;
		if (!c->sync && llfree_misplaced(c, group.unmovable))
			continue;
		c->skipped += group.marked;
		if (group.source)
			return frame;
	}
	/* The next run starts anew. */
	c->next_source = c->a->frames;
	return -1;
}

/* Not among unmovable pages, as in suitable_migration_target(). */
static s64 address_target(struct llfree_compact *c, unsigned int order)
{
	u64 frame;

	for (frame = c->next_target; frame-- > c->next_source;) {
		if (!c->any_target && llfree_unmovable(c, frame))
			continue;
		if (!llfree_fits(c, frame, order))
			continue;
		/* A long run further on must not end what single pages fill. */
		if (!order)
			c->next_target = frame + 1;
		return frame;
	}
	if (!order)
		c->next_target = c->next_source;
	return -1;
}

static void address_end(struct llfree_compact *c)
{
	bool met = c->next_source >= c->next_target;
	u64 source = met ? 0 : c->next_source;

	WRITE_ONCE(c->state->source[0], source);
	if (c->sync || met)
		WRITE_ONCE(c->state->source[1], source);
	WRITE_ONCE(c->state->target, met ? 0 : c->next_target);
}

const struct llfree_compact_policy llfree_policy_address = {
	.name = "address",
	.begin = address_begin,
	.source = address_source,
	.target = address_target,
	.end = address_end,
};
