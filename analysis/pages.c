// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pages.h"
#include "util.h"

/* The next line that is no comment, without its end; NULL after the last. */
static char *next_line(FILE *file, const char *path, char **line, size_t *size, size_t *nr)
{
	while (getline(line, size, file) > 0) {
		++*nr;
		(*line)[strcspn(*line, "\n")] = '\0';
		if (**line && **line != '#')
			return *line;
	}
	if (ferror(file))
		die("cannot read %s: %s", path, strerror(errno));
	return NULL;
}

static FILE *open_or_die(const char *path)
{
	FILE *file = fopen(path, "r");

	if (!file)
		die("cannot read %s: %s", path, strerror(errno));
	return file;
}

static void parse_folios(const char *path, size_t nr, const char *text, uint8_t *pages)
{
	size_t done = 0;
	int used = 0;

	sscanf(text, "%*u%n", &used);
	while (used && text[used += strspn(text + used, " \t")]) {
		unsigned int count;
		int length = 0;
		char kind;

		sscanf(text + used, "%c*%u%n", &kind, &count, &length);
		if (!length || !strchr(".#0123456789", kind) || count > FRAME_PAGES - done)
			break;
		memset(pages + done,
		       kind == '.'   ? MIXED_FREE
		       : kind == '#' ? MIXED_UNMOVABLE
				     : kind - '0',
		       count);
		done += count;
		used += length;
	}
	if (!used || text[used] || done != FRAME_PAGES)
		die("%s:%zu: not a frame: a page frame number and KIND*PAGES for %d pages are "
		    "needed",
		    path, nr, FRAME_PAGES);
}

struct mixed folio_map_read(const char *path)
{
	struct mixed m = {.order = MIXED_MAX_ORDER};
	FILE *file = open_or_die(path);
	size_t size = 0, nr = 0;
	uint8_t *pages = NULL;
	char *line = NULL;

	while (next_line(file, path, &line, &size, &nr)) {
		struct mixed frame = {.nr = 1, .order = MIXED_MAX_ORDER};

		pages = xresize(pages, m.nr + 1, FRAME_PAGES);
		frame.pages = pages + m.nr++ * FRAME_PAGES;
		parse_folios(path, nr, line, pages + (m.nr - 1) * FRAME_PAGES);
		if (mixed_misfit(&frame) >= 0)
			die("%s:%zu: a folio at page %" PRId64
			    " does not lie at a multiple of its size",
			    path, nr, mixed_misfit(&frame));
	}
	free(line);
	fclose(file);
	if (!m.nr)
		die("%s holds no frame", path);
	m.pages = pages;
	return m;
}

static int by_pfn(const void *a, const void *b)
{
	const struct frame *x = a, *y = b;

	return (x->pfn > y->pfn) - (x->pfn < y->pfn);
}

/* Index of the frame with a page. Zones lie one after the other: the frames ascend. */
static size_t find_frame(const struct snapshot *s, uint64_t pfn, const char *path, size_t nr)
{
	struct frame key = {.pfn = pfn - pfn % FRAME_PAGES};
	struct frame *found = bsearch(&key, s->frames, s->nr, sizeof(key), by_pfn);

	if (!found)
		die("%s:%zu: the snapshot has no frame with this page", path, nr);
	return found - s->frames;
}

unsigned int *staying_pages_read(const char *path, const struct snapshot *s)
{
	unsigned int *stay = xcalloc(s->nr, sizeof(*stay)), pages;
	FILE *file = open_or_die(path);
	size_t size = 0, nr = 0;
	char *line = NULL;

	while (next_line(file, path, &line, &size, &nr)) {
		uint64_t pfn;
		int end = 0;

		sscanf(line, "%" SCNu64 " %u%n", &pfn, &pages, &end);
		if (!end || line[end] || pages > FRAME_PAGES)
			die("%s:%zu: not a page frame number and a number of pages", path, nr);
		stay[find_frame(s, pfn, path, nr)] = pages;
	}
	free(line);
	fclose(file);
	return stay;
}

struct oracle_window_frame *freed_pages_read(const char *path, const struct snapshot *s)
{
	struct oracle_window_frame *frames = xcalloc(s->nr, sizeof(*frames));
	FILE *file = open_or_die(path);
	size_t size = 0, nr = 0;
	char *line = NULL;

	for (size_t i = 0; i < s->nr; i++) {
		const struct frame *f = &s->frames[i];

		/* A page that the workload pinned, or a huge one, cannot leave its frame. */
		frames[i].movable = f->movable;
		frames[i].unmovable = f->unmovable + f->huge;
	}
	while (next_line(file, path, &line, &size, &nr)) {
		struct oracle_window_frame *f;
		uint64_t pfn;
		int end = 0, word = 0;

		sscanf(line, "%" SCNu64 "%n unmovable%n", &pfn, &end, &word);
		if (!end || line[word ? word : end])
			die("%s:%zu: not a page frame number, alone or with 'unmovable'", path, nr);
		f = &frames[find_frame(s, pfn, path, nr)];
		if (word ? f->unmovable_freed++ == f->unmovable : f->movable_freed++ == f->movable)
			die("%s:%zu: more pages freed than the frame held", path, nr);
	}
	free(line);
	fclose(file);
	return frames;
}
