/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads that start together, each with a number that is its CPU, too. */
#ifndef _TESTS_CORE_THREADS_H
#define _TESTS_CORE_THREADS_H

#include <pthread.h>

#include "check.h"

#define MAX_THREADS 8

struct thread {
	void (*run)(unsigned int n);
	unsigned int n;
	pthread_barrier_t *barrier;
	pthread_t id;
};

static inline void *threads_start(void *arg)
{
	struct thread *thread = arg;

	pthread_barrier_wait(thread->barrier);
	thread->run(thread->n);
	return NULL;
}

static inline void threads_run(unsigned int nr, void (*run)(unsigned int n))
{
	struct thread thread[MAX_THREADS];
	pthread_barrier_t barrier;

	CHECK(nr <= MAX_THREADS);
	pthread_barrier_init(&barrier, NULL, nr);
	for (unsigned int i = 0; i < nr; i++) {
		thread[i].run = run;
		thread[i].n = i;
		thread[i].barrier = &barrier;
		CHECK_EQ(pthread_create(&thread[i].id, NULL, threads_start, &thread[i]), 0);
	}
	for (unsigned int i = 0; i < nr; i++)
		pthread_join(thread[i].id, NULL);
	pthread_barrier_destroy(&barrier);
}

#endif /* _TESTS_CORE_THREADS_H */
