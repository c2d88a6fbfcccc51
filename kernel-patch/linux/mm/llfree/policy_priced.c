// SPDX-License-Identifier: GPL-2.0
/*
 * Priced: for folios of several orders, which need holes of their size.
 *
 * Emptying a frame is possible if, for each order, the folios of it and above
 * find as much room in holes of it and above.  The price of an order says how
 * scarce such room is: it doubles when a folio of this order finds none, and
 * decays with each source.  These are the multipliers of that knapsack, updated
 * as the requests come.
 *
 * Source: bucket's; while room for some order has a price, the cheapest of that
 * and of a frame on each of some random lines, a folio costing its pages and the
 * price of the room it takes.  Target: bucket's, and in it the
 * smallest hole that is large enough; where that breaks a hole whose order has
 * a price, the one that breaks the least of this and of the best target on each
 * of some random lines, if it is well filled.  Cost: bucket's and the bitfield of the target; while
 * there are prices, at most LINES lines of child words more, a bitfield for
 * each, and for a source the head of each folio of the frames compared.  Worst
 * case: bucket's, and a folio without room is told from reading every bitfield.
 * Assumes that a driver splits or leaves folios without room, and that what was
 * scarce a moment ago still is.
 */
#include "policy.h"

/* A price of so much is one move a page. */
#define ONE_MOVE	16u
#define MAX_PRICE	ONE_MOVE
/* A price loses so much of itself, as a shift, with each source. */
#define DECAY		4
#define LINES		8
/* With more free pages a frame is left to be a source. */
#define MAX_FREE	(LLFREE_FRAME_PAGES / 4)

/* What a page of a folio costs, by the folio's order, in 1 / ONE_MOVE. */
struct costs {
	u32 page[LLFREE_FRAME_ORDER + 1];
};

/* False while no order has a price. */
static bool read_costs(const struct llfree_compact *c, struct costs *costs)
{
	unsigned int order;
	u32 sum = ONE_MOVE;

	for (order = 0; order <= LLFREE_FRAME_ORDER; order++) {
		if (order < LLFREE_FRAME_ORDER)
			sum += READ_ONCE(c->state->price[order]);
		costs->page[order] = sum;
	}
	return sum > ONE_MOVE;
}

static void decay(struct llfree_compact *c)
{
	unsigned int order;

	for (order = 0; order < LLFREE_FRAME_ORDER; order++) {
		u32 price = READ_ONCE(c->state->price[order]);

		/* A small one goes, too. */
		if (price)
			WRITE_ONCE(c->state->price[order],
				   price - (price >> DECAY) - 1);
	}
	c->missed = 0;
}

/* Once for each source: many folios of a frame may lack the same room. */
static void raise_price(struct llfree_compact *c, unsigned int order)
{
	u32 price;

	if (order >= LLFREE_FRAME_ORDER || c->missed & (1u << order))
		return;
	c->missed |= 1u << order;
	price = READ_ONCE(c->state->price[order]);
	WRITE_ONCE(c->state->price[order],
		   min(2 * price + ONE_MOVE / 2, MAX_PRICE));
}

/* Of emptying a frame, if that is below @limit. */
static u64 frame_cost(struct llfree_compact *c, u64 frame,
		      const struct costs *costs, u64 limit)
{
	const u64 end = (frame + 1) * LLFREE_FRAME_PAGES;
	u64 index = frame * LLFREE_FRAME_PAGES, cost = 0;

	while (index < end && cost < limit) {
		unsigned int order = 0;

		if (!llfree_run_free(c, index, 0)) {
			order = min_t(unsigned int, LLFREE_FRAME_ORDER,
				      c->folio_order(c, index));
			cost += (u64)costs->page[order] << order;
		}
		index += 1ull << order;
	}
	return cost;
}

/*
 * A frame of a random line that would be better than @limit at no price; any
 * such one, as the least used are those that all have been after.
 */
static s64 promising(struct llfree_compact *c, u64 limit)
{
	u64 nr, first = llfree_random_line(c, &nr), i;
	u64 start = llfree_next_random(c) % nr;

	c->looked += nr;
	for (i = 0; i < nr; i++) {
		u64 frame = first + (start + i) % nr;
		struct llfree_group group = llfree_look(c->a, frame, 1);

		if (group.source && !group.unmovable && group.used < limit &&
		    llfree_worth(c, group.used))
			return frame;
	}
	return -1;
}

static s64 priced_source(struct llfree_compact *c)
{
	s64 best = llfree_bucket_source(c);
	unsigned int line;
	struct costs costs;
	bool scarce = read_costs(c, &costs);
	u64 least;

	decay(c);
	if (best < 0 || !scarce || !c->folio_order || c->frames > 1 ||
	    llfree_partial(c))
		return best;
	least = frame_cost(c, best, &costs, ~0ull);
	for (line = 0; line < LINES; line++) {
		s64 other = promising(c, least / ONE_MOVE);
		u64 cost;

		if (other < 0)
			continue;
		cost = frame_cost(c, other, &costs, least);
		if (cost >= least ||
		    !llfree_have_holes(c, other,
				       llfree_look(c->a, other, 1).used))
			continue;
		least = cost;
		best = other;
	}
	return best;
}

/* What is lost when a hole is broken for a folio of @order. */
static u64 waste(const struct llfree_compact *c, unsigned int order,
		 unsigned int hole)
{
	u64 sum = 0;

	while (++order <= hole && order < LLFREE_FRAME_ORDER)
		sum += (u64)READ_ONCE(c->state->price[order]) << order;
	return sum;
}

static s64 priced_target(struct llfree_compact *c, unsigned int order)
{
	s64 frame = c->target;

	if (!llfree_filling(c, order))
		frame = llfree_bucket_target(c, order);
	/* A long run found elsewhere does not end the frame being filled. */
	if (!order)
		llfree_fill(c, frame);
	return frame;
}

static s64 priced_place(struct llfree_compact *c, u64 index,
			unsigned int order)
{
	s64 frame = priced_target(c, order), best;
	unsigned int hole, line;
	u64 least;

	(void)index;	/* it may go to any place */
	if (frame < 0) {
		raise_price(c, order);
		return -1;
	}
	best = llfree_best_run(c, frame, order, &hole);
	/* Somebody was faster: the driver, refused, asks again. */
	if (best < 0)
		return frame * LLFREE_FRAME_PAGES;
	least = waste(c, order, hole);
	for (line = 0; least && line < LINES; line++) {
		struct llfree_best other = LLFREE_NO_BEST;
		u64 nr, first = llfree_random_line(c, &nr), lost;
		s64 run;

		llfree_rank_targets(c, order, first, nr, &other);
		if (other.frame < 0 ||
		    (llfree_child(c->a, other.frame) & LLFREE_CHILD_FREE) >
		    MAX_FREE)
			continue;
		run = llfree_best_run(c, other.frame, order, &hole);
		lost = waste(c, order, hole);
		if (run < 0 || lost >= least)
			continue;
		least = lost;
		best = run;
		if (!order)
			llfree_fill(c, other.frame);
	}
	return best;
}

const struct llfree_compact_policy llfree_policy_priced = {
	.name = "priced",
	.begin = llfree_bucket_begin,
	.source = priced_source,
	.target = priced_target,
	.place = priced_place,
	.rule = &llfree_target_rules[LLFREE_TARGETS_SPARING],
	.index = &llfree_bucket_index,
};
