/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cases are dealt out to processes, one for each processor. */
#ifndef _TESTS_CRASH_WORKERS_H
#define _TESTS_CRASH_WORKERS_H

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

/* The next case that nobody has taken; NULL: there is one process. */
static u64 *workers_next;

/* Is the next case this process's?  Each takes another one when it is done. */
static inline bool workers_mine(void)
{
	static bool waiting;
	static u64 at, taken;

	if (!workers_next)
		return true;
	if (!waiting)
		taken = __atomic_fetch_add(workers_next, 1, __ATOMIC_RELAXED);
	waiting = at++ != taken;
	return !waiting;
}

/*
 * Run all cases.  @counts, of @bytes, is what a process counts; @add adds up what
 * each has counted.  Return: the number of processes that failed.
 */
static inline unsigned int workers_run(void (*run)(void), const void *counts, size_t bytes,
				       void (*add)(const void *counts))
{
	unsigned int workers = sysconf(_SC_NPROCESSORS_ONLN), failed = 0;
	size_t all = sizeof(*workers_next) + workers * bytes;
	char *shared;
	int status;

	workers_next = mmap(NULL, all, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(workers_next != MAP_FAILED);
	shared = (char *)(workers_next + 1);
	fflush(NULL);
	for (unsigned int i = 0; i < workers; i++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (!pid) {
			run();
			memcpy(shared + i * bytes, counts, bytes);
			_exit(0);
		}
	}
	while (wait(&status) > 0)
		failed += status != 0;
	for (unsigned int i = 0; i < workers; i++)
		add(shared + i * bytes);
	munmap(workers_next, all);
	workers_next = NULL;
	return failed;
}

#endif /* _TESTS_CRASH_WORKERS_H */
