// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The policies' indexes: whatever threads did to the allocator at the same
 * time, once they are done the index is as the child words say.
 */
#include <pthread.h>
#include <stdlib.h>
#include "policy.h"
#include "world.h"

#define THREADS 3
#define HELD 700
/* Few frames, so that threads meet; more than a word of a set, and a line. */
#define MANY 136

static struct world w;
static struct llfree_index *index_;
static const struct llfree_index_ops *ops;
static unsigned int seed;

static void open_world(u64 frames, const struct llfree_compact_policy *policy)
{
	ops = policy->index;
	world_open_free(&w, frames, THREADS);
	index_ = calloc(1, ops->bytes(&w.a));
	CHECK(index_);
	llfree_watching = true;
	llfree_index_attach(&w.a, index_, ops);
	llfree_index_build(&w.a, 0, w.a.frames);
	CHECK_EQ(ops->check(&w.a, index_), 0);
}

static void close_world(void)
{
	llfree_watching = false;
	world_close(&w);
	free(index_);
}

struct held {
	u64 page[HELD];
	unsigned int nr;
};

static void take(struct held *h, unsigned int cpu, struct random *r)
{
	enum llfree_class class = random_below(r, 8) ? LLFREE_MOVABLE : LLFREE_UNMOVABLE;
	unsigned int nr = min_t(unsigned int, 1 + random_below(r, 64), HELD - h->nr);

	if (random_below(r, 4) == 0) {
		h->nr += llfree_get_bulk(&w.a, cpu, class, h->page + h->nr, nr);
	} else if (nr) {
		s64 page = llfree_get(&w.a, cpu, 0, class, 0);

		if (page >= 0)
			h->page[h->nr++] = page;
	}
}

static void give(struct held *h, unsigned int cpu, struct random *r)
{
	unsigned int i, nr = random_below(r, 16) ? 1 : 64;

	for (; nr && h->nr; nr--) {
		i = random_below(r, h->nr);
		CHECK_EQ(llfree_put(&w.a, cpu, h->page[i], 0), 0);
		h->page[i] = h->page[--h->nr];
	}
}

/* What a run of compaction does to the words of a frame. */
static void block(unsigned int cpu, struct random *r)
{
	u64 frame = random_below(r, w.a.frames);

	if (random_below(r, 4) == 0)
		llfree_clear_skip(&w.a, frame);
	if (!llfree_block(&w.a, cpu, frame, LLFREE_CHILD_COMPACTING))
		llfree_unblock(&w.a, cpu, frame, LLFREE_CHILD_COMPACTING, random_below(r, 2));
}

static void *thread(void *arg)
{
	unsigned int cpu = (unsigned long)arg, i;
	struct random r = random_seed(seed * THREADS + cpu);
	struct held h = {.nr = 0};

	for (i = 0; i < 40000 / CHECK_SLOWDOWN; i++) {
		unsigned int what = random_below(&r, 100);

		if (what < 5)
			block(cpu, &r);
		else if (what < 50)
			take(&h, cpu, &r);
		else
			give(&h, cpu, &r);
	}
	/* What is left stays. */
	return NULL;
}

static void run_threads(u64 frames, const struct llfree_compact_policy *policy)
{
	pthread_t id[THREADS];
	unsigned long i;

	for (seed = 1; seed <= 4; seed++) {
		open_world(frames, policy);
		for (i = 0; i < THREADS; i++)
			CHECK_EQ(pthread_create(&id[i], NULL, thread, (void *)i), 0);
		for (i = 0; i < THREADS; i++)
			pthread_join(id[i], NULL);
		llfree_settle(&w.a);
		CHECK_EQ(ops->check(&w.a, index_), 0);
		world_verify(&w);
		close_world();
	}
}

static void bucket_in_one_tree(void)
{
	run_threads(4, &llfree_policy_bucket);
}

static void bucket_in_many(void)
{
	run_threads(MANY, &llfree_policy_bucket);
}

static void bounds_in_one_tree(void)
{
	run_threads(4, &llfree_policy_bounds);
}

static void bounds_in_many(void)
{
	run_threads(MANY, &llfree_policy_bounds);
}

static void on_free_in_one_tree(void)
{
	run_threads(4, &llfree_policy_on_free);
}

/* An index that is attached while others are at work misses nothing. */
static void built_from_any_state(void)
{
	static const struct llfree_compact_policy *const policies[] = {
		&llfree_policy_bucket, &llfree_policy_bounds, &llfree_policy_on_free};
	struct random r = random_seed(1);
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(policies); i++) {
		struct held h = {.nr = 0};

		open_world(MANY, policies[i]);
		llfree_index_attach(&w.a, NULL, NULL);
		/* Nobody tells this one, which is therefore wrong... */
		for (n = 0; n < 600; n++)
			take(&h, 0, &r);
		CHECK(h.nr > 100);
		CHECK(i || ops->check(&w.a, index_));
		/* ...and one that starts now is not. */
		memset(index_, 0, ops->bytes(&w.a));
		llfree_index_attach(&w.a, index_, ops);
		llfree_index_build(&w.a, 0, w.a.frames);
		CHECK_EQ(ops->check(&w.a, index_), 0);
		close_world();
	}
}

int main(int argc, char **argv)
{
	static const struct check tests[] = {{"bucket_in_one_tree", bucket_in_one_tree},
					     {"bucket_in_many", bucket_in_many},
					     {"bounds_in_one_tree", bounds_in_one_tree},
					     {"bounds_in_many", bounds_in_many},
					     {"on_free_in_one_tree", on_free_in_one_tree},
					     {"built_from_any_state", built_from_any_state},
					     {}};

	return check_main(argc, argv, tests);
}
