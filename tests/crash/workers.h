/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cases are dealt out to processes, one for each processor. */
#ifndef _TESTS_CRASH_WORKERS_H
#define _TESTS_CRASH_WORKERS_H

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

#define WORKERS_SAY 60 /* seconds between two lines on how far it is */

/* The next case that nobody has taken; NULL: there is one process. */
static u64 *workers_next;
static u64 workers_total; /* cases */
static bool workers_counting; /* they are counted, and nobody's */

/* Is the next case this process's?  Each takes another one when it is done. */
static inline bool workers_mine(void)
{
	static bool waiting;
	static u64 at, taken;

	if (workers_counting) {
		workers_total++;
		return false;
	}
	if (!workers_next)
		return true;
	if (!waiting)
		taken = __atomic_fetch_add(workers_next, 1, __ATOMIC_RELAXED);
	waiting = at++ != taken;
	return !waiting;
}

static inline void workers_wake(int signal)
{
	(void)signal;
}

static inline void workers_say(time_t start)
{
	u64 begun = min(__atomic_load_n(workers_next, __ATOMIC_RELAXED), workers_total);
	u64 passed = time(NULL) - start;

	fprintf(stderr, "case %llu of %llu, %llu s, about %llu s left\n", (unsigned long long)begun,
		(unsigned long long)workers_total, (unsigned long long)passed,
		(unsigned long long)(passed * (workers_total - begun) / max(begun, 1ull)));
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
	struct sigaction wake = {.sa_handler = workers_wake}; /* ends the wait */
	time_t start = time(NULL);
	char *shared;
	int status;

	workers_counting = true;
	run();
	workers_counting = false;
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
	CHECK(!sigaction(SIGALRM, &wake, NULL));
	for (unsigned int running = workers; running;) {
		alarm(WORKERS_SAY);
		if (wait(&status) > 0) {
			failed += status != 0;
			running--;
		} else {
			CHECK_EQ(errno, EINTR);
			workers_say(start);
		}
	}
	alarm(0);
	for (unsigned int i = 0; i < workers; i++)
		add(shared + i * bytes);
	munmap(workers_next, all);
	workers_next = NULL;
	return failed;
}

#endif /* _TESTS_CRASH_WORKERS_H */
