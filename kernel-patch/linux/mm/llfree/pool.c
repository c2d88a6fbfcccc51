// SPDX-License-Identifier: GPL-2.0
/*
 * The persistent pool at run time: allocations, their tags, and the roots; see
 * pool.h for what is durable when.
 *
 * A slot is taken from, and returned to, an instance of the core that is not
 * persistent; between the two it is its taker's alone.  Its word changes by
 * compare-and-swap while it is valid: of a free, a commit and a writer that
 * calls a move off, one wins.
 */
#include "pool.h"

int llfree_pool_check(u64 slot, u64 handle)
{
	if (pool_generation(slot) != handle >> 32)
		return -ESTALE;
	return slot & POOL_VALID ? 0 : -ENOENT;
}

bool llfree_pool_is_handle(const struct llfree_pool *pool, u64 handle)
{
	return (u32)handle < pool->nr_slots && handle >> 32 &&
	       handle >> 32 <= POOL_GENERATIONS;
}

int llfree_pool_refuse(struct llfree_pool *pool, unsigned int cpu, u64 handle,
		       int error)
{
	pool_persist(pool, cpu, &pool->slot[(u32)handle]);
	return error;
}

static u64 next_generation(u64 slot)
{
	return pool_generation(slot) % POOL_GENERATIONS + 1;
}

static u64 tag_word(u64 tag, u64 generation)
{
	return generation << POOL_GENERATION_SHIFT | tag;
}

/* Everything that a valid slot promises. */
static void prepare(struct llfree_pool *pool, unsigned int cpu, u64 slot,
		    u64 tag, u64 page, unsigned int order)
{
	/* What others left here is not to be seen, after a crash either. */
	llfree_zero(pool_data(pool, page), 1ull << (order + pool->page_shift));
	pool_flush_bits(pool, cpu, page, order);
	xchg(&pool->tag[slot], tag);
	pool_persist(pool, cpu, &pool->tag[slot]);
}

static void publish(struct llfree_pool *pool, unsigned int cpu, u64 slot,
		    u64 word)
{
	xchg(&pool->slot[slot], word);
	pool_persist(pool, cpu, &pool->slot[slot]);
}

static void fill_slot(struct llfree_pool *pool, unsigned int cpu, u64 slot,
		      u64 tag, u64 page, unsigned int order)
{
	u64 generation = pool_generation(tag);

	llfree_in_order(prepare(pool, cpu, slot, tag, page, order),
			publish(pool, cpu, slot,
				page | (u64)order << POOL_ORDER_SHIFT |
				POOL_VALID |
				generation << POOL_GENERATION_SHIFT));
}

int llfree_pool_alloc(struct llfree_pool *pool, unsigned int cpu,
		      unsigned int order, u64 tag, u64 *handle)
{
	s64 slot, page;
	u64 generation;

	if (order > LLFREE_MAX_ORDER || tag > LLFREE_POOL_TAG_MAX)
		return -EINVAL;
	slot = llfree_get(&pool->slots, cpu, 0, LLFREE_MOVABLE, 0);
	if (slot < 0)
		return -ENOSPC;
	page = llfree_get(&pool->pages, cpu, order, LLFREE_MOVABLE, 0);
	if (page < 0) {
		llfree_put(&pool->slots, cpu, slot, 0);
		return -ENOMEM;
	}

	generation = next_generation(READ_ONCE(pool->slot[slot]));
	/* Later, the page may be another one's already. */
	llfree_in_order(WRITE_ONCE(pool->owner[page], (u32)slot),
			fill_slot(pool, cpu, slot, tag_word(tag, generation),
				  page, order));
	*handle = pool_handle(slot, generation);
	return 0;
}

static void release(struct llfree_pool *pool, unsigned int cpu, u64 slot,
		    u64 word)
{
	llfree_put(&pool->pages, cpu, pool_page(word), pool_order(word));
	llfree_put(&pool->slots, cpu, slot, 0);
}

int llfree_pool_free(struct llfree_pool *pool, unsigned int cpu, u64 handle)
{
	u64 *slot, old;
	int err;

	if (!llfree_pool_is_handle(pool, handle))
		return -EINVAL;
	slot = &pool->slot[(u32)handle];
	old = READ_ONCE(*slot);
	do {
		err = llfree_pool_check(old, handle);
		if (err)
			return llfree_pool_refuse(pool, cpu, handle, err);
	} while (!try_cmpxchg(slot, &old, pool_generation(old) <<
					  POOL_GENERATION_SHIFT));

	llfree_in_order(pool_persist(pool, cpu, slot),
			release(pool, cpu, (u32)handle, old));
	return 0;
}

s64 llfree_pool_lookup(struct llfree_pool *pool, unsigned int cpu, u64 handle,
		       unsigned int *order, bool *moving)
{
	u64 word;
	int err;

	if (!llfree_pool_is_handle(pool, handle))
		return -EINVAL;
	/* What a move has copied is there for who is told of it. */
	word = smp_load_acquire(&pool->slot[(u32)handle]);
	err = llfree_pool_check(word, handle);
	if (err)
		return llfree_pool_refuse(pool, cpu, handle, err);
	if (order)
		*order = pool_order(word);
	if (moving)
		*moving = word & POOL_MOVING;
	return pool_page(word);
}

int llfree_pool_set_tag(struct llfree_pool *pool, unsigned int cpu, u64 handle,
			u64 tag)
{
	s64 page;
	u64 *word, old;

	if (tag > LLFREE_POOL_TAG_MAX)
		return -EINVAL;
	page = llfree_pool_lookup(pool, cpu, handle, NULL, NULL);
	if (page < 0)
		return page;
	word = &pool->tag[(u32)handle];
	old = READ_ONCE(*word);
	do {
		/* The slot is a new owner's, or about to be. */
		if (pool_generation(old) != handle >> 32)
			return llfree_pool_refuse(pool, cpu, handle, -ESTALE);
	} while (!try_cmpxchg(word, &old, tag_word(tag, handle >> 32)));
	pool_persist(pool, cpu, word);
	return 0;
}

int llfree_pool_get_tag(struct llfree_pool *pool, unsigned int cpu, u64 handle,
			u64 *tag)
{
	s64 page = llfree_pool_lookup(pool, cpu, handle, NULL, NULL);
	u64 *word, found;

	if (page < 0)
		return page;
	word = &pool->tag[(u32)handle];
	found = READ_ONCE(*word);
	if (pool_generation(found) != handle >> 32)
		return llfree_pool_refuse(pool, cpu, handle, -ESTALE);
	pool_persist(pool, cpu, word);
	*tag = found & LLFREE_POOL_TAG_MAX;
	return 0;
}

int llfree_pool_set_root(struct llfree_pool *pool, unsigned int cpu,
			 unsigned int root, u64 value)
{
	if (root >= LLFREE_POOL_ROOTS)
		return -EINVAL;
	xchg(&pool->root[root], value);
	pool_persist(pool, cpu, &pool->root[root]);
	return 0;
}

int llfree_pool_get_root(struct llfree_pool *pool, unsigned int cpu,
			 unsigned int root, u64 *value)
{
	if (root >= LLFREE_POOL_ROOTS)
		return -EINVAL;
	*value = READ_ONCE(pool->root[root]);
	pool_persist(pool, cpu, &pool->root[root]);
	return 0;
}

u64 llfree_pool_next(struct llfree_pool *pool, unsigned int cpu, u64 *slot)
{
	while (*slot < pool->nr_slots) {
		u64 at = (*slot)++, word = READ_ONCE(pool->slot[at]);

		if (!(*slot % LLFREE_POOL_BATCH))
			llfree_relax();
		if (!(word & POOL_VALID))
			continue;
		pool_persist(pool, cpu, &pool->slot[at]);
		return pool_handle(at, pool_generation(word));
	}
	return 0;
}

void llfree_pool_totals(const struct llfree_pool *pool,
			struct llfree_pool_totals *totals)
{
	unsigned int cpu;

	memset(totals, 0, sizeof(*totals));
	for (cpu = 0; cpu < pool->pages.cpus; cpu++) {
		const struct llfree_pool_cpu *from = &pool->cpu[cpu];

		totals->flushes += READ_ONCE(from->flushes);
		totals->fences += READ_ONCE(from->fences);
		totals->moves += READ_ONCE(from->moves);
		totals->given_up += READ_ONCE(from->given_up);
		totals->copied += READ_ONCE(from->copied);
	}
}
