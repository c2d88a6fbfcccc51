// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/zoneinfo as a guest with 2 GiB shows it, with a boosted watermark and two CPUs' lists. */
#include <string.h>

#include "check.h"
#include "feasible.h"
#include "zones.h"

static void test_parse(const char *path)
{
	struct zone zones[MAX_ZONES];
	FILE *file = fopen(path, "r");

	CHECK(file);
	CHECK_EQ(zones_parse(file, zones), 2);
	fclose(file);

	CHECK(!strcmp(zones[0].name, "DMA"));
	CHECK_EQ(zones[0].free, 3840);
	CHECK_EQ(zones[0].low, 73);
	CHECK_EQ(zones[0].reserve, 1938);
	CHECK_EQ(zones[0].pcp, 0);
	CHECK_EQ(zones[0].start_pfn, 1);
	CHECK_EQ(zones[0].spanned, 4095);

	CHECK(!strcmp(zones[1].name, "DMA32"));
	CHECK_EQ(zones[1].boost, 512);
	CHECK_EQ(zones[1].low, 10000 - 512);
	CHECK_EQ(zones[1].high, 11923 - 512);
	CHECK_EQ(zones[1].reserve, 0);
	CHECK_EQ(zones[1].pcp, 252 + 40);
	CHECK_EQ(zones[1].start_pfn, 4096);

	CHECK_EQ(zone_surplus(&zones[0]), 3840 - 73 - 1938 - 1024);
	CHECK_EQ(zone_surplus(&zones[1]), 265000 - 9488 - 1024);
	zones[1].free = 9488 + 1024;
	CHECK_EQ(zone_surplus(&zones[1]), 0);
	zones[1].free = 100;
	CHECK_EQ(zone_surplus(&zones[1]), 0);
}

static struct frame make_frame(unsigned int zone, unsigned int movable, unsigned int free_pages)
{
	struct frame f = {.zone = zone};

	f.pages[PAGE_MOVABLE] = movable;
	f.pages[PAGE_FREE] = free_pages;
	f.pages[PAGE_UNMOVABLE] = FRAME_PAGES - movable - free_pages;
	return f;
}

static void test_feasible(void)
{
	struct zone zones[] = {
		/* Room for two frames, three are eligible. */
		{.name = "A",
		 .free = 2 * FRAME_PAGES + 511 + 10 + 5 + 1024,
		 .low = 10,
		 .reserve = 5},
		/* Room for nine frames, two are eligible. */
		{.name = "B", .free = 9 * FRAME_PAGES + 1024},
	};
	struct frame frames[] = {
		make_frame(0, 0, 512),	 make_frame(0, 100, 412), make_frame(0, 512, 0),
		make_frame(0, 100, 411), make_frame(1, 0, 512),	  make_frame(1, 1, 511),
		make_frame(1, 0, 511),
	};
	struct snapshot s = {.frames = frames, .nr = sizeof(frames) / sizeof(*frames)};
	struct feasibility f;

	/* A page of unknown kind keeps a frame from being called eligible. */
	frames[6].pages[PAGE_UNMOVABLE] = 0;
	frames[6].pages[PAGE_UNKNOWN] = 1;

	f = feasibility(&s, zones, 2);
	CHECK_EQ(f.already_free, 2);
	CHECK_EQ(f.surplus[0], 2 * FRAME_PAGES + 511);
	CHECK_EQ(f.eligible[0], 3);
	CHECK_EQ(f.eligible[1], 2);
	CHECK_EQ(f.feasible, 2 + 2);
}

static void test_step_target(void)
{
	struct feasibility f = {.already_free = 200, .feasible = 501};

	CHECK_EQ(step_target(&f, 0), 200);
	CHECK_EQ(step_target(&f, 10), 230);
	CHECK_EQ(step_target(&f, 50), 350);
	CHECK_EQ(step_target(&f, 90), 470);
	CHECK_EQ(step_target(&f, 100), 501);

	/* The watermarks can forbid frames that are free. */
	f.feasible = 150;
	CHECK_EQ(step_target(&f, 90), 150);
}

int main(int argc, char **argv)
{
	CHECK_EQ(argc, 2);
	test_parse(argv[1]);
	test_feasible();
	test_step_target();
	return 0;
}
