// SPDX-License-Identifier: GPL-2.0
/*
 * Within a tree: the pages of a frame go to the frames beside it.
 *
 * Source: among the trees whose other frames have room for what leaves, the
 * least used frame; and as long as this tree goes on to suffice, its next one.
 * Target: the best by the rule in the source's tree.  So what was near stays
 * near, and when a source is open again the tree has as many free pages as
 * before.  The tree is not closed to others meanwhile: LLFree reserves a tree to
 * allocate in, and a compaction must not take what a CPU is about to use.  Cost: the first decision of a request
 * reads the tree words, four bytes per 16 MiB, and the child words of trees with
 * at least a frame's pages free; the others read the one line of their tree.
 * Worst case: no tree suffices, and the least used frame of all is emptied into
 * the best targets of all, by reading every child word.  Assumes that free
 * pages are spread evenly enough for a frame's worth of them to be in one tree.
 */
#include "policy.h"

static void tree_begin(struct llfree_compact *c)
{
	c->whole = true;
	c->next_source = 0;
}

/* Improve @best by the sources of a tree that its other frames have room for. */
static bool look_inside(struct llfree_compact *c, u64 tree,
			struct llfree_best *best)
{
	const u64 first = tree * LLFREE_TREE_FRAMES;
	const u64 nr = min_t(u64, LLFREE_TREE_FRAMES, c->a->frames - first);
	struct llfree_best own = LLFREE_NO_BEST;
	unsigned int holes = 0;
	u64 frame;

	llfree_rank_sources(c, first, nr, &own);
	if (own.rank >= best->rank)
		return false;
	for (frame = first; frame < first + nr; frame += c->frames) {
		if ((s64)frame != own.frame)
			holes += llfree_look(c->a, frame, c->frames).holes;
	}
	if (holes < (own.rank & LLFREE_RANK_USED))
		return false;
	*best = own;
	return true;
}

static s64 tree_source(struct llfree_compact *c)
{
	struct llfree_best best = LLFREE_NO_BEST;
	u64 tree;

	if (llfree_partial(c))
		return llfree_scan_source(c);
	if (c->next_source && look_inside(c, c->next_source - 1, &best))
		return best.frame;

	c->next_source = 0;
	for (tree = 0; tree < c->a->trees; tree++) {
		if (llfree_tree_free(c->a, tree) <
		    (int)(c->frames * LLFREE_FRAME_PAGES))
			continue;
		if (look_inside(c, tree, &best))
			c->next_source = tree + 1;
	}
	return best.frame >= 0 ? best.frame : llfree_scan_source(c);
}

static s64 tree_target(struct llfree_compact *c, unsigned int order)
{
	const u64 first = ALIGN_DOWN((u64)c->source, LLFREE_TREE_FRAMES);
	struct llfree_best best = LLFREE_NO_BEST;

	llfree_rank_targets(c, order, first,
			    min_t(u64, LLFREE_TREE_FRAMES,
				  c->a->frames - first), &best);
	return best.frame >= 0 ? best.frame : llfree_scan_target(c, order);
}

const struct llfree_compact_policy llfree_policy_tree = {
	.name = "tree",
	.begin = tree_begin,
	.source = tree_source,
	.target = tree_target,
	.rule = &llfree_target_rules[LLFREE_TARGETS_SPARING],
};
