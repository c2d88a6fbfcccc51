// SPDX-License-Identifier: GPL-2.0-or-later
#include "window.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "anon.h"
#include "pagemap.h"
#include "sys.h"

#define BATCH_PAGES 8192
#define FRAME_PAGES (FRAME_BYTES / PAGE_BYTES)
#define GONE UINT32_MAX

/*
 * Page frame numbers in 32 bits (16 TiB): memory is full when they are noted. 'pfns' are those of
 * the pages that were there when the window began; 'came' those where any page came.
 */
static struct {
	const char *region;
	uint32_t *pfns, *came;
	size_t nr;
	uint32_t last;
	unsigned long moved_then_freed;
} window;

/* Calls 'each' with the number of every page of the range that is there, and where it is now. */
static void each_page(const char *start, size_t bytes, void (*each)(size_t page, uint32_t pfn))
{
	static uint64_t batch[BATCH_PAGES];
	size_t first, nr = bytes / PAGE_BYTES;

	if (!window.pfns || start < window.region ||
	    start >= window.region + window.nr * PAGE_BYTES)
		return;
	first = (size_t)(start - window.region) / PAGE_BYTES;
	nr = nr < window.nr - first ? nr : window.nr - first;
	for (size_t i = 0; i < nr; i++) {
		size_t left = nr - i < BATCH_PAGES ? nr - i : BATCH_PAGES;
		uint64_t pfn;

		if (i % BATCH_PAGES == 0)
			pagemap_read(start + i * PAGE_BYTES, batch, left);
		pfn = batch[i % BATCH_PAGES];
		each(first + i, pfn < GONE ? (uint32_t)pfn : GONE);
	}
}

static void note_begin(size_t page, uint32_t pfn)
{
	window.pfns[page] = window.came[page] = pfn;
	if (pfn != GONE && pfn > window.last)
		window.last = pfn;
}

static void note_touched(size_t page, uint32_t pfn)
{
	window.came[page] = pfn;
}

static void note_release(size_t page, uint32_t pfn)
{
	window.moved_then_freed +=
		pfn != GONE && window.came[page] != GONE && pfn != window.came[page];
	window.pfns[page] = window.came[page] = GONE;
}

void window_begin(const char *region, size_t bytes)
{
	window.region = region;
	window.nr = bytes / PAGE_BYTES;
	window.pfns = (uint32_t *)anon_map(window.nr * sizeof(*window.pfns));
	window.came = (uint32_t *)anon_map(window.nr * sizeof(*window.came));
	window.last = 0;
	window.moved_then_freed = 0;
	each_page(region, bytes, note_begin);
}

void window_touched(const char *start, size_t bytes)
{
	each_page(start, bytes, note_touched);
}

void window_release(const char *start, size_t bytes)
{
	each_page(start, bytes, note_release);
}

unsigned long window_end(const char *dir)
{
	size_t frames = window.last / FRAME_PAGES + 1;
	unsigned int *stay;
	char path[4096];
	FILE *file;

	if (!window.pfns)
		return 0;
	stay = calloc(frames, sizeof(*stay));
	snprintf(path, sizeof(path), "%s/stay.tsv", dir);
	file = fopen(path, "we");
	if (!stay || !file)
		die("cannot create %s: %s", path, strerror(errno));
	for (size_t i = 0; i < window.nr; i++) {
		if (window.pfns[i] != GONE)
			stay[window.pfns[i] / FRAME_PAGES]++;
	}
	fputs("# pfn pages\n", file);
	for (size_t i = 0; i < frames; i++) {
		if (stay[i])
			fprintf(file, "%zu\t%u\n", i * FRAME_PAGES, stay[i]);
	}
	if (fclose(file))
		die("cannot write %s: %s", path, strerror(errno));
	free(stay);
	munmap(window.pfns, window.nr * sizeof(*window.pfns));
	munmap(window.came, window.nr * sizeof(*window.came));
	window.pfns = NULL;
	return window.moved_then_freed;
}
