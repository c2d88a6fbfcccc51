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
/* These pages came, or came back: told by the workload. */
void window_touched(const char *start, size_t bytes);
/*
 * These pages are about to be given back; told by anon_release(). They do not stay, and those that
 * are elsewhere than where they came were moved for nothing.
 */
void window_release(const char *start, size_t bytes);
/*
 * Nothing more is given back: writes DIR/stay.tsv, a line a frame with the pages that were in it
 * when the window began and are still there, wherever. Nothing if no window began.
 * Returns the pages that had been moved when they were given back.
 */
unsigned long window_end(const char *dir);

#endif
