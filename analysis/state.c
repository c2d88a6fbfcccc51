// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state.h"
#include "util.h"

/* "Node 0, zone DMA32 12 3 0 ...": blocks on the free list of each order, in pages. */
static int64_t buddyinfo_pages(const char *lists)
{
	int64_t pages = 0;
	char *end;

	for (unsigned int order = 0;; order++) {
		int64_t blocks = strtoll(lists, &end, 10);

		if (end == lists)
			return pages;
		pages += blocks << order;
		lists = end;
	}
}

static void read_line(struct state *s, const char *line)
{
	char name[64];
	int64_t value;
	int lists = 0;

	sscanf(line, "Node %*u, zone %*s %n", &lists);
	if (lists) {
		s->has_buddyinfo = true;
		s->listed += buddyinfo_pages(line + lists);
	} else if (sscanf(line, "%63s %" SCNd64, name, &value) != 2) {
		return;
	} else if (!strncmp(name, "nr_isolated_", strlen("nr_isolated_"))) {
		s->has_isolated = true;
		s->isolated += value;
	} else if (!strcmp(name, "nr_free_pages")) {
		s->free_pages = value;
	} else if (!strcmp(name, "violations")) {
		s->has_violations = true;
		s->violations = value;
	}
}

struct state state_read(const char *path)
{
	struct state s = {0};
	FILE *file = fopen(path, "r");
	char line[1024];

	if (!file)
		die("cannot read %s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), file))
		read_line(&s, line);
	if (ferror(file))
		die("cannot read %s: %s", path, strerror(errno));
	fclose(file);
	return s;
}
