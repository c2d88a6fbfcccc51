// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void complain(const char *format, va_list args)
{
	fflush(stdout);
	fprintf(stderr, "%s: ", program_invocation_short_name);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(format, args);
	va_end(args);
	exit(EXIT_ERROR);
}

void usage(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(format, args);
	va_end(args);
	fprintf(stderr, "Try '%s --help'.\n", program_invocation_short_name);
	exit(EXIT_USAGE);
}

unsigned long long parse_number(const char *option, const char *text, unsigned long long min,
				unsigned long long max)
{
	unsigned long long number;
	char *end;

	errno = 0;
	number = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || number < min || number > max)
		usage("%s takes a whole number from %llu to %llu, not '%s'", option, min, max,
		      text);
	return number;
}

void file_read_line(const char *path, char *line, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		die("cannot open %s: %s", path, strerror(errno));
	len = read(fd, line, size - 1);
	if (len < 0)
		die("cannot read %s: %s", path, strerror(errno));
	close(fd);
	line[len] = '\0';
	line[strcspn(line, "\n")] = '\0';
}

unsigned long file_read_number(const char *path)
{
	char line[32];

	file_read_line(path, line, sizeof(line));
	return strtoul(line, NULL, 10);
}

bool file_write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written;
	int error;

	if (fd < 0)
		return false;
	written = dprintf(fd, "%s\n", text) > 0;
	error = errno;
	close(fd);
	errno = error;
	return written;
}

bool file_write_number(const char *path, unsigned long number)
{
	char text[32];

	snprintf(text, sizeof(text), "%lu", number);
	return file_write_text(path, text);
}

void file_set_number(const char *path, unsigned long number)
{
	if (!file_write_number(path, number))
		die("cannot write %lu to %s: %s", number, path, strerror(errno));
}

void vmstat_read(const char *const *names, unsigned long *values, size_t nr)
{
	FILE *file = fopen("/proc/vmstat", "re");
	unsigned long value;
	char name[64];

	if (!file)
		die("cannot open /proc/vmstat: %s", strerror(errno));
	memset(values, 0, nr * sizeof(*values));
	while (fscanf(file, "%63s %lu", name, &value) == 2) {
		for (size_t i = 0; i < nr; i++) {
			if (!strcmp(name, names[i]))
				values[i] = value;
		}
	}
	fclose(file);
}
