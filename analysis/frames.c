// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frames.h"
#include "util.h"

#define COLUMNS "pfn nid zone movable unmovable free unknown huge pinned"

#define MAX_PFN (1ULL << 40) /* of 52 bits of address */

/* Each page is of one kind. */
static bool adds_up(const struct frame *f)
{
	const unsigned int kinds[] = {f->movable, f->unmovable, f->free, f->unknown, f->huge};
	unsigned int rest = FRAME_PAGES;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i] > rest)
			return false;
		rest -= kinds[i];
	}
	return !rest && f->pinned <= FRAME_PAGES;
}

static struct frame parse_row(const char *path, size_t line, const char *row)
{
	struct frame f;
	unsigned int nid;
	char zone[12];
	int end = 0;

	/* Three digits: more would wrap unseen. */
	sscanf(row, "%" SCNu64 " %u %11s %3u %3u %3u %3u %3u %3u %n", &f.pfn, &nid, zone,
	       &f.movable, &f.unmovable, &f.free, &f.unknown, &f.huge, &f.pinned, &end);
	if (!end || row[end])
		die("%s:%zu: not a frame: nine columns are needed: %s", path, line, COLUMNS);
	if (f.pfn % FRAME_PAGES || f.pfn >= MAX_PFN)
		die("%s:%zu: no frame begins at page %" PRIu64, path, line, f.pfn);
	if (!adds_up(&f))
		die("%s:%zu: the pages of the frame are not %d", path, line, FRAME_PAGES);
	snprintf(f.zone, sizeof(f.zone), nid ? "%s@%u" : "%s", zone, nid);
	return f;
}

/* Zones lie one after the other. A frame may be in two, where one ends and the next begins. */
static bool ascends(const struct frame *before, const struct frame *f)
{
	return before->pfn < f->pfn || (before->pfn == f->pfn && strcmp(before->zone, f->zone));
}

struct snapshot snapshot_read(const char *path)
{
	struct snapshot s = {0};
	FILE *file = fopen(path, "r");
	size_t line = 0, size = 0;
	char *row = NULL;

	if (!file)
		die("cannot read %s: %s", path, strerror(errno));
	while (getline(&row, &size, file) > 0) {
		line++;
		if (row[0] == '#')
			continue;
		s.frames = xresize(s.frames, s.nr + 1, sizeof(*s.frames));
		s.frames[s.nr] = parse_row(path, line, row);
		if (s.nr && !ascends(&s.frames[s.nr - 1], &s.frames[s.nr]))
			die("%s:%zu: the frames do not ascend", path, line);
		s.nr++;
	}
	if (ferror(file))
		die("cannot read %s: %s", path, strerror(errno));
	free(row);
	fclose(file);
	if (!s.nr)
		die("%s holds no frame", path);
	return s;
}

void snapshot_free(struct snapshot *s)
{
	free(s->frames);
	*s = (struct snapshot){0};
}

bool snapshot_same_frames(const struct snapshot *a, const struct snapshot *b)
{
	if (a->nr != b->nr)
		return false;
	for (size_t i = 0; i < a->nr; i++)
		if (a->frames[i].pfn != b->frames[i].pfn)
			return false;
	return true;
}

void snapshot_settle_unknown(struct snapshot *s, unsigned int per_cpu_pages, bool held_known,
			     const struct snapshot *later, size_t nr_later)
{
	for (size_t i = 0; i < s->nr; i++) {
		struct frame *f = &s->frames[i];
		unsigned int stay = f->unknown;

		if (held_known && !f->unmovable && f->unknown < FRAME_PAGES) {
			f->free += f->unknown;
			f->unknown = 0;
			continue;
		}
		if (f->unknown > per_cpu_pages) {
			f->unmovable += f->unknown;
			f->unknown = 0;
			continue;
		}
		for (size_t k = 0; k < nr_later; k++)
			if (later[k].frames[i].unknown < stay)
				stay = later[k].frames[i].unknown;
		f->free += f->unknown - stay;
		f->unknown = stay;
	}
}

static unsigned int free_pages(const struct frame *f, enum unknown_as as)
{
	return f->free + (as == UNKNOWN_FREE ? f->unknown : 0);
}

bool frame_empty(const struct frame *f, enum unknown_as as)
{
	return !f->huge && free_pages(f, as) == FRAME_PAGES;
}

bool frame_eligible(const struct frame *f, enum unknown_as as)
{
	return !f->huge && !f->pinned && f->movable + free_pages(f, as) == FRAME_PAGES;
}

/* Used counts of the eligible frames of a zone (of all zones: NULL), in a new array. */
static unsigned int *eligible_used(const struct snapshot *s, enum unknown_as as, const char *zone,
				   size_t *nr)
{
	unsigned int *used = xcalloc(s->nr, sizeof(*used));

	*nr = 0;
	for (size_t i = 0; i < s->nr; i++) {
		const struct frame *f = &s->frames[i];

		if (frame_eligible(f, as) && (!zone || !strcmp(f->zone, zone)))
			used[(*nr)++] = f->movable;
	}
	return used;
}

size_t snapshot_minimum(const struct snapshot *s, enum unknown_as as,
			const struct zone_count *split, size_t nr_split, uint64_t **moves)
{
	size_t nr_zones = split ? nr_split : 1, nr;
	struct oracle_zone *zones = xcalloc(nr_zones, sizeof(*zones));

	for (size_t z = 0; z < nr_zones; z++) {
		zones[z].used = eligible_used(s, as, split ? split[z].zone : NULL, &zones[z].nr);
		zones[z].cap = split ? split[z].nr : SIZE_MAX;
	}
	nr = oracle_minimum(zones, nr_zones, moves);
	for (size_t z = 0; z < nr_zones; z++)
		free((void *)zones[z].used);
	free(zones);
	return nr;
}

size_t snapshot_eligible(const struct snapshot *s, enum unknown_as as, const char *zone)
{
	size_t nr;

	free(eligible_used(s, as, zone, &nr));
	return nr;
}

size_t snapshot_unmovable(const struct snapshot *s)
{
	size_t nr = 0;

	for (size_t i = 0; i < s->nr; i++)
		nr += s->frames[i].unmovable > 0;
	return nr;
}

double snapshot_dispersion(const struct snapshot *s)
{
	size_t nr, held = 0;
	unsigned int *used = eligible_used(s, UNKNOWN_FREE, NULL, &nr);
	double dispersion;

	for (size_t i = 0; i < nr; i++)
		if (used[i])
			used[held++] = used[i];
	dispersion = oracle_dispersion(used, held, FRAME_PAGES);
	free(used);
	return dispersion;
}
