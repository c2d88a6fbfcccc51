/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the LLFree core needs of the kernel.  Builds outside of the kernel
 * name a header of their own in LLFREE_PLATFORM.
 */
#ifndef _MM_LLFREE_PLATFORM_H
#define _MM_LLFREE_PLATFORM_H

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/bug.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/libnvdimm.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/prefetch.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/types.h>
#include <asm/local.h>

/*
 * Statistics of the CPU the caller runs on, in plain memory: one instruction
 * an interrupt cannot divide, without the cost of a locked one.
 */
static inline void llfree_stat_add(long *stat, long n)
{
	local_add(n, (local_t *)stat);
}

static inline void llfree_stat_inc(unsigned long *stat)
{
	local_inc((local_t *)stat);
}

/* An instance that manages no zone (the unit tests') has no @owner. */
static inline void llfree_account_free(void *owner, long pages)
{
	if (likely(owner))
		mod_zone_page_state(owner, NR_FREE_PAGES, pages);
}

extern atomic_t llfree_watching;

/* Does any instance have an index? */
static inline bool llfree_watched(void)
{
	return unlikely(atomic_read(&llfree_watching));
}

/*
 * Persistent memory, for the pool alone: nothing of a zone's allocator uses
 * these.  A flush starts the write-back of lines; a fence waits until what this
 * CPU flushed and copied before is durable.
 */
static inline void llfree_flush(const void *from, size_t bytes)
{
	const u8 *line = PTR_ALIGN_DOWN(from, L1_CACHE_BYTES);
	const u8 *end = from + bytes;

	if (!IS_ENABLED(CONFIG_LLFREE_POOL_AUDIT)) {
		arch_wb_cache_pmem((void *)from, bytes);
		return;
	}
	/* An emulator tells its plugins of loads, but not of flushes. */
	for (; line < end; line += L1_CACHE_BYTES) {
		READ_ONCE(*line);
		arch_wb_cache_pmem((void *)line, 1);
	}
}

static inline void llfree_fence(void)
{
	pmem_wmb();
}

/* Copied data is durable with the next fence. */
static inline void llfree_copy(void *to, const void *from, size_t bytes)
{
	memcpy_flushcache(to, from, bytes);
}

/* So are zeroes; whole pages of this machine. */
static inline void llfree_zero(void *to, size_t bytes)
{
	const void *zeroes = page_address(ZERO_PAGE(0));

	for (; bytes; bytes -= PAGE_SIZE, to += PAGE_SIZE)
		memcpy_flushcache(to, zeroes, PAGE_SIZE);
}

/* Statistics that nothing depends on. */
static inline void llfree_count(long *stat, long n)
{
	llfree_stat_add(stat, n);
}

/* In long loops that may sleep. */
static inline void llfree_relax(void)
{
	cond_resched();
}

/* Has the caller been told to die? */
static inline bool llfree_interrupted(void)
{
	return fatal_signal_pending(current);
}

static inline void llfree_prefetch(const void *word)
{
	prefetchw(word);
}

/* Two steps whose order decides what a crash leaves: the tests swap them. */
#define llfree_in_order(first, second)	\
	do {				\
		first;			\
		second;			\
	} while (0)

#endif /* _MM_LLFREE_PLATFORM_H */
