// SPDX-License-Identifier: GPL-2.0-or-later
#include "places.h"

#include <string.h>

#include "anon.h"
#include "pagemap.h"

#define BATCH_PAGES 8192
#define FRAME_PAGES (FRAME_BYTES / PAGE_BYTES)
#define ABSENT UINT32_MAX

static struct {
	const char *region;
	uint32_t *pfns;
	size_t nr;
} places;

void places_compare(uint32_t *before, const uint64_t *now, size_t nr, struct relocations *r)
{
	for (size_t i = 0; i < nr; i++) {
		uint32_t pfn = now[i] < ABSENT ? (uint32_t)now[i] : ABSENT;

		if (pfn != before[i] && pfn != ABSENT && before[i] != ABSENT) {
			r->moved++;
			r->kept += pfn % FRAME_PAGES == before[i] % FRAME_PAGES;
		}
		before[i] = pfn;
	}
}

void places_begin(const char *region, size_t bytes)
{
	places.region = region;
	places.nr = bytes / PAGE_BYTES;
	places.pfns = (uint32_t *)anon_map(places.nr * sizeof(*places.pfns));
	memset(places.pfns, 0xff, places.nr * sizeof(*places.pfns));
	places_look();
}

struct relocations places_look(void)
{
	static uint64_t batch[BATCH_PAGES];
	struct relocations r = {};

	for (size_t i = 0; i < places.nr; i += BATCH_PAGES) {
		size_t nr = places.nr - i < BATCH_PAGES ? places.nr - i : BATCH_PAGES;

		pagemap_read(places.region + i * PAGE_BYTES, batch, nr);
		places_compare(&places.pfns[i], batch, nr, &r);
	}
	return r;
}
