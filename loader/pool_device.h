/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The character device of an open pool; see linux/llfree_pool.h. */
#ifndef POOL_DEVICE_H
#define POOL_DEVICE_H

#include <stdbool.h>
#include <linux/llfree_pool.h>

/* Is it a character device? */
bool pool_is_device(const char *file);

/* Open for reading, or for both; complains and returns -1. */
int pool_device_open(const char *file, bool write);

/* False, after a complaint, if it is no pool's device. */
bool pool_device_info(int fd, const char *file, struct llfree_ioc_info *info);

/* ... or if its pool is not open. */
bool pool_device_ready(int fd, const char *file, struct llfree_ioc_info *info);

/* An error of a request, in words that a person can act on. */
const char *pool_device_explain(int error);

#endif
