/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CHECK_H
#define CHECK_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                                        \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			exit(1);                                                                \
		}                                                                               \
	} while (0)

#define CHECK_EQ(got, want)                                                                        \
	do {                                                                                       \
		long long got_ = (long long)(got), want_ = (long long)(want);                      \
		if (got_ != want_) {                                                               \
			fprintf(stderr, "%s:%d: %s is %lld, not %lld\n", __FILE__, __LINE__, #got, \
				got_, want_);                                                      \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

/* A file of 64-bit words, as those of pages in /proc; it stays open until the test ends. */
static inline int file_of(const uint64_t *words, size_t nr)
{
	FILE *file = tmpfile();

	CHECK(file);
	CHECK_EQ(fwrite(words, sizeof(*words), nr, file), nr);
	fflush(file);
	return fileno(file);
}

#endif
