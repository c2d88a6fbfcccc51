// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests to a pool's device, good and bad, without mappings. */
#include <sys/wait.h>

#include "pool.h"

static int format(uint64_t frames, uint64_t slots, uint32_t flags)
{
	struct llfree_ioc_format f = {.frames = frames, .slots = slots, .flags = flags};

	return ioctl(pool, LLFREE_IOC_FORMAT, &f);
}

/* As somebody who holds a descriptor and no privileges. */
static int format_unprivileged(void)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		CHECK(!setuid(1000));
		FAILS(open(POOL, O_RDONLY), EACCES);
		_exit(format(0, 0, LLFREE_IOC_FORMAT_FORCE) ? errno : 0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* The namespace is new, and nobody has asked for a pool yet. */
static void nothing_is_formatted_unasked(void)
{
	struct llfree_ioc_info i = info();
	struct llfree_ioc_stats s;
	struct llfree_ioc_lookup l;
	uint64_t handle;

	CHECK(i.state == LLFREE_POOL_EMPTY);
	CHECK(i.error == EMEDIUMTYPE);
	CHECK(i.device_bytes && !i.bytes && !i.frames);
	CHECK(strstr(i.text, "no pool"));
	FAILS(try_alloc(0, 0, &handle), ENXIO);
	FAILS(try_lookup(1ull << 32, &l), ENXIO);
	FAILS(ioctl(pool, LLFREE_IOC_STATS, &s), ENXIO);
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, pool, 1ull << 53) == MAP_FAILED);
	CHECK(errno == ENXIO);
}

static void formatting(void)
{
	struct llfree_ioc_info i;
	struct llfree_ioc_stats s;
	uint64_t id;

	CHECK(format_unprivileged() == EPERM);
	FAILS(format(3, 0, 0), EINVAL);
	FAILS(format(0, 1ull << 32, 0), EINVAL);
	FAILS(format(1 << 20, 1, 0), EFBIG);
	FAILS(format(0, 0, 2), EINVAL);
	CHECK(info().state == LLFREE_POOL_EMPTY);

	CHECK(!format(8, 100, 0));
	i = info();
	CHECK(i.state == LLFREE_POOL_OPEN && !i.error);
	CHECK(i.frames == 8 && i.slots == 100);
	CHECK(i.bytes <= i.device_bytes);
	CHECK(i.domain ==
	      (durable_caches() ? LLFREE_POOL_DOMAIN_CACHES : LLFREE_POOL_DOMAIN_MEMORY));
	id = i.id[0];

	FAILS(format(0, 0, 0), EEXIST);
	CHECK(format_unprivileged() == EPERM);
	FAILS(format(3, 0, LLFREE_IOC_FORMAT_FORCE), EINVAL);
	CHECK(info().id[0] == id);

	/* All there is room for */
	CHECK(!format(0, 0, LLFREE_IOC_FORMAT_FORCE));
	i = info();
	CHECK(i.id[0] != id);
	CHECK(i.slots == i.frames * 512);
	CHECK(i.bytes <= i.device_bytes && i.bytes + 3 * FRAME > i.device_bytes);
	s = stats();
	CHECK(s.free_frames == i.frames && s.free_pages == i.frames * 512);
}

static void handles(void)
{
	uint64_t handle[11], again;
	struct llfree_ioc_lookup l;
	struct llfree_ioc_stats before = stats();

	for (unsigned int order = 0; order <= 10; order++) {
		handle[order] = alloc(order, 0x700 + order);
		l = lookup(handle[order]);
		CHECK(l.order == order && l.tag == 0x700 + order);
		CHECK(!(l.page & ((1u << order) - 1)));
		CHECK(!(l.offset % PAGE) && (int64_t)l.offset >= 0);
		for (unsigned int i = 0; i < order; i++)
			CHECK(l.offset != lookup(handle[i]).offset);
	}
	CHECK(stats().free_pages == before.free_pages - 2047);
	CHECK(stats().fences > before.fences);
	CHECK(durable_caches() ? !stats().flushes : stats().flushes > before.flushes);

	FAILS(try_alloc(11, 0, &again), EINVAL);
	FAILS(try_alloc(0, 1ull << 48, &again), EINVAL);
	for (unsigned int order = 0; order <= 10; order++) {
		CHECK(!try_free(handle[order]));
		FAILS(try_free(handle[order]), ENOENT);
		FAILS(try_lookup(handle[order], &l), ENOENT);
	}
	CHECK(stats().free_pages == before.free_pages);
	CHECK(stats().free_frames == before.free_frames);
}

static void bad_handles(void)
{
	static const uint64_t bad[] = {0, 1, 1ull << 31 | 1ull << 32, ~0ull, 1ull << 48};
	struct llfree_ioc_tag t = {};
	struct llfree_ioc_move m = {.frame = -1};
	struct llfree_ioc_lookup l;
	uint64_t handle = alloc(0, 0), next;

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		t.handle = m.handle = bad[i];
		FAILS(try_lookup(bad[i], &l), EINVAL);
		FAILS(try_free(bad[i]), EINVAL);
		FAILS(ioctl(pool, LLFREE_IOC_SET_TAG, &t), EINVAL);
		FAILS(ioctl(pool, LLFREE_IOC_MOVE, &m), EINVAL);
	}
	/* Another generation's, before and after its time. */
	t.handle = m.handle = handle + (1ull << 32);
	FAILS(try_lookup(t.handle, &l), ESTALE);
	FAILS(try_free(t.handle), ESTALE);
	FAILS(ioctl(pool, LLFREE_IOC_SET_TAG, &t), ESTALE);
	FAILS(ioctl(pool, LLFREE_IOC_MOVE, &m), ESTALE);
	CHECK(!try_free(handle));
	while ((uint32_t)(next = alloc(0, 0)) != (uint32_t)handle)
		CHECK(!try_free(next));
	CHECK(next != handle);
	FAILS(try_free(handle), ESTALE);
	FAILS(try_lookup(handle, &l), ESTALE);
	CHECK(!try_free(next));

	handle = alloc(0, 0);
	m.handle = handle;
	m.frame = 1 << 20;
	FAILS(ioctl(pool, LLFREE_IOC_MOVE, &m), EINVAL);
	m.frame = -2;
	FAILS(ioctl(pool, LLFREE_IOC_MOVE, &m), EINVAL);
	t.handle = handle;
	t.tag = 1ull << 48;
	FAILS(ioctl(pool, LLFREE_IOC_SET_TAG, &t), EINVAL);
	CHECK(!try_free(handle));
}

static void bad_requests(void)
{
	struct {
		struct llfree_ioc_root root;
		uint64_t more;
	} longer = {.root = {.root = 5}};
	struct llfree_ioc_root r = {.root = 64};
	struct llfree_ioc_alloc a = {.flags = 1};
	struct llfree_ioc_handle h = {.reserved = 1};
	struct llfree_ioc_compact c;
	int reader = open(POOL, O_RDONLY);

	FAILS(ioctl(pool, LLFREE_IOC_GET_ROOT, &r), EINVAL);
	FAILS(ioctl(pool, LLFREE_IOC_SET_ROOT, &r), EINVAL);
	r = (struct llfree_ioc_root){.reserved = 1};
	FAILS(ioctl(pool, LLFREE_IOC_GET_ROOT, &r), EINVAL);
	FAILS(ioctl(pool, LLFREE_IOC_ALLOC, &a), EINVAL);
	FAILS(ioctl(pool, LLFREE_IOC_FREE, &h), EINVAL);
	FAILS(ioctl(pool, LLFREE_IOC_ALLOC, NULL), EFAULT);
	FAILS(ioctl(pool, _IO('L', 0x60)), ENOTTY);
	FAILS(ioctl(pool, _IO('L', 0x7f)), ENOTTY);
	FAILS(ioctl(pool, _IOWR('M', 0x63, struct llfree_ioc_alloc), &a), ENOTTY);
	FAILS(ioctl(pool, _IOWR('L', 0x63, uint32_t), &a), ENOTTY);

	/* A program of a later version: what it adds must be 0 */
	CHECK(!ioctl(pool, _IOC(_IOC_READ | _IOC_WRITE, 'L', 0x67, sizeof(longer)), &longer));
	longer.more = 1;
	FAILS(ioctl(pool, _IOC(_IOC_READ | _IOC_WRITE, 'L', 0x67, sizeof(longer)), &longer), E2BIG);

	FAILS(compact("no such policy", 1, &c), EINVAL);
	c = (struct llfree_ioc_compact){.order = 3};
	FAILS(ioctl(pool, LLFREE_IOC_COMPACT, &c), EINVAL);
	c = (struct llfree_ioc_compact){.order = 9, .flags = 1};
	FAILS(ioctl(pool, LLFREE_IOC_COMPACT, &c), EINVAL);
	c = (struct llfree_ioc_compact){.order = 9};
	memset(c.policy, 'a', sizeof(c.policy));
	FAILS(ioctl(pool, LLFREE_IOC_COMPACT, &c), EINVAL);

	/* Who may only read */
	CHECK(reader >= 0);
	a.flags = 0;
	r = (struct llfree_ioc_root){.root = 1};
	FAILS(ioctl(reader, LLFREE_IOC_ALLOC, &a), EBADF);
	FAILS(ioctl(reader, LLFREE_IOC_SET_ROOT, &r), EBADF);
	FAILS(ioctl(reader, LLFREE_IOC_COMPACT, &c), EBADF);
	CHECK(!ioctl(reader, LLFREE_IOC_GET_ROOT, &r));
	close(reader);
}

static void tags_and_roots(void)
{
	struct llfree_ioc_root r = {.root = 63, .value = ~0ull};
	struct llfree_ioc_tag t = {.handle = alloc(2, 7), .tag = (1ull << 48) - 1};

	CHECK(lookup(t.handle).tag == 7);
	CHECK(!ioctl(pool, LLFREE_IOC_SET_TAG, &t));
	CHECK(lookup(t.handle).tag == t.tag);
	CHECK(!ioctl(pool, LLFREE_IOC_SET_ROOT, &r));
	r.value = 0;
	CHECK(!ioctl(pool, LLFREE_IOC_GET_ROOT, &r));
	CHECK(r.value == ~0ull);
	r.root = 62;
	CHECK(!ioctl(pool, LLFREE_IOC_GET_ROOT, &r));
	CHECK(r.value == 0);
	CHECK(!try_free(t.handle));
}

static void listing(void)
{
	struct llfree_ioc_next n = {};
	uint64_t handle[20];
	unsigned int seen = 0;

	for (unsigned int i = 0; i < 20; i++)
		handle[i] = alloc(i % 4, i);
	for (;;) {
		CHECK(!ioctl(pool, LLFREE_IOC_NEXT, &n));
		if (!n.handle)
			break;
		for (unsigned int i = 0; i < 20; i++)
			seen |= (handle[i] == n.handle) << i;
	}
	CHECK(seen == (1u << 20) - 1);
	n.cursor = ~0ull;
	CHECK(!ioctl(pool, LLFREE_IOC_NEXT, &n) && !n.handle);
	empty_pool();
}

static void exhaustion(void)
{
	uint64_t handle[256], more, nr = 0;

	while (!try_alloc(10, nr, &more)) {
		CHECK(nr < 256);
		handle[nr++] = more;
	}
	CHECK(errno == ENOMEM);
	CHECK(nr == info().frames / 2);
	FAILS(try_alloc(0, 0, &more), ENOMEM);
	CHECK(!stats().free_pages && !stats().free_frames);
	CHECK(!try_free(handle[--nr]));
	CHECK(!try_alloc(0, 0, &more));
	empty_pool();

	CHECK(!format(8, 3, LLFREE_IOC_FORMAT_FORCE));
	for (unsigned int i = 0; i < 3; i++)
		alloc(0, 0);
	FAILS(try_alloc(0, 0, &more), ENOSPC);
	CHECK(!format(0, 0, LLFREE_IOC_FORMAT_FORCE));
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"nothing_is_formatted_unasked", nothing_is_formatted_unasked},
		{"formatting", formatting},
		{"handles", handles},
		{"bad_handles", bad_handles},
		{"bad_requests", bad_requests},
		{"tags_and_roots", tags_and_roots},
		{"listing", listing},
		{"exhaustion", exhaustion},
		{},
	};

	open_pool();
	return run_tests(argc, argv, tests);
}
