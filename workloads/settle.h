/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SETTLE_H
#define SETTLE_H

/*
 * Cuts the per-CPU lists of free pages to the least that the kernel lets them keep, as it does
 * itself by and by in seconds of rest.
 */
void drain_free_lists(void);

/*
 * Empties the kernel's per-CPU lists as far as user space can: free pages, and pages on their way
 * to the LRU. The page cache's clean pages go too.
 */
void settle(void);

#endif
