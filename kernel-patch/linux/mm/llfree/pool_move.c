// SPDX-License-Identifier: GPL-2.0
/*
 * Moving allocations of a persistent pool, and compaction by any policy.
 *
 * A move takes pages, copies, and changes one word: no log, no lock.
 *
 *	take		q; its bits are written back
 *	mark		slot (p) -> (p, moving): writers keep off
 *	copy		bits and contents of q become durable
 *	commit		slot (p, moving) -> (q, moving), durable
 *	readmit		slot (q, moving) -> (q)
 *	free		p
 *
 * A crash leaves p or q, both whole, and the other one to recovery's sweep.  A
 * free or a writer changes the slot and so takes the commit away; a writer that
 * finds the commit done makes it durable before it takes the mark off.
 */
#include "pool.h"

/* In @frame, chosen by a run of compaction or, without one, by the caller. */
static s64 take_target(struct llfree_pool *pool, unsigned int cpu,
		       struct llfree_compact *c, s64 frame, unsigned int order)
{
	if (c)
		return llfree_compact_take(c, cpu, frame, order);
	if (frame < 0)
		return llfree_get(&pool->pages, cpu, order, LLFREE_MOVABLE, 0);
	return llfree_get_from(&pool->pages, cpu, frame, order);
}

/* Take the mark off, unless somebody else did: only who marks a slot can. */
static void unmark(u64 *slot, u64 word)
{
	try_cmpxchg(slot, &word, word & ~POOL_MOVING);
}

static int change(u64 *slot, u64 old, u64 new)
{
	return try_cmpxchg(slot, &old, new) ? 0 : -EBUSY;
}

static int freeze(struct llfree_pool *pool, u64 handle, u64 *slot, u64 marked)
{
	int err = pool->ops->freeze(pool, handle, pool_page(marked),
				    pool_order(marked));

	if (err)
		unmark(slot, marked);
	return err;
}

/* What is copied may be freed and reused meanwhile: no commit follows then. */
static void copy_out(struct llfree_pool *pool, unsigned int cpu, u64 from,
		     u64 to, unsigned int order)
{
	size_t bytes = 1ull << (order + pool->page_shift);

	llfree_copy(pool_data(pool, to), pool_data(pool, from), bytes);
	llfree_count(&pool->cpu[cpu].copied, bytes);
	pool_fence(pool, cpu);
}

static int commit(struct llfree_pool *pool, unsigned int cpu, u64 *slot,
		  u64 marked, u64 moved)
{
	int err = 0;

	llfree_in_order(copy_out(pool, cpu, pool_page(marked), pool_page(moved),
				 pool_order(marked)),
			err = change(slot, marked, moved));
	return err;
}

/* The source may go, and writers may come, when this has returned. */
static void settle(struct llfree_pool *pool, unsigned int cpu, u64 *slot,
		   u64 word)
{
	llfree_in_order(pool_persist(pool, cpu, slot), unmark(slot, word));
}

/* Of a move that was committed. */
static void leave_source(struct llfree_pool *pool, unsigned int cpu, u64 *slot,
			 u64 moved, u64 from)
{
	llfree_in_order(settle(pool, cpu, slot, moved),
			llfree_put(&pool->pages, cpu, from, pool_order(moved)));
}

static void thaw(struct llfree_pool *pool, unsigned int cpu, u64 handle,
		 unsigned int order)
{
	s64 at = llfree_pool_lookup(pool, cpu, handle, NULL, NULL);

	pool->ops->thaw(pool, handle, at, order);
}

/* Move to pages that are taken; 0, or they are to be given back. */
static int move_to(struct llfree_pool *pool, unsigned int cpu, u64 handle,
		   u64 old, u64 to)
{
	u64 *slot = &pool->slot[(u32)handle], marked, moved;
	int err = 0;

	marked = (old & ~POOL_MOVES) | ((old + POOL_MOVE) & POOL_MOVES) |
		 POOL_MOVING;
	moved = (marked & ~POOL_PAGE) | to;
	/* A writer that sees no mark is one that freeze sees. */
	llfree_in_order(err = err ? err : change(slot, old, marked),
			err = err ? err : freeze(pool, handle, slot, marked));
	if (err)
		return err;

	/* Once the slot names it, it may be freed and become another one's. */
	llfree_in_order(WRITE_ONCE(pool->owner[to], (u32)handle),
			err = commit(pool, cpu, slot, marked, moved));
	if (err)
		thaw(pool, cpu, handle, pool_order(old));
	else
		llfree_in_order(leave_source(pool, cpu, slot, moved,
					     pool_page(old)),
				thaw(pool, cpu, handle, pool_order(old)));
	return err;
}

/* Move to where there is room; where, or an error. */
static s64 take_to(struct llfree_pool *pool, unsigned int cpu, u64 handle,
		   u64 old, struct llfree_compact *c, s64 frame)
{
	unsigned int order = pool_order(old);
	s64 to = take_target(pool, cpu, c, frame, order);
	int err;

	if (to < 0)
		return to;
	/* Before anything sleeps: nobody's bits wait for this CPU to go on. */
	pool_flush_bits(pool, cpu, to, order);
	err = move_to(pool, cpu, handle, old, to);
	if (!err)
		return to;
	llfree_put(&pool->pages, cpu, to, order);
	return err;
}

/* @old: what the slot was seen to hold. */
static s64 move_slot(struct llfree_pool *pool, unsigned int cpu, u64 handle,
		     u64 old, struct llfree_compact *c, s64 frame)
{
	s64 to;

	to = old & POOL_MOVING ? -EBUSY :
				 take_to(pool, cpu, handle, old, c, frame);
	if (to < 0)
		llfree_count(&pool->cpu[cpu].given_up, 1);
	else
		llfree_count(&pool->cpu[cpu].moves, 1);
	if (pool->ops->moved)
		pool->ops->moved(pool, handle, pool_order(old), pool_page(old),
				 to);
	return to;
}

s64 llfree_pool_move(struct llfree_pool *pool, unsigned int cpu, u64 handle,
		     s64 frame)
{
	u64 word;
	int err;

	if (!llfree_pool_is_handle(pool, handle) ||
	    frame >= (s64)pool->pages.frames)
		return -EINVAL;
	word = READ_ONCE(pool->slot[(u32)handle]);
	err = llfree_pool_check(word, handle);
	if (err)
		return llfree_pool_refuse(pool, cpu, handle, err);
	return move_slot(pool, cpu, handle, word, NULL, frame);
}

s64 llfree_pool_admit(struct llfree_pool *pool, unsigned int cpu, u64 handle)
{
	u64 *slot, word;
	bool admitted;
	int err;

	if (!llfree_pool_is_handle(pool, handle))
		return -EINVAL;
	slot = &pool->slot[(u32)handle];
	word = READ_ONCE(*slot);
	do {
		err = llfree_pool_check(word, handle);
		if (err)
			return llfree_pool_refuse(pool, cpu, handle, err);
		if (!(word & POOL_MOVING))
			break;
		/* It may have been committed a moment ago. */
		llfree_in_order(pool_persist(pool, cpu, slot),
				admitted = try_cmpxchg(slot, &word,
						       word & ~POOL_MOVING));
	} while (!admitted);
	return pool_page(word);
}

/* The handle whose pages start here, as far as is known, or 0. */
static u64 owner_of(const struct llfree_pool *pool, u64 page, u64 *word)
{
	u32 slot = READ_ONCE(pool->owner[page]);

	if (slot >= pool->nr_slots)
		return 0;
	*word = READ_ONCE(pool->slot[slot]);
	if (!(*word & POOL_VALID) || pool_page(*word) != page)
		return 0;
	return pool_handle(slot, pool_generation(*word));
}

void llfree_pool_map(struct llfree_pool *pool, u64 slot, u64 nr)
{
	u64 end = min_t(u64, pool->nr_slots, slot + nr);

	for (; slot < end; slot++) {
		u64 word = READ_ONCE(pool->slot[slot]), other;
		u32 *owner = &pool->owner[pool_page(word)];
		u32 old;

		if (!(word & POOL_VALID))
			continue;
		/* Whoever came here since the pool was opened said so. */
		old = READ_ONCE(*owner);
		if (!owner_of(pool, pool_page(word), &other))
			try_cmpxchg(owner, &old, (u32)slot);
	}
}

/* The first allocated page of a blocked frame from @page on, or @end. */
static u64 next_allocated(const struct llfree_pool *pool, u64 page, u64 end)
{
	const u64 *rows = pool->pages.bits[0].row;

	while (page < end) {
		u64 row = READ_ONCE(rows[page / LLFREE_ROW_PAGES]) >>
			  page % LLFREE_ROW_PAGES;

		if (row)
			return page + __ffs64(row);
		page = (page | (LLFREE_ROW_PAGES - 1)) + 1;
	}
	return end;
}

/* Move one allocation out of the way; -EBUSY if it has to stay, or -EINTR. */
static int move_away(struct llfree_pool *pool, unsigned int cpu,
		     struct llfree_compact *c, u64 handle, u64 word)
{
	unsigned int tries;
	s64 frame, page;

	/* Others take the room of a target meanwhile. */
	for (tries = 0; tries < 4; tries++) {
		frame = llfree_compact_target(c, pool_page(word),
					      pool_order(word));
		if (frame < 0)
			return -EBUSY;
		page = move_slot(pool, cpu, handle, word, c, frame);
		if (page >= 0)
			return 0;
		if (page == -EINTR)
			return -EINTR;
		if (page != -ENOMEM)
			break;
	}
	/* Was it freed?  Then that is as good. */
	return llfree_pool_lookup(pool, cpu, handle, NULL, NULL) < 0 ? 0 :
								       -EBUSY;
}

/* 0, or as move_away(). */
static int empty_frame(struct llfree_pool *pool, unsigned int cpu,
		       struct llfree_compact *c, u64 frame)
{
	u64 page = frame * LLFREE_FRAME_PAGES;
	u64 end = page + LLFREE_FRAME_PAGES;
	u64 handle, word;
	int err;

	while ((page = next_allocated(pool, page, end)) < end) {
		handle = owner_of(pool, page, &word);
		if (!handle)
			return -EBUSY;
		err = move_away(pool, cpu, c, handle, word);
		if (err)
			return err;
		page += 1ull << pool_order(word);
	}
	/* No free or get is on its way in here. */
	return (llfree_child(&pool->pages, frame) & LLFREE_CHILD_FREE) ==
			       LLFREE_FRAME_PAGES ?
		       0 :
		       -EBUSY;
}

static bool leave(struct llfree_pool *pool)
{
	return llfree_interrupted() ||
	       (pool->ops->leave && pool->ops->leave(pool));
}

u64 llfree_pool_compact(struct llfree_pool *pool, unsigned int cpu,
			struct llfree_compact *c, u64 frames)
{
	u64 emptied = 0;

	c->a = &pool->pages;
	c->state = &pool->state;
	llfree_compact_begin(c);
	while (emptied < frames && !leave(pool) &&
	       llfree_compact_source(c) >= 0) {
		unsigned int i;
		int err = 0;

		llfree_relax();
		if (!llfree_compact_block(c, cpu))
			continue;
		for (i = 0; i < c->frames && !err; i++)
			err = empty_frame(pool, cpu, c, c->source + i);
		llfree_compact_unblock(c, cpu, err == -EBUSY);
		emptied += !err;
	}
	llfree_compact_end(c);
	return emptied;
}
