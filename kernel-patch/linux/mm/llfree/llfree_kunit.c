// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of the LLFree core, on a private instance of a few trees. */
#include <kunit/test.h>
#include <linux/cpumask.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include "core.h"

/* Enough trees for every CPU to reserve its own; the last one is short. */
#define TEST_TREES(cpus)	(2ull * (cpus) * LLFREE_NR_CLASSES)
#define TEST_PAGES(cpus)	\
	(TEST_TREES(cpus) * LLFREE_TREE_PAGES + LLFREE_ALIGN_PAGES)

static s64 get(struct llfree *a, unsigned int order, enum llfree_class class)
{
	s64 index = llfree_get(a, get_cpu(), order, class, 0);

	put_cpu();
	return index;
}

static int put(struct llfree *a, u64 index, unsigned int order)
{
	int err = llfree_put(a, get_cpu(), index, order);

	put_cpu();
	return err;
}

static int get_at(struct llfree *a, u64 index, unsigned int order)
{
	int err = llfree_get_at(a, get_cpu(), index, order);

	put_cpu();
	return err;
}

static int block(struct llfree *a, u64 frame, u16 kind)
{
	int err = llfree_block(a, get_cpu(), frame, kind);

	put_cpu();
	return err;
}

static void unblock(struct llfree *a, u64 frame, u16 kind)
{
	llfree_unblock(a, get_cpu(), frame, kind, false);
	put_cpu();
}

static s64 claim(struct llfree *a, u64 frame, unsigned int order)
{
	return llfree_claim(a, frame, order, LLFREE_MOVABLE);
}

/* Counters and bits agree, and this many pages can be had. */
static void expect_free(struct kunit *test, u64 pages)
{
	struct llfree_totals totals;

	KUNIT_EXPECT_EQ(test, llfree_validate(test->priv, &totals), 0);
	KUNIT_EXPECT_EQ(test, totals.free, pages);
}

/* Free all pages, whatever they were allocated as: not one may be free. */
static void free_all(struct llfree *a)
{
	u64 frame;

	for (frame = 0; frame < a->frames; frame++)
		put(a, frame * LLFREE_FRAME_PAGES, LLFREE_FRAME_ORDER);
}

static u64 exhaust(struct llfree *a, unsigned int order,
		   enum llfree_class class)
{
	u64 got = 0;

	while (get(a, order, class) >= 0)
		got++;
	return got;
}

static int llfree_test_init(struct kunit *test)
{
	u64 pages = TEST_PAGES(nr_cpu_ids);
	struct llfree *a = kunit_kzalloc(test, sizeof(*a), GFP_KERNEL);
	void *buffer = kvzalloc(llfree_metadata_bytes(pages, nr_cpu_ids),
				GFP_KERNEL);

	if (!a || !buffer) {
		kvfree(buffer);
		return -ENOMEM;
	}
	test->priv = a;
	llfree_init(a, pages, nr_cpu_ids, buffer, NULL);
	free_all(a);
	return 0;
}

static void llfree_test_exit(struct kunit *test)
{
	struct llfree *a = test->priv;

	if (a)
		kvfree(a->bits);
}

static void orders_test(struct kunit *test)
{
	struct llfree *a = test->priv;
	enum llfree_class class;
	unsigned int order;

	for (class = LLFREE_UNMOVABLE; class < LLFREE_HUGE; class++) {
		for (order = 0; order <= LLFREE_MAX_ORDER; order++) {
			s64 index = get(a, order, class);

			KUNIT_ASSERT_GE(test, index, 0);
			KUNIT_EXPECT_TRUE(test,
					  IS_ALIGNED(index, 1ull << order));
			KUNIT_EXPECT_LT(test, llfree_free_order(a, index), 0);
			expect_free(test, a->pages - (1ull << order));
			KUNIT_EXPECT_EQ(test, put(a, index, order), 0);
			KUNIT_EXPECT_GE(test, llfree_free_order(a, index),
					(int)order);
			expect_free(test, a->pages);
		}
	}
}

static void exhaust_test(struct kunit *test)
{
	struct llfree *a = test->priv;
	unsigned int order;

	for (order = 0; order <= LLFREE_MAX_ORDER; order++) {
		KUNIT_EXPECT_EQ(test, exhaust(a, order, LLFREE_MOVABLE),
				a->pages >> order);
		expect_free(test, 0);
		free_all(a);
		expect_free(test, a->pages);
	}
}

static void partial_free_test(struct kunit *test)
{
	struct llfree *a = test->priv;
	unsigned int order, part;

	for (order = 1; order <= LLFREE_MAX_ORDER; order++) {
		s64 index = get(a, order, LLFREE_UNMOVABLE);

		KUNIT_ASSERT_GE(test, index, 0);
		/* Page 0, page 1, pages 2-3, 4-7, ... */
		KUNIT_EXPECT_EQ(test, put(a, index, 0), 0);
		for (part = 0; part < order; part++) {
			KUNIT_EXPECT_EQ(test,
					put(a, index + (1ull << part), part),
					0);
		}
		expect_free(test, a->pages);
	}
}

static void coarse_free_test(struct kunit *test)
{
	const unsigned int coarse = LLFREE_MAX_ORDER + 1;
	struct llfree *a = test->priv;
	u64 index;

	/* One run of order 11, claimed as pages, as frames and as a pair. */
	for (index = 0; index < LLFREE_FRAME_PAGES; index++)
		KUNIT_ASSERT_EQ(test, get_at(a, index, 0), 0);
	KUNIT_ASSERT_EQ(test, get_at(a, index, LLFREE_FRAME_ORDER), 0);
	index += LLFREE_FRAME_PAGES;
	KUNIT_ASSERT_EQ(test, get_at(a, index, LLFREE_MAX_ORDER), 0);
	expect_free(test, a->pages - (1ull << coarse));

	KUNIT_EXPECT_EQ(test, put(a, 0, coarse), 0);
	expect_free(test, a->pages);
	KUNIT_EXPECT_GE(test, get(a, LLFREE_MAX_ORDER, LLFREE_MOVABLE), 0);
}

static void double_free_test(struct kunit *test)
{
	struct llfree *a = test->priv;
	unsigned int order;

	for (order = 0; order <= LLFREE_MAX_ORDER; order++) {
		s64 index = get(a, order, LLFREE_MOVABLE);

		KUNIT_ASSERT_GE(test, index, 0);
		KUNIT_EXPECT_EQ(test, put(a, index, order), 0);
		KUNIT_EXPECT_EQ(test, put(a, index, order), -EINVAL);
		expect_free(test, a->pages);
	}
	KUNIT_EXPECT_EQ(test, put(a, a->pages, 0), -EINVAL);
}

static void get_at_test(struct kunit *test)
{
	struct llfree *a = test->priv;
	unsigned int order;

	for (order = 0; order <= LLFREE_MAX_ORDER; order++) {
		u64 index = 1ull << LLFREE_MAX_ORDER;

		KUNIT_EXPECT_EQ(test, get_at(a, index, order), 0);
		KUNIT_EXPECT_EQ(test, get_at(a, index, order), -EBUSY);
		KUNIT_EXPECT_EQ(test, get_at(a, index, 0), -EBUSY);
		KUNIT_EXPECT_EQ(test, get_at(a, index, LLFREE_MAX_ORDER),
				-EBUSY);
		expect_free(test, a->pages - (1ull << order));
		KUNIT_EXPECT_EQ(test, put(a, index, order), 0);
	}
	expect_free(test, a->pages);
}

static void bulk_test(struct kunit *test)
{
	struct llfree *a = test->priv;
	const unsigned int nr = 3 * LLFREE_FRAME_PAGES + 5;
	u64 *index = kunit_kmalloc_array(test, nr, sizeof(*index), GFP_KERNEL);
	unsigned int got, i;
	u64 left;

	KUNIT_ASSERT_NOT_NULL(test, index);
	got = llfree_get_bulk(a, get_cpu(), LLFREE_MOVABLE, index, nr);
	put_cpu();
	KUNIT_EXPECT_EQ(test, got, nr);
	expect_free(test, a->pages - nr);
	for (i = 0; i < got; i++)
		KUNIT_EXPECT_EQ(test, put(a, index[i], 0), 0);
	expect_free(test, a->pages);

	left = a->pages - exhaust(a, LLFREE_FRAME_ORDER, LLFREE_MOVABLE) *
			  LLFREE_FRAME_PAGES;
	KUNIT_EXPECT_EQ(test, left, 0);
	put(a, 7, 0);
	put(a, 4711, 0);
	got = llfree_get_bulk(a, get_cpu(), LLFREE_MOVABLE, index, nr);
	put_cpu();
	KUNIT_EXPECT_EQ(test, got, 2);
	expect_free(test, 0);
}

static void block_test(struct kunit *test)
{
	static const u16 kinds[] = {
		LLFREE_CHILD_ISOLATED, LLFREE_CHILD_COMPACTING,
	};
	struct llfree *a = test->priv;
	const u64 frame = 3, index = frame * LLFREE_FRAME_PAGES;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		KUNIT_ASSERT_EQ(test, get_at(a, index, 3), 0);
		KUNIT_ASSERT_EQ(test, block(a, frame, kinds[i]), 0);
		KUNIT_EXPECT_TRUE(test, llfree_quiet(a, frame));
		expect_free(test, a->pages - LLFREE_FRAME_PAGES);

		/* Nothing comes out, and what goes in stays. */
		KUNIT_EXPECT_EQ(test, get_at(a, index + 64, 0), -EBUSY);
		KUNIT_EXPECT_EQ(test, exhaust(a, 0, LLFREE_UNMOVABLE),
				a->pages - LLFREE_FRAME_PAGES);
		KUNIT_EXPECT_EQ(test, put(a, index, 3), 0);
		expect_free(test, 0);

		unblock(a, frame, kinds[i]);
		expect_free(test, LLFREE_FRAME_PAGES);
		KUNIT_EXPECT_EQ(test,
				get(a, LLFREE_FRAME_ORDER, LLFREE_MOVABLE),
				(s64)index);
		free_all(a);
		expect_free(test, a->pages);
	}

	KUNIT_ASSERT_EQ(test, block(a, frame, LLFREE_CHILD_COMPACTING), 0);
	KUNIT_EXPECT_EQ(test, block(a, frame, LLFREE_CHILD_COMPACTING), -EBUSY);
	KUNIT_EXPECT_EQ(test, block(a, frame, LLFREE_CHILD_ISOLATED), -EBUSY);
	unblock(a, frame, LLFREE_CHILD_COMPACTING);
	KUNIT_ASSERT_EQ(test, get_at(a, index, LLFREE_FRAME_ORDER), 0);
	KUNIT_EXPECT_EQ(test, block(a, frame, LLFREE_CHILD_COMPACTING),
			-EINVAL);
}

static void claim_test(struct kunit *test)
{
	struct llfree *a = test->priv;
	const u64 frame = 4, index = frame * LLFREE_FRAME_PAGES;
	unsigned int order;

	for (order = 0; order <= LLFREE_MAX_ORDER; order++) {
		KUNIT_EXPECT_EQ(test, claim(a, frame, order), -EBUSY);
		block(a, frame, LLFREE_CHILD_COMPACTING);
		block(a, frame + 1, LLFREE_CHILD_COMPACTING);

		KUNIT_EXPECT_EQ(test, claim(a, frame, order), (s64)index);
		expect_free(test, a->pages - 2 * LLFREE_FRAME_PAGES);

		unblock(a, frame, LLFREE_CHILD_COMPACTING);
		unblock(a, frame + 1, LLFREE_CHILD_COMPACTING);
		expect_free(test, a->pages - (1ull << order));
		KUNIT_EXPECT_EQ(test, put(a, index, order), 0);
		expect_free(test, a->pages);
	}
}

static void has_order_test(struct kunit *test)
{
	struct llfree *a = test->priv;
	unsigned int order;
	u64 index;

	for (order = 1; order <= LLFREE_MAX_ORDER; order++)
		KUNIT_EXPECT_TRUE(test, llfree_has_order(a, order));

	/* Every second page: half of memory is free, and no run of two. */
	exhaust(a, 0, LLFREE_MOVABLE);
	for (index = 0; index < a->pages; index += 2)
		put(a, index, 0);
	for (order = 1; order <= LLFREE_MAX_ORDER; order++) {
		KUNIT_EXPECT_LT(test, get(a, order, LLFREE_MOVABLE), 0);
		KUNIT_EXPECT_FALSE(test, llfree_has_order(a, order));
	}

	/* The missing page of a run makes the run's order possible again. */
	for (order = 1; order < LLFREE_FRAME_ORDER; order++) {
		index = 1ull << (order - 1);
		for (index |= 1; index < 1ull << order; index += 2)
			KUNIT_EXPECT_EQ(test, put(a, index, 0), 0);
		KUNIT_EXPECT_TRUE(test, llfree_has_order(a, order));
		KUNIT_EXPECT_FALSE(test, llfree_has_order(a, order + 1));
	}
	expect_free(test, a->pages / 2 + LLFREE_FRAME_PAGES / 4);
}

static void drain_test(struct kunit *test)
{
	struct llfree *a = test->priv;
	unsigned int cpu = get_cpu();
	s64 index = llfree_get(a, cpu, 0, LLFREE_MOVABLE, 0);

	KUNIT_EXPECT_TRUE(test, llfree_reserved(a, cpu));
	KUNIT_EXPECT_TRUE(test, llfree_drain(a, cpu));
	KUNIT_EXPECT_FALSE(test, llfree_reserved(a, cpu));
	KUNIT_EXPECT_FALSE(test, llfree_drain(a, cpu));
	put_cpu();
	expect_free(test, a->pages - 1);
	KUNIT_EXPECT_EQ(test, put(a, index, 0), 0);
	expect_free(test, a->pages);
}

/* With NOFRAGMENT no tree is shared between classes. */
static void nofragment_test(struct kunit *test)
{
	struct llfree *a = test->priv;
	unsigned int cpu = get_cpu();
	s64 index;

	while (llfree_get(a, cpu, LLFREE_FRAME_ORDER, LLFREE_HUGE, 0) >= 0)
		;
	/* All of memory is in use; one tree has a free page, and is movable. */
	put(a, 0, 0);
	index = llfree_get(a, cpu, 0, LLFREE_MOVABLE, 0);
	KUNIT_EXPECT_EQ(test, index, 0);
	llfree_drain(a, cpu);
	put(a, 0, 0);
	KUNIT_EXPECT_LT(test, llfree_get(a, cpu, 0, LLFREE_UNMOVABLE,
					 LLFREE_NOFRAGMENT), 0);
	KUNIT_EXPECT_EQ(test, llfree_get(a, cpu, 0, LLFREE_UNMOVABLE, 0), 0);
	put_cpu();
	expect_free(test, 0);
}

static struct kunit_case llfree_test_cases[] = {
	KUNIT_CASE(orders_test),
	KUNIT_CASE(exhaust_test),
	KUNIT_CASE(partial_free_test),
	KUNIT_CASE(coarse_free_test),
	KUNIT_CASE(double_free_test),
	KUNIT_CASE(get_at_test),
	KUNIT_CASE(bulk_test),
	KUNIT_CASE(block_test),
	KUNIT_CASE(claim_test),
	KUNIT_CASE(has_order_test),
	KUNIT_CASE(drain_test),
	KUNIT_CASE(nofragment_test),
	{}
};

static struct kunit_suite llfree_test_suite = {
	.name = "llfree",
	.init = llfree_test_init,
	.exit = llfree_test_exit,
	.test_cases = llfree_test_cases,
};

kunit_test_suite(llfree_test_suite);
