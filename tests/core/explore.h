/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Run a few small threads in every order of their accesses to shared memory
 * with at most so many preemptions, each time from the same state.
 *
 * Built with LLFREE_STEPS, so that the core calls llfree_step() before every
 * access.  One access at a time is done: this explores sequentially consistent
 * executions, which is what fully ordered atomics give.
 */
#ifndef _TESTS_CORE_EXPLORE_H
#define _TESTS_CORE_EXPLORE_H

#include "check.h"

#define EXPLORE_ACTORS 3

struct actor {
	void (*run)(void);
	/*
	 * An interrupt starts in the middle of the actor before it in the
	 * table, which stands still until the interrupt has returned.
	 */
	bool interrupt;
};

struct scenario {
	void (*setup)(void);
	struct actor actors[EXPLORE_ACTORS];
	void (*check)(void);
	unsigned int preemptions;
};

/*
 * Fails the test when a check fails, or when an actor does not come to its end
 * while the others stand still: that is, when it waits for one of them.
 * Return: the number of executions.
 */
unsigned long explore(const struct scenario *scenario);

/* Accesses in the last execution. */
unsigned long explore_accesses(void);

/* Whose turn is it?  -1 outside of an execution. */
int explore_actor(void);

/* Was this moment seen before, in an execution that began the same? */
bool explore_again(void);

/* While paused, accesses are the explorer's own business: nobody is switched to. */
void explore_pause(bool pause);

#endif /* _TESTS_CORE_EXPLORE_H */
