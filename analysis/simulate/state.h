/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory to compact: an instance of the allocator, filled as a workload would. */
#ifndef FS_SIMULATE_STATE_H
#define FS_SIMULATE_STATE_H

#include "platform_count.h"
#include "core.h"

/**
 * struct state - memory in some state
 * @a: the instance, on @metadata
 * @free: what NR_FREE_PAGES is in the kernel
 * @pinned: one bit a frame: it holds a page that cannot move.  No page is
 *	listed: pages are movable, and of these frames one is not
 * @saved: the instance as it was built
 */
struct state {
	struct llfree a;
	long free;
	void *metadata;
	size_t metadata_bytes;
	u64 *pinned;
	struct {
		struct llfree a;
		long free;
		void *metadata;
	} saved;
};

/* NULL-terminated */
extern const char *const state_names[];

/*
 * Build @name's state.  With @pins one tree in 16 has unmovable pages in half
 * of its frames, which the allocator knows of, and one frame in 100 elsewhere
 * has a page that somebody holds, which it does not.
 */
void state_open(struct state *s, const char *name, u64 bytes, u64 seed, bool pins);

/* Return to the state that was built. */
void state_restore(struct state *s);

void state_close(struct state *s);

static inline bool state_pinned(const struct state *s, u64 frame)
{
	return s->pinned[frame / 64] >> frame % 64 & 1;
}

#endif
