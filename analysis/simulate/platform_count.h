/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The core's platform in user space that can also count: while lines_counting,
 * the distinct cache lines of what is read or changed through these macros,
 * which is all shared memory of the allocator and of its indexes.
 */
#ifndef FS_SIMULATE_PLATFORM_COUNT_H
#define FS_SIMULATE_PLATFORM_COUNT_H

#include "platform_user.h"

/* A table of the widths of buckets needs them at run time: 5 is the kernel's. */
extern unsigned int simulate_bucket_shift;
#define LLFREE_BUCKET_SHIFT simulate_bucket_shift

extern bool lines_counting;

void lines_touch(const volatile void *address);

static inline void lines_note(const volatile void *address)
{
	if (__builtin_expect(lines_counting, 0))
		lines_touch(address);
}

#undef READ_ONCE
#define READ_ONCE(x)                                     \
	({                                               \
		lines_note(&(x));                        \
		__atomic_load_n(&(x), __ATOMIC_RELAXED); \
	})
#undef smp_load_acquire
#define smp_load_acquire(p)                             \
	({                                              \
		lines_note(p);                          \
		__atomic_load_n((p), __ATOMIC_ACQUIRE); \
	})
#undef xchg
#define xchg(p, val)                                               \
	({                                                         \
		lines_note(p);                                     \
		__atomic_exchange_n((p), (val), __ATOMIC_SEQ_CST); \
	})
#undef try_cmpxchg
#define try_cmpxchg(p, oldp, new)                                                        \
	({                                                                               \
		lines_note(p);                                                           \
		__atomic_compare_exchange_n((p), (oldp), (new), false, __ATOMIC_SEQ_CST, \
					    __ATOMIC_SEQ_CST);                           \
	})

#endif
