// SPDX-License-Identifier: GPL-2.0-or-later
#include "pooldev.h"

#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/llfree_pool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "sys.h"

#define LINE 64u

static struct {
	const char *path;
	int fd;
	bool has_clwb;
	struct pooldev_info info;
} dev = {.fd = -1};

/* The request's error, if it is one of the two that are expected; others end the program. */
static int ask(const char *what, unsigned long request, void *argument, int expected, int or_this)
{
	if (!ioctl(dev.fd, request, argument))
		return 0;
	if (errno != expected && errno != or_this)
		die("%s: cannot %s: %s", dev.path, what, strerror(errno));
	return errno;
}

static void must(const char *what, unsigned long request, void *argument)
{
	ask(what, request, argument, 0, 0);
}

static void read_info(void)
{
	struct llfree_ioc_info info = {};

	must("tell what it is", LLFREE_IOC_INFO, &info);
	if (info.state != LLFREE_POOL_OPEN)
		die("%s: %.*s", dev.path, (int)sizeof(info.text), info.text);
	dev.info = (struct pooldev_info){
		.frames = info.frames,
		.slots = info.slots,
		.swept = info.swept,
		.missing = info.missing,
		.moving = info.moving,
		.durable_caches = info.domain == LLFREE_POOL_DOMAIN_CACHES,
	};
}

void pooldev_open(const char *path)
{
	unsigned int a, b = 0, c, d;

	dev.path = path;
	dev.fd = open(path, O_RDWR | O_CLOEXEC);
	if (dev.fd < 0)
		die("cannot open %s: %s", path, strerror(errno));
	dev.has_clwb = __get_cpuid_count(7, 0, &a, &b, &c, &d) && b & bit_CLWB;
	read_info();
}

const struct pooldev_info *pooldev_info(void)
{
	return &dev.info;
}

void pooldev_format(void)
{
	struct llfree_ioc_format format = {.flags = LLFREE_IOC_FORMAT_FORCE};

	must("make an empty pool", LLFREE_IOC_FORMAT, &format);
	read_info();
}

int pooldev_alloc(unsigned int order, uint64_t tag, uint64_t *handle)
{
	struct llfree_ioc_alloc alloc = {.order = order, .tag = tag};
	int error = ask("allocate", LLFREE_IOC_ALLOC, &alloc, ENOMEM, ENOSPC);

	*handle = alloc.handle;
	return error;
}

void pooldev_free(uint64_t handle)
{
	struct llfree_ioc_handle request = {.handle = handle};

	must("free an allocation", LLFREE_IOC_FREE, &request);
}

bool pooldev_lookup(uint64_t handle, struct pooldev_place *place)
{
	struct llfree_ioc_lookup lookup = {.handle = handle};

	if (ask("look up a handle", LLFREE_IOC_LOOKUP, &lookup, ENOENT, ESTALE))
		return false;
	*place = (struct pooldev_place){
		.page = lookup.page,
		.tag = lookup.tag,
		.order = lookup.order,
	};
	return true;
}

void pooldev_set_tag(uint64_t handle, uint64_t tag)
{
	struct llfree_ioc_tag request = {.handle = handle, .tag = tag};

	must("change a tag", LLFREE_IOC_SET_TAG, &request);
}

uint64_t pooldev_get_root(unsigned int root)
{
	struct llfree_ioc_root request = {.root = root};

	must("read a root", LLFREE_IOC_GET_ROOT, &request);
	return request.value;
}

void pooldev_set_root(unsigned int root, uint64_t value)
{
	struct llfree_ioc_root request = {.root = root, .value = value};

	must("change a root", LLFREE_IOC_SET_ROOT, &request);
}

uint64_t pooldev_next(uint64_t *cursor)
{
	struct llfree_ioc_next next = {.cursor = *cursor};

	must("list its handles", LLFREE_IOC_NEXT, &next);
	*cursor = next.cursor;
	return next.handle;
}

void *pooldev_map(uint64_t handle, unsigned int order)
{
	struct llfree_ioc_lookup lookup = {.handle = handle};
	void *pages;

	must("look up a handle", LLFREE_IOC_LOOKUP, &lookup);
	pages = mmap(NULL, (size_t)POOLDEV_PAGE_BYTES << order, PROT_READ | PROT_WRITE, MAP_SHARED,
		     dev.fd, (off_t)lookup.offset);
	if (pages == MAP_FAILED)
		die("%s: cannot map an allocation: %s", dev.path, strerror(errno));
	return pages;
}

void pooldev_unmap(void *pages, unsigned int order)
{
	munmap(pages, (size_t)POOLDEV_PAGE_BYTES << order);
}

static void flush_line(const char *line)
{
	if (dev.has_clwb)
		__asm__ volatile("clwb %0" : : "m"(*line) : "memory");
	else
		__asm__ volatile("clflush %0" : : "m"(*line) : "memory");
}

void pooldev_persist(const void *from, size_t bytes)
{
	const char *line = (const char *)((uintptr_t)from & ~(uintptr_t)(LINE - 1));

	if (!dev.info.durable_caches)
		for (; line < (const char *)from + bytes; line += LINE)
			flush_line(line);
	__asm__ volatile("sfence" : : : "memory");
}

struct pooldev_work pooldev_compact(uint64_t frames, const char *policy)
{
	struct llfree_ioc_compact request = {.frames = frames, .order = 9};

	if (policy)
		strncpy(request.policy, policy, sizeof(request.policy) - 1);
	must(policy ? "compact by this policy" : "compact", LLFREE_IOC_COMPACT, &request);
	return (struct pooldev_work){
		.cleared = request.cleared,
		.moves = request.moves,
		.given_up = request.given_up,
		.flushes = request.flushes,
		.fences = request.fences,
		.copied = request.copied,
	};
}
