/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every 2 MiB frame of physical memory holds, from /proc/kpageflags, /proc/kpagecount and
 * /proc/kcore. The same code reads it whatever page allocator runs.
 */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zones.h"

struct kcore;

enum page_kind {
	PAGE_MOVABLE, /* on the LRU and not pinned by the workload */
	PAGE_UNMOVABLE,
	PAGE_FREE,
	PAGE_UNKNOWN, /* no flag, not mapped, not known to be held: on a per-CPU list, or the
			 kernel's */
	PAGE_HUGE, /* hugetlb, or a transparent huge page of the frame's size */
	PAGE_KINDS,
};

struct frame {
	uint64_t pfn;
	unsigned int zone; /* index in the array of zones */
	unsigned int pages[PAGE_KINDS]; /* sum: FRAME_PAGES */
	unsigned int pinned; /* by the workload; part of PAGE_UNMOVABLE */
};

struct snapshot {
	struct frame *frames;
	size_t nr, room; /* frames, and how many there is memory for */
	size_t folios; /* movable ones larger than a page and smaller than a frame */
};

/* Page frame numbers, ascending. */
struct pfn_list {
	uint64_t *pfns;
	size_t nr;
};

/* For qsort() and bsearch() on page frame numbers. */
int pfn_compare(const void *a, const void *b);

/* What tells of pages; the files hold one 64-bit word a page frame. */
struct page_files {
	int flags, counts; /* /proc/kpageflags, /proc/kpagecount */
	const struct kcore *kcore; /* NULL: not to be had */
};

/*
 * Frames are listed zone by zone; frames without one present page are left out. The part of a frame
 * outside its zone counts as unmovable.
 */
struct snapshot snapshot_read(const struct page_files *files, const struct zone *zones,
			      int nr_zones, const struct pfn_list *pins);
/* The same from the running kernel. */
struct snapshot snapshot_take(const struct zone *zones, int nr_zones, const struct pfn_list *pins);
void snapshot_free(struct snapshot *s);

/* A header line, then a line a frame: pfn nid zone movable unmovable free unknown huge pinned. */
void snapshot_write(const struct snapshot *s, const struct zone *zones, const char *path);

/*
 * The folios of the snapshot's frames, read anew, a line a frame: its first page and KIND*PAGES for
 * 512 pages. KIND is the order of movable folios (0 to 9), '.' for free pages and those of unknown
 * kind, '#' for unmovable ones.
 */
void snapshot_write_folios(const struct snapshot *s, const struct page_files *files,
			   const struct zone *zones, const struct pfn_list *pins, const char *path);
/* The same from the running kernel. */
void snapshot_take_folios(const struct snapshot *s, const struct zone *zones,
			  const struct pfn_list *pins, const char *path);

static inline bool frame_free(const struct frame *f)
{
	return f->pages[PAGE_FREE] == FRAME_PAGES;
}

/* Nothing but movable and free pages, or nothing at all: compaction can empty it. */
static inline bool frame_eligible(const struct frame *f)
{
	return f->pages[PAGE_MOVABLE] + f->pages[PAGE_FREE] == FRAME_PAGES;
}

/* Pages of one kind over all frames. */
unsigned long snapshot_sum(const struct snapshot *s, enum page_kind kind);

#endif
