/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the allocator core and the compaction policies need of the kernel, in
 * user space.  Selected by -DLLFREE_PLATFORM='"platform_user.h"'.
 *
 * With LLFREE_STEPS defined, llfree_step() is called before each access to
 * shared memory: the interleaving explorer switches threads there.
 *
 * With LLFREE_PMEM defined as well, stores, flushes, fences and copies are told
 * to a model of persistent memory (tests/crash/pmem.h), and every place in the
 * code that flushes, fences or insists on an order is a struct pmem_site, or one
 * for each way to get it wrong: tests make one of them go wrong.
 */
#ifndef _TESTS_PLATFORM_USER_H
#define _TESTS_PLATFORM_USER_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

#ifdef LLFREE_STEPS
void llfree_step(void);
#else
static inline void llfree_step(void)
{
}
#endif

#ifdef LLFREE_PMEM
#define llfree_stored(p) pmem_stored(p, sizeof(*(p)))
#define llfree_stored_plain(p) pmem_stored_plain(p, sizeof(*(p)))
void pmem_stored(const volatile void *at, size_t bytes);
void pmem_stored_plain(const volatile void *at, size_t bytes);
/* What a flush that comes too early does not know of. */
#define llfree_accessed(p) (pmem_mutant < 0 ? (void)0 : pmem_accessed(p))
extern int pmem_mutant;
void pmem_accessed(const volatile void *at);
#else
#define llfree_stored(p) ((void)0)
#define llfree_stored_plain(p) ((void)0)
#define llfree_accessed(p) ((void)0)
#endif

#define __aligned(x) __attribute__((aligned(x)))
#define noinline __attribute__((noinline))
#define likely(x) __builtin_expect(!!(x), 1)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define container_of(p, type, member) ((type *)((char *)(p)-offsetof(type, member)))
#define BIT_ULL(n) (1ull << (n))
#define ALIGN_DOWN(x, a) ((x) & ~((__typeof__(x))(a)-1))
#define ALIGN(x, a) ALIGN_DOWN((x) + ((__typeof__(x))(a)-1), a)
#define IS_ALIGNED(x, a) (((x) & ((__typeof__(x))(a)-1)) == 0)

#define min(a, b)                                  \
	({                                         \
		__typeof__(a) _min_a = (a);        \
		__typeof__(b) _min_b = (b);        \
		_min_a < _min_b ? _min_a : _min_b; \
	})
#define max(a, b)                                  \
	({                                         \
		__typeof__(a) _max_a = (a);        \
		__typeof__(b) _max_b = (b);        \
		_max_a > _max_b ? _max_a : _max_b; \
	})
#define min_t(t, a, b) min((t)(a), (t)(b))
#define swap(a, b)                         \
	do {                               \
		__typeof__(a) _swap = (a); \
		(a) = (b);                 \
		(b) = _swap;               \
	} while (0)

#define READ_ONCE(x)                                     \
	({                                               \
		llfree_accessed(&(x));                   \
		llfree_step();                           \
		__atomic_load_n(&(x), __ATOMIC_RELAXED); \
	})
#define WRITE_ONCE(x, val)                                       \
	do {                                                     \
		llfree_accessed(&(x));                           \
		llfree_step();                                   \
		__atomic_store_n(&(x), (val), __ATOMIC_RELAXED); \
		llfree_stored_plain(&(x));                       \
	} while (0)
#define smp_load_acquire(p)                             \
	({                                              \
		llfree_accessed(p);                     \
		llfree_step();                          \
		__atomic_load_n((p), __ATOMIC_ACQUIRE); \
	})

/* Fully ordered, like the kernel's. */
#define xchg(p, val)                                                           \
	({                                                                     \
		__typeof__(*(p)) _xchg_old;                                    \
                                                                               \
		llfree_accessed(p);                                            \
		llfree_step();                                                 \
		_xchg_old = __atomic_exchange_n((p), (val), __ATOMIC_SEQ_CST); \
		llfree_stored(p);                                              \
		_xchg_old;                                                     \
	})
#define try_cmpxchg(p, oldp, new)                                                            \
	({                                                                                   \
		bool _cas_done;                                                              \
                                                                                             \
		llfree_accessed(p);                                                          \
		llfree_step();                                                               \
		_cas_done = __atomic_compare_exchange_n((p), (oldp), (new), false,           \
							__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
		if (_cas_done)                                                               \
			llfree_stored(p);                                                    \
		_cas_done;                                                                   \
	})

static inline unsigned int hweight64(u64 w)
{
	return __builtin_popcountll(w);
}

/* Undefined for 0, like the kernel's. */
static inline unsigned long __ffs64(u64 w)
{
	return __builtin_ctzll(w);
}

/* Times a WARN_ONCE() fired; every test ends with this at 0. */
extern unsigned long llfree_warnings;

#define WARN_ONCE(cond, ...)                                                             \
	({                                                                               \
		bool _warn = (cond);                                                     \
		if (_warn && !__atomic_fetch_add(&llfree_warnings, 1, __ATOMIC_RELAXED)) \
			fprintf(stderr, __VA_ARGS__);                                    \
		_warn;                                                                   \
	})

/* Statistics: per CPU in the kernel, threads may share a CPU number here. */
static inline void llfree_stat_add(long *stat, long n)
{
	llfree_step();
	__atomic_fetch_add(stat, n, __ATOMIC_SEQ_CST);
}

static inline void llfree_stat_inc(unsigned long *stat)
{
	llfree_step();
	__atomic_fetch_add(stat, 1, __ATOMIC_SEQ_CST);
}

/* Statistics that nothing depends on. */
static inline void llfree_count(long *stat, long n)
{
	__atomic_fetch_add(stat, n, __ATOMIC_RELAXED);
}

/* @owner is a long: the free pages, NR_FREE_PAGES in the kernel; or NULL. */
static inline void llfree_account_free(void *owner, long pages)
{
	if (owner)
		__atomic_fetch_add((long *)owner, pages, __ATOMIC_SEQ_CST);
}

/* In the kernel it counts the indexes that are kept. */
extern bool llfree_watching;

static inline bool llfree_watched(void)
{
	return __atomic_load_n(&llfree_watching, __ATOMIC_RELAXED);
}

static inline void llfree_relax(void)
{
}

static inline bool llfree_interrupted(void)
{
	return false;
}

static inline void llfree_prefetch(const void *word)
{
	__builtin_prefetch(word, 1);
}

#ifdef LLFREE_PMEM
struct pmem_site {
	const char *file;
	const char *function;
	int line;
	const char *kind;
};

/* Does the site go wrong? */
bool pmem_dropped(const struct pmem_site *site);
void pmem_flush(const void *from, size_t bytes);
/* Of what was there before the caller's last access; after its next fence. */
void pmem_flush_early(const void *from, size_t bytes);
void pmem_flush_late(const void *from, size_t bytes);
void pmem_fence(void);
/* Copied, or zeroed: it is durable with the next fence; with the one after that. */
void pmem_bypassed(void *to, size_t bytes);
void pmem_bypassed_late(void *to, size_t bytes);

/* All sites of a program are in one section. */
#define PMEM_SITE(what)                                                                     \
	({                                                                                  \
		static const struct pmem_site _site                                         \
			__attribute__((section("pmem_sites"), used)) = {__FILE__, __func__, \
									__LINE__, what};    \
		&_site;                                                                     \
	})
#define llfree_flush(from, bytes)                           \
	do {                                                \
		llfree_step();                              \
		if (pmem_dropped(PMEM_SITE("early")))       \
			pmem_flush_early(from, bytes);      \
		else if (pmem_dropped(PMEM_SITE("late")))   \
			pmem_flush_late(from, bytes);       \
		else if (!pmem_dropped(PMEM_SITE("flush"))) \
			pmem_flush(from, bytes);            \
	} while (0)
#define llfree_fence()                                 \
	do {                                           \
		llfree_step();                         \
		if (!pmem_dropped(PMEM_SITE("fence"))) \
			pmem_fence();                  \
	} while (0)
/* What was written past the caches, unless it stays in them. */
#define LLFREE_BYPASSED(to, bytes)                          \
	do {                                                \
		if (pmem_dropped(PMEM_SITE("late")))        \
			pmem_bypassed_late(to, bytes);      \
		else if (!pmem_dropped(PMEM_SITE("cache"))) \
			pmem_bypassed(to, bytes);           \
	} while (0)
#define llfree_copy(to, from, bytes)        \
	do {                                \
		llfree_step();              \
		memcpy(to, from, bytes);    \
		LLFREE_BYPASSED(to, bytes); \
	} while (0)
#define llfree_zero(to, bytes)                       \
	do {                                         \
		llfree_step();                       \
		if (pmem_dropped(PMEM_SITE("zero"))) \
			break;                       \
		memset(to, 0, bytes);                \
		LLFREE_BYPASSED(to, bytes);          \
	} while (0)
/* Each step is there once, with its sites. */
#define llfree_in_order(first, second)                                                       \
	for (int _turn = 0, _first = pmem_dropped(PMEM_SITE("order")); _turn < 2; _turn++) { \
		if (_turn == _first) {                                                       \
			first;                                                               \
		} else {                                                                     \
			second;                                                              \
		}                                                                            \
	}
#else
#ifdef LLFREE_WRITE_BACK
/* For a benchmark: what it takes. */
void llfree_flush(const void *from, size_t bytes);
#else
/* Memory that a process shares with a file outlives the process as it is. */
static inline void llfree_flush(const void *from, size_t bytes)
{
	(void)from;
	(void)bytes;
}
#endif

static inline void llfree_fence(void)
{
	__asm__ volatile("" ::: "memory");
}

/*
 * The source may be freed, and be written to by its next owner, while it is
 * copied: the copy is thrown away then.  The race sanitizer is not to see that,
 * so the load must stay in here: with noinline alone, gcc passes the word.
 */
static __attribute__((noipa, no_sanitize_thread, unused)) u64 llfree_peek(const u64 *word)
{
	return *word;
}

static inline void llfree_copy(void *to, const void *from, size_t bytes)
{
	for (size_t i = 0; i < bytes / sizeof(u64); i++)
		((u64 *)to)[i] = llfree_peek((const u64 *)from + i);
}

static inline void llfree_zero(void *to, size_t bytes)
{
	memset(to, 0, bytes);
}

#define llfree_in_order(first, second) \
	do {                           \
		first;                 \
		second;                \
	} while (0)
#endif

#endif /* _TESTS_PLATFORM_USER_H */
