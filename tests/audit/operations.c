// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Operations on a pool for the auditor to see, of each kind and each order:
 *
 *	operations all N	each kind, N times over; a new pool at the end, so nothing is left
 *	operations move		move all handles there are, again and again, until killed
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/llfree_pool.h>

#define ORDERS (LLFREE_IOC_MAX_ORDER + 1)
#define SMALL 256 /* allocations of order 0, so that there is something to compact */

static int pool;

__attribute__((noreturn)) static void refused(const char *name)
{
	fprintf(stderr, "%s: %s\n", name, strerror(errno));
	exit(1);
}

#define REQUEST(what, argument)                               \
	do {                                                  \
		if (ioctl(pool, LLFREE_IOC_##what, argument)) \
			refused(#what);                       \
	} while (0)

static uint64_t take(unsigned int order)
{
	struct llfree_ioc_alloc a = {.order = order, .tag = order};

	REQUEST(ALLOC, &a);
	return a.handle;
}

static void give(uint64_t handle)
{
	struct llfree_ioc_handle h = {.handle = handle};

	REQUEST(FREE, &h);
}

/* To where there is room; false if the pool does not do it now. */
static bool move(uint64_t handle)
{
	struct llfree_ioc_move m = {.handle = handle, .frame = -1};

	return !ioctl(pool, LLFREE_IOC_MOVE, &m);
}

static void each(unsigned int round)
{
	struct llfree_ioc_root root = {.root = round % LLFREE_IOC_ROOTS, .value = round + 1};
	struct llfree_ioc_compact compact = {.order = round % 2 ? 9 : -1};
	uint64_t handles[ORDERS], small[SMALL];

	for (unsigned int order = 0; order < ORDERS; order++)
		handles[order] = take(order);
	for (unsigned int i = 0; i < SMALL; i++)
		small[i] = take(i % 64 ? 0 : i / 64);
	for (unsigned int order = 0; order < ORDERS; order++) {
		struct llfree_ioc_tag tag = {.handle = handles[order], .tag = 100 + round};

		REQUEST(SET_TAG, &tag);
		if (!move(handles[order]))
			refused("MOVE");
	}
	REQUEST(SET_ROOT, &root);
	for (unsigned int i = 0; i < SMALL; i += 2)
		give(small[i]);
	REQUEST(COMPACT, &compact);
	for (unsigned int i = 1; i < SMALL; i += 2)
		give(small[i]);
	for (unsigned int order = 0; order < ORDERS; order++)
		give(handles[order]);
}

static void all(unsigned int rounds)
{
	struct llfree_ioc_format format = {.flags = LLFREE_IOC_FORMAT_FORCE};

	for (unsigned int round = 0; round < rounds; round++)
		each(round);
	REQUEST(FORMAT, &format);
}

/* Others use them, free them, and leave no room. */
static void move_all(void)
{
	for (;;) {
		struct llfree_ioc_next next = {};

		do {
			REQUEST(NEXT, &next);
			if (next.handle && !move(next.handle) && errno != EBUSY &&
			    errno != ENOENT && errno != ESTALE && errno != ENOMEM)
				refused("MOVE");
		} while (next.handle);
	}
}

int main(int argc, char **argv)
{
	pool = open("/dev/llfree_pool0", O_RDWR | O_CLOEXEC);
	if (pool < 0) {
		perror("/dev/llfree_pool0");
		return 1;
	}
	if (argc == 3 && !strcmp(argv[1], "all"))
		all((unsigned int)atoi(argv[2]));
	else if (argc == 2 && !strcmp(argv[1], "move"))
		move_all();
	else
		return 2;
	return 0;
}
