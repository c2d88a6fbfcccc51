// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The persistent pool with threads that allocate, free, write, move, compact,
 * call moves off and ask for what is not theirs, all at once.  Every page of an
 * allocation says whose it is; at checkpoints all stand still, every counter is
 * compared, and what a crash would leave now is opened elsewhere.
 */
#include <sched.h>
#include <stdlib.h>

#include "region.h"
#include "threads.h"

#define THREADS 4
#define FRAMES 24
#define SLOTS 3000
#define HOLD (SLOTS / THREADS)
#define CHECKPOINTS 6
#define OPERATIONS (400000 / CHECK_SLOWDOWN)

struct held {
	u64 handle;
	unsigned int order;
	u64 version;
};

struct worker {
	unsigned int n;
	struct random random;
	struct held held[HOLD];
	unsigned int nr;
};

static struct region r;
static struct llfree_pool *const pool = &r.pool;
static u64 guests[SLOTS]; /* who looks at or writes to the pages of a slot */
static struct worker workers[THREADS];
static pthread_barrier_t checkpoint;

static int freeze(struct llfree_pool *p, u64 handle, u64 page, unsigned int order)
{
	(void)p;
	(void)page;
	(void)order;
	return __atomic_load_n(&guests[(u32)handle], __ATOMIC_SEQ_CST) ? -EBUSY : 0;
}

static void thaw(struct llfree_pool *p, u64 handle, s64 page, unsigned int order)
{
	(void)p;
	(void)handle;
	(void)page;
	(void)order;
}

static const struct llfree_pool_ops ops = {.freeze = freeze, .thaw = thaw};

/* Where its pages are, and will be until leave(). */
static u64 *enter(unsigned int cpu, const struct held *h)
{
	for (;;) {
		unsigned int order;
		bool moving;
		s64 page;

		__atomic_fetch_add(&guests[(u32)h->handle], 1, __ATOMIC_SEQ_CST);
		page = llfree_pool_lookup(pool, cpu, h->handle, &order, &moving);
		CHECK(page >= 0);
		CHECK_EQ(order, h->order);
		if (!moving)
			return pool_data(pool, page);
		__atomic_fetch_sub(&guests[(u32)h->handle], 1, __ATOMIC_SEQ_CST);
		sched_yield();
	}
}

static void leave(const struct held *h)
{
	__atomic_fetch_sub(&guests[(u32)h->handle], 1, __ATOMIC_SEQ_CST);
}

static u64 content(const struct held *h, u64 page)
{
	return (h->handle + h->version * 31 + page) * 0x9e3779b97f4a7c15ull;
}

static void write_all(const struct worker *w, const struct held *h)
{
	u64 *word = enter(w->n, h);

	for (u64 p = 0; p < 1ull << h->order; p++)
		word[p] = content(h, p);
	leave(h);
}

static void read_all(const struct worker *w, const struct held *h)
{
	const u64 *word = enter(w->n, h);
	u64 tag;

	for (u64 p = 0; p < 1ull << h->order; p++)
		CHECK_EQ(word[p], content(h, p));
	leave(h);
	CHECK_EQ(llfree_pool_get_tag(pool, w->n, h->handle, &tag), 0);
	CHECK_EQ(tag, h->version);
}

static void do_alloc(struct worker *w)
{
	unsigned int order = random_below(&w->random, 3) ? random_below(&w->random, 3)
							 : random_below(&w->random, 11);
	struct held h = {.order = order, .version = random_below(&w->random, 1000)};
	int err = llfree_pool_alloc(pool, w->n, order, h.version, &h.handle);

	if (err) {
		CHECK(err == -ENOMEM || err == -ENOSPC);
		return;
	}
	write_all(w, &h);
	w->held[w->nr++] = h;
}

static void do_free(struct worker *w, unsigned int i)
{
	struct held h = w->held[i];

	read_all(w, &h);
	w->held[i] = w->held[--w->nr];
	CHECK_EQ(llfree_pool_free(pool, w->n, h.handle), 0);
	CHECK(llfree_pool_free(pool, w->n, h.handle) < 0);
}

static void do_write(struct worker *w, unsigned int i)
{
	struct held *h = &w->held[i];

	read_all(w, h);
	h->version++;
	write_all(w, h);
	CHECK_EQ(llfree_pool_set_tag(pool, w->n, h->handle, h->version), 0);
}

/* Anybody's: of one's own is only known that it is there. */
static u64 some_handle(struct worker *w)
{
	u64 slot = random_below(&w->random, SLOTS);

	return llfree_pool_next(pool, w->n, &slot);
}

static void do_move(struct worker *w)
{
	u64 handle = some_handle(w);
	s64 page =
		llfree_pool_move(pool, w->n, handle, (s64)random_below(&w->random, FRAMES + 1) - 1);

	CHECK(page >= 0 || page == -EBUSY || page == -ENOMEM || page == -ENOENT ||
	      page == -ESTALE || (page == -EINVAL && !handle));
}

static void do_admit(struct worker *w)
{
	u64 handle = some_handle(w), tag;

	llfree_pool_admit(pool, w->n, handle);
	llfree_pool_get_tag(pool, w->n, handle, &tag);
	CHECK(llfree_pool_set_tag(pool, w->n, handle + (1000ull << 32), 0) < 0);
}

static void do_compact(struct worker *w)
{
	struct llfree_compact c = {
		.policy = random_below(&w->random, 2) ? &llfree_policy_occupancy
						      : &llfree_policy_address,
		.order = 9 + random_below(&w->random, 2),
		.class = LLFREE_HUGE,
		.sync = true,
	};

	llfree_pool_compact(pool, w->n, &c, 1);
}

static void open_a_copy(void)
{
	struct region copy = {
		.geometry = r.geometry, .bytes = r.bytes, .cpus = r.cpus, .ops = r.ops};

	copy.base = aligned_alloc(64, ALIGN(r.bytes, 64));
	CHECK(copy.base);
	memcpy(copy.base, r.base, r.bytes);
	CHECK_EQ(region_open(&copy), 0);
	CHECK_EQ(copy.report.swept + copy.report.missing + copy.report.moving, 0);
	CHECK_EQ(copy.free, r.free);
	region_drop(&copy);
}

static void meet(struct worker *w)
{
	pthread_barrier_wait(&checkpoint);
	if (!w->n) {
		region_verify(&r);
		open_a_copy();
	}
	pthread_barrier_wait(&checkpoint);
	for (unsigned int i = 0; i < w->nr; i++)
		read_all(w, &w->held[i]);
}

static void work(unsigned int n)
{
	struct worker *w = &workers[n];

	w->n = n;
	w->random = random_seed(n);
	for (unsigned int point = 0; point < CHECKPOINTS; point++) {
		for (unsigned int i = 0; i < OPERATIONS; i++) {
			unsigned int what = random_below(&w->random, 1000), any;

			any = w->nr ? random_below(&w->random, w->nr) : 0;
			if (what < 3)
				do_compact(w);
			else if (what < 100)
				do_move(w);
			else if (what < 120)
				do_admit(w);
			else if ((what < 560 && w->nr < HOLD) || !w->nr)
				do_alloc(w);
			else if (what < 700)
				do_write(w, any);
			else
				do_free(w, any);
		}
		meet(w);
	}
	while (w->nr)
		do_free(w, w->nr - 1);
}

static void everything(void)
{
	struct llfree_pool_totals totals;

	region_make(&r, FRAMES, SLOTS, 3);
	r.cpus = THREADS;
	r.ops = &ops;
	CHECK_EQ(region_open(&r), 0);
	pthread_barrier_init(&checkpoint, NULL, THREADS);
	threads_run(THREADS, work);
	region_verify(&r);
	CHECK_EQ(r.free, pool->pages.pages);
	llfree_pool_totals(pool, &totals);
	CHECK(totals.moves > 100);
}

int main(int argc, char **argv)
{
	static const struct check tests[] = {{"everything", everything}, {}};

	return check_main(argc, argv, tests);
}
