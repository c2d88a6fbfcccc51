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

/* Page frame numbers in 32 bits (16 TiB): memory is full when they are noted. */
static struct {
	const char *region;
	uint32_t *pfns;
	size_t nr;
	uint32_t last;
} window;

void window_begin(const char *region, size_t bytes)
{
	static uint64_t batch[BATCH_PAGES];

	window.region = region;
	window.nr = bytes / PAGE_BYTES;
	window.pfns = (uint32_t *)anon_map(window.nr * sizeof(*window.pfns));
	window.last = 0;
	for (size_t i = 0; i < window.nr; i++) {
		uint64_t pfn;

		if (i % BATCH_PAGES == 0)
			pagemap_read(region + i * PAGE_BYTES, batch,
				     window.nr - i < BATCH_PAGES ? window.nr - i : BATCH_PAGES);
		pfn = batch[i % BATCH_PAGES];
		window.pfns[i] = pfn < GONE ? (uint32_t)pfn : GONE;
		if (window.pfns[i] != GONE && window.pfns[i] > window.last)
			window.last = window.pfns[i];
	}
}

void window_released(const char *start, size_t bytes)
{
	size_t first;

	if (!window.pfns || start < window.region ||
	    start >= window.region + window.nr * PAGE_BYTES)
		return;
	first = (size_t)(start - window.region) / PAGE_BYTES;
	for (size_t i = first; i < first + bytes / PAGE_BYTES && i < window.nr; i++)
		window.pfns[i] = GONE;
}

void window_end(const char *dir)
{
	size_t frames = window.last / FRAME_PAGES + 1;
	unsigned int *stay;
	char path[4096];
	FILE *file;

	if (!window.pfns)
		return;
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
	window.pfns = NULL;
}
