// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

unsigned long llfree_warnings;
bool llfree_watching;
const char *check_context;
void (*check_explain)(void);

void check_fail(const char *file, int line, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s:%d: ", file, line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	if (check_context)
		fprintf(stderr, "in %s\n", check_context);
	if (check_explain)
		check_explain();
	fflush(stderr);
	/* No exit handlers: other threads may still be at work. */
	_exit(1);
}

static bool run_one(const struct check *test)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		perror("fork");
		exit(1);
	}
	if (!pid) {
		test->run();
		CHECK_EQ(llfree_warnings, 0);
		exit(0);
	}
	if (waitpid(pid, &status, 0) != pid) {
		perror("waitpid");
		exit(1);
	}
	if (WIFSIGNALED(status))
		fprintf(stderr, "%s: killed by signal %d\n", test->name, WTERMSIG(status));
	printf("%s %s\n", status ? "FAIL" : "ok  ", test->name);
	return !status;
}

static bool wanted(int argc, char **argv, const char *name)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], name))
			return true;
	return argc == 1;
}

int check_main(int argc, char **argv, const struct check *tests)
{
	unsigned int ran = 0, failed = 0;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		printf("Usage: %s [TEST]...\nTests:", argv[0]);
		for (; tests->name; tests++)
			printf(" %s", tests->name);
		putchar('\n');
		return 0;
	}
	for (; tests->name; tests++) {
		if (!wanted(argc, argv, tests->name))
			continue;
		ran++;
		failed += !run_one(tests);
	}
	if (!ran)
		fprintf(stderr, "%s: no such test; see --help\n", argv[0]);
	return failed || !ran;
}
