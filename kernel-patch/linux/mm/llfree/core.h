/* SPDX-License-Identifier: GPL-2.0 */
/*
 * LLFree core: a lock- and log-free page-frame allocator.
 *
 * Written from the published design (Wrenger et al., "LLFree: Scalable and
 * Optionally-Persistent Page-Frame Allocation", USENIX ATC'23).
 *
 * This file and core.c know nothing of the kernel but what platform.h gives
 * them; the kernel, the unit tests and the simulator compile the same files.
 *
 * Units.  A *page* is 4 KiB and is named by its index from the instance's
 * base.  A *frame* is an aligned 2 MiB run of 512 pages, a *tree* an aligned
 * run of LLFREE_TREE_FRAMES frames.  An instance's base is 4 MiB aligned.
 *
 * Per frame there is a bitfield of 512 bits (a set bit is an allocated page;
 * this is the truth) and a 16-bit *child* word.  Per tree there is one word
 * (free pages, class, reserved), and per CPU and class one *local* word: the
 * tree that CPU has reserved, and the free pages it took over from the tree
 * word.  What lies above the child is a hint that may be passed and that may
 * become negative for a moment; the sums hold whenever nobody is at work.
 *
 * Every function may run concurrently with every other one, and in an
 * interrupt in the middle of any other one on the same CPU.  None waits.
 * The caller keeps preemption off, and @cpu is the CPU it runs on.
 */
#ifndef _MM_LLFREE_CORE_H
#define _MM_LLFREE_CORE_H

#ifdef LLFREE_PLATFORM
#include LLFREE_PLATFORM
#else
#include "platform.h"
#endif

#define LLFREE_FRAME_ORDER	9
#define LLFREE_MAX_ORDER	10
#define LLFREE_FRAME_PAGES	(1u << LLFREE_FRAME_ORDER)
#define LLFREE_ROW_PAGES	64u
#define LLFREE_FRAME_ROWS	(LLFREE_FRAME_PAGES / LLFREE_ROW_PAGES)
#define LLFREE_TREE_FRAMES	8u
#define LLFREE_TREE_PAGES	(LLFREE_TREE_FRAMES * LLFREE_FRAME_PAGES)
/* Instances start and end on this boundary: order 10 is one CAS on a pair. */
#define LLFREE_ALIGN_PAGES	(1u << LLFREE_MAX_ORDER)

/*
 * Who shares a tree.  The order matters: a request may take pages from a tree
 * of a lower class (steal; the tree keeps its class) or convert a tree of a
 * higher class to its own (demote).  A tree that becomes free is huge again.
 *
 * A tree's class says where to look; which frames hold unmovable pages their
 * child words say.  Unmovable requests fill such frames before they enter
 * another one, and movable requests prefer the others: every frame without
 * unmovable pages can be cleared.
 */
enum llfree_class {
	LLFREE_UNMOVABLE,	/* reclaimable kernel memory goes here, too */
	LLFREE_MOVABLE,
	LLFREE_HUGE,		/* orders 9 and up */
	LLFREE_NR_CLASSES,
};

/*
 * The child word.  Pages of a blocked frame (isolated or compacting) belong
 * to the blocker: no get enters, frees stay inside, and neither the tree nor
 * the platform's free-page count includes them.
 */
#define LLFREE_CHILD_FREE	0x03ffu	/* free pages, 0..512 */
#define LLFREE_CHILD_HUGE	0x0400u	/* allocated as a whole; free is 0 */
#define LLFREE_CHILD_ISOLATED	0x0800u	/* MIGRATE_ISOLATE */
#define LLFREE_CHILD_COMPACTING	0x1000u	/* source of a compaction */
#define LLFREE_CHILD_ABSENT	0x2000u	/* no page was free ever: memmap, hole */
#define LLFREE_CHILD_SKIP	0x4000u	/* compaction failed here lately */
#define LLFREE_CHILD_UNMOVABLE	0x8000u	/* holds unmovable pages */
#define LLFREE_CHILD_BLOCKED	(LLFREE_CHILD_ISOLATED | LLFREE_CHILD_COMPACTING)

/*
 * Buckets of frames, for indexes that policies of compaction keep.  Frames
 * that may be cleared are told apart by their free pages in equal steps, full
 * ones on their own, and by less where next to nothing is used; those that
 * compaction gave up lately and those that hold unmovable pages only in steps
 * of 64.  In no bucket: what is free, blocked or allocated as a whole, and what
 * offers neither pages nor hope.
 */
#ifndef LLFREE_BUCKET_SHIFT
#define LLFREE_BUCKET_SHIFT	5u	/* steps of 32; may be 4 to 6 */
#endif
/* With more, the steps are smaller. */
#define LLFREE_NEARLY_FREE	(LLFREE_FRAME_PAGES - (1u << LLFREE_BUCKET_SHIFT))
/* With at least as many, they are smaller again. */
#define LLFREE_HARDLY_USED	(LLFREE_FRAME_PAGES - 8)
#define LLFREE_BUCKET_FULL	0u	/* to be cleared, no page free */
#define LLFREE_BUCKET_CLEAR	1u	/* to be cleared, the emptiest last */
#define LLFREE_BUCKET_MARKED	36u	/* marked, 8 buckets */
#define LLFREE_BUCKET_UNMOVABLE	44u	/* with unmovable pages, 8 buckets */
#define LLFREE_NR_BUCKETS	52u	/* also: in no bucket */

/* Of a frame that may be cleared, by its free pages, 0..511. */
static inline unsigned int llfree_clear_bucket(unsigned int free)
{
	unsigned int used = LLFREE_FRAME_PAGES - free;

	if (free <= LLFREE_NEARLY_FREE)
		return (free + (1u << LLFREE_BUCKET_SHIFT) - 1) >>
		       LLFREE_BUCKET_SHIFT;
	return 32 + (free >= LLFREE_HARDLY_USED) + (used <= 4) + (used <= 2);
}

static inline unsigned int llfree_bucket(u16 child)
{
	unsigned int free = child & LLFREE_CHILD_FREE;

	if (likely(child <= LLFREE_NEARLY_FREE))
		return llfree_clear_bucket(child);
	if (child & (LLFREE_CHILD_HUGE | LLFREE_CHILD_BLOCKED) ||
	    free == LLFREE_FRAME_PAGES)
		return LLFREE_NR_BUCKETS;
	if (!(child & (LLFREE_CHILD_SKIP | LLFREE_CHILD_UNMOVABLE)))
		return llfree_clear_bucket(free);
	if (!free)
		return LLFREE_NR_BUCKETS;
	return (child & LLFREE_CHILD_UNMOVABLE ? LLFREE_BUCKET_UNMOVABLE :
						 LLFREE_BUCKET_MARKED) +
	       (free - 1) / 64;
}

/* One cache line of truth per frame. */
struct llfree_bitfield {
	u64 row[LLFREE_FRAME_ROWS];
} __aligned(64);

/* Per CPU; remote CPUs only steal from, level, drain and sum it. */
struct llfree_local {
	u64 reserved[LLFREE_NR_CLASSES];	/* see core.c: struct of bits */
	long huge_delta;	/* not yet in llfree.free_huge */
	u64 begun;		/* frame, plus 1, that no index may know of */
	u64 run[LLFREE_NR_CLASSES];	/* row of the last run found elsewhere */
	unsigned long puts;	/* completed puts, undos, unblocks */
	unsigned long searches;	/* gets that had to leave their tree */
	unsigned long scans;	/* gets that had to look at every child */
	unsigned long demotions;/* trees converted to a lower class */
	unsigned long steals;	/* gets from a tree of another class */
} __aligned(64);

struct llfree;
struct llfree_index;

/**
 * struct llfree_index_ops - a kind of index over the child words
 * @bytes: size of an index of this instance
 * @init: set up an empty one in zeroed memory
 * @changed: a frame went from bucket @from to bucket @to; called after the
 *	change, from any context that calls the core, concurrently for the same
 *	frame, too, which may be in another one by now or never was in @to
 * @check: number of frames or bounds that are not as the child words say; only
 *	while nobody is at work
 */
struct llfree_index_ops {
	size_t (*bytes)(const struct llfree *a);
	void (*init)(const struct llfree *a, struct llfree_index *index);
	void (*changed)(struct llfree *a, struct llfree_index *index, u64 frame,
			unsigned int from, unsigned int to);
	u64 (*check)(const struct llfree *a, const struct llfree_index *index);
};

/* How every index starts. */
struct llfree_index {
	const struct llfree_index_ops *ops;
};

/**
 * struct llfree - an allocator instance (in the kernel: one per zone)
 * @pages: length, a multiple of LLFREE_ALIGN_PAGES
 * @frames: length in frames
 * @trees: length in trees; the last one may be shorter
 * @cpus: number of entries of @local
 * @reserve: false where there are too few trees to give CPUs their own
 * @bits: one bitfield per frame
 * @child: one child word per frame
 * @tree: one tree word per tree
 * @local: one entry per CPU
 * @free_huge: free, unblocked frames, less what locals still hold
 * @no_order: bit o set: an exhaustive search found no free run of order o
 * @index: is told about frames that change buckets while the platform's
 *	llfree_watched(), or NULL
 * @owner: for the platform (the kernel's struct zone)
 */
struct llfree {
	u64 pages;
	u64 frames;
	u64 trees;
	unsigned int cpus;
	bool reserve;
	struct llfree_bitfield *bits;
	u16 *child;
	u32 *tree;
	struct llfree_local *local;
	long free_huge;
	u32 no_order;
	struct llfree_index *index;
	void *owner;
};

/* llfree_get() flags */
#define LLFREE_NOFRAGMENT	0x1u	/* do not mix classes in a tree */

/**
 * llfree_metadata_bytes() - size of the buffer llfree_init() wants
 * @pages: length of the instance, a multiple of LLFREE_ALIGN_PAGES
 * @cpus: number of CPUs that will ever call
 */
size_t llfree_metadata_bytes(u64 pages, unsigned int cpus);

/**
 * llfree_init() - set up an instance in which every page is allocated
 * @a: instance to fill in
 * @pages: length, a multiple of LLFREE_ALIGN_PAGES
 * @cpus: number of CPUs that will ever call
 * @buffer: 64-byte aligned, llfree_metadata_bytes() long
 * @owner: handed to the platform's accounting
 *
 * Pages become available by llfree_put(), as in the kernel's boot.
 */
void llfree_init(struct llfree *a, u64 pages, unsigned int cpus, void *buffer,
		 void *owner);

/**
 * llfree_attach_bytes() - size of the buffer llfree_attach() wants
 * @pages: length of the instance, a multiple of LLFREE_ALIGN_PAGES
 * @cpus: number of CPUs that will ever call
 */
size_t llfree_attach_bytes(u64 pages, unsigned int cpus);

/**
 * llfree_attach() - set up an instance around frames that are in use
 * @a: instance to fill in
 * @pages: length, a multiple of LLFREE_ALIGN_PAGES
 * @cpus: number of CPUs that will ever call
 * @bits: one bitfield per frame
 * @child: one child word per frame, right for its bitfield, none blocked
 * @buffer: 64-byte aligned, llfree_attach_bytes() long
 * @owner: handed to the platform's accounting
 *
 * What lies above the child is made anew.  Pages in use count as movable.
 */
void llfree_attach(struct llfree *a, u64 pages, unsigned int cpus,
		   struct llfree_bitfield *bits, u16 *child, void *buffer,
		   void *owner);

/**
 * llfree_get() - allocate an aligned run of 2^order pages
 * @order: 0..LLFREE_MAX_ORDER
 * @class: LLFREE_HUGE is implied for orders of a frame and above
 * @flags: LLFREE_NOFRAGMENT or 0
 *
 * Order 0 is exhaustive: it fails only when no page was free at some instant.
 * Return: the first page's index, or -ENOMEM.
 */
s64 llfree_get(struct llfree *a, unsigned int cpu, unsigned int order,
	       enum llfree_class class, unsigned int flags);

/**
 * llfree_get_bulk() - allocate single pages, up to 64 by one atomic operation
 * @index: filled with page indices
 * @nr: how many are wanted
 *
 * Return: how many were allocated, 0..nr; short only when memory is.
 */
unsigned int llfree_get_bulk(struct llfree *a, unsigned int cpu,
			     enum llfree_class class, u64 *index,
			     unsigned int nr);

/**
 * llfree_get_at() - allocate one given run
 * @index: aligned to 2^order
 *
 * It counts as unmovable.
 * Return: 0, or -EBUSY if a page of it is taken or its frame is blocked.
 */
int llfree_get_at(struct llfree *a, unsigned int cpu, u64 index,
		  unsigned int order);

/**
 * llfree_get_poisoned() - allocate one given page, of a blocked frame, too
 *
 * Of a frame that is compacted or isolated free pages are free to the rest of
 * mm, and must not be handed out later.  The blocker finds one less of them.
 * Return: 0, or -EBUSY if it is taken.
 */
int llfree_get_poisoned(struct llfree *a, unsigned int cpu, u64 index);

/**
 * llfree_get_from() - allocate from one given frame (a compaction's target)
 * @frame: frame number
 * @order: 0..LLFREE_FRAME_ORDER
 *
 * Return: the first page's index, or -ENOMEM.
 */
s64 llfree_get_from(struct llfree *a, unsigned int cpu, u64 frame,
		    unsigned int order);

/**
 * llfree_get_bulk_from() - allocate single pages from one given frame
 * @frame: frame number
 * @index: filled with page indices
 * @nr: how many are wanted
 *
 * Return: how many were allocated, 0..nr; fewer where the frame has fewer.
 */
unsigned int llfree_get_bulk_from(struct llfree *a, unsigned int cpu, u64 frame,
				  u64 *index, unsigned int nr);

/**
 * llfree_get_to() - allocate one given run for movable pages to move to
 * @index: aligned to 2^order, @order below LLFREE_FRAME_ORDER
 *
 * Return: 0, or -EBUSY if a page of it is taken or its frame is blocked.
 */
int llfree_get_to(struct llfree *a, unsigned int cpu, u64 index,
		  unsigned int order);

/**
 * llfree_put() - free an aligned run of 2^order pages
 * @order: 0..63; the granularity need not be the allocation's
 *
 * Return: 0, or -EINVAL if a page of the run was free already or lies outside
 * of the instance; the pages seen before that one have then been freed.
 */
int llfree_put(struct llfree *a, unsigned int cpu, u64 index,
	       unsigned int order);

/**
 * llfree_block() - close a frame to new allocations
 * @kind: LLFREE_CHILD_ISOLATED or LLFREE_CHILD_COMPACTING
 *
 * Gets that passed the child before are still in flight: see llfree_quiet().
 * Return: 0, -EBUSY if it is blocked by the other kind or (compacting) by
 * somebody else, -EINVAL for compacting a frame allocated as a whole.
 * Isolating an isolated frame is 0.
 */
int llfree_block(struct llfree *a, unsigned int cpu, u64 frame, u16 kind);

/**
 * llfree_unblock() - open a frame again and publish its free pages
 * @kind: what llfree_block() set
 * @skip: leave LLFREE_CHILD_SKIP behind, for compaction to pass by
 */
void llfree_unblock(struct llfree *a, unsigned int cpu, u64 frame, u16 kind,
		    bool skip);

/**
 * llfree_clear_skip() - let compaction look at a frame again
 */
void llfree_clear_skip(struct llfree *a, u64 frame);

/**
 * llfree_quiet() - is nobody inside a get or put of this blocked frame?
 *
 * Read as child, rows, child.  Meaningful for blocked frames.
 */
bool llfree_quiet(const struct llfree *a, u64 frame);

/**
 * llfree_claim() - allocate from frames the caller has blocked (capture)
 * @frame: first frame, blocked with LLFREE_CHILD_COMPACTING (for order 10:
 *         an aligned pair of such frames)
 * @order: 0..LLFREE_MAX_ORDER
 * @class: of the pages to be
 *
 * The frames stay blocked.  The pages were not in the platform's free-page
 * count and are not now.
 * Return: the first page's index, or -EBUSY if there is no such run.
 */
s64 llfree_claim(struct llfree *a, u64 frame, unsigned int order,
		 enum llfree_class class);

/**
 * llfree_free_order() - is this page free, and how much follows it?
 *
 * Return: -1 if allocated, else the order of the largest aligned free run
 * that starts here, 0..LLFREE_MAX_ORDER.  Exact where the frame is blocked and
 * quiet, else true at some instant during the call for the page itself.
 */
int llfree_free_order(const struct llfree *a, u64 index);

/**
 * llfree_free_run() - how many free pages begin here?
 *
 * Return: 0 if allocated, else the free pages from this one to the next that is
 * not, or to the end of its row, 1..LLFREE_ROW_PAGES.  A hint, unless the frame is
 * blocked and quiet.
 */
unsigned int llfree_free_run(const struct llfree *a, u64 index);

/**
 * llfree_has_order() - might llfree_get() find this order?
 *
 * Never always true and never always false: false only after an exhaustive
 * search failed and nothing that could help was freed since.
 */
bool llfree_has_order(struct llfree *a, unsigned int order);

/** llfree_nr_free_huge() - free, unblocked frames (exact when quiescent) */
u64 llfree_nr_free_huge(const struct llfree *a);

/**
 * llfree_drain() - give a CPU's reservations back to the trees
 * @cpu: whose reservations; any CPU may call
 *
 * Return: true if there was one.
 */
bool llfree_drain(struct llfree *a, unsigned int cpu);

/**
 * llfree_settle() - have the index told of what CPUs hold back
 *
 * Each may hold back one frame that is free or has a single page in use.
 */
void llfree_settle(struct llfree *a);

/** llfree_reserved() - does this CPU hold a reservation? */
bool llfree_reserved(const struct llfree *a, unsigned int cpu);

/** llfree_tree_class() - class of the tree a frame is in */
enum llfree_class llfree_tree_class(const struct llfree *a, u64 frame);

/** llfree_tree_free() - free pages of a tree; a hint, 0 if a CPU holds it */
int llfree_tree_free(const struct llfree *a, u64 tree);

/** llfree_child() - a frame's child word, for policies and statistics */
static inline u16 llfree_child(const struct llfree *a, u64 frame)
{
	return READ_ONCE(a->child[frame]);
}

/**
 * struct llfree_totals - what llfree_validate() counted
 * @free: free pages outside of blocked frames
 * @blocked_free: free pages inside of blocked frames
 * @free_huge: entirely free, unblocked frames
 * @huge: frames allocated as a whole
 * @blocked: blocked frames
 */
struct llfree_totals {
	u64 free;
	u64 blocked_free;
	u64 free_huge;
	u64 huge;
	u64 blocked;
};

/**
 * llfree_validate() - compare every counter with the bitfields
 * @totals: filled in
 *
 * Only while nobody else is at work.  The platform's free-page count is the
 * caller's to compare with @totals->free.
 * Return: number of violations.
 */
u64 llfree_validate(const struct llfree *a, struct llfree_totals *totals);

#endif /* _MM_LLFREE_CORE_H */
