/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A region of private 4 KiB pages, never huge ones, and how much of it memory has room for. */
#ifndef ANON_H
#define ANON_H

#include <stddef.h>

/* Address space for this many bytes; no memory yet. */
char *anon_map(size_t bytes);
/*
 * Touches pages of the region from its start on until all of it is there, or until only @spare
 * pages are free above the watermarks; page tables and others need some. Returns how many bytes are
 * there.
 */
size_t anon_fill(char *region, size_t bytes, size_t spare);
/* Gives the pages of a range back, its addresses stay. */
void anon_release(char *start, size_t bytes);

/* Bytes of memory that the page allocator manages. */
size_t total_memory(void);

#endif
