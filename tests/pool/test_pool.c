// SPDX-License-Identifier: GPL-2.0-or-later
/* The persistent pool, one thread, no crash but the end of a process. */
#include <stdlib.h>

#include "region.h"

#define PAGES LLFREE_FRAME_PAGES

static struct region r;
static struct llfree_pool *const pool = &r.pool;

static u64 alloc(unsigned int order, u64 tag)
{
	u64 handle = 0;

	CHECK_EQ(llfree_pool_alloc(pool, 0, order, tag, &handle), 0);
	CHECK(handle);
	return handle;
}

static u64 where(u64 handle)
{
	s64 page = llfree_pool_lookup(pool, 0, handle, NULL, NULL);

	CHECK(page >= 0);
	return page;
}

static u64 *words(u64 handle)
{
	return pool_data(pool, where(handle));
}

static void open_again(void)
{
	CHECK_EQ(region_open(&r), 0);
}

static void setup(u64 frames, u64 slots)
{
	region_make(&r, frames, slots, 3);
	open_again();
}

static void impossible_geometries(void)
{
	static const struct llfree_pool_geometry bad[] = {
		{0, 8, 12},
		{3, 8, 12},
		{2, 0, 12},
		{2, 8, 2},
		{2, 8, 17},
		{LLFREE_POOL_MAX_PAGES / PAGES + 2, 8, 12},
		{2, LLFREE_POOL_MAX_SLOTS + 1, 12}};
	static char memory[64] __aligned(64);
	const u64 id[2] = {};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CHECK_EQ(llfree_pool_bytes(&bad[i]), 0);
		CHECK_EQ(llfree_pool_memory_bytes(&bad[i], 1), 0);
		CHECK_EQ(llfree_pool_scratch_bytes(&bad[i]), 0);
		CHECK_EQ(llfree_pool_format(memory, sizeof(memory), &bad[i], id), -EINVAL);
	}
	region_make(&r, 2, 8, 3);
	memset(r.base, 0x77, r.bytes);
	CHECK_EQ(llfree_pool_format(r.base, r.bytes - 1, &r.geometry, id), -EFBIG);
	for (u64 i = 0; i < r.bytes; i++)
		CHECK_EQ(r.base[i], 0x77);
}

/* Refused with this error, and nothing was written. */
static void refused(int error)
{
	char *before = malloc(r.bytes);

	CHECK(before);
	memcpy(before, r.base, r.bytes);
	CHECK_EQ(region_open(&r), error);
	CHECK(!memcmp(before, r.base, r.bytes));
	CHECK(strcmp(llfree_pool_explain(error), llfree_pool_explain(1)));
	free(before);
}

static void foreign_newer_truncated_damaged(void)
{
	struct llfree_pool_header *header;
	u64 bytes;

	setup(4, 20);
	header = (void *)r.base;
	bytes = r.bytes;
	for (u64 i = 0; i < 5; i++)
		alloc(i, i);

	header->magic ^= 1;
	refused(-ENOTEMPTY);
	header->magic = 0;
	refused(-ENOTEMPTY);
	/* A crash came while it was made: whoever made it makes it again. */
	header->magic = POOL_UNFINISHED;
	refused(-EMEDIUMTYPE);
	header->magic = LLFREE_POOL_MAGIC;

	header->version++;
	refused(-EOPNOTSUPP);
	header->version--;

	for (unsigned int i = offsetof(struct llfree_pool_header, page_shift); i < sizeof(*header);
	     i++) {
		r.base[i] ^= 0x10;
		refused(-EBADMSG);
		r.base[i] ^= 0x10;
	}
	header->version = 0;
	refused(-EBADMSG);
	header->version = 1;

	r.bytes = bytes - 1;
	refused(-EFBIG);
	r.bytes = POOL_HEADER_BYTES;
	refused(-EFBIG);
	r.bytes = POOL_HEADER_BYTES - 1;
	refused(-EMEDIUMTYPE);
	r.bytes = bytes;
	open_again();
	CHECK_EQ(r.report.allocations, 5);

	memset(r.base, 0, POOL_HEADER_BYTES);
	refused(-EMEDIUMTYPE);
	r.base[POOL_HEADER_BYTES - 1] = 1;
	refused(-ENOTEMPTY);
}

/* A handle is of one pool: neither of another one nor of what replaces it. */
static void handles_of_another_pool(void)
{
	u64 mine, theirs, tag;

	setup(2, 8);
	CHECK_EQ(llfree_pool_format(r.base, r.bytes, &r.geometry, (const u64[]){5, 6}), 0);
	open_again();
	theirs = alloc(0, 1);
	CHECK_EQ(llfree_pool_format(r.base, r.bytes, &r.geometry,
				    (const u64[]){POOL_GENERATIONS + 4, 6}),
		 0);
	open_again();
	mine = alloc(0, 2);
	CHECK_EQ((u32)mine, (u32)theirs);
	CHECK_EQ(llfree_pool_get_tag(pool, 0, theirs, &tag), -ESTALE);
	CHECK_EQ(llfree_pool_free(pool, 0, theirs), -ESTALE);
	CHECK_EQ(llfree_pool_move(pool, 0, theirs, -1), -ESTALE);
	CHECK_EQ(llfree_pool_get_tag(pool, 0, mine, &tag), 0);
	CHECK_EQ(tag, 2);
	CHECK_EQ(llfree_pool_free(pool, 0, mine), 0);
	region_verify(&r);
}

/* Change a slot's word, see it refused, and put it back. */
static void bad_slot(u64 *slot, u64 word)
{
	u64 good = *slot;

	*slot = word;
	refused(-EUCLEAN);
	*slot = good;
}

static void damaged_slots(void)
{
	u64 a, b, *slot;

	setup(2, 20);
	a = alloc(3, 1);
	b = alloc(9, 2);
	slot = &pool->slot[(u32)a];
	bad_slot(slot, *slot + 1); /* not aligned */
	bad_slot(slot, (*slot & ~POOL_PAGE) | 2 * PAGES); /* outside */
	bad_slot(slot, (*slot & ~POOL_PAGE) | where(b)); /* of another one */
	bad_slot(slot, (*slot & ~POOL_PAGE) | (where(b) + PAGES - 8));
	bad_slot(slot, *slot | POOL_ORDER << POOL_ORDER_SHIFT);
	bad_slot(slot, *slot & ((1ull << POOL_GENERATION_SHIFT) - 1)); /* no generation */
	bad_slot(slot, *slot + (1ull << POOL_GENERATION_SHIFT)); /* not the tag's */
	bad_slot(slot, *slot & ~POOL_VALID); /* free, and has pages */
	bad_slot(&pool->tag[(u32)a], 0);
	bad_slot(&pool->slot[19], 1);
	bad_slot(&pool->slot[(u32)b], *slot);
	open_again();
	CHECK_EQ(r.report.allocations, 2);
	CHECK_EQ(r.report.pages, 8 + PAGES);
}

/* More runs in a few pages than these are */
static void one_page_for_all_slots(void)
{
	u64 handle[200];

	setup(2, ARRAY_SIZE(handle));
	for (unsigned int i = 0; i < ARRAY_SIZE(handle); i++)
		handle[i] = alloc(0, i);
	for (unsigned int i = 0; i < ARRAY_SIZE(handle); i++) {
		u64 *slot = &pool->slot[(u32)handle[i]];

		*slot |= POOL_PAGE;
		*slot -= POOL_PAGE - (2 * PAGES - 1);
	}
	refused(-EUCLEAN);
}

static void allocations_survive(void)
{
	u64 handle[11], found;
	unsigned int order;
	bool moving;

	setup(8, 100);
	for (unsigned int i = 0; i <= 10; i++) {
		handle[i] = alloc(i, 1000 + i);
		CHECK_EQ(where(handle[i]) % (1u << i), 0);
		words(handle[i])[0] = i;
		words(handle[i])[(1 << i) - 1] = i;
	}
	CHECK_EQ(llfree_pool_set_tag(pool, 0, handle[3], LLFREE_POOL_TAG_MAX), 0);
	CHECK_EQ(llfree_pool_set_root(pool, 0, 0, handle[7]), 0);
	CHECK_EQ(llfree_pool_set_root(pool, 0, 63, ~0ull), 0);
	CHECK_EQ(llfree_pool_free(pool, 0, handle[5]), 0);

	for (unsigned int again = 0; again < 2; again++) {
		open_again();
		CHECK_EQ(r.report.allocations, 10);
		CHECK_EQ(r.report.pages, 2047 - 32);
		CHECK_EQ(r.report.swept + r.report.missing + r.report.moving, 0);
		for (unsigned int i = 0; i <= 10; i++) {
			if (i == 5)
				continue;
			CHECK(llfree_pool_lookup(pool, 0, handle[i], &order, &moving) >= 0);
			CHECK_EQ(order, i);
			CHECK(!moving);
			CHECK_EQ(words(handle[i])[0], i);
			CHECK_EQ(words(handle[i])[(1 << i) - 1], i);
			CHECK_EQ(llfree_pool_get_tag(pool, 0, handle[i], &found), 0);
			CHECK_EQ(found, i == 3 ? LLFREE_POOL_TAG_MAX : 1000 + i);
		}
		CHECK_EQ(llfree_pool_lookup(pool, 0, handle[5], NULL, NULL), -ENOENT);
		CHECK_EQ(llfree_pool_get_root(pool, 0, 0, &found), 0);
		CHECK_EQ(found, handle[7]);
		CHECK_EQ(llfree_pool_get_root(pool, 0, 63, &found), 0);
		CHECK_EQ(found, ~0ull);
		CHECK_EQ(llfree_pool_get_root(pool, 0, 1, &found), 0);
		CHECK_EQ(found, 0);
	}
	for (unsigned int i = 0; i <= 10; i++)
		CHECK_EQ(llfree_pool_free(pool, 0, handle[i]), i == 5 ? -ENOENT : 0);
	open_again();
	CHECK_EQ(r.free, r.pool.pages.pages);
}

/* Indices are relative: a pool does not care where it is mapped. */
/* What others left in the pages, or the medium held, is not handed on. */
static void new_pages_are_zero(void)
{
	u64 handle[11];

	setup(8, 100);
	for (unsigned int turn = 0; turn < 2; turn++) {
		for (unsigned int i = 0; i <= 10; i++) {
			handle[i] = alloc(i, 0);
			for (u64 word = 0; word < 1u << i; word++)
				CHECK_EQ(words(handle[i])[word], 0);
			memset(words(handle[i]), 0x77, 8u << i);
		}
		for (unsigned int i = 0; i <= 10; i++)
			CHECK_EQ(llfree_pool_free(pool, 0, handle[i]), 0);
	}
}

static void another_address(void)
{
	char *moved;
	u64 handle;

	setup(2, 8);
	handle = alloc(0, 5);
	words(handle)[0] = 77;
	moved = aligned_alloc(64, ALIGN(r.bytes, 64));
	CHECK(moved);
	memcpy(moved, r.base, r.bytes);
	free(r.base);
	r.base = moved;
	open_again();
	CHECK_EQ(words(handle)[0], 77);
}

static void misuse(void)
{
	u64 handle, other, tag;

	setup(2, 8);
	handle = alloc(0, 5);
	CHECK_EQ(llfree_pool_alloc(pool, 0, 11, 0, &other), -EINVAL);
	CHECK_EQ(llfree_pool_alloc(pool, 0, 0, LLFREE_POOL_TAG_MAX + 1, &other), -EINVAL);
	CHECK_EQ(llfree_pool_set_tag(pool, 0, handle, LLFREE_POOL_TAG_MAX + 1), -EINVAL);
	CHECK_EQ(llfree_pool_set_root(pool, 0, LLFREE_POOL_ROOTS, 0), -EINVAL);
	CHECK_EQ(llfree_pool_get_root(pool, 0, LLFREE_POOL_ROOTS, &tag), -EINVAL);

	for (unsigned int i = 0; i < 4; i++) {
		/* No slot, no generation, no handle at all. */
		const u64 bad[] = {handle + 8, (u32)handle, handle | 1ull << 48, ~0ull};

		CHECK_EQ(llfree_pool_free(pool, 0, bad[i]), -EINVAL);
		CHECK_EQ(llfree_pool_lookup(pool, 0, bad[i], NULL, NULL), -EINVAL);
		CHECK_EQ(llfree_pool_set_tag(pool, 0, bad[i], 1), -EINVAL);
		CHECK_EQ(llfree_pool_get_tag(pool, 0, bad[i], &tag), -EINVAL);
		CHECK_EQ(llfree_pool_move(pool, 0, bad[i], -1), -EINVAL);
		CHECK_EQ(llfree_pool_admit(pool, 0, bad[i]), -EINVAL);
	}
	CHECK_EQ(llfree_pool_move(pool, 0, handle, 2), -EINVAL);

	/* A foreign generation, then a free that was freed, then one reused. */
	CHECK_EQ(llfree_pool_free(pool, 0, handle + (1ull << 32)), -ESTALE);
	CHECK_EQ(llfree_pool_free(pool, 0, handle), 0);
	CHECK_EQ(llfree_pool_free(pool, 0, handle), -ENOENT);
	CHECK_EQ(llfree_pool_get_tag(pool, 0, handle, &tag), -ENOENT);
	other = alloc(0, 6);
	CHECK_EQ((u32)other, (u32)handle);
	CHECK_EQ(llfree_pool_free(pool, 0, handle), -ESTALE);
	CHECK_EQ(llfree_pool_lookup(pool, 0, handle, NULL, NULL), -ESTALE);
	CHECK_EQ(llfree_pool_set_tag(pool, 0, handle, 1), -ESTALE);
	CHECK_EQ(llfree_pool_move(pool, 0, handle, -1), -ESTALE);
	CHECK_EQ(llfree_pool_admit(pool, 0, handle), -ESTALE);
	CHECK_EQ(llfree_pool_get_tag(pool, 0, other, &tag), 0);
	CHECK_EQ(tag, 6);
	region_verify(&r);
}

static void exhaustion(void)
{
	u64 handle, last = 0;

	setup(2, 70);
	for (unsigned int i = 0; i < 70; i++)
		last = alloc(0, i);
	CHECK_EQ(llfree_pool_alloc(pool, 0, 0, 0, &handle), -ENOSPC);
	CHECK_EQ(llfree_pool_free(pool, 0, last), 0);
	CHECK_EQ(llfree_pool_alloc(pool, 0, 10, 0, &handle), -ENOMEM);
	CHECK_EQ(llfree_pool_alloc(pool, 0, 9, 0, &handle), 0);
	region_verify(&r);
}

static void generations_wrap(void)
{
	u64 handle, first = 0;

	setup(2, 1);
	for (unsigned int i = 0; i < 70000; i++) {
		handle = alloc(0, 1);
		if (!i)
			first = handle;
		CHECK(llfree_pool_is_handle(pool, handle));
		CHECK_EQ(handle == first, i % POOL_GENERATIONS == 0);
		CHECK_EQ(llfree_pool_free(pool, 0, handle), 0);
	}
	open_again();
}

static void recovery_sweeps_and_reports(void)
{
	u64 handle;

	setup(2, 8);
	handle = alloc(6, 0);
	pool->pages.bits[1].row[3] |= 0xff; /* of an allocation that did not finish */
	pool->pages.child[0] = 0xffff;
	pool->slot[(u32)handle] |= POOL_MOVING;
	open_again();
	CHECK_EQ(r.report.swept, 8);
	CHECK_EQ(r.report.missing, 0);
	CHECK_EQ(r.report.moving, 1);
	CHECK(llfree_pool_move(pool, 0, handle, 1) >= 0);

	/* Somebody else's doing. */
	pool->pages.bits[1].row[0] = 0;
	pool->pages.bits[1].row[1] = 0;
	open_again();
	CHECK_EQ(r.report.missing, 64);
	open_again();
	CHECK_EQ(r.report.missing, 0);
}

static void whole_frames_after_recovery(void)
{
	u64 nine, ten;

	setup(4, 8);
	nine = alloc(9, 0);
	ten = alloc(10, 0);
	open_again();
	CHECK(llfree_child(&pool->pages, where(nine) / PAGES) & LLFREE_CHILD_HUGE);
	CHECK(llfree_child(&pool->pages, where(ten) / PAGES) & LLFREE_CHILD_HUGE);
	CHECK(llfree_child(&pool->pages, where(ten) / PAGES + 1) & LLFREE_CHILD_HUGE);
	CHECK_EQ(llfree_pool_free(pool, 0, nine), 0);
	CHECK_EQ(llfree_pool_free(pool, 0, ten), 0);
	region_verify(&r);
	open_again();
	CHECK_EQ(r.free, 4 * PAGES);
}

static void moves(void)
{
	struct llfree_pool_totals before, after;
	u64 handle, filler;

	for (unsigned int order = 0; order <= 10; order++) {
		u64 nr = 1ull << order;
		u64 frame = order == 10 ? 4 : 3;

		setup(6, 8);
		handle = alloc(order, 9);
		for (u64 i = 0; i < nr; i++)
			words(handle)[i] = 31 * i + order;
		llfree_pool_totals(pool, &before);
		CHECK_EQ(llfree_pool_move(pool, 0, handle, frame) / PAGES, frame);
		llfree_pool_totals(pool, &after);
		CHECK_EQ(after.moves - before.moves, 1);
		CHECK_EQ(after.copied - before.copied, 8 * nr);
		/* The target's bits, and the slot; a fence for each. */
		CHECK_EQ(after.flushes - before.flushes, order == 10 ? 3 : 2);
		CHECK_EQ(after.fences - before.fences, 2);
		CHECK_EQ(where(handle) / PAGES, frame);
		region_verify(&r);
		open_again();
		CHECK_EQ(r.report.swept, 0);
		for (u64 i = 0; i < nr; i++)
			CHECK_EQ(words(handle)[i], 31 * i + order);
		CHECK(llfree_pool_move(pool, 0, handle, -1) >= 0);
		for (u64 i = 0; i < nr; i++)
			CHECK_EQ(words(handle)[i], 31 * i + order);
		region_drop(&r);
		r.memory = r.scratch = NULL;
	}

	setup(2, 8);
	handle = alloc(0, 1);
	filler = alloc(9, 1);
	CHECK_EQ(llfree_pool_move(pool, 0, handle, where(filler) / PAGES), -ENOMEM);
	CHECK_EQ(llfree_pool_free(pool, 0, filler), 0);
	region_verify(&r);
}

static int busy(struct llfree_pool *p, u64 handle, u64 page, unsigned int order)
{
	bool moving;
	unsigned int found;

	CHECK_EQ(llfree_pool_lookup(p, 0, handle, &found, &moving), page);
	CHECK_EQ(found, order);
	CHECK(moving);
	/* Nor can anybody else move it now. */
	CHECK_EQ(llfree_pool_move(p, 0, handle, -1), -EBUSY);
	return -EBUSY;
}

static int freed_meanwhile(struct llfree_pool *p, u64 handle, u64 page, unsigned int order)
{
	(void)page;
	(void)order;
	CHECK_EQ(llfree_pool_free(p, 0, handle), 0);
	return 0;
}

static int called_off(struct llfree_pool *p, u64 handle, u64 page, unsigned int order)
{
	(void)order;
	CHECK_EQ(llfree_pool_admit(p, 0, handle), page);
	return 0;
}

static s64 thawed_at;

static void note_thaw(struct llfree_pool *p, u64 handle, s64 page, unsigned int order)
{
	(void)p;
	(void)handle;
	(void)order;
	thawed_at = page;
}

static void moves_that_are_given_up(void)
{
	static const struct llfree_pool_ops ops[] = {{.freeze = busy, .thaw = note_thaw},
						     {.freeze = freed_meanwhile, .thaw = note_thaw},
						     {.freeze = called_off, .thaw = note_thaw}};
	struct llfree_pool_totals totals;
	u64 handle, page;

	for (unsigned int i = 0; i < 3; i++) {
		setup(2, 8);
		pool->ops = &ops[i];
		handle = alloc(3, 1);
		page = where(handle);
		thawed_at = -1;
		CHECK_EQ(llfree_pool_move(pool, 0, handle, 1), -EBUSY);
		CHECK_EQ(thawed_at, i == 0 ? -1 : i == 1 ? -ENOENT : (s64)page);
		if (i != 1)
			CHECK_EQ(where(handle), page);
		llfree_pool_totals(pool, &totals);
		CHECK_EQ(totals.moves, 0);
		CHECK(totals.given_up >= 1);
		region_verify(&r);
		region_drop(&r);
		r.memory = r.scratch = NULL;
	}
}

static void durable_caches(void)
{
	struct llfree_pool_totals totals;

	region_make(&r, 2, 8, 3);
	r.durable_caches = true;
	open_again();
	CHECK(llfree_pool_move(pool, 0, alloc(4, 1), 1) >= 0);
	llfree_pool_totals(pool, &totals);
	CHECK_EQ(totals.flushes, 0);
	CHECK(totals.fences > 0);
}

/*
 * Compaction
 */

#define FRAMES 16

static u64 handles[FRAMES * PAGES];
static unsigned int nr_handles;

/* Every frame keeps a different number of pages, in runs of up to 8. */
static void scatter(u64 seed)
{
	struct random random = random_seed(seed);
	unsigned int nr = 0;

	setup(FRAMES, FRAMES * PAGES);
	for (;;) {
		u64 handle;

		if (llfree_pool_alloc(pool, 0, random_below(&random, 4), 1, &handle))
			break;
		handles[nr++] = handle;
	}
	nr_handles = 0;
	for (unsigned int i = 0; i < nr; i++) {
		u64 page = where(handles[i]), frame = page / PAGES;
		unsigned int order;

		if (random_below(&random, FRAMES + 4) >= frame / 2) {
			CHECK_EQ(llfree_pool_free(pool, 0, handles[i]), 0);
			continue;
		}
		llfree_pool_lookup(pool, 0, handles[i], &order, NULL);
		for (u64 p = 0; p < 1ull << order; p++)
			words(handles[i])[p] = handles[i] * 8 + p;
		handles[nr_handles++] = handles[i];
	}
	region_verify(&r);
}

static void verify_contents(void)
{
	for (unsigned int i = 0; i < nr_handles; i++) {
		unsigned int order;

		CHECK(llfree_pool_lookup(pool, 0, handles[i], &order, NULL) >= 0);
		for (u64 p = 0; p < 1ull << order; p++)
			CHECK_EQ(words(handles[i])[p], handles[i] * 8 + p);
	}
}

static u64 free_frames(void)
{
	u64 nr = 0;

	for (u64 frame = 0; frame < FRAMES; frame++)
		nr += (llfree_child(&pool->pages, frame) & LLFREE_CHILD_FREE) == PAGES;
	return nr;
}

static u64 compact(const struct llfree_compact_policy *policy, int order, u64 frames)
{
	struct llfree_compact c = {
		.policy = policy,
		.order = order,
		.class = LLFREE_HUGE,
		.sync = true,
		.whole = true,
	};

	return llfree_pool_compact(pool, 0, &c, frames);
}

/* As the kernel does for a policy that has one. */
static struct llfree_index *keep_index(const struct llfree_index_ops *ops)
{
	struct llfree_index *index = calloc(1, ops->bytes(&pool->pages));

	CHECK(index);
	llfree_watching = true;
	llfree_index_attach(&pool->pages, index, ops);
	llfree_index_build(&pool->pages, 0, FRAMES);
	return index;
}

/* With every policy, and the index of those that have one. */
static void compaction(void)
{
	for (unsigned int i = 0; llfree_policies[i]; i++) {
		const struct llfree_index_ops *ops = llfree_policies[i]->index;
		struct llfree_index *index = NULL;
		struct llfree_pool_totals totals;
		u64 before, emptied;

		scatter(i);
		if (ops)
			index = keep_index(ops);
		before = free_frames();
		emptied = compact(llfree_policies[i], 9, 3);
		CHECK_EQ(emptied, 3);
		CHECK(free_frames() >= before + 3);
		verify_contents();
		region_verify(&r);
		llfree_pool_totals(pool, &totals);
		CHECK(totals.moves > 0);
		CHECK_EQ(totals.given_up, 0);
		if (index) {
			llfree_settle(&pool->pages);
			CHECK_EQ(ops->check(&pool->pages, index), 0);
		}
		/* Compaction knows of nobody until it is told. */
		open_again();
		CHECK(!pool->pages.index);
		free(index);
		index = ops ? keep_index(ops) : NULL;
		CHECK_EQ(r.report.swept, 0);
		memset(pool->owner, 0xff, r.pool.pages.pages * sizeof(u32));
		CHECK_EQ(compact(llfree_policies[i], 9, 1), 0);
		for (u64 slot = 0; slot < pool->nr_slots; slot += 100)
			llfree_pool_map(pool, slot, 100);
		/* It refuses what is not marked, and takes the marks off for the next run. */
		if (llfree_policies[i] == &llfree_policy_just_enough)
			CHECK_EQ(compact(llfree_policies[i], 9, 1), 0);
		CHECK_EQ(compact(llfree_policies[i], 9, 1), 1);
		verify_contents();
		region_verify(&r);
		region_drop(&r);
		r.memory = r.scratch = NULL;
		free(index);
		llfree_watching = false;
	}
}

/* The fewest moves that clear frames: occupancy's. */
static void compaction_moves_no_more_than_it_must(void)
{
	struct llfree_pool_totals totals;
	unsigned int least = PAGES;

	setup(FRAMES, FRAMES * PAGES);
	for (u64 frame = 0; frame < FRAMES; frame++) {
		unsigned int used = 40 + (frame * 7) % 16 * 20;

		least = min(least, used);
		for (unsigned int i = 0; i < used; i++)
			CHECK(llfree_pool_move(pool, 0, alloc(0, 0), frame) >= 0);
	}
	memset(pool->cpu, 0, pool->pages.cpus * sizeof(*pool->cpu));
	CHECK_EQ(compact(&llfree_policy_occupancy, 9, 1), 1);
	llfree_pool_totals(pool, &totals);
	CHECK_EQ(totals.moves, least);
	CHECK_EQ(totals.copied, 8 * least);
}

static void compaction_of_pairs(void)
{
	u64 handle;

	scatter(5);
	CHECK_EQ(compact(&llfree_policy_occupancy, 10, 1), 1);
	CHECK_EQ(llfree_pool_alloc(pool, 0, 10, 0, &handle), 0);
	verify_contents();
	region_verify(&r);
}

static u64 pinned;

static int not_this(struct llfree_pool *p, u64 handle, u64 page, unsigned int order)
{
	(void)p;
	(void)page;
	(void)order;
	return handle == pinned ? -EBUSY : 0;
}

static int nothing(struct llfree_pool *p, u64 handle, u64 page, unsigned int order)
{
	(void)p;
	(void)handle;
	(void)page;
	(void)order;
	return -EBUSY;
}

/* However often it was in vain, it looks again once they are gone. */
static void compaction_after_writers(void)
{
	static const struct llfree_pool_ops all = {.freeze = nothing, .thaw = note_thaw};
	static const struct llfree_pool_ops none = {.freeze = not_this, .thaw = note_thaw};

	scatter(8);
	pinned = ~0ull;
	pool->ops = &all;
	for (int i = 0; i < 10; i++)
		CHECK_EQ(compact(&llfree_policy_occupancy, 9, 1), 0);
	pool->ops = &none;
	CHECK_EQ(compact(&llfree_policy_occupancy, 9, 1), 1);
	verify_contents();
	region_verify(&r);
}

static void compaction_goes_round_a_writer(void)
{
	static const struct llfree_pool_ops ops = {.freeze = not_this, .thaw = note_thaw};

	scatter(6);
	pool->ops = &ops;
	pinned = handles[0];
	CHECK_EQ(compact(&llfree_policy_occupancy, 9, 2), 2);
	verify_contents();
	for (u64 frame = 0; frame < FRAMES; frame++)
		CHECK(!(llfree_child(&pool->pages, frame) & LLFREE_CHILD_BLOCKED));
	region_verify(&r);
}

int main(int argc, char **argv)
{
	static const struct check tests[] = {
		{"impossible_geometries", impossible_geometries},
		{"foreign_newer_truncated_damaged", foreign_newer_truncated_damaged},
		{"handles_of_another_pool", handles_of_another_pool},
		{"damaged_slots", damaged_slots},
		{"one_page_for_all_slots", one_page_for_all_slots},
		{"allocations_survive", allocations_survive},
		{"new_pages_are_zero", new_pages_are_zero},
		{"another_address", another_address},
		{"misuse", misuse},
		{"exhaustion", exhaustion},
		{"generations_wrap", generations_wrap},
		{"recovery_sweeps_and_reports", recovery_sweeps_and_reports},
		{"whole_frames_after_recovery", whole_frames_after_recovery},
		{"moves", moves},
		{"moves_that_are_given_up", moves_that_are_given_up},
		{"durable_caches", durable_caches},
		{"compaction", compaction},
		{"compaction_moves_no_more_than_it_must", compaction_moves_no_more_than_it_must},
		{"compaction_of_pairs", compaction_of_pairs},
		{"compaction_goes_round_a_writer", compaction_goes_round_a_writer},
		{"compaction_after_writers", compaction_after_writers},
		{}};

	return check_main(argc, argv, tests);
}
