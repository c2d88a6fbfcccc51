// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "pool_image.h"
#include "util.h"

/* What the core wants of its surroundings. */
unsigned long llfree_warnings;
bool llfree_watching;

/* Said when a file lacks what is read of it. */
static char gone[PATH_MAX + 64];

static void on_sigbus(int signal)
{
	ssize_t written = write(STDERR_FILENO, gone, strlen(gone));

	(void)signal, (void)written;
	_exit(1);
}

void *pool_image_map(const char *file, int fd, u64 bytes, u64 offset)
{
	const struct sigaction action = {.sa_handler = on_sigbus};
	void *map;

	map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, fd, offset);
	if (map == MAP_FAILED) {
		complain("cannot map %s: %s", file, strerror(errno));
		return NULL;
	}
	snprintf(gone, sizeof(gone),
		 "frameshift: %s was cut short, or a part of it cannot be read\n", file);
	sigaction(SIGBUS, &action, NULL);
	return map;
}

static int probe(const struct pool_image *image, u64 at, struct llfree_pool_geometry *geometry)
{
	if (at > image->length)
		return -EMEDIUMTYPE;
	return llfree_pool_probe(image->map + at, image->length - at, geometry);
}

static void found_other(struct pool_image *image, u64 at)
{
	if (!image->others++)
		image->other = at;
}

/* Where there is data from here on: holes have no header, and may be long. */
static u64 next_data(const struct pool_image *image, int fd, u64 at)
{
	off_t data = lseek(fd, at, SEEK_DATA);

	if (data >= 0)
		return ALIGN_DOWN((u64)data, (u64)POOL_IMAGE_STEP);
	return errno == ENXIO ? image->length : at;
}

static void find(struct pool_image *image, int fd)
{
	struct llfree_pool_geometry geometry;
	u64 at, step;
	int error;

	for (at = next_data(image, fd, 0); at < image->length;
	     at = next_data(image, fd, at + step)) {
		step = POOL_IMAGE_STEP;
		error = probe(image, at, &geometry);
		if (error == -EMEDIUMTYPE || error == -ENOTEMPTY)
			continue;
		/* Its own pages may hold anything: go on behind them. */
		if (!error)
			step = ALIGN(llfree_pool_bytes(&geometry), (u64)POOL_IMAGE_STEP);
		if (image->error != -EMEDIUMTYPE) {
			if (error || !image->error) {
				found_other(image, at);
				continue;
			}
			found_other(image, image->offset);
		}
		image->offset = at;
		image->error = error;
	}
}

/*
 * Sizes of memory follow from the header: from here on it stays as it is,
 * whatever becomes of the file.
 */
static bool keep_header(const struct pool_image *image, int fd)
{
	char *header = pool_image_base(image);

	return image->offset >= image->length ||
	       (mmap(header, POOL_HEADER_BYTES, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == header &&
		pread(fd, header, POOL_HEADER_BYTES, image->offset) >= 0);
}

static bool map_pool(struct pool_image *image, int fd, const struct pool_options *o)
{
	if (image->length) {
		image->map = pool_image_map(o->file, fd, image->length, 0);
		if (!image->map)
			return false;
	}
	image->offset = o->offset;
	image->error = -EMEDIUMTYPE;
	if (!o->has_offset)
		find(image, fd);
	if (!keep_header(image, fd)) {
		complain("cannot read %s: %s", o->file, strerror(errno));
		return false;
	}
	image->error = probe(image, image->offset, &image->geometry);
	if (!image->error)
		llfree_pool_layout(&image->geometry, &image->layout);
	return true;
}

bool pool_image_open(struct pool_image *image, const struct pool_options *o)
{
	/* A FIFO would have us wait for who writes to it. */
	int fd = open(o->file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat status;
	bool done;

	memset(image, 0, sizeof(*image));
	if (fd < 0 || fstat(fd, &status)) {
		complain("cannot open %s: %s", o->file, strerror(errno));
		return false;
	}
	if (!S_ISREG(status.st_mode)) {
		complain("%s is neither a file nor the device of a pool", o->file);
		close(fd);
		return false;
	}
	image->length = status.st_size;
	done = map_pool(image, fd, o);
	close(fd);
	if (!done)
		pool_image_close(image);
	return done;
}

void pool_image_close(struct pool_image *image)
{
	if (image->map)
		munmap(image->map, image->length);
}

static void *aligned(size_t bytes)
{
	return aligned_alloc(64, ALIGN(bytes, (size_t)64));
}

int pool_image_recover(const struct pool_image *image, struct pool_copy *copy)
{
	struct llfree_pool_config config = {
		.base = pool_image_base(image),
		.bytes = pool_image_bytes(image),
		.cpus = 1,
	};

	memset(copy, 0, sizeof(*copy));
	if (image->error)
		return image->error;
	copy->memory = aligned(llfree_pool_memory_bytes(&image->geometry, config.cpus));
	copy->scratch = aligned(llfree_pool_scratch_bytes(&image->geometry));
	if (!copy->memory || !copy->scratch)
		return -ENOMEM;
	config.memory = copy->memory;
	config.scratch = copy->scratch;
	return llfree_pool_open(&copy->pool, &config, &copy->report);
}

void pool_copy_close(struct pool_copy *copy)
{
	free(copy->memory);
	free(copy->scratch);
}

const char *pool_image_explain(int error)
{
	return error == -ENOMEM ? "out of memory" : llfree_pool_explain(error);
}

bool pool_image_use(struct pool_image *image, struct pool_copy *copy, const struct pool_options *o)
{
	int error;

	if (!pool_image_open(image, o))
		return false;
	error = pool_image_recover(image, copy);
	if (!error)
		return true;
	complain("%s: %s%s", o->file, pool_image_explain(error),
		 error == -EUCLEAN ? ": `frameshift pool check` says which" : "");
	pool_copy_close(copy);
	pool_image_close(image);
	return false;
}
