// SPDX-License-Identifier: GPL-2.0-or-later
/* frameshift pool format: make an empty pool, but not of what somebody may miss. */
#include <fcntl.h>
#include <inttypes.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include "pool_device.h"
#include "pool_image.h"
#include "util.h"

#define PAGE_SHIFT 12
#define MAGIC_BYTES sizeof(u64)

struct target {
	const struct pool_options *o;
	int fd;
	bool created;
	u64 length; /* of the file as it is */
	struct llfree_pool_geometry geometry;
	struct pool_layout layout;
};

static void shape(struct llfree_pool_geometry *geometry, u64 pairs, u64 slots)
{
	geometry->page_shift = PAGE_SHIFT;
	geometry->frames = 2 * pairs;
	geometry->slots =
		slots ? slots
		      : min_t(u64, geometry->frames * LLFREE_FRAME_PAGES, LLFREE_POOL_MAX_SLOTS);
}

/* The most frames, in pairs, for which these bytes suffice; false if they do for none. */
static bool fit(struct target *t, u64 bytes)
{
	u64 low = 0, high = LLFREE_POOL_MAX_PAGES / LLFREE_ALIGN_PAGES;

	while (low < high) {
		u64 middle = low + (high - low + 1) / 2, need;

		shape(&t->geometry, middle, t->o->slots);
		need = llfree_pool_bytes(&t->geometry);
		if (need && need <= bytes)
			low = middle;
		else
			high = middle - 1;
	}
	shape(&t->geometry, low, t->o->slots);
	return llfree_pool_layout(&t->geometry, &t->layout);
}

static bool open_target(struct target *t)
{
	const char *file = t->o->file;
	struct stat status;

	t->fd = open(file, O_RDWR | O_CLOEXEC);
	if (t->fd < 0 && errno == ENOENT) {
		if (!t->o->size) {
			complain("%s does not exist: --size says how long it is to be", file);
			return false;
		}
		t->fd = open(file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		t->created = t->fd >= 0;
	}
	if (t->fd < 0 || fstat(t->fd, &status)) {
		complain("cannot open %s: %s", file, strerror(errno));
		return false;
	}
	if (!S_ISREG(status.st_mode)) {
		complain("%s is neither a file nor the device of a pool", file);
		return false;
	}
	t->length = status.st_size;
	return true;
}

/* Is there anything but zeroes? */
static bool holds_data(const struct target *t, const char *base, u64 bytes)
{
	off_t data = lseek(t->fd, t->o->offset, SEEK_DATA);

	if (data < 0)
		return errno != ENXIO;
	for (u64 at = data - t->o->offset; at < bytes; at++)
		if (base[at])
			return true;
	return false;
}

/* Complains and returns false if somebody may miss what is there. */
static bool may_overwrite(const struct target *t)
{
	const struct pool_options *o = t->o;
	struct llfree_pool_geometry geometry;
	u64 bytes = t->length > o->offset ? min(t->length - o->offset, t->layout.bytes) : 0;
	bool may = false;
	char *base;
	int error;

	if (o->force || !bytes)
		return true;
	base = pool_image_map(o->file, t->fd, bytes, o->offset);
	if (!base)
		return false;
	error = llfree_pool_probe(base, bytes, &geometry);
	if (!error || error == -EFBIG)
		complain("%s holds a pool: --force makes an empty one of it", o->file);
	else if (error == -ENOTEMPTY || (error == -EMEDIUMTYPE && holds_data(t, base, bytes)))
		complain("%s holds data that is no pool: --force overwrites it", o->file);
	else if (error != -EMEDIUMTYPE)
		complain("%s: %s: --force makes an empty one of it", o->file,
			 llfree_pool_explain(error));
	else
		may = true;
	munmap(base, bytes);
	return may;
}

/* Long enough, and with room on its disk for what formatting writes. */
static bool extend(const struct target *t)
{
	u64 end = t->o->offset + t->layout.bytes;

	if (t->length < end && ftruncate(t->fd, end)) {
		complain("cannot make %s %" PRIu64 " bytes long: %s", t->o->file, end,
			 strerror(errno));
		return false;
	}
	if (fallocate(t->fd, FALLOC_FL_KEEP_SIZE, t->o->offset, t->layout.data) &&
	    errno == ENOSPC) {
		complain("no room for %s: %s", t->o->file, strerror(errno));
		return false;
	}
	return true;
}

/* Write these bytes of the pool; they outlive a power loss, or it complains. */
static bool put(const struct target *t, const void *from, u64 at, u64 bytes)
{
	while (bytes) {
		ssize_t done = pwrite(t->fd, from, bytes, t->o->offset + at);

		if (done <= 0)
			break;
		from += done;
		at += done;
		bytes -= done;
	}
	if (!bytes && !fsync(t->fd))
		return true;
	complain("cannot write %s: %s", t->o->file, strerror(errno));
	return false;
}

static bool write_pool(const struct target *t)
{
	const u64 unfinished = POOL_UNFINISHED;
	bool done;
	u64 id[2];
	char *base;

	if (getrandom(id, sizeof(id), 0) != sizeof(id)) {
		complain("no random numbers for the pool's name: %s", strerror(errno));
		return false;
	}
	/* All that formatting writes: it leaves the pages alone. */
	base = mmap(NULL, t->layout.data, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (base == MAP_FAILED) {
		complain("out of memory");
		return false;
	}
	llfree_pool_format(base, t->layout.bytes, &t->geometry, id);
	/* As on a device, there is no magic while anything else is written. */
	done = put(t, &unfinished, 0, MAGIC_BYTES) &&
	       put(t, base + MAGIC_BYTES, MAGIC_BYTES, t->layout.data - MAGIC_BYTES) &&
	       put(t, base, 0, MAGIC_BYTES);
	munmap(base, t->layout.data);
	return done;
}

static bool make(struct target *t)
{
	const struct pool_options *o = t->o;
	u64 bytes = o->size ? o->size : t->length > o->offset ? t->length - o->offset : 0;

	if (!fit(t, bytes)) {
		complain("%s: %" PRIu64 " bytes are too short for a pool%s", o->file, bytes,
			 o->slots ? " of so many slots" : "");
		return false;
	}
	return may_overwrite(t) && extend(t) && write_pool(t);
}

static bool format_image(struct target *t)
{
	return open_target(t) && make(t);
}

static const char *refusal(int error)
{
	switch (error) {
	case EEXIST:
		return "it holds a pool, or what is left of one: --force makes an empty one of it";
	case EBUSY:
		return "pages of its pool are in use";
	case EFBIG:
		return "the device is too short for that";
	case EINVAL:
		return llfree_pool_explain(-EINVAL);
	default:
		return pool_device_explain(error);
	}
}

static bool format_device(struct target *t)
{
	const struct pool_options *o = t->o;
	struct llfree_ioc_format request = {
		.slots = o->slots,
		.flags = o->force ? LLFREE_IOC_FORMAT_FORCE : 0,
	};
	struct llfree_ioc_info info;

	if (o->size) {
		if (!fit(t, o->size)) {
			complain("%" PRIu64 " bytes are too short for a pool", o->size);
			return false;
		}
		request.frames = t->geometry.frames;
	}
	t->fd = pool_device_open(o->file, true);
	if (t->fd < 0)
		return false;
	if (ioctl(t->fd, LLFREE_IOC_FORMAT, &request)) {
		complain("%s: %s", o->file, refusal(errno));
		return false;
	}
	if (!pool_device_ready(t->fd, o->file, &info))
		return false;
	t->geometry.frames = info.frames;
	t->geometry.slots = info.slots;
	return true;
}

int pool_format(const struct pool_options *o)
{
	struct target t = {.o = o, .fd = -1};
	bool done = (pool_is_device(o->file) ? format_device : format_image)(&t);

	if (t.fd >= 0)
		close(t.fd);
	if (!done && t.created)
		unlink(o->file);
	if (done)
		printf("%s: a pool of %" PRIu64 " frames and %" PRIu64 " slots\n", o->file,
		       t.geometry.frames, t.geometry.slots);
	return !done;
}
