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
#include <linux/minmax.h>
#include <linux/mm.h>
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

extern bool llfree_watching;

/* Does any instance have an index? */
static inline bool llfree_watched(void)
{
	return unlikely(READ_ONCE(llfree_watching));
}

#endif /* _MM_LLFREE_PLATFORM_H */
