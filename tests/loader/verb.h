/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running a verb of frameshift in a process of its own. */
#ifndef VERB_H
#define VERB_H

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "subcommands.h"
#include "test.h"

static char said[80];
static char output[1 << 16]; /* of the last verb, both streams */

static inline void verb_begin(const char *folder)
{
	snprintf(said, sizeof(said), "%s/said", folder);
}

static inline void verb_end(void)
{
	unlink(said);
}

static inline char *contents(const char *path, size_t *length)
{
	int fd = open(path, O_RDONLY);
	struct stat status;
	char *bytes;

	CHECK(fd >= 0 && !fstat(fd, &status));
	*length = status.st_size;
	bytes = malloc(*length + 1);
	CHECK(bytes && read(fd, bytes, *length) == (ssize_t)*length);
	bytes[*length] = '\0';
	close(fd);
	return bytes;
}

static inline void add_word(char **argv, int *argc, const char *word)
{
	static char words[12][96];

	CHECK(snprintf(words[*argc], sizeof(*words), "%s", word) < (int)sizeof(*words));
	argv[*argc] = words[*argc];
	(*argc)++;
}

/* Run it in a process of its own, which dies if it hangs; its exit status. */
static inline int in_child(int (*run)(int argc, char **argv), int argc, char **argv)
{
	size_t length;
	int status, fd;
	pid_t child;
	char *text;

	fflush(NULL);
	child = fork();
	CHECK(child >= 0);
	if (!child) {
		fd = open(said, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
			_exit(99);
		alarm(60);
		exit(run(argc, argv));
	}
	CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
	text = contents(said, &length);
	CHECK(length < sizeof(output));
	memcpy(output, text, length + 1);
	free(text);
	return WEXITSTATUS(status);
}

/* Run `frameshift NAME ARGUMENTS... LAST`; its exit status. */
static inline int verb(int (*run)(int argc, char **argv), const char *name,
		       const char *const *arguments, const char *last)
{
	char *argv[13];
	int argc = 0;

	add_word(argv, &argc, name);
	while (*arguments)
		add_word(argv, &argc, *arguments++);
	if (last)
		add_word(argv, &argc, last);
	argv[argc] = NULL;
	return in_child(run, argc, argv);
}

static inline int pool(const char *const *arguments, const char *last)
{
	return verb(pool_main, "pool", arguments, last);
}

#endif
