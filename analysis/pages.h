/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that say more of each page than a snapshot does. Readers die with a sentence. */
#ifndef FS_PAGES_H
#define FS_PAGES_H

#include "frames.h"
#include "mixed.h"

/*
 * A folio map: a line a frame, "PFN KIND*PAGES KIND*PAGES ...", 512 pages in all. KIND is the order
 * of movable folios (0 to 9), '.' for free or '#' for unmovable pages; '#' starts a comment only at
 * the beginning of a line. The caller frees 'pages'.
 */
struct mixed folio_map_read(const char *path);

/*
 * Page frame numbers, one a line, of pages in the snapshot that their owners freed before the
 * episode ended: where they were in the snapshot, with " unmovable" if the page was. Returns an
 * array in the order of the snapshot's frames; pages of unknown kind count as free.
 */
struct oracle_window_frame *freed_pages_read(const char *path, const struct snapshot *s);

/*
 * stay.tsv: pages of a frame when the window began that outlive it, "PFN PAGES" a line; an array in
 * the order of the snapshot's frames.
 */
unsigned int *staying_pages_read(const char *path, const struct snapshot *s);

#endif
