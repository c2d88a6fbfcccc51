/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The provable minimum: how few page moves clear a number of frames. Pure arithmetic. */
#ifndef FS_ORACLE_H
#define FS_ORACLE_H

#include <stddef.h>
#include <stdint.h>

#define FRAME_PAGES 512 /* base pages in a 2 MiB frame */

/* The frames of one zone that hold nothing unmovable. */
struct oracle_zone {
	const unsigned int *used; /* movable pages in each frame, in any order */
	size_t nr;
	size_t cap; /* take at most this many frames from the zone */
};

/*
 * Fewest moves that leave n frames empty, for every n up to what the caps allow: moves[n - 1].
 *
 * A page of an emptied frame moves at least once, and once is enough while free memory covers the
 * emptied frames, so the minimum is the sum of the smallest used counts. Pages stay in their zone.
 * Returns the number of entries in *moves, which the caller frees.
 */
size_t oracle_minimum(const struct oracle_zone *zones, size_t nr_zones, uint64_t **moves);

/* A frame of an episode in which owners free and allocate pages, too. Base pages. */
struct oracle_window_frame {
	unsigned int movable, unmovable; /* in it when the episode began */
	/* of those, what their owners freed before it ended, wherever they had been moved by then
	 */
	unsigned int movable_freed, unmovable_freed;
};

/*
 * The same for an episode: no algorithm that has n frames empty (or given out whole) at its end
 * moved fewer pages in it. A page that was there at the beginning and outlives the episode had to
 * leave a frame that is empty at the end; what owners freed, or allocated meanwhile, may have cost
 * nothing. A frame counts out only while it holds an unmovable page that outlives the episode.
 */
size_t oracle_window(const struct oracle_window_frame *frames, size_t nr, uint64_t **moves);

/* Frames that can be empty at once, in pages free for the purpose and frames without unmovable. */
uint64_t oracle_feasible(uint64_t eligible, uint64_t free_pages, unsigned int frame_pages);

/*
 * Dispersion of used counts: their variance over that of pages placed at random, NAN where every
 * frame is full or empty or there is none. 1 = random; hundreds = full frames beside empty ones.
 */
double oracle_dispersion(const unsigned int *used, size_t nr, unsigned int frame_pages);

#endif
