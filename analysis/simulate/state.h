/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory to compact: an instance of the allocator, filled as a workload would. */
#ifndef FS_SIMULATE_STATE_H
#define FS_SIMULATE_STATE_H

#include "platform_count.h"
#include "core.h"

/* Pages that cannot move. */
enum pins {
	PINS_NONE,
	PINS_FRAMES, /* a page of some frames, as unmovable requests leave them */
	PINS_SHARE, /* any page with a probability, as if somebody held it */
};

/* Folios of several orders, as with large folios for anonymous memory. */
enum folios {
	FOLIOS_NONE,
	FOLIOS_MIXED, /* everywhere, beside single pages: what they leave are holes of their size */
	FOLIOS_RARE, /* in a few frames, as if that memory had aged before */
};

/**
 * struct state_options - what to build
 * @name: of state_names
 * @bytes: of memory
 * @seed: of all that is random
 * @pins: PINS_FRAMES: one tree in 16 has unmovable pages in half of its frames,
 *	which the allocator knows of, and one frame in 100 elsewhere has a page
 *	that somebody holds, which it does not
 * @share: of used pages, for PINS_SHARE; nobody knows of these
 * @folios: larger than a page
 */
struct state_options {
	const char *name;
	u64 bytes;
	u64 seed;
	enum pins pins;
	double share;
	enum folios folios;
};

/**
 * struct state - memory in some state
 * @a: the instance, on @metadata
 * @free: what NR_FREE_PAGES is in the kernel
 * @order: of each used page's folio, 0 for free ones; NULL: every page is on its own
 * @pinned: one bit a frame: it held a page that cannot move when it was built
 * @options: what it was built by
 * @saved: the instance as it was built
 */
struct state {
	struct llfree a;
	long free;
	void *metadata;
	size_t metadata_bytes;
	u8 *order;
	u64 *pinned;
	struct state_options options;
	struct {
		struct llfree a;
		long free;
		void *metadata;
		u8 *order;
	} saved;
};

/* The largest folio that is not as large as a frame, in pages. */
#define STATE_MAX_ORDER 8

/* NULL-terminated */
extern const char *const state_names[];

void state_open(struct state *s, const struct state_options *options);

/**
 * struct state_frame - a frame that a guest's snapshot tells of
 * @frame: its place in the instance
 * @used: pages that hold something
 * @unmovable: one of them cannot move
 * @known: the allocator knows
 * @huge: allocated as a whole
 */
struct state_frame {
	u64 frame;
	unsigned int used;
	bool unmovable, known, huge;
};

/*
 * Build the state of a zone, frames ascending. Nothing else is memory. Where in a frame its pages
 * are the snapshot does not tell, so they are anywhere.
 */
void state_open_frames(struct state *s, const struct state_frame *frames, size_t nr);

/* Return to the state that was built. */
void state_restore(struct state *s);

void state_close(struct state *s);

/* Had a frame a page that cannot move? */
static inline bool state_pinned(const struct state *s, u64 frame)
{
	return s->pinned[frame / 64] >> frame % 64 & 1;
}

/* Was this used page, the first of its folio, in its place from the start, and it cannot move? */
bool state_page_pinned(const struct state *s, u64 page);

static inline unsigned int state_folio_order(const struct state *s, u64 page)
{
	return s->order ? s->order[page] : 0;
}

#endif
