// SPDX-License-Identifier: GPL-2.0-or-later
/* frameshift itself: the exit status, also when what a verb prints goes nowhere. */
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "test.h"
#define main frameshift_main
#include "../../loader/frameshift.c"
#undef main

static bool silent; /* the verbs */
static size_t length = 3; /* of what they print */

static int verb(int status)
{
	for (size_t i = 0; !silent && i < length; i++)
		putchar('.');
	return status;
}

int record_main(int argc, char **argv)
{
	(void)argc, (void)argv;
	return verb(3);
}

int pool_main(int argc, char **argv)
{
	CHECK(argc == 2 && !strcmp(argv[1], "argument"));
	return verb(0);
}

int report_main(int argc, char **argv)
{
	(void)argc, (void)argv;
	return 99;
}

int check_main(int argc, char **argv)
{
	return report_main(argc, argv);
}

int policy_main(int argc, char **argv)
{
	return report_main(argc, argv);
}

/* What it exits with if its output goes there, and that it complains, or does not. */
static int status(char *name, const char *output, bool complains)
{
	char *argv[] = {"frameshift", name, "argument", NULL};
	char said[80] = "";
	int status, said_by[2];
	pid_t child;

	CHECK(!pipe(said_by));
	fflush(NULL);
	child = fork();
	CHECK(child >= 0);
	if (!child) {
		int fd = open(output, O_WRONLY);

		if (fd < 0 || dup2(fd, 1) < 0 || dup2(said_by[1], 2) < 0)
			_exit(98);
		exit(frameshift_main(3, argv));
	}
	close(said_by[1]);
	CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
	CHECK(read(said_by[0], said, sizeof(said) - 1) >= 0);
	close(said_by[0]);
	CHECK(!!strstr(said, "the output could not be written") == complains);
	return WEXITSTATUS(status);
}

static void verbs(void)
{
	CHECK(status("pool", "/dev/null", false) == 0);
	CHECK(status("record", "/dev/null", false) == 3);
	CHECK(status("none", "/dev/null", false) == 2);
}

static void full(void)
{
	CHECK(status("pool", "/dev/full", true) == 1);
	CHECK(status("record", "/dev/full", true) == 3);
	CHECK(status("--help", "/dev/full", true) == 1);
	/* Longer than a buffer: the error comes early. */
	length = 1 << 20;
	CHECK(status("pool", "/dev/full", true) == 1);
	silent = true;
	CHECK(status("pool", "/dev/full", false) == 0);
}

int main(void)
{
	verbs();
	full();
	return 0;
}
