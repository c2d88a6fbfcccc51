// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "world.h"

void world_open(struct world *w, u64 frames, unsigned int cpus)
{
	u64 pages = frames * LLFREE_FRAME_PAGES;
	size_t bytes = llfree_metadata_bytes(pages, cpus);

	memset(w, 0, sizeof(*w));
	w->metadata = aligned_alloc(64, ALIGN(bytes, 64));
	CHECK(w->metadata);
	/* The core must not count on a buffer of zeroes. */
	memset(w->metadata, 0xa5, bytes);
	llfree_init(&w->a, pages, cpus, w->metadata, &w->free);
}

void world_open_free(struct world *w, u64 frames, unsigned int cpus)
{
	world_open(w, frames, cpus);
	for (u64 i = 0; i < frames; i += 2)
		CHECK_EQ(llfree_put(&w->a, 0, i * LLFREE_FRAME_PAGES, LLFREE_MAX_ORDER), 0);
}

void world_close(struct world *w)
{
	free(w->metadata);
}

struct llfree_totals world_verify(struct world *w)
{
	struct llfree_totals totals;

	CHECK_EQ(llfree_validate(&w->a, &totals), 0);
	CHECK_EQ(w->free, totals.free);
	CHECK_EQ(llfree_nr_free_huge(&w->a), totals.free_huge);
	CHECK_EQ(llfree_warnings, 0);
	return totals;
}

void world_fill_but(struct world *w, const u64 *free, unsigned int nr)
{
	while (llfree_get(&w->a, 0, 0, LLFREE_MOVABLE, 0) >= 0)
		;
	for (unsigned int i = 0; i < nr; i++)
		CHECK_EQ(llfree_put(&w->a, 0, free[i], 0), 0);
	CHECK_EQ(world_verify(w).free, nr);
}

int world_naive_free_order(const struct world *w, u64 index)
{
	int order = 0;

	if (llfree_free_order(&w->a, index) < 0)
		return -1;
	for (; order < LLFREE_MAX_ORDER && IS_ALIGNED(index, 2ull << order); order++)
		for (u64 i = 1ull << order; i < 2ull << order; i++)
			if (index + i >= w->a.pages || llfree_free_order(&w->a, index + i) < 0)
				return order;
	return order;
}
