/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A persistent page pool through its device. What cannot fail in a sound pool
 * ends the program; an error that a user of the pool has to live with is
 * returned, as a positive errno.
 */
#ifndef POOLDEV_H
#define POOLDEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POOLDEV_PAGE_BYTES 4096u
#define POOLDEV_MAX_ORDER 10u

struct pooldev_info {
	uint64_t frames, slots;
	uint64_t swept, missing, moving; /* what recovery found when the pool was opened */
	bool durable_caches; /* no line has to be flushed */
};

struct pooldev_place {
	uint64_t page, tag;
	unsigned int order;
};

/* What a compaction did; copied in bytes. */
struct pooldev_work {
	uint64_t cleared, moves, given_up, flushes, fences, copied;
};

/* The pool that the calls below are about. */
void pooldev_open(const char *path);
const struct pooldev_info *pooldev_info(void);

/* An empty pool instead of the one there is. */
void pooldev_format(void);

/* 0, ENOMEM or ENOSPC. */
int pooldev_alloc(unsigned int order, uint64_t tag, uint64_t *handle);
void pooldev_free(uint64_t handle);
/* False if there is no such handle any more. */
bool pooldev_lookup(uint64_t handle, struct pooldev_place *place);
void pooldev_set_tag(uint64_t handle, uint64_t tag);
uint64_t pooldev_get_root(unsigned int root);
void pooldev_set_root(unsigned int root, uint64_t value);
/* The next handle, 0 after the last; *cursor is 0 at first. */
uint64_t pooldev_next(uint64_t *cursor);

void *pooldev_map(uint64_t handle, unsigned int order);
void pooldev_unmap(void *pages, unsigned int order);
/* Make durable what was stored there. */
void pooldev_persist(const void *from, size_t bytes);

/* Empty so many frames of 2 MiB by this policy, or the pool's if NULL. */
struct pooldev_work pooldev_compact(uint64_t frames, const char *policy);

#endif
