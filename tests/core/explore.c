// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <ucontext.h>

#include "explore.h"

#define STACK_BYTES (128 * 1024)
#define MAX_CHOICES 4096 /* in one execution */
#define MAX_STEPS 100000 /* in a row, by one actor */

/* A moment when more than one actor could go on. */
struct choice {
	unsigned short taken;
	unsigned short options;
};

static struct choice choices[MAX_CHOICES];
static unsigned int nr_choices; /* of the execution that is replayed */
static unsigned int position; /* in it */

static const struct scenario *scenario;
/* Where each actor and, last, the explorer stands; swapcontext() is a system call. */
static jmp_buf places[EXPLORE_ACTORS + 1];
static bool made[EXPLORE_ACTORS];
static char stacks[EXPLORE_ACTORS][STACK_BYTES] __aligned(64);
static bool started[EXPLORE_ACTORS], finished[EXPLORE_ACTORS];
static int current = -1;
static bool paused;
static unsigned int preemptions;
static unsigned long steps, accesses;

/* What happened, for the report of a failure: who went on after how many. */
static struct {
	unsigned char actor;
	unsigned long steps;
} trace[MAX_CHOICES];
static unsigned int nr_trace;

static void explain(void)
{
	fprintf(stderr, "schedule (actor:steps):");
	for (unsigned int i = 0; i < nr_trace; i++)
		fprintf(stderr, " %u:%lu", trace[i].actor, trace[i].steps);
	fprintf(stderr, " %d:%lu\n", current, steps);
}

static bool interrupted(int actor)
{
	int next = actor + 1;

	return next < EXPLORE_ACTORS && scenario->actors[next].interrupt && started[next] &&
	       !finished[next];
}

static bool can_run(int actor)
{
	const struct actor *a = &scenario->actors[actor];

	if (!a->run || finished[actor] || interrupted(actor))
		return false;
	/* An interrupt comes while the actor it interrupts is on the CPU. */
	return !a->interrupt || started[actor] || current == actor - 1 || finished[actor - 1];
}

/* Which of @options ways to go; the default, 0, in an execution not yet seen */
static unsigned int choose(unsigned int options)
{
	if (options == 1)
		return 0;
	if (position == nr_choices) {
		CHECK(nr_choices < MAX_CHOICES);
		choices[nr_choices].taken = 0;
		choices[nr_choices++].options = options;
	}
	CHECK_EQ(choices[position].options, options);
	return choices[position++].taken;
}

/* The next execution's choices: the last one that has an option left. */
static bool advance(void)
{
	while (nr_choices) {
		struct choice *last = &choices[nr_choices - 1];

		if (++last->taken < last->options)
			return true;
		nr_choices--;
	}
	return false;
}

/* Pick who goes on, @current first where it can; -1 when all are finished. */
static int schedule(void)
{
	int order[EXPLORE_ACTORS];
	unsigned int nr = 0;

	if (current >= 0 && can_run(current)) {
		order[nr++] = current;
		if (preemptions == scenario->preemptions)
			return current;
	}
	for (int i = 0; i < EXPLORE_ACTORS; i++)
		if (i != current && can_run(i))
			order[nr++] = i;
	return nr ? order[choose(nr)] : -1;
}

static void actor_main(int actor);

/* Begin on a stack of its own. */
static void make(int actor)
{
	ucontext_t context;

	made[actor] = true;
	getcontext(&context);
	context.uc_stack.ss_sp = stacks[actor];
	context.uc_stack.ss_size = STACK_BYTES;
	context.uc_link = NULL;
	makecontext(&context, (void (*)(void))actor_main, 1, actor);
	setcontext(&context);
}

static jmp_buf *place_of(int actor)
{
	return &places[actor < 0 ? EXPLORE_ACTORS : actor];
}

static void switch_to(int next)
{
	if (current >= 0 && nr_trace < MAX_CHOICES) {
		trace[nr_trace].actor = current;
		trace[nr_trace++].steps = steps;
	}
	if (_setjmp(*place_of(current)))
		return;
	steps = 0;
	current = next;
	if (next >= 0) {
		started[next] = true;
		if (!made[next])
			make(next);
	}
	_longjmp(*place_of(next), 1);
}

void llfree_step(void)
{
	int next;

	if (current < 0 || paused)
		return;
	accesses++;
	if (++steps > MAX_STEPS)
		check_fail(__FILE__, __LINE__, "actor %d waits for another one", current);
	next = schedule();
	if (next == current)
		return;
	preemptions++;
	switch_to(next);
}

unsigned long explore_accesses(void)
{
	return accesses;
}

int explore_actor(void)
{
	return current;
}

bool explore_again(void)
{
	return position < nr_choices;
}

void explore_pause(bool pause)
{
	paused = pause;
}

/* An execution a turn. */
static void actor_main(int actor)
{
	for (;;) {
		scenario->actors[actor].run();
		finished[actor] = true;
		switch_to(schedule());
	}
}

static void execute(void)
{
	memset(started, 0, sizeof(started));
	memset(finished, 0, sizeof(finished));
	preemptions = position = nr_trace = accesses = 0;
	switch_to(schedule());
}

unsigned long explore(const struct scenario *s)
{
	unsigned long executions = 0;

	scenario = s;
	nr_choices = 0;
	check_explain = explain;
	do {
		s->setup();
		execute();
		s->check();
		executions++;
	} while (advance());
	check_explain = NULL;
	return executions;
}
