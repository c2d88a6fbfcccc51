// SPDX-License-Identifier: GPL-2.0-or-later
#include "clutter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pagemap.h"
#include "sys.h"

/* A page table is held by one page mapped in the 2 MiB it covers; sockets by their descriptors. */
struct object {
	char *page; /* NULL: the object is a pair of sockets */
	int sockets[2];
};

struct clutter {
	struct object *objects;
	size_t nr, most;
	/* Parts of the region without a page table, in the order in which they get one. */
	char **spare;
	size_t nr_spare;
};

static void allow_files(size_t nr)
{
	struct rlimit limit = {.rlim_cur = nr, .rlim_max = nr};
	struct rlimit now;

	if (getrlimit(RLIMIT_NOFILE, &now) || now.rlim_cur >= nr)
		return;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("cannot allow %zu open files: %s", nr, strerror(errno));
}

struct clutter *clutter_create(size_t most)
{
	struct clutter *c = calloc(1, sizeof(*c));
	size_t size = (most + 1) * FRAME_BYTES;
	char *region;

	if (!c)
		die("no memory for %zu objects", most);
	c->most = most;
	c->objects = calloc(most + 1, sizeof(*c->objects));
	c->spare = calloc(most + 1, sizeof(*c->spare));
	region = mmap(NULL, size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (!c->objects || !c->spare || region == MAP_FAILED)
		die("no memory for %zu objects", most);
	if (madvise(region, size, MADV_NOHUGEPAGE) && errno != EINVAL)
		die("cannot forbid huge pages: %s", strerror(errno));
	allow_files(2 * most + 64);

	for (size_t i = most; i > 0; i--)
		c->spare[c->nr_spare++] = region + i * FRAME_BYTES;
	return c;
}

void clutter_add(struct clutter *c, struct rng *rng)
{
	struct object *o = &c->objects[c->nr];

	if (c->nr == c->most)
		return;
	if (rng_below(rng, 2)) {
		o->page = c->spare[--c->nr_spare];
		*(volatile char *)o->page = 1;
	} else {
		o->page = NULL;
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, o->sockets))
			die("cannot open a pair of sockets: %s", strerror(errno));
	}
	c->nr++;
}

/* Page tables go with their mapping: an empty one stays until then. */
static void drop_page_table(struct clutter *c, char *page)
{
	char *start = (char *)((uintptr_t)page / FRAME_BYTES * FRAME_BYTES);
	void *again;

	again = mmap(start, FRAME_BYTES, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
	if (again == MAP_FAILED ||
	    (madvise(start, FRAME_BYTES, MADV_NOHUGEPAGE) && errno != EINVAL))
		die("cannot drop a page table: %s", strerror(errno));
	c->spare[c->nr_spare++] = page;
}

void clutter_drop(struct clutter *c, struct rng *rng)
{
	struct object *o;

	if (!c->nr)
		return;
	o = &c->objects[rng_below(rng, c->nr)];
	if (o->page) {
		drop_page_table(c, o->page);
	} else {
		close(o->sockets[0]);
		close(o->sockets[1]);
	}
	*o = c->objects[--c->nr];
}

size_t clutter_count(const struct clutter *c)
{
	return c->nr;
}
