// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is in a pool, and its handles, are there after the machine has gone.
 *
 * write: leave allocations of all orders, known to one that root 0 names.
 * churn: allocate, write, free, move and compact until the machine goes.
 * verify: find and compare all of that.
 *
 * An allocation whose tag is not 0 holds what the tag says; so tags come last.
 */
#include <emmintrin.h>

#include "pool.h"

#define CHURNED (1ull << 40) /* in the tags of churn; below: which contents */

static void flush(const void *at, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += 64)
		_mm_clflush((const char *)at + i);
	_mm_sfence();
}

static void set_tag(uint64_t handle, uint64_t tag)
{
	struct llfree_ioc_tag t = {.handle = handle, .tag = tag};

	CHECK(!ioctl(pool, LLFREE_IOC_SET_TAG, &t));
}

static uint64_t keep(unsigned int order, uint64_t tag)
{
	uint64_t handle = alloc(order, 0), *at = map(handle);

	fill(at, order, tag & 0xffffffff);
	flush(at, PAGE << order);
	munmap(at, PAGE << order);
	set_tag(handle, tag);
	return handle;
}

static void write_all(void)
{
	struct llfree_ioc_root r = {.root = 0};
	uint64_t *index;

	empty_pool();
	r.value = alloc(0, 0);
	index = map(r.value);
	for (unsigned int order = 0; order <= 10; order++)
		index[order] = keep(order, 100 + order);
	/* One that is gone */
	index[11] = keep(3, 1);
	CHECK(!try_free(index[11]));
	flush(index, PAGE);
	CHECK(!ioctl(pool, LLFREE_IOC_SET_ROOT, &r));
}

static void churn(void)
{
	uint64_t handle[64] = {};
	struct llfree_ioc_compact c;
	unsigned int random = getpid();

	for (uint64_t n = 1;; n++) {
		unsigned int i = rand_r(&random) % 64;

		if (!handle[i])
			handle[i] = keep(rand_r(&random) % 7, CHURNED | n);
		else if (n % 3)
			move(handle[i]);
		else {
			CHECK(!try_free(handle[i]) || errno == EBUSY);
			handle[i] = 0;
		}
		if (!(n % 50))
			CHECK(!compact("", 2, &c));
	}
}

static void verify(void)
{
	struct llfree_ioc_root r = {.root = 0};
	struct llfree_ioc_info i = info();
	struct llfree_ioc_next n = {};
	struct llfree_ioc_lookup l;
	unsigned int kept = 0, churned = 0, nr = 0;
	uint64_t *index, *at;

	CHECK(i.state == LLFREE_POOL_OPEN && !i.missing);
	CHECK(!ioctl(pool, LLFREE_IOC_GET_ROOT, &r) && r.value);
	index = map(r.value);
	for (unsigned int order = 0; order <= 10; order++) {
		l = lookup(index[order]);
		CHECK(l.order == order && l.tag == 100 + order);
	}
	CHECK(try_lookup(index[11], &l) && (errno == ENOENT || errno == ESTALE));

	for (;; nr++) {
		CHECK(!ioctl(pool, LLFREE_IOC_NEXT, &n));
		if (!n.handle)
			break;
		l = lookup(n.handle);
		if (!l.tag)
			continue;
		at = map(n.handle);
		CHECK(holds(at, l.order, l.tag & 0xffffffff));
		munmap(at, PAGE << l.order);
		kept += !(l.tag & CHURNED);
		churned += !!(l.tag & CHURNED);
	}
	CHECK(kept == 11 && nr == i.allocations);
	fprintf(stderr, "%u kept, %u of churn; swept %llu pages, %llu moves interrupted\n", kept,
		churned, (unsigned long long)i.swept, (unsigned long long)i.moving);
	CHECK(churned);
}

int main(int argc, char **argv)
{
	CHECK(argc == 2);
	open_pool();
	if (!strcmp(argv[1], "write"))
		write_all();
	else if (!strcmp(argv[1], "churn"))
		churn();
	else
		verify();
	return 0;
}
