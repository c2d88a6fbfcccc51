/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UTIL_H
#define UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Exit status of every verb for wrong options */
#define EXIT_USAGE 2

struct argp;

/* argp_parse() for a verb of this name: ends with EXIT_USAGE for wrong options, and -h is --help.
 */
void parse_options(const struct argp *argp, const char *name, int argc, char **argv,
		   unsigned int flags, void *options);

/* One sentence on stderr, after "frameshift: ". */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * The whole of a small file (at most @size - 1 bytes) as a string. Returns its
 * length, or -1 with errno set; a longer file is EFBIG.
 */
ssize_t read_file(const char *path, char *buffer, size_t size);

/* The whole of a file of any size, to be freed; NULL with errno set. */
char *read_long_file(const char *path);

/*
 * The choice in brackets of a line like "[buddy] llfree", or the first word of
 * one without brackets.
 */
void bracketed(const char *line, char *choice, size_t size);

#endif
