// SPDX-License-Identifier: GPL-2.0-or-later
#include "zones.h"

#include <errno.h>
#include <string.h>

#include "sys.h"

unsigned long compact_gap(void)
{
	return 2UL << FRAME_ORDER;
}

unsigned long zone_surplus(const struct zone *z)
{
	unsigned long kept = z->low + z->reserve + compact_gap();

	return z->free > kept ? z->free - kept : 0;
}

/* The last number of "protection: (0, 0, ...)": the reserve against the highest zone. */
static unsigned long parse_reserve(const char *line)
{
	const char *last = strrchr(line, ',');
	unsigned long reserve = 0;

	if (!last)
		last = strchr(line, '(');
	if (last)
		sscanf(last + 1, "%lu", &reserve);
	return reserve;
}

int zones_parse(FILE *zoneinfo, struct zone zones[MAX_ZONES])
{
	struct zone *z = NULL;
	unsigned long managed = 0;
	char line[512];
	int nr = 0;

	while (fgets(line, sizeof(line), zoneinfo)) {
		unsigned long value;
		struct zone next = {};
		char name[32];

		if (sscanf(line, "Node %d, zone %15s", &next.nid, next.name) == 2) {
			/* A zone without memory of the allocator is written over. */
			if (z && managed)
				nr++;
			if (nr == MAX_ZONES)
				die("/proc/zoneinfo lists more than %d zones", MAX_ZONES);
			z = &zones[nr];
			*z = next;
			managed = 0;
		} else if (!z) {
			continue;
		} else if (strstr(line, "protection:")) {
			z->reserve = parse_reserve(line);
		} else if (sscanf(line, " pages free %lu", &value) == 1) {
			z->free = value;
		} else if (sscanf(line, " start_pfn: %lu", &value) == 1) {
			z->start_pfn = value;
		} else if (sscanf(line, " %31s %lu", name, &value) == 2) {
			if (!strcmp(name, "boost"))
				z->boost = value;
			else if (!strcmp(name, "low"))
				z->low = value - z->boost;
			else if (!strcmp(name, "high"))
				z->high = value - z->boost;
			else if (!strcmp(name, "spanned"))
				z->spanned = value;
			else if (!strcmp(name, "managed"))
				managed = value;
			else if (!strcmp(name, "count:"))
				z->pcp += value;
		}
	}
	if (z && managed)
		nr++;
	if (!nr)
		die("/proc/zoneinfo lists no zone with memory");
	return nr;
}

int zones_read(struct zone zones[MAX_ZONES])
{
	FILE *file;
	int nr;

	file_set_number("/proc/sys/vm/stat_refresh", 1);
	file = fopen("/proc/zoneinfo", "re");
	if (!file)
		die("cannot open /proc/zoneinfo: %s", strerror(errno));
	nr = zones_parse(file, zones);
	fclose(file);
	return nr;
}
