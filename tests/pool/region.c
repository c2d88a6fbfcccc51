// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "region.h"

static const u64 id[2] = {0x1122, 0x3344};

static void *aligned(u64 bytes)
{
	void *memory = aligned_alloc(64, ALIGN(bytes, 64));

	CHECK(memory);
	/* Nothing may count on zeroes. */
	memset(memory, 0xa5, bytes);
	return memory;
}

static int yes(struct llfree_pool *pool, u64 handle, u64 page, unsigned int order)
{
	(void)pool;
	(void)handle;
	(void)page;
	(void)order;
	return 0;
}

static void thaw(struct llfree_pool *pool, u64 handle, s64 page, unsigned int order)
{
	(void)pool;
	(void)handle;
	(void)page;
	(void)order;
}

static const struct llfree_pool_ops no_writers = {.freeze = yes, .thaw = thaw};

void region_make(struct region *r, u64 frames, u64 slots, u32 page_shift)
{
	memset(r, 0, sizeof(*r));
	r->geometry = (struct llfree_pool_geometry){frames, slots, page_shift};
	r->cpus = 2;
	r->ops = &no_writers;
	r->bytes = llfree_pool_bytes(&r->geometry);
	CHECK(r->bytes);
	r->base = aligned(r->bytes);
	CHECK_EQ(llfree_pool_format(r->base, r->bytes, &r->geometry, id), 0);
}

int region_open(struct region *r)
{
	struct llfree_pool_config config = {
		.base = r->base,
		.bytes = r->bytes,
		.cpus = r->cpus,
		.durable_caches = r->durable_caches,
		.ops = r->ops,
		.owner = &r->free,
	};
	int err;

	free(r->memory);
	free(r->scratch);
	config.memory = r->memory = aligned(llfree_pool_memory_bytes(&r->geometry, r->cpus));
	config.scratch = r->scratch = aligned(llfree_pool_scratch_bytes(&r->geometry));
	r->free = 0;
	err = llfree_pool_open(&r->pool, &config, &r->report);
	if (!err)
		region_verify(r);
	return err;
}

void region_drop(struct region *r)
{
	free(r->base);
	free(r->memory);
	free(r->scratch);
}

void region_verify(struct region *r)
{
	struct llfree_totals pages, slots;
	u64 slot = 0, handle, owned = 0, nr = 0;
	unsigned int order;

	while ((handle = llfree_pool_next(&r->pool, 0, &slot))) {
		CHECK(llfree_pool_lookup(&r->pool, 0, handle, &order, NULL) >= 0);
		owned += 1ull << order;
		nr++;
	}
	CHECK_EQ(llfree_validate(&r->pool.pages, &pages), 0);
	CHECK_EQ(pages.free + owned, r->pool.pages.pages);
	CHECK_EQ(pages.free, r->free);
	CHECK_EQ(llfree_validate(&r->pool.slots, &slots), 0);
	CHECK_EQ(slots.free + nr, r->pool.nr_slots);
}
