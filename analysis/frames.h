/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A snapshot of physical memory, one row a 2 MiB frame, as the workloads write it. */
#ifndef FS_FRAMES_H
#define FS_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "oracle.h"

struct frame {
	uint64_t pfn;
	char zone[24]; /* name, and "@node" unless that is 0 */
	/* Base pages by kind; 'unknown' are unflagged pages that nobody holds. */
	unsigned int movable, unmovable, free, unknown, huge, pinned;
};

struct snapshot {
	struct frame *frames;
	size_t nr;
};

/* Dies with a sentence that names the line if the file is not what it should be. */
struct snapshot snapshot_read(const char *path);
void snapshot_free(struct snapshot *s);

/* Both list the same frames in the same order. */
bool snapshot_same_frames(const struct snapshot *a, const struct snapshot *b);

/*
 * Pages of unknown kind are free if they are on a per-CPU list and raw pages of the kernel if not.
 * Some give themselves away: a frame with more of them than those lists hold has the kernel's and
 * counts as unmovable; those that are gone in a later snapshot were free. Where it is known which
 * pages are held, those are not among them but unmovable, and in a frame without any the others are
 * free: of a block of the kernel's the first page is held, and only one larger than a frame begins
 * in another.
 */
void snapshot_settle_unknown(struct snapshot *s, unsigned int per_cpu_pages, bool held_known,
			     const struct snapshot *later, size_t nr_later);

/* What to take the pages of unknown kind for. */
enum unknown_as {
	UNKNOWN_FREE,
	UNKNOWN_UNMOVABLE
};

/* Holds nothing at all. */
bool frame_empty(const struct frame *f, enum unknown_as as);
/* Holds nothing but movable base pages: can be cleared (or is empty already). */
bool frame_eligible(const struct frame *f, enum unknown_as as);

/* Frames taken from a zone, named as in struct frame; a zone that is not listed gave none. */
struct zone_count {
	const char *zone;
	size_t nr;
};

/*
 * Minimum for each count of frames up to what 'split' allows (see oracle_minimum). Without a split
 * the zones are not told apart.
 */
size_t snapshot_minimum(const struct snapshot *s, enum unknown_as as,
			const struct zone_count *split, size_t nr_split, uint64_t **moves);

/* Frames of a zone that can be cleared or are empty. */
size_t snapshot_eligible(const struct snapshot *s, enum unknown_as as, const char *zone);

/* Frames that hold at least one unmovable page, those of unknown kind apart. */
size_t snapshot_unmovable(const struct snapshot *s);

/* Dispersion of used counts over the eligible frames that hold pages. */
double snapshot_dispersion(const struct snapshot *s);

#endif
