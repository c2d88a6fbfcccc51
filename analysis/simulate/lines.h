/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Count the distinct cache lines that are touched between two points. */
#ifndef FS_SIMULATE_LINES_H
#define FS_SIMULATE_LINES_H

#include "platform_count.h"

void lines_begin(void);

/* Lines touched since lines_begin(). */
u64 lines_end(void);

#endif
