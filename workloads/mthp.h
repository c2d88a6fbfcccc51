/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Anonymous folios of one chosen size (mTHP). The kernel's sizes are chosen one by one, whatever
 * its setting for huge pages of 2 MiB: that one stays "never", so that the watermarks stay, too.
 */
#ifndef MTHP_H
#define MTHP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MTHP_MIN_ORDER 2
#define MTHP_MAX_ORDER 8 /* smaller than a frame */

/*
 * From now on folios are single pages, and none is worth compaction to page faults. Ends the
 * program if this kernel has no such sizes, or huge pages of 2 MiB are on. choices_restore() undoes
 * it.
 */
void mthp_begin(void);
/* Address space that starts at a multiple of 2 MiB, for folios of what is chosen. */
char *mthp_map(size_t bytes);
/* What is touched in such memory from now on comes as folios of this order; 0: as pages. */
void mthp_choose(unsigned int order);

/* Folios of all sizes that were split since boot. */
unsigned long mthp_splits(void);

/* Do these flags, as in /proc/kpageflags, belong to one folio? */
bool mthp_whole(const uint64_t *flags, unsigned int order);
/* Is the memory at an address one folio of this order? It is aligned to it. */
bool mthp_is_folio(const char *start, unsigned int order);

#endif
