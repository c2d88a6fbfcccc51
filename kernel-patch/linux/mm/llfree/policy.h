/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Compaction policies: which frames to empty, and where their pages go.
 *
 * A *source* is an aligned group of frames, as many as the wanted order needs
 * (one up to order 9, two for order 10); a *target* is a frame that pages are
 * moved to.  A policy only chooses; whoever drives it (the kernel's engine in
 * compact.c, a simulator) moves the pages.  Policies know nothing but core.h,
 * allocate nothing and never wait.
 */
#ifndef _MM_LLFREE_POLICY_H
#define _MM_LLFREE_POLICY_H

#include "core.h"

struct llfree_bpf_run;
struct llfree_compact;

/**
 * struct llfree_compact_policy - who is emptied, and who is filled
 * @name: as in llfree.compact= and /sys/kernel/mm/llfree/compact
 * @begin: start a pass; sets llfree_compact.whole if it will cover everything
 * @source: first frame of the next source, or -1 when the pass is over; counts
 *	in llfree_compact.skipped what it passed by because of a skip mark
 * @target: frame to take a page of this order from, or -1 if there is none
 * @end: the run is over (optional)
 * @get: it can go away: hold it, or false if it is going (optional)
 * @put: let go of it (with @get)
 *
 * A choice is a hint: others allocate and free meanwhile.  @source may name
 * only what llfree_look() calls a source, @target only frames that
 * llfree_fits() accepts; both therefore never return the current source, which
 * is blocked.
 */
struct llfree_compact_policy {
	const char *name;
	void (*begin)(struct llfree_compact *c);
	s64 (*source)(struct llfree_compact *c);
	s64 (*target)(struct llfree_compact *c, unsigned int order);
	void (*end)(struct llfree_compact *c);
	bool (*get)(const struct llfree_compact_policy *policy);
	void (*put)(const struct llfree_compact_policy *policy);
};

/**
 * struct llfree_compact_state - what an instance remembers between runs
 * @source: frame where address order goes on, for asynchronous and
 *	synchronous runs
 * @target: one past the frame it was filling, 0 for the end of the instance
 *
 * All zero is a valid start.  Runs race for it: hints.
 */
struct llfree_compact_state {
	u64 source[2];
	u64 target;
};

/**
 * struct llfree_compact - one run of compaction on one instance
 * @a: the instance
 * @state: its memory between runs
 * @policy: read once, at the start of the run
 * @order: wanted, or -1 to compact everything
 * @class: of the request; LLFREE_HUGE from LLFREE_FRAME_ORDER on
 * @sync: the run may wait
 * @whole: in: start over, cover everything; then: this pass covers everything
 * @any_target: fill frames that hold unmovable pages as well
 * @frames: frames in a source
 * @source: first frame of the current source, or -1
 * @target: frame that single pages are taken from now, or -1
 * @next_source: address order: first frame not tried yet
 * @next_target: address order: one past the frame being filled
 * @skipped: sources passed by in this pass because of their skip mark
 * @marked: sources this run has marked itself
 * @expired: this run has removed all marks once
 * @tried: sources returned
 * @looked: child words read
 * @bpf: the engine's, for a policy that is a BPF program
 *
 * The driver fills in @a to @any_target.
 */
struct llfree_compact {
	struct llfree *a;
	struct llfree_compact_state *state;
	const struct llfree_compact_policy *policy;
	int order;
	enum llfree_class class;
	bool sync;
	bool whole;
	bool any_target;

	unsigned int frames;
	s64 source;
	s64 target;
	u64 next_source;
	u64 next_target;
	u64 skipped;
	u64 marked;
	bool expired;
	u64 tried;
	u64 looked;
	struct llfree_bpf_run *bpf;
};

/* NULL-terminated; the first one is the default. */
extern const struct llfree_compact_policy *const llfree_policies[];
extern const struct llfree_compact_policy llfree_policy_occupancy;
extern const struct llfree_compact_policy llfree_policy_address;

/**
 * llfree_compact_begin() - start a run
 * @c: the first part filled in, the rest zero
 */
void llfree_compact_begin(struct llfree_compact *c);

/**
 * llfree_compact_source() - choose the next source
 * @c: the run
 *
 * Skip marks expire here.  At the end of a pass that went by marks of earlier
 * runs these are removed, once a run: a synchronous run looks again itself, an
 * asynchronous one leaves that to the next.  Every source returned is cleared,
 * marked or given up with the run, so the passes end.
 *
 * Return: its first frame, or -1.  If @c->whole is then set, everything there
 * is was tried.
 */
s64 llfree_compact_source(struct llfree_compact *c);

/**
 * llfree_compact_block() - close the current source, all of it or nothing
 * @c: the run
 * @cpu: the caller's CPU, preemption off
 *
 * Return: false if somebody was faster; go on with the next source.
 */
bool llfree_compact_block(struct llfree_compact *c, unsigned int cpu);

/**
 * llfree_compact_unblock() - open the current source again
 * @c: the run
 * @cpu: the caller's CPU, preemption off
 * @skip: it could not be cleared: pass it by until the mark expires
 */
void llfree_compact_unblock(struct llfree_compact *c, unsigned int cpu,
			    bool skip);

/**
 * llfree_compact_target() - choose where to take a page from
 * @c: the run
 * @order: of the page
 *
 * The last choice stands while it has room: a decision serves many pages.
 * Return: a frame for llfree_get_from(), or -1; call again if that fails.
 */
s64 llfree_compact_target(struct llfree_compact *c, unsigned int order);

/** llfree_compact_end() - the run is over */
void llfree_compact_end(struct llfree_compact *c);

/* For policies */

/**
 * struct llfree_group - what a policy sees of a possible source
 * @used: pages to move
 * @holes: free pages, if it is not entirely free
 * @source: it may be emptied: not free, not allocated as a whole, not blocked
 *	and not marked
 * @marked: only its skip mark keeps it from being a source
 * @unmovable: it holds unmovable pages
 */
struct llfree_group {
	unsigned int used;
	unsigned int holes;
	bool source;
	bool marked;
	bool unmovable;
};

/**
 * llfree_look() - look at a group of frames
 * @a: the instance
 * @frame: first frame of the group
 * @frames: frames in it
 */
static inline struct llfree_group llfree_look(const struct llfree *a, u64 frame,
					      unsigned int frames)
{
	struct llfree_group group = {};
	unsigned int free = 0;
	u16 flags = 0;

	while (frames--) {
		u16 child = llfree_child(a, frame++);

		flags |= child;
		if (child & (LLFREE_CHILD_BLOCKED | LLFREE_CHILD_HUGE))
			continue;
		free += child & LLFREE_CHILD_FREE;
		group.used += LLFREE_FRAME_PAGES - (child & LLFREE_CHILD_FREE);
	}
	group.unmovable = flags & LLFREE_CHILD_UNMOVABLE;
	group.source = group.used &&
		       !(flags & (LLFREE_CHILD_BLOCKED | LLFREE_CHILD_HUGE));
	if (group.used || flags & LLFREE_CHILD_HUGE)
		group.holes = free;
	if (group.source && flags & LLFREE_CHILD_SKIP) {
		group.source = false;
		group.marked = true;
	}
	return group;
}

/**
 * llfree_fits() - may a page be moved to this frame?
 * @c: the run
 * @frame: where to
 * @order: of the page
 *
 * Never to an entirely free group: that would cost what compaction is for.
 */
bool llfree_fits(struct llfree_compact *c, u64 frame, unsigned int order);

/** llfree_unmovable() - does the frame hold unmovable pages? */
static inline bool llfree_unmovable(const struct llfree_compact *c, u64 frame)
{
	return llfree_child(c->a, frame) & LLFREE_CHILD_UNMOVABLE;
}

/** llfree_misplaced() - would the request mix classes in such a group? */
static inline bool llfree_misplaced(const struct llfree_compact *c,
				    bool unmovable)
{
	return unmovable != (c->class == LLFREE_UNMOVABLE);
}

/** llfree_partial() - is less than a frame wanted? */
static inline bool llfree_partial(const struct llfree_compact *c)
{
	return c->order >= 0 && c->order < LLFREE_FRAME_ORDER;
}

#endif /* _MM_LLFREE_POLICY_H */
