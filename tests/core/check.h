/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A test program is a table of named tests.  Each runs in a process of its
 * own, so that one failing does not hide the next.
 */
#ifndef _TESTS_CORE_CHECK_H
#define _TESTS_CORE_CHECK_H

#include "platform_user.h"

struct check {
	const char *name;
	void (*run)(void);
};

/* Run @tests (ends with an empty name) or those @argv names; exit status. */
int check_main(int argc, char **argv, const struct check *tests);

/* What is being tested just now, for the report of a failure; or NULL. */
extern const char *check_context;

/* Called before a failing test exits, to say how it got there. */
extern void (*check_explain)(void);

void __attribute__((noreturn, format(printf, 3, 4)))
check_fail(const char *file, int line, const char *format, ...);

#define CHECK(cond)                                                  \
	do {                                                         \
		if (!(cond))                                         \
			check_fail(__FILE__, __LINE__, "%s", #cond); \
	} while (0)

#define CHECK_EQ(got, want)                                                                    \
	do {                                                                                   \
		long long _got = (long long)(got), _want = (long long)(want);                  \
                                                                                               \
		if (_got != _want)                                                             \
			check_fail(__FILE__, __LINE__, "%s is %lld, expected %s = %lld", #got, \
				   _got, #want, _want);                                        \
	} while (0)

/* Fewer rounds where a sanitizer makes each of them dearer. */
#ifdef __SANITIZE_THREAD__
#define CHECK_SLOWDOWN 10
#elif defined(__SANITIZE_ADDRESS__)
#define CHECK_SLOWDOWN 5
#else
#define CHECK_SLOWDOWN 1
#endif

/* xorshift64*: the same seed gives the same numbers everywhere. */
struct random {
	u64 state;
};

static inline struct random random_seed(u64 seed)
{
	return (struct random){(seed + 1) * 0x9e3779b97f4a7c15ull | 1};
}

static inline u64 random_next(struct random *r)
{
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return r->state * 0x2545f4914f6cdd1dull;
}

/* 0..@n-1 */
static inline u64 random_below(struct random *r, u64 n)
{
	return (random_next(r) >> 11) % n;
}

#endif /* _TESTS_CORE_CHECK_H */
