// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "zones.h"

void zone_name(const char *zoneinfo, unsigned int nid, unsigned int index, char *name, size_t size)
{
	unsigned int node, seen = 0;
	char zone[16];

	for (const char *line = zoneinfo; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (sscanf(line, "Node %u, zone %15s", &node, zone) != 2 || node != nid)
			continue;
		if (seen++ == index) {
			snprintf(name, size, "%s", zone);
			return;
		}
	}
	snprintf(name, size, "?");
}

uint64_t zones_end(const char *zoneinfo)
{
	uint64_t spanned = 0, start, end = 0;

	for (const char *line = zoneinfo; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (sscanf(line, " spanned %" SCNu64, &spanned) == 1 ||
		    sscanf(line, " start_pfn: %" SCNu64, &start) != 1)
			continue;
		if (spanned && start + spanned > end)
			end = start + spanned;
		spanned = 0;
	}
	return end;
}
