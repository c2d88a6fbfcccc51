/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PERTURB_H
#define PERTURB_H

#include <stdint.h>

/*
 * A small disturbance of the page allocator's state before a layout is made: kernel objects and
 * page-cache files come and go, and some stay to the end of the process. The same number gives the
 * same disturbance; 0 gives none.
 */
void perturb(uint64_t number);

#endif
