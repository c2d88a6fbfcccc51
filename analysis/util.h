/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FS_UTIL_H
#define FS_UTIL_H

#include <stddef.h>

/* calloc that never fails and never returns NULL, even for nothing. */
void *xcalloc(size_t nr, size_t size);

/* realloc for arrays that never fails. */
void *xresize(void *array, size_t nr, size_t size);

char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One sentence on stderr and the end: exit 1, or 2 where an option or a word has a wrong value. */
void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
void die_usage(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif
