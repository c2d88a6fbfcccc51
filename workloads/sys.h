/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Errors, and numbers in files of /proc and /sys. */
#ifndef SYS_H
#define SYS_H

#include <stdbool.h>
#include <stddef.h>

enum {
	EXIT_ERROR = 1,
	EXIT_USAGE = 2,
};

/* One sentence on stderr and the end: die() for what the system refused, usage() for options. */
void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
void usage(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* The number that is all of 'text', from 'min' to 'max'; 'option' names it in the error. */
unsigned long long parse_number(const char *option, const char *text, unsigned long long min,
				unsigned long long max);

unsigned long file_read_number(const char *path);
/* The text up to the first newline, cut to 'size'. */
void file_read_line(const char *path, char *line, size_t size);
/* False, with errno set, if the file cannot be opened or does not take it. */
bool file_write_text(const char *path, const char *text);
bool file_write_number(const char *path, unsigned long number);
/* As above, but an error ends the program. */
void file_set_number(const char *path, unsigned long number);

/* The counters of /proc/vmstat by these names; one that the kernel lacks reads as 0. */
void vmstat_read(const char *const *names, unsigned long *values, size_t nr);

#endif
