/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A pool's device: what its files share.
 *
 * Locks, in this order, all but the first below mmap_lock:
 *
 *	llfree_pool_device.compactors	 a compaction has what it wants to begin with: held
 *				 until then, not until it ends
 *	llfree_pool_device.lock	 the pool is open: held for reading by whoever
 *				 uses it, for writing to open or close it
 *	llfree_pool_gate.lock	 a slot's pages stay where they are: held for
 *				 reading by a fault until the page is mapped, for
 *				 writing by who moves or frees them
 *	llfree_pool_gate.frame	 of faults in a frame one maps at a time
 *	the mapping's, the page tables'
 *
 * So nothing is copied from or to user space with one of them held.
 */
#ifndef _MM_LLFREE_POOL_DEV_H
#define _MM_LLFREE_POOL_DEV_H

#include <linux/kref.h>
#include <linux/llfree_pool.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/percpu-rwsem.h>
#include <linux/rwsem.h>
#include <uapi/linux/llfree_pool.h>
#include "pool.h"

#define POOL_GATES 128

/**
 * struct llfree_pool_gate - of the slots of a hash
 * @lock: see above
 * @frame: see above
 */
struct llfree_pool_gate {
	struct rw_semaphore lock;
	struct mutex frame;	/* see above */
};

/**
 * struct llfree_pool_device - a pool's device
 * @misc: the character device
 * @name: of it
 * @number: in @name; another device's when this one was removed
 * @ref: the driver has one, and each open file
 * @region: the memory
 * @lock: see above
 * @waiting: how many wait to have @lock for writing
 * @error: 0: @pool is open; -ENODEV: the memory is gone; else why it is not open
 * @epoch: changes when another pool is made, so that a mapping of the one before
 *	reaches nothing
 * @pool: the pool
 * @report: what recovery found
 * @memory: of @pool
 * @mapped: @pool knows which slot owns a page
 * @index: of @pool's pages, for the policy that wanted one last; or NULL
 * @compactors: see above
 * @compacting: compactions that are under way
 * @gates: of slots
 */
struct llfree_pool_device {
	struct miscdevice misc;
	char name[24];
	int number;
	struct kref ref;
	struct llfree_pool_region region;
	struct percpu_rw_semaphore lock;
	atomic_t waiting;
	int error;
	u16 epoch;
	struct llfree_pool pool;
	struct llfree_pool_report report;
	void *memory;
	bool mapped;
	struct llfree_index *index;
	struct mutex compactors;	/* see above */
	atomic_t compacting;
	struct llfree_pool_gate gates[POOL_GATES];
};

static inline struct llfree_pool_gate *
llfree_pool_gate(struct llfree_pool_device *p, u64 handle)
{
	return &p->gates[(u32)handle % POOL_GATES];
}

/* The page frame of a page of the pool's. */
static inline unsigned long llfree_pool_pfn(const struct llfree_pool_device *p,
					    u64 page)
{
	return p->region.pfn + PHYS_PFN(p->pool.data - p->region.base) + page;
}

/* The sentence for llfree_pool_device.error */
const char *llfree_pool_text(int error);

/**
 * llfree_pool_make() - format the memory and open the pool
 * @p: the device
 * @how: of the user
 *
 * Return: 0 or an error of the user interface.
 */
int llfree_pool_make(struct llfree_pool_device *p,
		     const struct llfree_ioc_format *how);

/**
 * llfree_pool_map_slots() - have a pool know which slot owns a page
 * @p: the device, with @compactors held
 *
 * Nothing but compaction asks, so opening a pool need not take that long.  Whoever
 * uses the pool waits meanwhile; nobody has compacted it before.
 */
void llfree_pool_map_slots(struct llfree_pool_device *p);

/**
 * llfree_pool_keep_index() - have an index kept until another one is wanted
 * @p: the device, with @compactors held
 * @ops: the kind of it
 *
 * It spares a policy reading, so where there is no memory for it there is none.
 * It waits for whoever uses the pool: not while it is compacted.
 */
void llfree_pool_keep_index(struct llfree_pool_device *p,
			    const struct llfree_index_ops *ops);

/* pool_mmap.c */

/**
 * llfree_pool_offset() - where a handle is mapped, as an offset of mmap()
 *
 * Every slot has room for the longest allocation, apart for each generation: who
 * looked up a handle does not map its successor.  An offset has room for all of
 * them in a pool of up to 2^25 slots, for the last 1024 in the largest one.
 */
u64 llfree_pool_offset(const struct llfree_pool_device *p, u64 handle);

/**
 * llfree_pool_in_use() - does anybody hold a reference to these pages?
 * @p: the device
 * @page: the first one
 * @nr: how many
 *
 * If nothing maps them, and nothing can, then false stays false.
 */
bool llfree_pool_in_use(struct llfree_pool_device *p, u64 page, u64 nr);

/**
 * llfree_pool_close_gate() - have an allocation to oneself
 * @p: the device
 * @cpu: the caller's
 * @handle: the allocation
 *
 * With 0, it is mapped nowhere, nobody uses its pages, and faults wait until
 * llfree_pool_open_gate().  Otherwise there is nothing to open.
 * Return: 0, an error of handles, -EBUSY if its pages are in use, or -EINTR.
 */
int llfree_pool_close_gate(struct llfree_pool_device *p, unsigned int cpu,
			   u64 handle);
void llfree_pool_open_gate(struct llfree_pool_device *p, u64 handle);

int llfree_pool_mmap(struct file *file, struct vm_area_struct *vma);
extern const struct llfree_pool_ops llfree_pool_ops;
extern const struct address_space_operations llfree_pool_aops;

/* pool_ioctl.c */
long llfree_pool_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

#endif /* _MM_LLFREE_POOL_DEV_H */
