/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cases are dealt out to processes, one for each processor. */
#ifndef _TESTS_CRASH_WORKERS_H
#define _TESTS_CRASH_WORKERS_H

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static unsigned int workers = 1, worker, dealt;

/* Is the next case this process's? */
static inline bool workers_mine(void)
{
	return dealt++ % workers == worker;
}

/*
 * Run all cases.  @counts, of @bytes, is what a process counts; @add adds up what
 * each has counted.  Return: the number of processes that failed.
 */
static inline unsigned int workers_run(void (*run)(void), const void *counts, size_t bytes,
				       void (*add)(const void *counts))
{
	unsigned int failed = 0;
	char *shared;
	int status;

	workers = sysconf(_SC_NPROCESSORS_ONLN);
	shared = mmap(NULL, workers * bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	CHECK(shared != MAP_FAILED);
	fflush(NULL);
	for (worker = 0; worker < workers; worker++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (!pid) {
			run();
			memcpy(shared + worker * bytes, counts, bytes);
			_exit(0);
		}
	}
	while (wait(&status) > 0)
		failed += status != 0;
	for (worker = 0; worker < workers; worker++)
		add(shared + worker * bytes);
	munmap(shared, workers * bytes);
	workers = 1;
	worker = 0;
	return failed;
}

#endif /* _TESTS_CRASH_WORKERS_H */
