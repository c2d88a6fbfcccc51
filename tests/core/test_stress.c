// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Everything at once.  Threads do random operations of all orders, free what
 * they and others got in finer and coarser pieces, block and claim frames.
 * A word per page names the holder and is exchanged at each change of hands.
 * Every few thousand operations all stand still and every counter is compared
 * with the bitfields and with those words.
 */
#include <stdlib.h>

#include "threads.h"
#include "world.h"

#define PAGES LLFREE_FRAME_PAGES
#define THREADS 4
#define CHECKPOINTS 10
#define HOLD 4096 /* runs a thread holds at most */
#define MAILBOXES 256

struct run {
	u64 index;
	unsigned int order;
};

struct worker {
	unsigned int n;
	struct random random;
	struct run held[HOLD];
	unsigned int nr;
};

static struct world world;
static u64 frames;
static unsigned long operations; /* a thread, between two checkpoints */
static u16 *holder; /* of each page; 0: nobody */
static u64 mailbox[MAILBOXES]; /* runs on the way to another thread */
static u8 *isolated; /* who isolates a frame, one at a time */
static pthread_barrier_t checkpoint;

static void take(struct worker *w, u64 index, unsigned int order)
{
	CHECK(IS_ALIGNED(index, 1ull << order) && index + (1ull << order) <= world.a.pages);
	for (u64 i = index; i < index + (1ull << order); i++)
		CHECK_EQ(__atomic_exchange_n(&holder[i], w->n + 1, __ATOMIC_RELAXED), 0);
	CHECK(w->nr < HOLD);
	w->held[w->nr++] = (struct run){index, order};
}

static struct run pick(struct worker *w)
{
	unsigned int i = random_below(&w->random, w->nr);
	struct run run = w->held[i];

	w->held[i] = w->held[--w->nr];
	return run;
}

static void put(struct worker *w, u64 index, unsigned int order)
{
	for (u64 i = index; i < index + (1ull << order); i++)
		CHECK_EQ(__atomic_exchange_n(&holder[i], 0, __ATOMIC_RELAXED), w->n + 1);
	CHECK_EQ(llfree_put(&world.a, w->n, index, order), 0);
}

static unsigned int any_order(struct worker *w)
{
	/* Half of them order 0, the rest anything. */
	return random_below(&w->random, 2) ? 0 : random_below(&w->random, LLFREE_MAX_ORDER + 1);
}

static u64 any_frame(struct worker *w)
{
	return random_below(&w->random, frames);
}

static void do_get(struct worker *w)
{
	unsigned int order = any_order(w);
	s64 index = llfree_get(&world.a, w->n, order, random_below(&w->random, LLFREE_NR_CLASSES),
			       random_below(&w->random, 4) ? 0 : LLFREE_NOFRAGMENT);

	if (index >= 0)
		take(w, index, order);
}

static void do_get_at(struct worker *w)
{
	unsigned int order = any_order(w);
	u64 index = random_below(&w->random, world.a.pages) & -(1ull << order);

	int (*get)(struct llfree *, unsigned int, u64, unsigned int) =
		order < 9 && random_below(&w->random, 2) ? llfree_get_to : llfree_get_at;

	if (!get(&world.a, w->n, index, order))
		take(w, index, order);
}

static void do_get_from(struct worker *w)
{
	unsigned int order = min(any_order(w), 9u);
	u64 frame = any_frame(w);
	s64 index = llfree_get_from(&world.a, w->n, frame, order);

	if (index >= 0) {
		CHECK_EQ(index / PAGES, frame);
		take(w, index, order);
	}
}

static void do_bulk(struct worker *w)
{
	u64 index[200];
	unsigned int nr = llfree_get_bulk(&world.a, w->n, random_below(&w->random, 2), index,
					  random_below(&w->random, 200) + 1);

	while (nr--)
		take(w, index[nr], 0);
}

static void do_put(struct worker *w)
{
	struct run run = pick(w);

	put(w, run.index, run.order);
}

/* Free one piece of a run and keep the others. */
static void do_put_part(struct worker *w)
{
	struct run run = pick(w);
	unsigned int piece = random_below(&w->random, run.order + 1);
	u64 nr = 1ull << (run.order - piece);
	u64 freed = random_below(&w->random, nr);

	if (w->nr + nr > HOLD) {
		put(w, run.index, run.order);
		return;
	}
	for (u64 i = 0; i < nr; i++) {
		u64 index = run.index + (i << piece);

		if (i == freed)
			put(w, index, piece);
		else
			w->held[w->nr++] = (struct run){index, piece};
	}
}

/* Gather a run page by page and free it at one go. */
static void do_put_coarse(struct worker *w)
{
	unsigned int order = random_below(&w->random, 8) + 1;
	u64 index = random_below(&w->random, world.a.pages) & -(1ull << order);
	u64 got = 0;

	while (got < 1ull << order && !llfree_get_at(&world.a, w->n, index + got, 0))
		CHECK_EQ(__atomic_exchange_n(&holder[index + got++], w->n + 1, __ATOMIC_RELAXED),
			 0);
	if (got == 1ull << order) {
		put(w, index, order);
		return;
	}
	while (got--)
		put(w, index + got, 0);
}

/* Leave a run for another thread to free, and take on what lies there. */
static void do_hand_over(struct worker *w)
{
	u64 *box = &mailbox[random_below(&w->random, MAILBOXES)];
	struct run run = pick(w);
	u64 other = __atomic_exchange_n(box, run.index << 8 | run.order << 1 | 1, __ATOMIC_ACQ_REL);

	if (!other)
		return;
	run = (struct run){other >> 8, (other & 0xff) >> 1};
	for (u64 i = run.index; i < run.index + (1ull << run.order); i++)
		__atomic_store_n(&holder[i], w->n + 1, __ATOMIC_RELAXED);
	w->held[w->nr++] = run;
}

/* While a frame is blocked and quiet, nothing may be taken from it. */
static void watch_block(struct worker *w, u64 frame)
{
	u16 before = 0;
	bool quiet = false;

	for (u64 i = random_below(&w->random, 20); i; i--) {
		u16 child = llfree_child(&world.a, frame);

		CHECK(child & LLFREE_CHILD_BLOCKED);
		if (quiet)
			CHECK((child & LLFREE_CHILD_FREE) >= before);
		before = child & LLFREE_CHILD_FREE;
		quiet = llfree_quiet(&world.a, frame);
	}
}

static void do_compact(struct worker *w)
{
	u64 frame = any_frame(w);
	unsigned int order = random_below(&w->random, LLFREE_FRAME_ORDER + 1);
	s64 index = -EBUSY;

	if (llfree_block(&world.a, w->n, frame, LLFREE_CHILD_COMPACTING))
		return;
	watch_block(w, frame);
	if (llfree_quiet(&world.a, frame))
		index = llfree_claim(&world.a, frame, order, LLFREE_MOVABLE);
	if (index >= 0)
		take(w, index, order);
	llfree_unblock(&world.a, w->n, frame, LLFREE_CHILD_COMPACTING, random_below(&w->random, 2));
}

static void do_compact_pair(struct worker *w)
{
	u64 frame = any_frame(w) & ~1ull;
	s64 index;

	if (llfree_block(&world.a, w->n, frame, LLFREE_CHILD_COMPACTING))
		return;
	if (!llfree_block(&world.a, w->n, frame + 1, LLFREE_CHILD_COMPACTING)) {
		index = llfree_claim(&world.a, frame, LLFREE_MAX_ORDER, LLFREE_MOVABLE);
		if (index >= 0)
			take(w, index, LLFREE_MAX_ORDER);
		llfree_unblock(&world.a, w->n, frame + 1, LLFREE_CHILD_COMPACTING, false);
	}
	llfree_unblock(&world.a, w->n, frame, LLFREE_CHILD_COMPACTING, false);
}

static void do_isolate(struct worker *w)
{
	u64 frame = any_frame(w);

	if (__atomic_exchange_n(&isolated[frame], 1, __ATOMIC_ACQUIRE))
		return;
	if (!llfree_block(&world.a, w->n, frame, LLFREE_CHILD_ISOLATED)) {
		watch_block(w, frame);
		llfree_unblock(&world.a, w->n, frame, LLFREE_CHILD_ISOLATED, false);
	}
	__atomic_store_n(&isolated[frame], 0, __ATOMIC_RELEASE);
}

static void do_ask(struct worker *w)
{
	unsigned int order = any_order(w);
	u64 frame = any_frame(w);
	int free = llfree_free_order(&world.a, random_below(&w->random, world.a.pages));

	CHECK(free >= -1 && free <= LLFREE_MAX_ORDER);
	CHECK(llfree_nr_free_huge(&world.a) <= frames);
	CHECK(llfree_tree_class(&world.a, frame) < LLFREE_NR_CLASSES);
	llfree_has_order(&world.a, order);
	llfree_reserved(&world.a, w->n);
	llfree_clear_skip(&world.a, frame);
	if (!random_below(&w->random, 100))
		llfree_drain(&world.a, random_below(&w->random, THREADS));
}

static void operate(struct worker *w)
{
	unsigned int what = random_below(&w->random, 100);

	if (what < 8) {
		do_compact(w);
	} else if (what < 10) {
		do_compact_pair(w);
	} else if (what < 18) {
		do_isolate(w);
	} else if (what < 22) {
		do_ask(w);
	} else if (what < 26) {
		do_put_coarse(w);
	} else if (w->nr > HOLD / 2 || (w->nr && what < 60)) {
		if (what % 4 == 0)
			do_put_part(w);
		else if (what % 4 == 1)
			do_hand_over(w);
		else
			do_put(w);
	} else if (what < 85) {
		do_get(w);
	} else if (what < 92) {
		do_get_at(w);
	} else if (what < 97) {
		do_get_from(w);
	} else {
		do_bulk(w);
	}
}

/* Nobody is at work: counters, bitfields and holders agree. */
static void verify(void)
{
	struct llfree_totals totals = world_verify(&world);
	u64 free = 0;

	CHECK_EQ(totals.blocked, 0);
	for (u64 i = 0; i < world.a.pages; i++) {
		free += !holder[i];
		CHECK_EQ(llfree_free_order(&world.a, i) >= 0, !holder[i]);
	}
	CHECK_EQ(totals.free, free);
}

static void work(unsigned int n)
{
	struct worker *w = calloc(1, sizeof(*w));

	w->n = n;
	w->random = random_seed(n + 100);
	for (int i = 0; i < CHECKPOINTS; i++) {
		for (unsigned long op = 0; op < operations; op++)
			operate(w);
		if (pthread_barrier_wait(&checkpoint) == PTHREAD_BARRIER_SERIAL_THREAD)
			verify();
		pthread_barrier_wait(&checkpoint);
	}
	while (w->nr)
		do_put(w);
	free(w);
}

static void stress(u64 nr_frames, unsigned long total)
{
	frames = nr_frames;
	operations = total / THREADS / CHECKPOINTS / CHECK_SLOWDOWN;
	world_open_free(&world, frames, THREADS);
	holder = calloc(world.a.pages, sizeof(*holder));
	isolated = calloc(frames, sizeof(*isolated));
	pthread_barrier_init(&checkpoint, NULL, THREADS);

	threads_run(THREADS, work);
	for (int i = 0; i < MAILBOXES; i++)
		if (mailbox[i])
			CHECK_EQ(llfree_put(&world.a, 0, mailbox[i] >> 8, (mailbox[i] & 0xff) >> 1),
				 0);
	for (unsigned int n = 0; n < THREADS; n++)
		llfree_drain(&world.a, n);

	CHECK_EQ(world_verify(&world).free, world.a.pages);
	CHECK_EQ(world_verify(&world).free_huge, frames);
	for (unsigned int order = 1; order <= LLFREE_MAX_ORDER; order++)
		CHECK(llfree_has_order(&world.a, order));
	for (u64 i = 0; i < frames / 2; i++)
		CHECK(llfree_get(&world.a, i % THREADS, LLFREE_MAX_ORDER, LLFREE_HUGE, 0) >= 0);
	free(holder);
	free(isolated);
	world_close(&world);
}

/* So little memory that every search is exhaustive and every undo happens. */
static void in_two_frames(void)
{
	stress(2, 4000000);
}

static void without_reservations(void)
{
	stress(30, 4000000);
}

static void with_reservations(void)
{
	stress(256, 4000000);
}

int main(int argc, char **argv)
{
	static const struct check tests[] = {{"in_two_frames", in_two_frames},
					     {"without_reservations", without_reservations},
					     {"with_reservations", with_reservations},
					     {}};

	return check_main(argc, argv, tests);
}
