/* SPDX-License-Identifier: GPL-2.0 */
/* Persistent page pools: what a driver of persistent memory tells mm/llfree. */
#ifndef _LINUX_LLFREE_POOL_H
#define _LINUX_LLFREE_POOL_H

#include <linux/types.h>

struct address_space;
struct device;
struct llfree_pool_device;

/**
 * struct llfree_pool_region - memory for a pool
 * @dev: of the memory
 * @mapping: everything that is mapped of it is mapped by this
 * @base: where the kernel maps it
 * @bytes: its length
 * @pfn: of its first page; all have a struct page of their own, whose idle count
 *	of references is one
 * @durable_caches: what is in the caches survives a loss of power; if in doubt,
 *	false
 */
struct llfree_pool_region {
	struct device *dev;
	struct address_space *mapping;
	void *base;
	u64 bytes;
	unsigned long pfn;
	bool durable_caches;
};

/**
 * llfree_pool_add() - make a device, /dev/llfree_poolN, of memory
 * @region: the memory; nobody else uses it
 *
 * A pool that is found there is opened.  If there is none, or none that can be
 * opened, nothing is written.
 *
 * Return: the device, or an ERR_PTR().
 */
struct llfree_pool_device *
llfree_pool_add(const struct llfree_pool_region *region);

/**
 * llfree_pool_remove() - take the device away
 * @p: of llfree_pool_add()
 *
 * Waits until nobody uses a page of it.  Files that are open, and mappings, stay
 * as long as they like, but reach nothing.
 */
void llfree_pool_remove(struct llfree_pool_device *p);

#endif /* _LINUX_LLFREE_POOL_H */
