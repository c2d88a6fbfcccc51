/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of the workload's pages outlive the window that the system regime counts in: from them
 * comes the fewest moves that any compaction could have made in it, background and all.
 */
#ifndef WINDOW_H
#define WINDOW_H

#include <stddef.h>

/* The window begins: note where each page of the region is. At most one at a time. */
void window_begin(const char *region, size_t bytes);
/* Pages that are given back do not stay; told by anon_release(). */
void window_released(const char *start, size_t bytes);
/*
 * Nothing more is given back: writes DIR/stay.tsv, a line a frame with the pages that were in it
 * when the window began and are still there, wherever. Nothing if no window began.
 */
void window_end(const char *dir);

#endif
