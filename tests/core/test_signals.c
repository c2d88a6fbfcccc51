// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Interrupts as they come: threads do gets and puts, one CPU each, and are
 * sent signals all the time, whose handler does gets and puts on that CPU.
 * test_interrupts.c tries every point in turn, this one every instruction.
 */
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "threads.h"
#include "world.h"

#define WORKERS 2
#define FRAMES 64
#define ROUNDS 4000000
#define HOLD 64
#define SIGNALS_MIN 1000

struct pages {
	s64 index[HOLD];
	unsigned int order[HOLD];
	unsigned int nr;
	struct random random;
};

static struct world world;
static pthread_t worker[WORKERS];
static unsigned long interrupts;
static unsigned int finished; /* workers */
static bool quiet; /* no more signals */
static struct pages irq_pages[WORKERS];
static _Thread_local unsigned int cpu;

static void operate(struct pages *p)
{
	if (p->nr < HOLD && random_below(&p->random, 2)) {
		unsigned int order = random_below(&p->random, 11);
		s64 index = llfree_get(&world.a, cpu, order, random_below(&p->random, 2), 0);

		if (index < 0)
			return;
		p->index[p->nr] = index;
		p->order[p->nr++] = order;
	} else if (p->nr) {
		unsigned int i = random_below(&p->random, p->nr--);

		CHECK_EQ(llfree_put(&world.a, cpu, p->index[i], p->order[i]), 0);
		p->index[i] = p->index[p->nr];
		p->order[i] = p->order[p->nr];
	}
}

static void interrupt(int signal)
{
	(void)signal;
	__atomic_fetch_add(&interrupts, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < 3; i++)
		operate(&irq_pages[cpu]);
}

static void work(unsigned int n)
{
	struct pages mine = {.random = random_seed(n)};

	cpu = n;
	irq_pages[n].random = random_seed(n + 10);
	__atomic_store_n(&worker[n], pthread_self(), __ATOMIC_RELEASE);
	for (int round = 0;
	     round < ROUNDS || __atomic_load_n(&interrupts, __ATOMIC_RELAXED) < SIGNALS_MIN;
	     round++)
		operate(&mine);
	while (mine.nr)
		operate(&mine);
}

static void disturb(void)
{
	while (__atomic_load_n(&finished, __ATOMIC_ACQUIRE) < WORKERS) {
		for (int n = 0; n < WORKERS; n++) {
			pthread_t id = __atomic_load_n(&worker[n], __ATOMIC_ACQUIRE);

			if (id)
				pthread_kill(id, SIGUSR1);
		}
		usleep(20);
	}
	__atomic_store_n(&quiet, true, __ATOMIC_RELEASE);
}

static void run(unsigned int n)
{
	if (n == WORKERS) {
		disturb();
		return;
	}
	work(n);
	/* A thread must live as long as somebody may send it a signal. */
	__atomic_fetch_add(&finished, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&quiet, __ATOMIC_ACQUIRE))
		sched_yield();
}

static void gets_and_puts_in_interrupts(void)
{
	struct sigaction action = {.sa_handler = interrupt, .sa_flags = SA_RESTART};

	world_open_free(&world, FRAMES, WORKERS);
	sigaction(SIGUSR1, &action, NULL);
	threads_run(WORKERS + 1, run);
	for (cpu = 0; cpu < WORKERS; cpu++)
		while (irq_pages[cpu].nr)
			operate(&irq_pages[cpu]);
	CHECK(interrupts >= SIGNALS_MIN);
	CHECK_EQ(world_verify(&world).free_huge, FRAMES);
	world_close(&world);
}

int main(int argc, char **argv)
{
	static const struct check tests[] = {
		{"gets_and_puts_in_interrupts", gets_and_puts_in_interrupts}, {}};

	return check_main(argc, argv, tests);
}
