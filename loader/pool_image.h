/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A persistent pool in a file: the pool itself, or the file behind an NVDIMM,
 * where the pool begins wherever its namespace put it.
 *
 * What is mapped is a private copy. The kernel's own code recovers and reads
 * it, and the file stays as it is. Others may write to the file meanwhile: what
 * is read then may make no sense, but does no harm.
 */
#ifndef POOL_IMAGE_H
#define POOL_IMAGE_H

#include "pool.h"
#include "pool_options.h"

/* Headers are looked for at multiples of this. */
#define POOL_IMAGE_STEP 4096u

struct pool_image {
	char *map; /* all of the file */
	u64 length;
	u64 offset; /* of the pool */
	int error; /* what llfree_pool_probe() says there */
	u64 others; /* other headers in the file, ... */
	u64 other; /* ... and where the first of them is */
	struct llfree_pool_geometry geometry; /* without an error */
	struct pool_layout layout;
};

/* A pool of a private copy, after recovery. */
struct pool_copy {
	struct llfree_pool pool;
	struct llfree_pool_report report;
	void *memory, *scratch;
};

/*
 * A private copy of this part of a file, or NULL after a complaint. Where the
 * file ends before that when it is read, the program ends, with a sentence.
 */
void *pool_image_map(const char *file, int fd, u64 bytes, u64 offset);

/*
 * Map a file and find its pool: at the offset that is asked for, else the first
 * sound header, else the first one there is. Complains and returns false if the
 * file cannot be read; that there is no pool is in @error.
 */
bool pool_image_open(struct pool_image *image, const struct pool_options *o);
void pool_image_close(struct pool_image *image);

/* The pool itself and what is left of the file from there on. */
static inline void *pool_image_base(const struct pool_image *image)
{
	return image->map + image->offset;
}

static inline u64 pool_image_bytes(const struct pool_image *image)
{
	return image->length - image->offset;
}

/*
 * Recover the private copy. Returns what llfree_pool_open() does, or -ENOMEM
 * for want of memory of our own. To be called again for what a second recovery
 * finds; each is closed by itself.
 */
int pool_image_recover(const struct pool_image *image, struct pool_copy *copy);
void pool_copy_close(struct pool_copy *copy);

/* Open an image and recover it, or complain. */
bool pool_image_use(struct pool_image *image, struct pool_copy *copy, const struct pool_options *o);

/* The sentence for an error of the above. */
const char *pool_image_explain(int error);

#endif
