/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Compaction policies: which frames to empty, and where their pages go.
 *
 * A *source* is an aligned group of frames, as many as the wanted order needs
 * (one up to order 9, two for order 10); a *target* is a frame that pages are
 * moved to.  A policy only chooses; whoever drives it (the kernel's engine in
 * compact.c, a simulator) moves the pages.  Policies know nothing but core.h,
 * allocate nothing and never wait.
 *
 * Where pages go is a choice of its own: a *rule* orders the possible targets,
 * a policy decides which of them it looks at.
 */
#ifndef _MM_LLFREE_POLICY_H
#define _MM_LLFREE_POLICY_H

#include "core.h"

struct llfree_bpf_run;
struct llfree_compact;

/* Kinds of targets, for a rule. */
enum llfree_kind {
	LLFREE_KIND_CLEAR,	/* may become a source */
	LLFREE_KIND_MARKED,	/* could not be cleared lately */
	LLFREE_KIND_UNMOVABLE,	/* holds unmovable pages */
	LLFREE_KIND_SPARE,	/* the same, with little room left */
	LLFREE_NR_KINDS
};

/* So much is little room: the first step of the buckets for such frames. */
#define LLFREE_SPARE_PAGES	64u

/**
 * struct llfree_target_rule - which frames are filled first
 * @name: of the rule
 * @place: of each kind, the best is 0; among frames of kinds with the same place
 *	the fullest is the best one.  Where more than a frame is wanted, it is
 *	the kind and the fill of the whole group that count.
 * @random: no frame is better than another
 */
struct llfree_target_rule {
	const char *name;
	u8 place[LLFREE_NR_KINDS];
	bool random;
};

/* Ends with a rule without a name. */
extern const struct llfree_target_rule llfree_target_rules[];

/* Places in the table. */
enum {
	LLFREE_TARGETS_SPARING,
	LLFREE_TARGETS_PINNED,
	LLFREE_TARGETS_APART,
	LLFREE_TARGETS_FULLEST,
	LLFREE_TARGETS_RANDOM,
};

/**
 * struct llfree_compact_policy - who is emptied, and who is filled
 * @name: as in llfree.compact= and /sys/kernel/mm/llfree/compact
 * @begin: start a pass; sets llfree_compact.whole if it will cover everything
 * @source: first frame of the next source, or -1 when the pass is over; counts
 *	in llfree_compact.skipped what it passed by because of a skip mark
 * @target: frame to take a page of this order from, or -1 if there is none
 * @place: first page of the free run that the folio of this order, now at
 *	@index, is to go to, or -1 if there is none (optional, instead of
 *	@target, for policies that choose within a frame)
 * @end: the run is over (optional)
 * @pending: is there something that the background should clear? With it, a
 *	worker keeps a stock of free frames (optional)
 * @get: it can go away: hold it, or false if it is going (optional)
 * @put: let go of it (with @get)
 * @rule: @target's, unless the driver names another; NULL: @target has an order
 *	of its own, and the driver's is followed by looking at every frame
 * @index: what @source and @target read (optional): without it they still work,
 *	at the cost of looking at every frame
 *
 * A choice is a hint: others allocate and free meanwhile.  @source may name
 * only what llfree_look() calls a source, @target only frames that
 * llfree_fits() accepts, @place only what is free in such a frame; all therefore
 * never return the current source, which is blocked.
 */
struct llfree_compact_policy {
	const char *name;
	void (*begin)(struct llfree_compact *c);
	s64 (*source)(struct llfree_compact *c);
	s64 (*target)(struct llfree_compact *c, unsigned int order);
	s64 (*place)(struct llfree_compact *c, u64 index, unsigned int order);
	void (*end)(struct llfree_compact *c);
	bool (*pending)(const struct llfree *a);
	bool (*get)(const struct llfree_compact_policy *policy);
	void (*put)(const struct llfree_compact_policy *policy);
	const struct llfree_target_rule *rule;
	const struct llfree_index_ops *index;
};

/**
 * struct llfree_compact_state - what an instance remembers between runs
 * @source: frame where address order goes on, for asynchronous and
 *	synchronous runs
 * @target: one past the frame it was filling, 0 for the end of the instance
 * @random: state of the generator that samples frames
 * @futile: runs in a row, asynchronous and synchronous ones, that met none but
 *	stuck sources
 * @wait: so many more runs of these pass by all marks, if they want ...
 * @wait_order: ... this order or a higher one
 * @price: priced: of room for folios of this order and above, per page
 *
 * All zero is a valid start.  Runs race for it: hints.
 */
struct llfree_compact_state {
	u64 source[2];
	u64 target;
	u64 random;
	u32 futile[2];
	u32 wait[2];
	int wait_order[2];
	u32 price[LLFREE_FRAME_ORDER];
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
 * @background: nobody waits: clear only what is worth it without a request
 * @worth: pages that a source may hold to be worth it, of a group as many for each
 *	frame; 0: any number.  Those that choose the least used heed it.
 * @look_again: at marked frames, however lately they were marked
 * @rule: how to choose targets, or NULL for the policy's own
 * @folio_order: of the movable folio that begins at this page, 0 to
 *	LLFREE_FRAME_ORDER; a hint; NULL: every page is a folio of its own
 * @frames: frames in a source
 * @source: first frame of the current source, or -1
 * @target: frame that single pages are taken from now, or -1
 * @target_kind: of that, when it was chosen
 * @place: first page of the run in the last target chosen, or -1: any
 * @next_source: address order: first frame not tried yet; tree: one past the
 *	tree being emptied
 * @next_target: address order: one past the frame being filled
 * @skipped: sources passed by in this pass because of their skip mark
 * @marked: sources this run has marked itself
 * @stuck: sources with pages that cannot move and of which none did; the driver
 *	counts them
 * @expired: this run has removed all marks once
 * @tried: sources returned
 * @looked: child words read
 * @bpf: the engine's, for a policy that is a BPF program
 * @planned: just enough: used pages of the current source when it was chosen
 * @spent: just enough: pages that left sources before
 * @missed: priced: bit o: no room for a folio of order o from this source
 *
 * The driver fills in @a to @folio_order.
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
	bool background;
	unsigned int worth;
	bool look_again;
	const struct llfree_target_rule *rule;
	unsigned int (*folio_order)(const struct llfree_compact *c, u64 index);

	unsigned int frames;
	s64 source;
	s64 target;
	enum llfree_kind target_kind;
	s64 place;
	u64 next_source;
	u64 next_target;
	u64 skipped;
	u64 marked;
	u64 stuck;
	bool expired;
	u64 tried;
	u64 looked;
	struct llfree_bpf_run *bpf;
	unsigned int planned;
	u64 spent;
	u32 missed;
};

/* NULL-terminated; the first one is the default. */
extern const struct llfree_compact_policy *const llfree_policies[];
extern const struct llfree_compact_policy llfree_policy_occupancy;
extern const struct llfree_compact_policy llfree_policy_address;
extern const struct llfree_compact_policy llfree_policy_bucket;
extern const struct llfree_compact_policy llfree_policy_bounds;
extern const struct llfree_compact_policy llfree_policy_just_enough;
extern const struct llfree_compact_policy llfree_policy_on_free;
extern const struct llfree_compact_policy llfree_policy_tree;
extern const struct llfree_compact_policy llfree_policy_sample_4;
extern const struct llfree_compact_policy llfree_policy_sample_16;
extern const struct llfree_compact_policy llfree_policy_random;
extern const struct llfree_compact_policy llfree_policy_priced;
extern const struct llfree_compact_policy llfree_policy_mesh;

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
 * asynchronous one leaves that to the next.  But after each run in a row that met
 * none but stuck sources, the marks stay for twice as many runs, up to 64, as
 * Linux defers compaction.  Runs for less than a frame do not wait.  Every source
 * returned is cleared, marked or given up with the run, so the passes end.
 *
 * Return: its first frame, or -1.  If @c->whole is then set, everything there
 * is was tried, now or by the runs whose marks stay.
 */
s64 llfree_compact_source(struct llfree_compact *c);

/**
 * llfree_compact_block() - close the current source, all of it or nothing
 * @c: the run
 * @cpu: the caller's CPU, here and below: with preemption off; where there is no
 *	index, with migration off
 *
 * Return: false if somebody was faster; go on with the next source.
 */
bool llfree_compact_block(struct llfree_compact *c, unsigned int cpu);

/**
 * llfree_compact_unblock() - open the current source again
 * @c: the run
 * @cpu: as above
 * @skip: it could not be cleared: pass it by until the mark expires
 */
void llfree_compact_unblock(struct llfree_compact *c, unsigned int cpu,
			    bool skip);

/**
 * llfree_compact_target() - choose where a folio goes
 * @c: the run
 * @index: where it is now
 * @order: of the folio
 *
 * The last choice stands while it has room and stays what it was for the rule:
 * a decision serves many pages.
 * Return: a frame for llfree_compact_take(), or -1; call again if that fails.
 */
s64 llfree_compact_target(struct llfree_compact *c, u64 index,
			  unsigned int order);

/**
 * llfree_compact_take() - take the pages that were chosen
 * @c: the run
 * @cpu: as above
 * @frame: of llfree_compact_target()
 * @order: the same
 *
 * Return: the first page's index, or -ENOMEM if somebody was faster.
 */
s64 llfree_compact_take(struct llfree_compact *c, unsigned int cpu, s64 frame,
			unsigned int order);

/**
 * llfree_compact_take_bulk() - take single pages, for what is to be moved next
 * @c: the run
 * @cpu: as above
 * @frame: of llfree_compact_target(), asked for one page
 * @index: filled with page indices
 * @nr: how many are wanted, at least one
 *
 * These are the pages that llfree_compact_take() gives as long as the frame is
 * the answer.
 * Return: how many were taken, 0..nr: 0 if somebody was faster.
 */
unsigned int llfree_compact_take_bulk(struct llfree_compact *c,
				      unsigned int cpu, s64 frame, u64 *index,
				      unsigned int nr);

/** llfree_compact_end() - the run is over */
void llfree_compact_end(struct llfree_compact *c);

/**
 * llfree_index_attach() - have an instance keep an index from now on
 * @a: the instance
 * @index: zeroed, of @ops's size for @a; NULL to detach
 * @ops: the kind
 *
 * The caller has switched llfree_watched() on.  It calls llfree_index_build()
 * when no get or put is under way that began before this returned.  It frees a
 * detached index when, moreover, no run of compaction is.
 */
void llfree_index_attach(struct llfree *a, struct llfree_index *index,
			 const struct llfree_index_ops *ops);

/**
 * llfree_index_build() - put frames into the index that was attached
 * @a: the instance
 * @first: first frame
 * @nr: how many frames
 */
void llfree_index_build(struct llfree *a, u64 first, u64 nr);

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
		       !(flags & (LLFREE_CHILD_BLOCKED | LLFREE_CHILD_HUGE |
				  LLFREE_CHILD_ABSENT));
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

/** llfree_worth() - may a source hold so many pages? */
static inline bool llfree_worth(const struct llfree_compact *c,
				unsigned int used)
{
	return !c->worth || used <= c->worth * c->frames;
}

/** llfree_passed_by() - would it be tried, but for its skip mark? */
static inline bool llfree_passed_by(const struct llfree_compact *c,
				    const struct llfree_group *group)
{
	return group->marked && llfree_worth(c, group->used);
}

/** llfree_next_random() - 64 bits of an instance's own sequence */
u64 llfree_next_random(struct llfree_compact *c);

/**
 * struct llfree_best - the best frame seen, and how good it is
 * @frame: first frame of the group, or -1
 * @rank: less is better
 */
struct llfree_best {
	s64 frame;
	unsigned int rank;
};

/* The part of a source's rank that is its used pages. */
#define LLFREE_RANK_USED	0x1fffu

#define LLFREE_NO_BEST	((struct llfree_best){ .frame = -1, .rank = ~0u })

/** llfree_rank_sources() - improve @best by sources among some frames */
void llfree_rank_sources(struct llfree_compact *c, u64 first, u64 nr,
			 struct llfree_best *best);

/** llfree_rank_targets() - improve @best by targets among some frames */
void llfree_rank_targets(struct llfree_compact *c, unsigned int order,
			 u64 first, u64 nr, struct llfree_best *best);

/** llfree_scan_target() - the best target of all by @c->rule */
s64 llfree_scan_target(struct llfree_compact *c, unsigned int order);

/**
 * llfree_scan_source() - the least used source of all
 *
 * Occupancy's choice; exact, and where others stop looking.
 */
s64 llfree_scan_source(struct llfree_compact *c);

/** llfree_random_line() - first of the frames on a random line, and in @nr how many */
u64 llfree_random_line(struct llfree_compact *c, u64 *nr);

/**
 * llfree_best_run() - choose a run of a frame, in the smallest hole that has one
 * @c: the run
 * @frame: where to
 * @order: of the run
 * @hole: set to the order of the hole
 *
 * Return: its first page, or -1.
 */
s64 llfree_best_run(struct llfree_compact *c, u64 frame, unsigned int order,
		    unsigned int *hole);

/** llfree_run_free() - is the run of this order that begins at @index free? */
bool llfree_run_free(struct llfree_compact *c, u64 index, unsigned int order);

/** llfree_sample_source() - the least used on @lines random lines, or of all */
s64 llfree_sample_source(struct llfree_compact *c, unsigned int lines);

/**
 * llfree_have_holes() - may @pages of a source move elsewhere?
 *
 * Asked of a few random lines: if the answer is no, others may know better.
 */
bool llfree_have_holes(struct llfree_compact *c, u64 source,
		       unsigned int pages);

/** llfree_sample_target() - the best target on @lines random lines, or of all */
s64 llfree_sample_target(struct llfree_compact *c, unsigned int order,
			 unsigned int lines);

/* The buckets' index and choices by it, see policy_bucket.c */
extern const struct llfree_index_ops llfree_bucket_index;
void llfree_bucket_begin(struct llfree_compact *c);
s64 llfree_bucket_source(struct llfree_compact *c);
s64 llfree_bucket_target(struct llfree_compact *c, unsigned int order);
bool llfree_bucket_marked(const struct llfree_compact *c, u64 used);

/* Child words on a cache line. */
#define LLFREE_LINE_FRAMES	32u

/** llfree_unmovable_kind() - of a target with unmovable pages and @free others */
static inline enum llfree_kind llfree_unmovable_kind(unsigned int free)
{
	return free > LLFREE_SPARE_PAGES ? LLFREE_KIND_UNMOVABLE :
					   LLFREE_KIND_SPARE;
}

/** llfree_kind() - of a target, from its child word */
static inline enum llfree_kind llfree_kind(u16 child)
{
	if (child & LLFREE_CHILD_UNMOVABLE)
		return llfree_unmovable_kind(child & LLFREE_CHILD_FREE);
	return child & LLFREE_CHILD_SKIP ? LLFREE_KIND_MARKED :
					   LLFREE_KIND_CLEAR;
}

/**
 * llfree_may_fill() - may pages be moved to a group?
 * @unmovable: it holds unmovable pages: compacting everything leaves it alone
 */
static inline bool llfree_may_fill(const struct llfree_compact *c,
				   bool unmovable)
{
	return c->order >= 0 || !unmovable;
}

/** llfree_fill() - take single pages from this frame from now on */
static inline void llfree_fill(struct llfree_compact *c, s64 frame)
{
	c->target = frame;
	if (frame >= 0)
		c->target_kind = llfree_kind(llfree_child(c->a, frame));
}

/** llfree_filling() - may the frame being filled take a page of this order? */
static inline bool llfree_filling(struct llfree_compact *c, unsigned int order)
{
	return c->target >= 0 && llfree_fits(c, c->target, order) &&
	       llfree_kind(llfree_child(c->a, c->target)) == c->target_kind;
}

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
