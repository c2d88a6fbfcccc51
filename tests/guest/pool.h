/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the programs that test a pool's device share. */
#ifndef _TESTS_GUEST_POOL_H
#define _TESTS_GUEST_POOL_H

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/io_uring.h>
#include <linux/llfree_pool.h>

#define POOL "/dev/llfree_pool0"
#define REGION "/sys/bus/nd/devices/region1"
#define PAGE 4096ul
#define FRAME (512 * PAGE)
#define WORDS (PAGE / sizeof(uint64_t))

#define CHECK(what)                                                                           \
	do {                                                                                  \
		if (!(what)) {                                                                \
			fprintf(stderr, "%s:%d: %s (errno: %s)\n", __FILE__, __LINE__, #what, \
				strerror(errno));                                             \
			exit(1);                                                              \
		}                                                                             \
	} while (0)

/* Fails, and with this error. */
#define FAILS(call, error)               \
	do {                             \
		errno = 0;               \
		CHECK((call) < 0);       \
		CHECK(errno == (error)); \
	} while (0)

struct test {
	const char *name;
	void (*run)(void);
};

static int pool;

static inline void open_pool(void)
{
	pool = open(POOL, O_RDWR | O_CLOEXEC);
	CHECK(pool >= 0);
}

static inline int try_alloc(unsigned int order, uint64_t tag, uint64_t *handle)
{
	struct llfree_ioc_alloc a = {.order = order, .tag = tag};
	int err = ioctl(pool, LLFREE_IOC_ALLOC, &a);

	*handle = a.handle;
	return err;
}

static inline uint64_t alloc(unsigned int order, uint64_t tag)
{
	uint64_t handle;

	CHECK(!try_alloc(order, tag, &handle));
	CHECK(handle);
	return handle;
}

static inline int try_free(uint64_t handle)
{
	struct llfree_ioc_handle h = {.handle = handle};

	return ioctl(pool, LLFREE_IOC_FREE, &h);
}

static inline int try_lookup(uint64_t handle, struct llfree_ioc_lookup *l)
{
	*l = (struct llfree_ioc_lookup){.handle = handle};
	return ioctl(pool, LLFREE_IOC_LOOKUP, l);
}

static inline struct llfree_ioc_lookup lookup(uint64_t handle)
{
	struct llfree_ioc_lookup l;

	CHECK(!try_lookup(handle, &l));
	return l;
}

/* Into this frame; true if it was moved. */
static inline bool move_to(uint64_t handle, int64_t frame)
{
	struct llfree_ioc_move m = {.handle = handle, .frame = frame};

	if (!ioctl(pool, LLFREE_IOC_MOVE, &m)) {
		CHECK(frame < 0 || m.page / 512 == (uint64_t)frame);
		return true;
	}
	CHECK(errno == EBUSY);
	return false;
}

/* Anywhere else. */
static inline bool move(uint64_t handle)
{
	return move_to(handle, -1);
}

static inline void *map(uint64_t handle)
{
	struct llfree_ioc_lookup l = lookup(handle);
	void *at = mmap(NULL, PAGE << l.order, PROT_READ | PROT_WRITE, MAP_SHARED, pool, l.offset);

	CHECK(at != MAP_FAILED);
	return at;
}

static inline struct llfree_ioc_info info(void)
{
	struct llfree_ioc_info i;

	CHECK(!ioctl(pool, LLFREE_IOC_INFO, &i));
	return i;
}

static inline struct llfree_ioc_stats stats(void)
{
	struct llfree_ioc_stats s;

	CHECK(!ioctl(pool, LLFREE_IOC_STATS, &s));
	return s;
}

/* Do caches survive a loss of power?  As the platform has it, whatever the driver says. */
static inline bool durable_caches(void)
{
	char domain[32] = {};
	int fd = open(REGION "/persistence_domain", O_RDONLY);

	CHECK(fd >= 0 && read(fd, domain, sizeof(domain) - 1) > 0);
	close(fd);
	return !strcmp(domain, "cpu_cache\n");
}

static inline int compact(const char *policy, uint64_t frames, struct llfree_ioc_compact *c)
{
	*c = (struct llfree_ioc_compact){.frames = frames, .order = 9};
	snprintf(c->policy, sizeof(c->policy), "%s", policy);
	return ioctl(pool, LLFREE_IOC_COMPACT, c);
}

/* A reference of the kernel's for long: a fixed buffer of io_uring's. */
struct ring {
	int fd;
	struct iovec buffer;
};

static inline struct ring pin(void *at, size_t bytes)
{
	struct io_uring_params params = {};
	struct ring r = {.buffer = {at, bytes}};

	r.fd = syscall(SYS_io_uring_setup, 4, &params);
	CHECK(r.fd >= 0);
	CHECK(!syscall(SYS_io_uring_register, r.fd, IORING_REGISTER_BUFFERS, &r.buffer, 1));
	return r;
}

/* Closing it would not do where a child has it, too. */
static inline void unpin(struct ring *r)
{
	CHECK(!syscall(SYS_io_uring_register, r->fd, IORING_UNREGISTER_BUFFERS, NULL, 0));
	close(r->fd);
}

static __attribute__((unused)) sigjmp_buf escape;

static inline void on_bus_error(int signal)
{
	(void)signal;
	siglongjmp(escape, 1);
}

/* Does reading raise SIGBUS? */
static inline bool bus_error(const volatile uint64_t *at)
{
	struct sigaction action = {.sa_handler = on_bus_error}, old;
	bool raised = true;

	sigaction(SIGBUS, &action, &old);
	if (!sigsetjmp(escape, 1)) {
		(void)*at;
		raised = false;
	}
	sigaction(SIGBUS, &old, NULL);
	return raised;
}

/* Free everything there is. */
static inline void empty_pool(void)
{
	struct llfree_ioc_next n = {};

	for (;;) {
		CHECK(!ioctl(pool, LLFREE_IOC_NEXT, &n));
		if (!n.handle)
			break;
		CHECK(!try_free(n.handle));
	}
}

/* What a page of an allocation holds: every word is its own. */
static inline void fill(uint64_t *at, unsigned int order, uint64_t seed)
{
	for (uint64_t i = 0; i < WORDS << order; i++)
		at[i] = seed << 32 | i;
}

static inline bool holds(const uint64_t *at, unsigned int order, uint64_t seed)
{
	for (uint64_t i = 0; i < WORDS << order; i++)
		if (at[i] != (seed << 32 | i))
			return false;
	return true;
}

static inline int run_tests(int argc, char **argv, const struct test *tests)
{
	unsigned int nr = 0;

	for (; tests->name; tests++) {
		if (argc > 1 && strcmp(argv[1], tests->name))
			continue;
		fprintf(stderr, "%s\n", tests->name);
		tests->run();
		nr++;
	}
	if (!nr)
		fprintf(stderr, "there is no test %s\n", argv[1]);
	return !nr;
}

#endif /* _TESTS_GUEST_POOL_H */
