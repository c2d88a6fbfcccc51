/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pool for the writer to use without a kernel: the pool's own code on memory
 * that processes share, and that outlives those that are killed.
 */
#ifndef FAKEPOOL_H
#define FAKEPOOL_H

#include <stdint.h>

struct pooldev_work;

/* An empty pool. */
void fakepool_make(uint64_t frames, uint64_t slots);

/* What a reboot does: recovery. Nobody uses the pool meanwhile. */
void fakepool_reboot(void);

/* Moves, and those that a writer was in the way of, since the last reboot. */
uint64_t fakepool_moves(void);
uint64_t fakepool_given_up(void);

#endif
