// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Replace, change and delete objects of a pool, with a process a worker, while
 * the pool is compacted; to be killed at any time.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pooldev.h"
#include "poolmode.h"
#include "sys.h"
#include "zones.h"

static void work(const struct pool_mode *m, struct worker *k)
{
	while (!m->ops || k->done < m->ops) {
		struct op op = worker_next(k);
		struct object_state *s = &k->state[op.object.id % m->objects];
		uint64_t old = s->handle;

		switch (op.kind) {
		case OP_PUT:
			s->handle = object_put(op.object, pool_mode_order(m, op.random));
			if (!s->handle)
				die("there is no room for object %u: fewer --objects",
				    op.object.id);
			if (old)
				pooldev_free(old);
			break;
		case OP_TOUCH:
			object_touch(old, k->done + 1);
			break;
		case OP_DELETE:
			pooldev_free(old);
			s->handle = 0;
			break;
		}
		worker_done(k, &op);
	}
}

static pid_t start(const struct pool_mode *m, struct worker *k)
{
	pid_t child = fork();

	if (child < 0)
		die("cannot start a worker: %s", strerror(errno));
	if (child)
		return child;
	/* None goes on alone. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	work(m, k);
	exit(0);
}

/* A frame or two at a time, by one policy after the other; false if a worker failed. */
static bool compact_meanwhile(const struct pool_mode *m)
{
	uint64_t cleared = 0, moves = 0, given_up = 0;
	uint32_t running = m->workers;
	unsigned int turn = 0;
	bool ok = true;

	while (running) {
		struct pooldev_work done =
			pooldev_compact(1 + turn % 2, m->policies[turn % m->nr_policies]);
		pid_t child;
		int status;

		turn++;
		cleared += done.cleared;
		moves += done.moves;
		given_up += done.given_up;
		usleep(1000);
		while (running && (child = waitpid(-1, &status, WNOHANG)) > 0) {
			running--;
			ok &= !status;
		}
		if (!ok)
			return false;
	}
	printf("compacted %u times: %" PRIu64 " frames cleared, %" PRIu64 " moves, %" PRIu64
	       " given up\n",
	       turn, cleared, moves, given_up);
	return true;
}

/* Where the workers were, or the beginning. */
static void resume(const struct pool_mode *m, struct writer *w, struct worker *workers)
{
	if (!writer_load(w) || w->mode != WRITER_CHURN || w->seed != m->seed ||
	    w->workers != m->workers || w->objects != m->objects) {
		*w = (struct writer){
			.mode = WRITER_CHURN,
			.seed = m->seed,
			.workers = m->workers,
			.objects = m->objects,
		};
		writer_empty();
		writer_store(w);
	}
	for (uint32_t i = 0; i < w->workers; i++)
		worker_load(&workers[i], w, i);
	if (!writer_verify(w, workers, true))
		exit(EXIT_ERROR);
	for (uint32_t i = 0; i < w->workers; i++)
		printf("worker %u goes on after %" PRIu64 " operations\n", i, workers[i].done);
	fflush(stdout);
}

/* So many that, all of them there, they fill about half of the pool. */
static uint32_t objects_of_half(const struct pool_mode *m)
{
	uint64_t room = pooldev_info()->frames * FRAME_PAGES / 2, pages = 0, objects;

	for (unsigned int i = 0; i < m->nr_orders; i++)
		pages += 1ULL << m->orders[i];
	objects = room * m->nr_orders / pages;
	if (objects > pooldev_info()->slots / 2)
		objects = pooldev_info()->slots / 2;
	objects /= m->workers;
	if (!objects)
		die("the pool is too small for %u workers", m->workers);
	return objects < WRITER_MAX_OBJECTS ? (uint32_t)objects : WRITER_MAX_OBJECTS;
}

int pool_churn(const struct pool_mode *given)
{
	static struct worker workers[WRITER_MAX_WORKERS];
	struct pool_mode m = *given;
	struct writer w;

	if (!m.objects)
		m.objects = objects_of_half(&m);
	resume(&m, &w, workers);
	for (uint32_t i = 0; i < m.workers; i++)
		start(&m, &workers[i]);
	return compact_meanwhile(&m) ? 0 : EXIT_ERROR;
}

int pool_verify(void)
{
	static struct worker workers[WRITER_MAX_WORKERS];
	const struct pooldev_info *info = pooldev_info();
	struct writer w;
	uint64_t done = 0;

	if (!writer_load(&w))
		die("nothing that this program wrote is in the pool");
	for (uint32_t i = 0; i < w.workers; i++) {
		worker_load(&workers[i], &w, i);
		done += workers[i].done;
	}
	if (!writer_verify(&w, workers, false))
		return EXIT_ERROR;
	printf("whole: %" PRIu64 " allocations", writer_count());
	if (w.mode == WRITER_CHURN)
		printf(" after %" PRIu64 " operations of %u workers", done, w.workers);
	else if (!w.digest)
		printf(", of a layout that was not finished");
	printf("; recovery freed %" PRIu64 " pages and ended %" PRIu64 " moves\n", info->swept,
	       info->moving);
	if (info->missing)
		printf("but recovery found %" PRIu64 " pages owned and not allocated\n",
		       info->missing);
	return info->missing ? EXIT_ERROR : 0;
}
