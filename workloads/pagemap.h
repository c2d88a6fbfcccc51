/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Page frame numbers of this process's own memory, from /proc/self/pagemap. */
#ifndef PAGEMAP_H
#define PAGEMAP_H

#include <stddef.h>
#include <stdint.h>

#define PAGE_BYTES 4096
#define FRAME_BYTES (2UL << 20)

#define PFN_NONE UINT64_MAX /* not present */

/* One number a page from 'start' on. */
void pagemap_read(const void *start, uint64_t *pfns, size_t nr);

#endif
