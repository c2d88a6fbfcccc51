// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "oracle.h"
#include "util.h"

static int by_value(const void *a, const void *b)
{
	unsigned int x = *(const unsigned int *)a, y = *(const unsigned int *)b;

	return (x > y) - (x < y);
}

size_t oracle_minimum(const struct oracle_zone *zones, size_t nr_zones, uint64_t **moves)
{
	size_t nr = 0, total = 0;
	unsigned int *pool;
	uint64_t sum = 0;

	for (size_t z = 0; z < nr_zones; z++)
		total += zones[z].nr;
	pool = xcalloc(total, sizeof(*pool));

	/* Keep the cheapest frames of each zone, compacting the pool as we go. */
	for (size_t z = 0; z < nr_zones; z++) {
		size_t n = zones[z].nr;

		if (n)
			memcpy(pool + nr, zones[z].used, n * sizeof(*pool));
		qsort(pool + nr, n, sizeof(*pool), by_value);
		nr += n < zones[z].cap ? n : zones[z].cap;
	}
	qsort(pool, nr, sizeof(*pool), by_value);

	*moves = xcalloc(nr, sizeof(**moves));
	for (size_t i = 0; i < nr; i++)
		(*moves)[i] = sum += pool[i];
	free(pool);
	return nr;
}

size_t oracle_window(const struct oracle_window_frame *frames, size_t nr, uint64_t **moves)
{
	unsigned int *stay = xcalloc(nr, sizeof(*stay));
	struct oracle_zone zone = {.used = stay, .cap = SIZE_MAX};

	for (size_t i = 0; i < nr; i++)
		if (frames[i].unmovable == frames[i].unmovable_freed)
			stay[zone.nr++] = frames[i].movable - frames[i].movable_freed;
	nr = oracle_minimum(&zone, 1, moves);
	free(stay);
	return nr;
}

uint64_t oracle_feasible(uint64_t eligible, uint64_t free_pages, unsigned int frame_pages)
{
	uint64_t room = free_pages / frame_pages;

	return eligible < room ? eligible : room;
}

double oracle_dispersion(const unsigned int *used, size_t nr, unsigned int frame_pages)
{
	double sum = 0, squares = 0, mean, share;

	for (size_t i = 0; i < nr; i++)
		sum += used[i];
	mean = sum / nr;
	share = mean / frame_pages;
	if (!nr || share <= 0 || share >= 1)
		return NAN;
	for (size_t i = 0; i < nr; i++)
		squares += (used[i] - mean) * (used[i] - mean);
	return squares / nr / (frame_pages * share * (1 - share));
}
