/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel memory that cannot be moved, made and dropped from user space one object at a time. Its
 * kinds carry a page flag (page table, slab), so that a snapshot sees them for what they are.
 */
#ifndef CLUTTER_H
#define CLUTTER_H

#include <stddef.h>

#include "rng.h"

struct clutter;

/* Room for 'most' objects; none is made yet. An object takes between 1 and 2 pages. */
struct clutter *clutter_create(size_t most);
/* Makes one more object if there is room: a page table or a pair of sockets. */
void clutter_add(struct clutter *c, struct rng *rng);
/* Drops one object at random if there is any. */
void clutter_drop(struct clutter *c, struct rng *rng);
size_t clutter_count(const struct clutter *c);

#endif
