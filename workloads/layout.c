// SPDX-License-Identifier: GPL-2.0-or-later
#include "layout.h"

#include <string.h>

#include "rng.h"
#include "zones.h"

/* Independent random numbers from one seed. */
enum {
	KEY_FRAME,
	KEY_PAGE,
	KEY_PIN
};

static uint64_t draw(const struct layout *l, int key, uint64_t number)
{
	return hash64(l->seed + ((uint64_t)key << 56), number);
}

bool layout_find(const char *name, enum layout_kind *kind)
{
	static const char *const names[] = {
		[LAYOUT_UNIFORM] = "uniform",	    [LAYOUT_BANDS] = "bands",
		[LAYOUT_POWERLAW] = "powerlaw",	    [LAYOUT_ASCENDING] = "ascending",
		[LAYOUT_DESCENDING] = "descending",
	};

	for (unsigned int i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!strcmp(names[i], name)) {
			*kind = i;
			return true;
		}
	}
	return false;
}

static unsigned int percent(unsigned int p)
{
	return KEEP_ALL * p / 100;
}

/* From 5 to 95 % with the address. */
static unsigned int slope(const struct layout *l, uint64_t frame)
{
	uint64_t first = l->first_pfn / FRAME_PAGES;
	uint64_t last = l->end_pfn / FRAME_PAGES - 1;

	if (last == first)
		return percent(5);
	return percent(5) + (unsigned int)(percent(90) * (frame - first) / (last - first));
}

unsigned int layout_keep(const struct layout *l, uint64_t frame)
{
	static const unsigned int bands[] = {10, 45, 90};
	uint64_t rank;

	if (frame < l->first_pfn / FRAME_PAGES || frame >= l->end_pfn / FRAME_PAGES)
		return 0;
	switch (l->kind) {
	case LAYOUT_UNIFORM:
		return percent(50);
	case LAYOUT_BANDS:
		return percent(bands[draw(l, KEY_FRAME, frame) % 3]);
	case LAYOUT_POWERLAW:
		/* 10 % / rank, the rank uniform in (0, 1]. */
		rank = draw(l, KEY_FRAME, frame) % KEEP_ALL + 1;
		return rank <= percent(10)
			       ? KEEP_ALL
			       : (unsigned int)(percent(10) * (uint64_t)KEEP_ALL / rank);
	case LAYOUT_ASCENDING:
		return slope(l, frame);
	case LAYOUT_DESCENDING:
		return KEEP_ALL - slope(l, frame);
	}
	return 0;
}

bool layout_keeps(const struct layout *l, uint64_t pfn, unsigned int keep)
{
	return draw(l, KEY_PAGE, pfn) % KEEP_ALL < keep;
}

bool layout_pins(const struct layout *l, uint64_t pfn, unsigned int permille)
{
	return permille && draw(l, KEY_PIN, pfn) % 1000 < permille;
}
