// SPDX-License-Identifier: GPL-2.0-or-later
#include "fakepool.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "pool.h"
#include "pooldev.h"

#define CPUS 4u
#define SLOTS_MAX 65536u
#define MOVING (-1)

unsigned long llfree_warnings;
bool llfree_watching;

static struct llfree_pool_geometry geometry;
static void *base, *memory, *scratch;

/* Of all processes. */
static struct shared {
	struct llfree_pool pool;
	struct llfree_pool_report report;
	int users[SLOTS_MAX]; /* mappings of a slot's pages, or MOVING */
} * shared;

static void *room(size_t bytes)
{
	void *room = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CHECK(room != MAP_FAILED);
	return room;
}

static unsigned int cpu(void)
{
	return getpid() % CPUS;
}

/* No writer begins until thaw(). */
static int freeze(struct llfree_pool *pool, u64 handle, u64 page, unsigned int order)
{
	int none = 0;

	(void)pool, (void)page, (void)order;
	return __atomic_compare_exchange_n(&shared->users[(u32)handle], &none, MOVING, false,
					   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
		       ? 0
		       : -EBUSY;
}

static void thaw(struct llfree_pool *pool, u64 handle, s64 page, unsigned int order)
{
	(void)pool, (void)page, (void)order;
	__atomic_store_n(&shared->users[(u32)handle], 0, __ATOMIC_SEQ_CST);
}

static const struct llfree_pool_ops ops = {.freeze = freeze, .thaw = thaw};

void fakepool_reboot(void)
{
	struct llfree_pool_config config = {
		.base = base,
		.bytes = llfree_pool_bytes(&geometry),
		.cpus = CPUS,
		.memory = memory,
		.scratch = scratch,
		.ops = &ops,
	};

	memset(memory, 0xa5, llfree_pool_memory_bytes(&geometry, CPUS));
	memset(shared->users, 0, sizeof(shared->users));
	CHECK_EQ(llfree_pool_open(&shared->pool, &config, &shared->report), 0);
	llfree_pool_map(&shared->pool, 0, geometry.slots);
}

static void format(void)
{
	const u64 id[2] = {1, 2};

	CHECK_EQ(llfree_pool_format(base, llfree_pool_bytes(&geometry), &geometry, id), 0);
}

void fakepool_make(uint64_t frames, uint64_t slots)
{
	geometry = (struct llfree_pool_geometry){frames, slots, 12};
	CHECK(slots <= SLOTS_MAX);
	base = room(llfree_pool_bytes(&geometry));
	memory = room(llfree_pool_memory_bytes(&geometry, CPUS));
	scratch = room(llfree_pool_scratch_bytes(&geometry));
	shared = room(sizeof(*shared));
	format();
	fakepool_reboot();
}

static struct llfree_pool_totals totals(void)
{
	struct llfree_pool_totals sum;

	llfree_pool_totals(&shared->pool, &sum);
	return sum;
}

uint64_t fakepool_moves(void)
{
	return totals().moves;
}

uint64_t fakepool_given_up(void)
{
	return totals().given_up;
}

void pooldev_open(const char *path)
{
	(void)path;
}

const struct pooldev_info *pooldev_info(void)
{
	static struct pooldev_info info;

	info = (struct pooldev_info){
		.frames = geometry.frames,
		.slots = geometry.slots,
		.swept = shared->report.swept,
		.missing = shared->report.missing,
		.moving = shared->report.moving,
	};
	return &info;
}

void pooldev_format(void)
{
	format();
	fakepool_reboot();
}

int pooldev_alloc(unsigned int order, uint64_t tag, uint64_t *handle)
{
	int error = llfree_pool_alloc(&shared->pool, cpu(), order, tag, handle);

	CHECK(!error || error == -ENOMEM || error == -ENOSPC);
	return -error;
}

void pooldev_free(uint64_t handle)
{
	CHECK_EQ(llfree_pool_free(&shared->pool, cpu(), handle), 0);
}

bool pooldev_lookup(uint64_t handle, struct pooldev_place *place)
{
	s64 page = llfree_pool_lookup(&shared->pool, cpu(), handle, &place->order, NULL);

	if (page < 0)
		return false;
	place->page = page;
	return !llfree_pool_get_tag(&shared->pool, cpu(), handle, &place->tag);
}

void pooldev_set_tag(uint64_t handle, uint64_t tag)
{
	CHECK_EQ(llfree_pool_set_tag(&shared->pool, cpu(), handle, tag), 0);
}

uint64_t pooldev_get_root(unsigned int root)
{
	uint64_t value;

	CHECK_EQ(llfree_pool_get_root(&shared->pool, cpu(), root, &value), 0);
	return value;
}

void pooldev_set_root(unsigned int root, uint64_t value)
{
	CHECK_EQ(llfree_pool_set_root(&shared->pool, cpu(), root, value), 0);
}

uint64_t pooldev_next(uint64_t *cursor)
{
	return llfree_pool_next(&shared->pool, cpu(), cursor);
}

/* Which slot's pages these are, to let go of them. */
static struct {
	void *pages;
	u32 slot;
} mapped;

/* Waits for a move to end, as a fault does; one at a time in a process. */
void *pooldev_map(uint64_t handle, unsigned int order)
{
	int *users = &shared->users[(u32)handle], was = 0;
	s64 page;

	(void)order;
	while (was == MOVING || !__atomic_compare_exchange_n(users, &was, was + 1, false,
							     __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
		sched_yield();
		was = __atomic_load_n(users, __ATOMIC_SEQ_CST);
	}
	page = llfree_pool_lookup(&shared->pool, cpu(), handle, NULL, NULL);
	CHECK(page >= 0);
	mapped.pages = pool_data(&shared->pool, page);
	mapped.slot = (u32)handle;
	return mapped.pages;
}

void pooldev_unmap(void *pages, unsigned int order)
{
	(void)order;
	CHECK(pages == mapped.pages);
	__atomic_fetch_sub(&shared->users[mapped.slot], 1, __ATOMIC_SEQ_CST);
}

void pooldev_persist(const void *from, size_t bytes)
{
	/* Shared memory outlives who wrote it. */
	(void)from, (void)bytes;
}

struct pooldev_work pooldev_compact(uint64_t frames, const char *policy)
{
	const struct llfree_compact_policy *const *p = llfree_policies;
	struct llfree_compact c = {.order = 9, .class = LLFREE_HUGE, .sync = true};
	struct llfree_pool_totals before = totals(), after;
	u64 cleared;

	while (policy && strcmp((*p)->name, policy)) {
		p++;
		CHECK(*p);
	}
	c.policy = *p;
	cleared = llfree_pool_compact(&shared->pool, cpu(), &c, frames);
	after = totals();
	return (struct pooldev_work){
		.cleared = cleared,
		.moves = after.moves - before.moves,
		.given_up = after.given_up - before.given_up,
		.flushes = after.flushes - before.flushes,
		.fences = after.fences - before.fences,
		.copied = after.copied - before.copied,
	};
}
