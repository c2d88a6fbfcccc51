/* SPDX-License-Identifier: GPL-2.0-or-later */
/* frameshift pool: what its verbs are told, and the verbs. */
#ifndef POOL_OPTIONS_H
#define POOL_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct pool_options {
	const char *file; /* an image, or the character device of a pool */
	uint64_t offset; /* of the pool in an image */
	bool has_offset;
	uint64_t size; /* bytes; 0: the whole file or device */
	uint64_t slots; /* 0: one a page */
	uint64_t frames; /* to empty; 0: as many as can be */
	const char *policy; /* NULL: the pool's */
	unsigned int order; /* of the emptied runs */
	bool json, force;
};

/* Each returns its exit status. */
int pool_check(const struct pool_options *o);
int pool_info(const struct pool_options *o);
int pool_ls(const struct pool_options *o);
int pool_format(const struct pool_options *o);
int pool_compact(const struct pool_options *o);

#endif
