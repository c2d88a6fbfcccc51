/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages that compaction cannot move because a pipe holds a reference to them (vmsplice). */
#ifndef PINS_H
#define PINS_H

#include "snapshot.h"

/* Pins the page at this address, which must be present, until unpin_all(). */
void pin_page(char *page);
/* The frame numbers of all pinned pages, for snapshots; valid until the next pin. */
const struct pfn_list *pinned_pages(void);
void unpin_all(void);

#endif
