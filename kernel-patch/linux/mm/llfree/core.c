// SPDX-License-Identifier: GPL-2.0
/*
 * LLFree core: a lock- and log-free page-frame allocator.
 *
 * Written from the published design (Wrenger et al., "LLFree: Scalable and
 * Optionally-Persistent Page-Frame Allocation", USENIX ATC'23); core.h
 * explains the words used.
 *
 * Order of steps.  A get takes its pages from the child word first and sets
 * bits second; a put clears bits first and returns the pages to the child
 * second.  So in every frame, at every instant,
 *
 *	zero bits = child.free + pages taken whose bits are not set yet
 *			       + pages whose bits are cleared already
 *
 * and child.free == 512 proves that no page of the frame is allocated and
 * that nobody is inside.  A frame allocated as a whole has the child word
 * {0, huge}, and all bits set once its get returned; a full free clears the
 * bits and then the child word, a partial one takes the huge flag away first.
 * Hence bits say nothing while the child says huge.
 *
 * What is above the child never grants pages.  Tree and local words are read
 * to find a promising tree and are corrected afterwards, by whoever changed a
 * child from or to an unblocked one, according to the child's old value.
 * Their free counts are signed: the correction may come late.
 */
#include "core.h"
#include "bits.h"

/* Tree word: reserved, class, signed free pages. */
#define TREE_RESERVED		0x1u
#define TREE_CLASS_SHIFT	1
#define TREE_CLASS_MASK		0x6u
#define TREE_FREE_SHIFT		3

/*
 * Local word: present, the row (of the instance) where the last get found
 * something, signed free pages.
 */
#define LOCAL_PRESENT		0x1ull
#define LOCAL_ROW_SHIFT		1
#define LOCAL_ROW_MASK		0xfffffffeull
#define LOCAL_FREE_SHIFT	32

#define TREE_ROWS		(LLFREE_TREE_FRAMES * LLFREE_FRAME_ROWS)

/* A same-class tree in this window is taken without looking further. */
#define PARTIAL_MIN		64
#define PARTIAL_MAX		(LLFREE_TREE_PAGES / 2)

/* Passes of the last resort over all frames while others keep freeing. */
#define MAX_SCANS		8

/* Free frames a CPU may hold back from the instance's count. */
#define HUGE_BATCH		32

/* The orders whose absence llfree.no_order remembers (9 has its own count). */
#define NO_ORDER_MASK		0x5feu

typedef u32 __attribute__((__may_alias__)) child_pair_t;

static inline int tree_free(u32 word)
{
	return (s32)word >> TREE_FREE_SHIFT;
}

static inline enum llfree_class tree_class(u32 word)
{
	return (word & TREE_CLASS_MASK) >> TREE_CLASS_SHIFT;
}

static inline u32 tree_word(int free, enum llfree_class class, u32 reserved)
{
	return ((u32)free << TREE_FREE_SHIFT) |
	       ((u32)class << TREE_CLASS_SHIFT) | reserved;
}

static inline int local_free(u64 word)
{
	return (s64)word >> LOCAL_FREE_SHIFT;
}

static inline u64 local_row(u64 word)
{
	return (word & LOCAL_ROW_MASK) >> LOCAL_ROW_SHIFT;
}

static inline u64 local_tree(u64 word)
{
	return local_row(word) / TREE_ROWS;
}

static inline u64 local_word(int free, u64 row)
{
	return ((u64)(u32)free << LOCAL_FREE_SHIFT) |
	       (row << LOCAL_ROW_SHIFT) | LOCAL_PRESENT;
}

static inline u16 child_free(u16 child)
{
	return child & LLFREE_CHILD_FREE;
}

/* Is every page of this frame free and to be had? */
static inline bool child_is_free(u16 child)
{
	return (child & (LLFREE_CHILD_FREE | LLFREE_CHILD_HUGE |
			 LLFREE_CHILD_BLOCKED)) == LLFREE_FRAME_PAGES;
}

static inline u16 class_mark(enum llfree_class class)
{
	return class == LLFREE_UNMOVABLE ? LLFREE_CHILD_UNMOVABLE : 0;
}

static inline u64 tree_frames(const struct llfree *a, u64 tree)
{
	return min_t(u64, LLFREE_TREE_FRAMES,
		     a->frames - tree * LLFREE_TREE_FRAMES);
}

static inline int tree_pages(const struct llfree *a, u64 tree)
{
	return tree_frames(a, tree) * LLFREE_FRAME_PAGES;
}

/*
 * Hints and counters above the child
 */

/*
 * Add to a tree's free pages, drop flags; a free tree is anybody's again.
 * Return: the new word.
 */
static inline u32 tree_add(struct llfree *a, u64 tree, int pages, u32 drop)
{
	u32 *word = &a->tree[tree];
	u32 old = READ_ONCE(*word), new;

	do {
		new = (old + ((u32)pages << TREE_FREE_SHIFT)) & ~drop;
		if (!(new & TREE_RESERVED) &&
		    tree_free(new) == tree_pages(a, tree))
			new = tree_word(tree_free(new), LLFREE_HUGE, 0);
	} while (!try_cmpxchg(word, &old, new));
	return new;
}

/*
 * Add to the count of a reservation, and let the next get start at @row unless
 * it is -1; false if @slot does not hold this tree.
 */
static inline bool slot_add(u64 *slot, u64 tree, int pages, s64 row)
{
	u64 old = READ_ONCE(*slot);

	while ((old & LOCAL_PRESENT) && local_tree(old) == tree) {
		u64 new = local_word(local_free(old) + pages,
				     row < 0 ? local_row(old) : (u64)row);

		if (try_cmpxchg(slot, &old, new))
			return true;
	}
	return false;
}

/* More than a tree has, or less than it can lack? */
static inline bool tree_drifted(u32 word)
{
	return tree_free(word) > (int)LLFREE_TREE_PAGES ||
	       tree_free(word) < -(int)LLFREE_TREE_PAGES;
}

/*
 * As long as a CPU keeps a tree reserved, what it gets and others free, or the
 * other way round, makes one of the two counts smaller and the other one larger.
 * Only their sum means something, until one of them overflows: so whoever sees
 * the tree's drift gives it to the holder.
 */
static noinline void level(struct llfree *a, u64 tree)
{
	u32 *word = &a->tree[tree];
	u32 old = READ_ONCE(*word);
	unsigned int cpu;

	do {
		if (!(old & TREE_RESERVED) || !tree_drifted(old))
			return;
	} while (!try_cmpxchg(word, &old,
			      tree_word(0, tree_class(old), TREE_RESERVED)));

	for (cpu = 0; cpu < a->cpus; cpu++) {
		if (slot_add(&a->local[cpu].reserved[tree_class(old)], tree,
			     tree_free(old), -1))
			return;
	}
	/* The reservation is over, or on its way to the holder's word. */
	tree_add(a, tree, tree_free(old), 0);
}

/* Give a reservation back that was just taken out of its local word. */
static void release(struct llfree *a, u64 word)
{
	if (word & LOCAL_PRESENT)
		tree_add(a, local_tree(word), local_free(word), TREE_RESERVED);
}

static noinline void account_tree(struct llfree *a, u64 tree, int pages)
{
	if (tree_drifted(tree_add(a, tree, pages, 0)))
		level(a, tree);
}

/*
 * Correct the counters above a frame by @pages.  @row is where a get found
 * them, so that the next one starts there, or -1.  Unmovable pages are packed
 * first-fit instead: each frame without one can be cleared.
 */
static void account(struct llfree *a, unsigned int cpu, u64 frame, int pages,
		    s64 row)
{
	u64 tree = frame / LLFREE_TREE_FRAMES;
	u32 word = READ_ONCE(a->tree[tree]);

	llfree_account_free(a->owner, pages);

	if (!(word & TREE_RESERVED) ||
	    !slot_add(&a->local[cpu].reserved[tree_class(word)], tree, pages,
		      tree_class(word) == LLFREE_UNMOVABLE ? -1 : row))
		account_tree(a, tree, pages);
}

/* Meanwhile too many frames are counted, never too few. */
static noinline void flush_free_huge(struct llfree *a, long *delta)
{
	long moved = READ_ONCE(*delta), old = READ_ONCE(a->free_huge);

	if (moved < 0)
		llfree_stat_add(delta, -moved);
	while (!try_cmpxchg(&a->free_huge, &old, old + moved))
		;
	if (moved > 0)
		llfree_stat_add(delta, -moved);
}

static inline void count_free_huge(struct llfree *a, unsigned int cpu,
				   int frames)
{
	long *delta = &a->local[cpu].huge_delta, now;

	llfree_stat_add(delta, frames);
	now = READ_ONCE(*delta);
	if (now >= HUGE_BATCH || now <= -HUGE_BATCH)
		flush_free_huge(a, delta);
}

u64 llfree_nr_free_huge(const struct llfree *a)
{
	long sum = READ_ONCE(a->free_huge);
	unsigned int cpu;

	for (cpu = 0; cpu < a->cpus; cpu++)
		sum += READ_ONCE(a->local[cpu].huge_delta);
	return max(sum, 0L);
}

/*
 * The sum is of no one moment: it may miss a frame that came and count one that
 * went after it.  So a refusal takes the same sum twice.
 */
static bool have_free_huge(const struct llfree *a, long frames)
{
	long now, before;

	if (READ_ONCE(a->free_huge) >= (long)a->cpus * HUGE_BATCH + frames)
		return true;
	now = llfree_nr_free_huge(a);
	do {
		if (now >= frames)
			return true;
		before = now;
		now = llfree_nr_free_huge(a);
	} while (now != before);
	return false;
}

/* Tell the index of the instance, if there is one. */
static inline void tell_index(struct llfree *a, u64 frame, unsigned int from,
			      unsigned int to)
{
	struct llfree_index *index = READ_ONCE(a->index);

	if (index)
		index->ops->changed(a, index, frame, from, to);
}

/* Of a frame that changed in any way. */
static noinline void watch_child(struct llfree *a, u64 frame, u16 old, u16 new)
{
	if (llfree_bucket(old) != llfree_bucket(new))
		tell_index(a, frame, llfree_bucket(old), llfree_bucket(new));
}

/* The same where counts of free frames cannot change. */
static inline void child_marked(struct llfree *a, u64 frame, u16 old, u16 new)
{
	if (llfree_watched())
		watch_child(a, frame, old, new);
}

/*
 * Tell of a frame that a CPU held back: its first page is in use, or it is not
 * and the index may think so.
 */
static noinline void settle_frame(struct llfree *a, u64 frame)
{
	unsigned int first = llfree_bucket(LLFREE_FRAME_PAGES - 1);
	unsigned int now = llfree_bucket(llfree_child(a, frame));

	tell_index(a, frame, now == first ? LLFREE_NR_BUCKETS : first, now);
}

void llfree_settle(struct llfree *a)
{
	unsigned int cpu;

	for (cpu = 0; cpu < a->cpus; cpu++) {
		u64 begun = READ_ONCE(a->local[cpu].begun);

		if (begun)
			settle_frame(a, begun - 1);
	}
}

/* From free to one page in use or back, without marks? */
static inline bool is_first_page(u16 old, u16 new)
{
	return old + new == 2 * LLFREE_FRAME_PAGES - 1;
}

static noinline void count_and_tell(struct llfree *a, unsigned int cpu,
				    u64 frame, u16 old, u16 new)
{
	int frames = child_is_free(new) - child_is_free(old);
	u64 other;

	if (frames)
		count_free_huge(a, cpu, frames);
	if (!is_first_page(old, new) || frames > 0) {
		child_marked(a, frame, old, new);
		return;
	}
	other = xchg(&a->local[cpu].begun, frame + 1);
	if (other)
		settle_frame(a, other - 1);
}

/*
 * A frame is nearly free and stays so: count it if it is or was free as a whole.
 *
 * A CPU that gets and puts the only page of a frame again and again would tell
 * the index each time.  So it holds back the frame that it has begun last: the
 * index is told when the CPU begins another one, or somebody settles.
 */
static noinline void child_nearly_free(struct llfree *a, unsigned int cpu,
				       u64 frame, u16 old, u16 new)
{
	/* Never less than the greater one; mostly there is nothing to do. */
	if (child_free(old | new) < LLFREE_HARDLY_USED)
		return;
	if (is_first_page(old, new) &&
	    READ_ONCE(a->local[cpu].begun) == frame + 1)
		count_free_huge(a, cpu, new - old);
	else
		count_and_tell(a, cpu, frame, old, new);
}

/* A frame went to another step of free pages, or has other marks. */
static noinline void child_crossed(struct llfree *a, unsigned int cpu,
				   u64 frame, u16 old, u16 new)
{
	if (likely(old <= LLFREE_NEARLY_FREE && new <= LLFREE_NEARLY_FREE)) {
		if (llfree_watched())
			tell_index(a, frame, llfree_clear_bucket(old),
				   llfree_clear_bucket(new));
	} else if (max(child_free(old), child_free(new)) > LLFREE_NEARLY_FREE) {
		count_and_tell(a, cpu, frame, old, new);
	} else {
		child_marked(a, frame, old, new);
	}
}

/*
 * A child word changed: see to the count of free frames and to the index.  The
 * steps of llfree_bucket() are 32 pages or, for frames that are nearly free,
 * less: mostly there is nothing to do.
 */
static inline void child_changed(struct llfree *a, unsigned int cpu, u64 frame,
				 u16 old, u16 new)
{
	if (((old - 1) ^ (new - 1)) >> LLFREE_BUCKET_SHIFT)
		child_crossed(a, cpu, frame, old, new);
	else if (child_free(old) > LLFREE_NEARLY_FREE)
		child_nearly_free(a, cpu, frame, old, new);
}

/*
 * Free runs
 */

/* Order of the largest aligned free run that contains a page, or -1. */
static int run_order(const struct llfree *a, u64 index, int max)
{
	u64 frame = index / LLFREE_FRAME_PAGES;
	u16 child = READ_ONCE(a->child[frame]);
	const struct llfree_bitfield *bits = &a->bits[frame];
	unsigned int page = index % LLFREE_FRAME_PAGES;
	int order = -1;

	if (child & LLFREE_CHILD_HUGE)
		return -1;
	while (order < min_t(int, max, LLFREE_FRAME_ORDER - 1) &&
	       bits_run_free(bits, page, order + 1))
		order++;
	if (order == LLFREE_FRAME_ORDER - 1 && max > order &&
	    child_free(child) == LLFREE_FRAME_PAGES) {
		order++;
		child = READ_ONCE(a->child[frame ^ 1]);
		if (max > order && !(child & LLFREE_CHILD_HUGE) &&
		    child_free(child) == LLFREE_FRAME_PAGES)
			order++;
	}
	return order;
}

/*
 * Negative cache of llfree_has_order()
 *
 * A search sets bits and then looks once more; a publisher changes the child
 * and then reads the bits.  Both changes are full barriers, so one of the two
 * sees the other.
 */

static void no_order_change(struct llfree *a, u32 set, u32 clear)
{
	u32 old = READ_ONCE(a->no_order);

	while (((old | set) & ~clear) != old &&
	       !try_cmpxchg(&a->no_order, &old, (old | set) & ~clear))
		;
}

static inline u32 orders_upto(int order)
{
	return (2u << order) - 1;
}

/* Free pages appeared around a page: which orders exist again? */
static void publish(struct llfree *a, u64 index)
{
	int order;

	if (likely(!READ_ONCE(a->no_order)))
		return;
	order = run_order(a, index, LLFREE_MAX_ORDER);
	if (order >= 0)
		no_order_change(a, 0, orders_upto(order));
}

/* Free pages appeared somewhere in a frame. */
static void publish_frame(struct llfree *a, u64 frame)
{
	u64 index = frame * LLFREE_FRAME_PAGES;
	u64 end = index + LLFREE_FRAME_PAGES;

	if (likely(!READ_ONCE(a->no_order)))
		return;
	while (index < end) {
		int order = run_order(a, index, LLFREE_MAX_ORDER);

		if (order >= 0)
			no_order_change(a, 0, orders_upto(order));
		index += 1u << max(order, 1);
	}
}

/*
 * Frames
 */

/*
 * Take up to @max, at least @min pages from a frame's child word.  Order 9
 * sets no mark: a frame without other pages needs none.
 */
static unsigned int child_take(struct llfree *a, unsigned int cpu, u64 frame,
			       unsigned int min, unsigned int max,
			       enum llfree_class class)
{
	u16 *word = &a->child[frame];
	u16 old = READ_ONCE(*word), new;
	unsigned int nr;

	do {
		if ((old & (LLFREE_CHILD_HUGE | LLFREE_CHILD_BLOCKED)) ||
		    child_free(old) < min)
			return 0;
		nr = min_t(unsigned int, child_free(old), max);
		new = (old - nr) | class_mark(class);
	} while (!try_cmpxchg(word, &old, new));

	child_changed(a, cpu, frame, old, new);
	return nr;
}

/*
 * Return pages whose bits are clear: the second half of every put and undo.
 * True where they are to be had now, and the caller publishes them.
 */
static bool child_give(struct llfree *a, unsigned int cpu, u64 frame,
		       unsigned int nr)
{
	u16 *word = &a->child[frame];
	u16 old = READ_ONCE(*word), new;

	do {
		new = (old + nr) & ~LLFREE_CHILD_ABSENT;
		if (child_free(new) == LLFREE_FRAME_PAGES)
			new &= ~(LLFREE_CHILD_SKIP | LLFREE_CHILD_UNMOVABLE);
	} while (!try_cmpxchg(word, &old, new));

	child_changed(a, cpu, frame, old, new);
	llfree_stat_inc(&a->local[cpu].puts);
	if (old & LLFREE_CHILD_BLOCKED)
		return false;
	account(a, cpu, frame, nr, -1);
	return true;
}

/* A get that found no run for the pages it took from the child. */
static void undo_take(struct llfree *a, unsigned int cpu, u64 frame,
		      unsigned int nr)
{
	if (child_give(a, cpu, frame, nr))
		publish_frame(a, frame);
}

static s64 frame_get_small(struct llfree *a, unsigned int cpu, u64 frame,
			   u16 child, unsigned int order,
			   enum llfree_class class, unsigned int start)
{
	struct llfree_bitfield *bits = &a->bits[frame];
	unsigned int nr = 1u << order;
	u64 base = frame * LLFREE_FRAME_PAGES;
	int page;

	if ((child & (LLFREE_CHILD_HUGE | LLFREE_CHILD_BLOCKED)) ||
	    child_free(child) < nr)
		return -ENOMEM;
	if (order && !bits_have(bits, order))
		return -ENOMEM;
	if (!child_take(a, cpu, frame, nr, nr, class))
		return -ENOMEM;

	/* Order 0: a zero bit is ours; others can only move it about. */
	do {
		page = bits_take(bits, order, start);
	} while (page < 0 && !order);

	/* Complete the accounting even if the next step is to undo it. */
	account(a, cpu, frame, -(int)nr,
		page < 0 ? -1 : (s64)((base + page) / LLFREE_ROW_PAGES));
	if (page < 0) {
		undo_take(a, cpu, frame, nr);
		return -ENOMEM;
	}
	return base + page;
}

static s64 frame_get_huge(struct llfree *a, unsigned int cpu, u64 frame,
			  u16 child)
{
	do {
		if (!child_is_free(child))
			return -ENOMEM;
	} while (!try_cmpxchg(&a->child[frame], &child,
			      (u16)LLFREE_CHILD_HUGE));

	count_free_huge(a, cpu, -1);
	account(a, cpu, frame, -(int)LLFREE_FRAME_PAGES,
		frame * LLFREE_FRAME_ROWS);
	bits_fill(&a->bits[frame], ROW_FULL);
	return frame * LLFREE_FRAME_PAGES;
}

/* Replace both child words of a pair; @from lists the bits that must match. */
static bool pair_take(struct llfree *a, u64 frame, u16 mask, u16 from, u16 to)
{
	child_pair_t *pair = (child_pair_t *)&a->child[frame];
	u32 old = READ_ONCE(*pair);

	do {
		if ((old & mask) != from || ((old >> 16) & mask) != from)
			return false;
	} while (!try_cmpxchg(pair, &old, to | ((u32)to << 16)));
	return true;
}

static s64 frame_get_pair(struct llfree *a, unsigned int cpu, u64 frame)
{
	u64 i;

	if (!pair_take(a, frame, LLFREE_CHILD_FREE | LLFREE_CHILD_HUGE |
		       LLFREE_CHILD_BLOCKED, LLFREE_FRAME_PAGES,
		       LLFREE_CHILD_HUGE))
		return -ENOMEM;

	count_free_huge(a, cpu, -2);
	for (i = frame; i < frame + 2; i++) {
		account(a, cpu, i, -(int)LLFREE_FRAME_PAGES,
			i * LLFREE_FRAME_ROWS);
		bits_fill(&a->bits[i], ROW_FULL);
	}
	return frame * LLFREE_FRAME_PAGES;
}

/* @child is what the caller just read there. */
static s64 frame_get(struct llfree *a, unsigned int cpu, u64 frame, u16 child,
		     unsigned int order, enum llfree_class class,
		     unsigned int start)
{
	if (order < LLFREE_FRAME_ORDER)
		return frame_get_small(a, cpu, frame, child, order, class,
				       start);
	if (order == LLFREE_FRAME_ORDER)
		return frame_get_huge(a, cpu, frame, child);
	return frame & 1 ? -ENOMEM : frame_get_pair(a, cpu, frame);
}

s64 llfree_get_from(struct llfree *a, unsigned int cpu, u64 frame,
		    unsigned int order)
{
	return frame_get(a, cpu, frame, READ_ONCE(a->child[frame]), order,
			 LLFREE_MOVABLE, 0);
}

/* Take up to @nr single pages. */
static unsigned int frame_get_bulk(struct llfree *a, unsigned int cpu,
				   u64 frame, enum llfree_class class,
				   u64 *index, unsigned int nr)
{
	nr = child_take(a, cpu, frame, 1, nr, class);
	if (nr) {
		bits_take_bulk(&a->bits[frame], frame * LLFREE_FRAME_PAGES,
			       index, nr);
		account(a, cpu, frame, -(int)nr, frame * LLFREE_FRAME_ROWS);
	}
	return nr;
}

unsigned int llfree_get_bulk_from(struct llfree *a, unsigned int cpu, u64 frame,
				  u64 *index, unsigned int nr)
{
	return frame_get_bulk(a, cpu, frame, LLFREE_MOVABLE, index, nr);
}

/*
 * Trees
 */

/*
 * Try the frames of a tree, from the row of the instance @start on: those with
 * unmovable pages for such pages, the others for movable ones, and the rest
 * only if it may be.
 */
static s64 tree_get(struct llfree *a, unsigned int cpu, u64 tree,
		    unsigned int order, enum llfree_class class, u64 start,
		    bool rest)
{
	u64 first = tree * LLFREE_TREE_FRAMES, nr = tree_frames(a, tree), i;
	u64 skip = start / LLFREE_FRAME_ROWS - first, later = 0;
	u16 mark = class_mark(class);
	s64 index;

	for (i = 0; i < nr; i++) {
		u64 frame = first + (skip + i) % nr;
		u16 child = READ_ONCE(a->child[frame]);

		if (order < LLFREE_FRAME_ORDER &&
		    (child & LLFREE_CHILD_UNMOVABLE) != mark) {
			later |= BIT_ULL(i);
			continue;
		}
		index = frame_get(a, cpu, frame, child, order, class,
				  i ? 0 : start % LLFREE_FRAME_ROWS);
		if (index >= 0)
			return index;
	}
	for (; rest && later; later &= later - 1) {
		u64 frame = first + (skip + __ffs64(later)) % nr;

		index = frame_get(a, cpu, frame, READ_ONCE(a->child[frame]),
				  order, class, 0);
		if (index >= 0)
			return index;
	}
	return -ENOMEM;
}

/* First row of the frame with the most free pages. */
static u64 tree_emptiest_row(const struct llfree *a, u64 tree)
{
	u64 first = tree * LLFREE_TREE_FRAMES, best = first, frame;

	for (frame = first; frame < first + tree_frames(a, tree); frame++) {
		if (child_free(READ_ONCE(a->child[frame])) >
		    child_free(READ_ONCE(a->child[best])))
			best = frame;
	}
	return best * LLFREE_FRAME_ROWS;
}

/* Several pages, but not a frame. */
static bool is_run(unsigned int order)
{
	return order && order < LLFREE_FRAME_ORDER;
}

/*
 * Convert an unreserved tree to @class, unless it has a lower one, and make it
 * this CPU's own; the tree reserved before is given back.  A run of pages that
 * was found elsewhere does not end the reservation: single pages still fit.
 */
static void tree_adopt(struct llfree *a, unsigned int cpu, u64 tree,
		       unsigned int order, enum llfree_class class, u64 row)
{
	u64 *slot = &a->local[cpu].reserved[class];
	bool reserve = a->reserve &&
		       !(is_run(order) && (READ_ONCE(*slot) & LOCAL_PRESENT));
	u32 old = READ_ONCE(a->tree[tree]);

	do {
		if ((old & TREE_RESERVED) || tree_class(old) < class)
			return;
		if (!reserve && tree_class(old) == class)
			return;
	} while (!try_cmpxchg(&a->tree[tree], &old, reserve ?
			      tree_word(0, class, TREE_RESERVED) :
			      tree_word(tree_free(old), class, 0)));

	if (tree_class(old) != class)
		llfree_stat_inc(&a->local[cpu].demotions);
	if (!reserve)
		return;
	release(a, xchg(slot, local_word(tree_free(old), row)));
	/* Runs, too, are to be found here first. */
	WRITE_ONCE(a->local[cpu].run[class], row);
}

/*
 * Get from the tree this CPU has reserved; unmovable pages only from frames
 * that hold such pages unless @enter.
 */
static s64 get_reserved(struct llfree *a, unsigned int cpu, unsigned int order,
			enum llfree_class class, bool enter)
{
	u64 word = READ_ONCE(a->local[cpu].reserved[class]);
	u64 tree = local_tree(word);
	int nr = 1 << order;

	if (!(word & LOCAL_PRESENT))
		return -ENOMEM;
	if (local_free(word) < nr &&
	    local_free(word) + tree_free(READ_ONCE(a->tree[tree])) < nr)
		return -ENOMEM;
	if (class != LLFREE_UNMOVABLE)
		return tree_get(a, cpu, tree, order, class, local_row(word),
				true);
	return tree_get(a, cpu, tree, order, class,
			enter ? tree_emptiest_row(a, tree) : tree * TREE_ROWS,
			enter);
}

/* How good a tree is for a request, best first. */
enum tree_rank {
	RANK_PARTIAL,		/* own class, part used: keep filling it */
	RANK_SAME,		/* own class */
	RANK_HUGE_PARTIAL,	/* huge class, part used */
	RANK_HUGE_FREE,		/* huge class, nothing used */
	RANK_RESERVED,		/* own class, reserved by another CPU */
	RANK_OTHER,		/* another class */
	RANK_NONE,
};

static enum tree_rank tree_rank(const struct llfree *a, u64 tree, u32 word,
				int nr, enum llfree_class class)
{
	int free = tree_free(word);

	/* The count of a reserved tree is in its local word. */
	if (word & TREE_RESERVED)
		return tree_class(word) == class ? RANK_RESERVED : RANK_OTHER;
	if (free < nr)
		return RANK_NONE;
	if (tree_class(word) == class) {
		if (free >= PARTIAL_MIN && free < (int)PARTIAL_MAX)
			return RANK_PARTIAL;
		return RANK_SAME;
	}
	if (tree_class(word) == LLFREE_HUGE)
		return free < tree_pages(a, tree) ? RANK_HUGE_PARTIAL :
						    RANK_HUGE_FREE;
	return RANK_OTHER;
}

static s64 get_ranked(struct llfree *a, unsigned int cpu, u64 tree,
		      unsigned int order, enum llfree_class class,
		      enum tree_rank rank)
{
	u64 row = tree * TREE_ROWS;
	s64 index;

	/* Where classes mix, mix in as few frames as possible. */
	if (class == LLFREE_UNMOVABLE ||
	    (rank == RANK_OTHER && class == LLFREE_MOVABLE))
		row = tree_emptiest_row(a, tree);
	index = tree_get(a, cpu, tree, order, class, row, true);
	if (index < 0)
		return index;
	if (rank == RANK_OTHER)
		llfree_stat_inc(&a->local[cpu].steals);
	if (rank != RANK_RESERVED)
		tree_adopt(a, cpu, tree, order, class, index / LLFREE_ROW_PAGES);
	return index;
}

/*
 * Runs go on where the last one was found: the tree that is reserved may have
 * none for as long as it has single pages, and to look through it, or at all
 * trees, each time would take the longer the more memory there is.  While that
 * is the reserved one, get_reserved() sees to it.
 */
static s64 get_run(struct llfree *a, unsigned int cpu, unsigned int order,
		   enum llfree_class class)
{
	u64 row = READ_ONCE(a->local[cpu].run[class]), t = row / TREE_ROWS;
	s64 index;

	if (tree_rank(a, t, READ_ONCE(a->tree[t]), 1 << order, class) >
	    RANK_SAME)
		return -ENOMEM;
	/* Unmovable ones only where such pages are; see get_packed(). */
	index = tree_get(a, cpu, t, order, class, row,
			 class != LLFREE_UNMOVABLE);
	if (index >= 0 && (u64)index / LLFREE_ROW_PAGES != row)
		WRITE_ONCE(a->local[cpu].run[class], index / LLFREE_ROW_PAGES);
	return index;
}

/* Try all trees of a rank, from @first on. */
static s64 search_rank(struct llfree *a, unsigned int cpu, u64 first,
		       unsigned int order, enum llfree_class class,
		       enum tree_rank rank)
{
	u64 i;

	for (i = 0; i < a->trees; i++) {
		u64 t = (first + i) % a->trees;
		u32 word = READ_ONCE(a->tree[t]);
		s64 index;

		if (tree_rank(a, t, word, 1 << order, class) != rank)
			continue;
		index = get_ranked(a, cpu, t, order, class, rank);
		if (index >= 0)
			return index;
	}
	return -ENOMEM;
}

/* Fill up the frames that hold unmovable pages before another one does. */
static s64 get_packed(struct llfree *a, unsigned int cpu, unsigned int order)
{
	u64 t;

	for (t = 0; t < a->trees; t++) {
		u32 word = READ_ONCE(a->tree[t]);
		s64 index;

		if ((word & TREE_RESERVED) || tree_free(word) < 1 << order ||
		    tree_class(word) != LLFREE_UNMOVABLE)
			continue;
		index = tree_get(a, cpu, t, order, LLFREE_UNMOVABLE,
				 t * TREE_ROWS, false);
		if (index < 0)
			continue;
		tree_adopt(a, cpu, t, order, LLFREE_UNMOVABLE,
			   index / LLFREE_ROW_PAGES);
		return index;
	}
	return get_reserved(a, cpu, order, LLFREE_UNMOVABLE, true);
}

/*
 * Look for another tree without mixing classes: one pass ranks all of them and
 * takes the first of the best rank at once; where that fails, every tree of a
 * rank is tried before the next rank.
 */
static s64 get_search(struct llfree *a, unsigned int cpu, unsigned int order,
		      enum llfree_class class)
{
	u64 word = READ_ONCE(a->local[cpu].reserved[class]);
	u64 start = word & LOCAL_PRESENT ? local_tree(word) :
					   a->trees * cpu / a->cpus;
	u64 first[RANK_NONE + 1], i, t;
	enum tree_rank rank;
	s64 index;

	if (class == LLFREE_UNMOVABLE) {
		index = get_packed(a, cpu, order);
		if (index >= 0)
			return index;
	}

	for (rank = 0; rank <= RANK_NONE; rank++)
		first[rank] = a->trees;

	for (i = 0; i < a->trees; i++) {
		t = (start + i) % a->trees;
		rank = tree_rank(a, t, READ_ONCE(a->tree[t]), 1 << order,
				 class);
		if (rank == RANK_PARTIAL) {
			index = get_ranked(a, cpu, t, order, class, rank);
			if (index >= 0)
				return index;
		} else if (first[rank] == a->trees) {
			first[rank] = t;
		}
	}

	for (rank = RANK_SAME; rank < RANK_OTHER; rank++) {
		if (first[rank] == a->trees)
			continue;
		index = search_rank(a, cpu, first[rank], order, class, rank);
		if (index >= 0)
			return index;
	}
	return -ENOMEM;
}

/*
 * Mix classes.  The emptiest tree offers the most room for the fewest frames
 * spoilt, and it may be one this CPU has reserved for a higher class.
 */
static s64 get_other(struct llfree *a, unsigned int cpu, unsigned int order,
		     enum llfree_class class)
{
	u64 *slots = a->local[cpu].reserved, best = 0, t;
	unsigned int c;
	int most = 0;

	for (c = class + 1; c < LLFREE_NR_CLASSES; c++)
		release(a, xchg(&slots[c], 0));

	for (t = 0; t < a->trees; t++) {
		u32 word = READ_ONCE(a->tree[t]);

		if (!(word & TREE_RESERVED) && tree_class(word) != class &&
		    tree_free(word) > most) {
			most = tree_free(word);
			best = t;
		}
	}
	if (tree_class(READ_ONCE(a->tree[best])) == LLFREE_HUGE) {
		s64 index = get_search(a, cpu, order, class);

		if (index >= 0)
			return index;
	}
	return search_rank(a, cpu, best, order, class, RANK_OTHER);
}

/* The last resort asks every frame and trusts nothing above it. */
static s64 scan_frames(struct llfree *a, unsigned int cpu, unsigned int order,
		       enum llfree_class class)
{
	u64 start = a->frames * cpu / a->cpus, i;

	for (i = 0; i < a->frames; i++) {
		u64 frame = (start + i) % a->frames;
		s64 index = frame_get(a, cpu, frame, READ_ONCE(a->child[frame]),
				      order, class, 0);

		if (index >= 0)
			return index;
	}
	return -ENOMEM;
}

static unsigned long sum_puts(const struct llfree *a)
{
	unsigned long sum = 0;
	unsigned int cpu;

	for (cpu = 0; cpu < a->cpus; cpu++)
		sum += READ_ONCE(a->local[cpu].puts);
	return sum;
}

static s64 get_exhaustive(struct llfree *a, unsigned int cpu,
			  unsigned int order, enum llfree_class class)
{
	u32 absent = NO_ORDER_MASK & ~((1u << order) - 1);
	unsigned long puts;
	unsigned int i;
	s64 index;

	llfree_stat_inc(&a->local[cpu].scans);
	for (i = 0; i < MAX_SCANS; i++) {
		puts = sum_puts(a);
		index = scan_frames(a, cpu, order, class);
		if (index >= 0 || order || sum_puts(a) == puts)
			break;
	}
	if (index >= 0 || !order || order == LLFREE_FRAME_ORDER)
		return index;

	no_order_change(a, absent, 0);
	index = scan_frames(a, cpu, order, class);
	/* Who freed that may have read the mask before: longer runs may be there. */
	if (index >= 0)
		no_order_change(a, 0, absent);
	return index;
}

s64 llfree_get(struct llfree *a, unsigned int cpu, unsigned int order,
	       enum llfree_class class, unsigned int flags)
{
	s64 index;

	if (order > LLFREE_MAX_ORDER)
		return -ENOMEM;
	if (order >= LLFREE_FRAME_ORDER) {
		if (!have_free_huge(a, 1u << (order - LLFREE_FRAME_ORDER)))
			return -ENOMEM;
		class = LLFREE_HUGE;
		flags = 0;
	}

	if (is_run(order) && class == LLFREE_MOVABLE) {
		index = get_run(a, cpu, order, class);
		if (index >= 0)
			return index;
	}
	index = get_reserved(a, cpu, order, class, false);
	if (likely(index >= 0))
		return index;
	/* The frames of the reserved tree that hold such pages come first. */
	if (is_run(order) && class == LLFREE_UNMOVABLE) {
		index = get_run(a, cpu, order, class);
		if (index >= 0)
			return index;
	}
	llfree_stat_inc(&a->local[cpu].searches);
	index = get_search(a, cpu, order, class);
	if (index >= 0 && is_run(order))
		WRITE_ONCE(a->local[cpu].run[class], index / LLFREE_ROW_PAGES);
	if (index >= 0 || (flags & LLFREE_NOFRAGMENT))
		return index;
	index = get_other(a, cpu, order, class);
	if (index >= 0)
		return index;
	return get_exhaustive(a, cpu, order, class);
}

/* Take up to @nr single pages from the tree this CPU has reserved. */
static unsigned int reserved_get_bulk(struct llfree *a, unsigned int cpu,
				      enum llfree_class class, u64 *index,
				      unsigned int nr)
{
	u64 word = READ_ONCE(a->local[cpu].reserved[class]);
	u64 first = local_tree(word) * LLFREE_TREE_FRAMES;
	u64 skip = local_row(word) / LLFREE_FRAME_ROWS - first, frames, i;
	unsigned int done = 0;

	if (!(word & LOCAL_PRESENT))
		return 0;
	frames = tree_frames(a, local_tree(word));
	for (i = 0; i < frames && done < nr; i++)
		done += frame_get_bulk(a, cpu, first + (skip + i) % frames,
				       class, index + done, nr - done);
	return done;
}

unsigned int llfree_get_bulk(struct llfree *a, unsigned int cpu,
			     enum llfree_class class, u64 *index,
			     unsigned int nr)
{
	unsigned int done = 0;

	while (done < nr) {
		unsigned int took = reserved_get_bulk(a, cpu, class,
						      index + done, nr - done);
		s64 one;

		if (took) {
			done += took;
			continue;
		}
		/* This tree is used up: a single get finds the next. */
		one = llfree_get(a, cpu, 0, class, 0);
		if (one < 0)
			break;
		index[done++] = one;
	}
	return done;
}

/* Set the bits of a run of less than a frame, all or none. */
static bool bits_set_run(struct llfree_bitfield *bits, unsigned int page,
			 unsigned int order)
{
	unsigned int row = page / LLFREE_ROW_PAGES;
	u64 mask, old;

	if (order > 6)
		return bits_set_rows(bits, row, 1u << (order - 6));

	mask = row_mask(page % LLFREE_ROW_PAGES, order);
	old = READ_ONCE(bits->row[row]);
	do {
		if (old & mask)
			return false;
	} while (!try_cmpxchg(&bits->row[row], &old, old | mask));
	return true;
}

/* Of less than a frame, this run or none. */
static int run_get(struct llfree *a, unsigned int cpu, u64 index,
		   unsigned int order, enum llfree_class class)
{
	u64 frame = index / LLFREE_FRAME_PAGES;
	unsigned int page = index % LLFREE_FRAME_PAGES, nr = 1u << order;
	struct llfree_bitfield *bits = &a->bits[frame];
	bool taken;

	if (!bits_run_free(bits, page, order) ||
	    !child_take(a, cpu, frame, nr, nr, class))
		return -EBUSY;

	taken = bits_set_run(bits, page, order);
	account(a, cpu, frame, -(int)nr, -1);
	if (!taken) {
		undo_take(a, cpu, frame, nr);
		return -EBUSY;
	}
	return 0;
}

int llfree_get_at(struct llfree *a, unsigned int cpu, u64 index,
		  unsigned int order)
{
	u64 frame = index / LLFREE_FRAME_PAGES;

	if (order >= LLFREE_FRAME_ORDER)
		return frame_get(a, cpu, frame, READ_ONCE(a->child[frame]),
				 order, LLFREE_HUGE, 0) < 0 ? -EBUSY : 0;
	return run_get(a, cpu, index, order, LLFREE_UNMOVABLE);
}

/*
 * A free page of a blocked frame: it was the blocker's, who finds the frame
 * less free than it was.  Neither the tree nor the platform counts it.
 */
static int get_blocked(struct llfree *a, unsigned int cpu, u64 index)
{
	u64 frame = index / LLFREE_FRAME_PAGES;
	unsigned int page = index % LLFREE_FRAME_PAGES;
	u16 *word = &a->child[frame], old = READ_ONCE(*word), new;

	if (!bits_run_free(&a->bits[frame], page, 0))
		return -EBUSY;
	do {
		if (!(old & LLFREE_CHILD_BLOCKED) ||
		    (old & LLFREE_CHILD_HUGE) || !child_free(old))
			return -EBUSY;
		new = (old - 1) | class_mark(LLFREE_UNMOVABLE);
	} while (!try_cmpxchg(word, &old, new));

	child_changed(a, cpu, frame, old, new);
	if (!bits_set_run(&a->bits[frame], page, 0)) {
		undo_take(a, cpu, frame, 1);
		return -EBUSY;
	}
	return 0;
}

int llfree_get_poisoned(struct llfree *a, unsigned int cpu, u64 index)
{
	return llfree_get_at(a, cpu, index, 0) ? get_blocked(a, cpu, index) : 0;
}

int llfree_get_to(struct llfree *a, unsigned int cpu, u64 index,
		  unsigned int order)
{
	return run_get(a, cpu, index, order, LLFREE_MOVABLE);
}

/*
 * Put
 */

/* Free a frame that was allocated as a whole; false if it was not. */
static bool put_huge(struct llfree *a, unsigned int cpu, u64 frame)
{
	u16 *word = &a->child[frame];
	u16 old = READ_ONCE(*word);

	if (!(old & LLFREE_CHILD_HUGE))
		return false;
	bits_fill(&a->bits[frame], 0);
	do {
		if (WARN_ONCE(!(old & LLFREE_CHILD_HUGE),
			      "llfree: frame freed as a whole and in part\n"))
			return true;
	} while (!try_cmpxchg(word, &old, (u16)((old & ~(LLFREE_CHILD_HUGE |
							 LLFREE_CHILD_SKIP)) |
						LLFREE_FRAME_PAGES)));

	if (!(old & LLFREE_CHILD_BLOCKED)) {
		account(a, cpu, frame, LLFREE_FRAME_PAGES, -1);
		count_free_huge(a, cpu, 1);
		publish(a, frame * LLFREE_FRAME_PAGES);
	}
	llfree_stat_inc(&a->local[cpu].puts);
	return true;
}

/* A page of a whole frame goes: from now on the bits count. */
static void split_huge(struct llfree *a, u64 frame)
{
	u16 *word = &a->child[frame];
	u16 old = READ_ONCE(*word);

	while (old & LLFREE_CHILD_HUGE) {
		u16 new = old & ~LLFREE_CHILD_HUGE;

		if (try_cmpxchg(word, &old, new)) {
			child_marked(a, frame, old, new);
			break;
		}
	}
}

/* Of a frame, or all of it. */
static int put_run(struct llfree *a, unsigned int cpu, u64 index,
		   unsigned int order)
{
	u64 frame = index / LLFREE_FRAME_PAGES;
	unsigned int cleared;

	if (order == LLFREE_FRAME_ORDER && put_huge(a, cpu, frame))
		return 0;
	split_huge(a, frame);
	cleared = bits_clear(&a->bits[frame], index % LLFREE_FRAME_PAGES,
			     order);
	if (cleared && child_give(a, cpu, frame, cleared))
		publish(a, index);
	return cleared == 1u << order ? 0 : -EINVAL;
}

int llfree_put(struct llfree *a, unsigned int cpu, u64 index,
	       unsigned int order)
{
	u64 end;

	if (order >= 63 || index >= a->pages ||
	    a->pages - index < (1ull << order))
		return -EINVAL;
	if (order <= LLFREE_FRAME_ORDER)
		return put_run(a, cpu, index, order);

	for (end = index + (1ull << order); index < end;
	     index += LLFREE_FRAME_PAGES) {
		int err = put_run(a, cpu, index, LLFREE_FRAME_ORDER);

		if (err)
			return err;
	}
	return 0;
}

/*
 * Blocks
 */

int llfree_block(struct llfree *a, unsigned int cpu, u64 frame, u16 kind)
{
	u16 *word = &a->child[frame];
	u16 old = READ_ONCE(*word);

	do {
		if (old & LLFREE_CHILD_BLOCKED)
			return (old & kind & LLFREE_CHILD_ISOLATED) ? 0 :
								      -EBUSY;
		if (kind == LLFREE_CHILD_COMPACTING &&
		    (old & LLFREE_CHILD_HUGE))
			return -EINVAL;
	} while (!try_cmpxchg(word, &old, (u16)(old | kind)));

	child_changed(a, cpu, frame, old, old | kind);
	if (child_free(old))
		account(a, cpu, frame, -(int)child_free(old), -1);
	return 0;
}

void llfree_unblock(struct llfree *a, unsigned int cpu, u64 frame, u16 kind,
		    bool skip)
{
	u16 *word = &a->child[frame];
	u16 old = READ_ONCE(*word), new;

	do {
		if (WARN_ONCE(!(old & kind), "llfree: frame is not blocked\n"))
			return;
		new = old & ~(kind | LLFREE_CHILD_SKIP);
		if (child_free(old) == LLFREE_FRAME_PAGES)
			new &= ~LLFREE_CHILD_UNMOVABLE;
		else if (skip)
			new |= LLFREE_CHILD_SKIP;
	} while (!try_cmpxchg(word, &old, new));

	child_changed(a, cpu, frame, old, new);
	llfree_stat_inc(&a->local[cpu].puts);
	if (child_free(new))
		account(a, cpu, frame, child_free(new), -1);
	publish_frame(a, frame);
}

void llfree_clear_skip(struct llfree *a, u64 frame)
{
	u16 old = READ_ONCE(a->child[frame]);

	while (old & LLFREE_CHILD_SKIP) {
		u16 new = old & ~LLFREE_CHILD_SKIP;

		if (try_cmpxchg(&a->child[frame], &old, new)) {
			child_marked(a, frame, old, new);
			break;
		}
	}
}

bool llfree_quiet(const struct llfree *a, u64 frame)
{
	u16 child = smp_load_acquire(&a->child[frame]);

	return bits_zero(&a->bits[frame]) == child_free(child) &&
	       READ_ONCE(a->child[frame]) == child;
}

s64 llfree_claim(struct llfree *a, u64 frame, unsigned int order,
		 enum llfree_class class)
{
	const u16 mine = LLFREE_CHILD_COMPACTING;
	u16 *word = &a->child[frame];
	u16 old = READ_ONCE(*word);
	unsigned int nr = 1u << order;
	u64 index = frame * LLFREE_FRAME_PAGES;
	int page;

	if (order > LLFREE_FRAME_ORDER) {
		if (!pair_take(a, frame, (u16)~LLFREE_CHILD_SKIP,
			       LLFREE_FRAME_PAGES | mine,
			       LLFREE_CHILD_HUGE | mine))
			return -EBUSY;
		bits_fill(&a->bits[frame], ROW_FULL);
		bits_fill(&a->bits[frame + 1], ROW_FULL);
		return index;
	}

	do {
		if (!(old & mine) || (old & LLFREE_CHILD_HUGE) ||
		    child_free(old) < nr)
			return -EBUSY;
	} while (!try_cmpxchg(word, &old, order < LLFREE_FRAME_ORDER ?
			      (u16)((old - nr) | class_mark(class)) :
			      (u16)(LLFREE_CHILD_HUGE | mine)));

	if (order == LLFREE_FRAME_ORDER) {
		bits_fill(&a->bits[frame], ROW_FULL);
		return index;
	}
	page = bits_take(&a->bits[frame], order, 0);
	if (page >= 0)
		return index + page;

	old = READ_ONCE(*word);
	while (!try_cmpxchg(word, &old, (u16)(old + nr)))
		;
	return -EBUSY;
}

/*
 * Questions
 */

int llfree_free_order(const struct llfree *a, u64 index)
{
	return run_order(a, index, index ? min_t(int, __ffs64(index),
						 LLFREE_MAX_ORDER) :
					   LLFREE_MAX_ORDER);
}

unsigned int llfree_free_run(const struct llfree *a, u64 index)
{
	u64 frame = index / LLFREE_FRAME_PAGES;
	unsigned int page = index % LLFREE_FRAME_PAGES;
	unsigned int pos = page % LLFREE_ROW_PAGES;
	u64 used;

	if (READ_ONCE(a->child[frame]) & LLFREE_CHILD_HUGE)
		return 0;
	used = READ_ONCE(a->bits[frame].row[page / LLFREE_ROW_PAGES]) >> pos;
	return used ? __ffs64(used) : LLFREE_ROW_PAGES - pos;
}

bool llfree_has_order(struct llfree *a, unsigned int order)
{
	bool absent = READ_ONCE(a->no_order) & (1u << order);

	if (!order)
		return true;
	if (order < LLFREE_FRAME_ORDER)
		return !absent || have_free_huge(a, 1);
	if (order == LLFREE_FRAME_ORDER)
		return have_free_huge(a, 1);
	return order == LLFREE_MAX_ORDER && !absent && have_free_huge(a, 2);
}

enum llfree_class llfree_tree_class(const struct llfree *a, u64 frame)
{
	return tree_class(READ_ONCE(a->tree[frame / LLFREE_TREE_FRAMES]));
}

int llfree_tree_free(const struct llfree *a, u64 tree)
{
	u32 word = READ_ONCE(a->tree[tree]);

	return word & TREE_RESERVED ? 0 : tree_free(word);
}

bool llfree_reserved(const struct llfree *a, unsigned int cpu)
{
	unsigned int class;

	for (class = 0; class < LLFREE_NR_CLASSES; class++) {
		if (READ_ONCE(a->local[cpu].reserved[class]) & LOCAL_PRESENT)
			return true;
	}
	return false;
}

bool llfree_drain(struct llfree *a, unsigned int cpu)
{
	bool any = false;
	unsigned int class;

	for (class = 0; class < LLFREE_NR_CLASSES; class++) {
		u64 word = xchg(&a->local[cpu].reserved[class], 0);

		release(a, word);
		any |= word & LOCAL_PRESENT;
	}
	return any;
}

/*
 * Set-up and self-check
 */

static inline size_t align64(size_t bytes)
{
	return (bytes + 63) & ~(size_t)63;
}

static inline u64 nr_trees(u64 frames)
{
	return (frames + LLFREE_TREE_FRAMES - 1) / LLFREE_TREE_FRAMES;
}

size_t llfree_attach_bytes(u64 pages, unsigned int cpus)
{
	return align64(nr_trees(pages / LLFREE_FRAME_PAGES) * sizeof(u32)) +
	       cpus * sizeof(struct llfree_local);
}

size_t llfree_metadata_bytes(u64 pages, unsigned int cpus)
{
	u64 frames = pages / LLFREE_FRAME_PAGES;

	return frames * sizeof(struct llfree_bitfield) +
	       align64(frames * sizeof(u16)) + llfree_attach_bytes(pages, cpus);
}

/* Everything but the words of trees. */
static void set_up(struct llfree *a, u64 pages, unsigned int cpus,
		   struct llfree_bitfield *bits, u16 *child, void *buffer,
		   void *owner)
{
	memset(a, 0, sizeof(*a));
	a->pages = pages;
	a->frames = pages / LLFREE_FRAME_PAGES;
	a->trees = nr_trees(a->frames);
	a->cpus = cpus;
	a->owner = owner;
	/* Else reservations would hide most of a small zone. */
	a->reserve = a->trees >= 2ull * cpus * LLFREE_NR_CLASSES;

	memset(buffer, 0, llfree_attach_bytes(pages, cpus));
	a->bits = bits;
	a->child = child;
	a->tree = buffer;
	a->local = buffer + align64(a->trees * sizeof(u32));
}

void llfree_init(struct llfree *a, u64 pages, unsigned int cpus, void *buffer,
		 void *owner)
{
	u64 frames = pages / LLFREE_FRAME_PAGES, i;
	struct llfree_bitfield *bits = buffer;
	u16 *child = (u16 *)(bits + frames);

	set_up(a, pages, cpus, bits, child,
	       (void *)child + align64(frames * sizeof(u16)), owner);
	for (i = 0; i < a->frames; i++)
		a->child[i] = LLFREE_CHILD_UNMOVABLE | LLFREE_CHILD_ABSENT;
	memset(a->bits, 0xff, a->frames * sizeof(struct llfree_bitfield));
	for (i = 0; i < a->trees; i++)
		a->tree[i] = tree_word(0, LLFREE_HUGE, 0);
}

void llfree_attach(struct llfree *a, u64 pages, unsigned int cpus,
		   struct llfree_bitfield *bits, u16 *child, void *buffer,
		   void *owner)
{
	u64 tree, frame, sum = 0;

	set_up(a, pages, cpus, bits, child, buffer, owner);
	for (tree = 0; tree < a->trees; tree++) {
		u64 first = tree * LLFREE_TREE_FRAMES;
		int free = 0;

		for (frame = first; frame < first + tree_frames(a, tree);
		     frame++) {
			free += child_free(child[frame]);
			a->free_huge += child_is_free(child[frame]);
		}
		a->tree[tree] = tree_word(free, free == tree_pages(a, tree) ?
					  LLFREE_HUGE : LLFREE_MOVABLE, 0);
		sum += free;
	}
	llfree_account_free(owner, sum);
}

static u64 validate_frame(const struct llfree *a, u64 frame,
			  struct llfree_totals *totals)
{
	u16 child = READ_ONCE(a->child[frame]);
	unsigned int free = child_free(child);
	bool blocked = child & LLFREE_CHILD_BLOCKED;

	if (blocked)
		totals->blocked++;
	if (blocked)
		totals->blocked_free += free;
	else
		totals->free += free;
	if (child & LLFREE_CHILD_HUGE)
		totals->huge++;
	if (child_is_free(child))
		totals->free_huge++;

	return (bits_zero(&a->bits[frame]) != free) +
	       ((child & LLFREE_CHILD_HUGE) && free) +
	       ((child & LLFREE_CHILD_BLOCKED) == LLFREE_CHILD_BLOCKED) +
	       ((child & LLFREE_CHILD_ABSENT) && free) +
	       ((child & LLFREE_CHILD_UNMOVABLE) && free == LLFREE_FRAME_PAGES);
}

/* Free pages and number of the reservations of a tree. */
static int reservations(const struct llfree *a, u64 tree, int *free)
{
	unsigned int cpu, class;
	int holders = 0;

	for (cpu = 0; cpu < a->cpus; cpu++) {
		for (class = 0; class < LLFREE_NR_CLASSES; class++) {
			u64 word = READ_ONCE(a->local[cpu].reserved[class]);

			if (!(word & LOCAL_PRESENT) || local_tree(word) != tree)
				continue;
			*free += local_free(word);
			/* A holder of another class counts as a stranger. */
			holders += tree_class(a->tree[tree]) == class ? 1 : 2;
		}
	}
	return holders;
}

u64 llfree_validate(const struct llfree *a, struct llfree_totals *totals)
{
	u64 violations = 0, frame, tree;

	memset(totals, 0, sizeof(*totals));
	for (tree = 0; tree < a->trees; tree++) {
		u64 first = tree * LLFREE_TREE_FRAMES, before = totals->free;
		u32 word = READ_ONCE(a->tree[tree]);
		int free = tree_free(word);

		for (frame = first; frame < first + tree_frames(a, tree);
		     frame++)
			violations += validate_frame(a, frame, totals);

		violations += reservations(a, tree, &free) !=
			      !!(word & TREE_RESERVED);
		violations += free != (int)(totals->free - before);
		violations += tree_class(word) >= LLFREE_NR_CLASSES;
	}
	violations += llfree_nr_free_huge(a) != totals->free_huge;
	return violations;
}
