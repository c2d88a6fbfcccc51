// SPDX-License-Identifier: GPL-2.0-or-later
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "util.h"

static error_t parse_help(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	if (key != 'h')
		return ARGP_ERR_UNKNOWN;
	argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
	return 0;
}

void parse_options(const struct argp *argp, const char *name, int argc, char **argv,
		   unsigned int flags, void *options)
{
	static const struct argp_option table[] = {{NULL, 'h', NULL, 0, "The same", -1}, {0}};
	static const struct argp help = {.options = table, .parser = parse_help};
	const struct argp_child children[] = {{&help, 0, NULL, 0}, {0}};
	struct argp whole = *argp;

	whole.children = children;
	argv[0] = (char *)name;
	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&whole, argc, argv, flags, NULL, options);
}

void complain(const char *format, ...)
{
	va_list args;

	fputs("frameshift: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

ssize_t read_file(const char *path, char *buffer, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t got = -1;

	if (fd < 0)
		return -1;
	while (length < size) {
		got = read(fd, buffer + length, size - length);
		if (got <= 0)
			break;
		length += got;
	}
	close(fd);
	if (got < 0)
		return -1;
	if (length == size) {
		errno = EFBIG;
		return -1;
	}
	buffer[length] = '\0';
	return length;
}

char *read_long_file(const char *path)
{
	char *text = NULL, *longer;

	for (size_t size = 1 << 16;; size *= 2) {
		longer = realloc(text, size);
		if (!longer)
			break;
		text = longer;
		if (read_file(path, text, size) >= 0)
			return text;
		if (errno != EFBIG)
			break;
	}
	free(text);
	return NULL;
}

void bracketed(const char *line, char *choice, size_t size)
{
	const char *open = strchr(line, '[');
	const char *start = open ? open + 1 : line;

	snprintf(choice, size, "%.*s", (int)strcspn(start, open ? "]" : " \n"), start);
}
