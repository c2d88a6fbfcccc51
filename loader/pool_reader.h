/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pool to be read, on its device or in an image. */
#ifndef POOL_READER_H
#define POOL_READER_H

#include "pool_device.h"
#include "pool_facts.h"
#include "pool_image.h"

struct pool_reader {
	const char *file;
	int fd; /* of the device; -1: it is an image */
	struct llfree_ioc_info info; /* of the device */
	struct pool_image image;
	struct pool_copy copy;
	u64 cursor;
};

struct pool_entry {
	u64 handle, page, tag;
	unsigned int order;
};

/* Complains and returns false if there is no pool that can be read. */
bool pool_reader_open(struct pool_reader *r, const struct pool_options *o);
void pool_reader_close(struct pool_reader *r);

/*
 * The next allocation; 1, 0 after the last, or -1 after a complaint. Those that
 * are freed meanwhile are passed by.
 */
int pool_reader_next(struct pool_reader *r, struct pool_entry *e);

/* All that is known, the list of allocations gone through; false after a complaint. */
bool pool_reader_facts(struct pool_reader *r, struct pool_facts *facts);

#endif
