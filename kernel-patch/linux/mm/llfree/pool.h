/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A persistent page pool: pages of an NVDIMM, handed out by the LLFree core,
 * that are still there, with their contents, after a crash.
 *
 * An allocation is known by its *handle*: the number of its owner slot and the
 * slot's generation.  A handle survives crashes, and compaction that moves the
 * pages; that it was freed is known until its slot was used 65535 times more.
 * Every function may run concurrently with every other one but
 * format and open; none waits for another one, holds a lock or keeps a log.
 * @cpu is the CPU the caller runs on; that migration is off is enough, and
 * preemption may be on: pages are zeroed and copied, and the driver may have to
 * sleep to exclude writers.
 *
 * On media, in this order:
 *
 *	header		one page: struct llfree_pool_header, then the roots
 *	bitfields	one per frame; a set bit is an allocated page
 *	child words	one per frame; there for the core alone, never flushed
 *			and made anew from the bitfields
 *	owner slots	8 bytes each: where the pages of a handle are
 *	tags		8 bytes each: a word of the user's
 *	pages		aligned to a frame
 *
 * All indices are relative to the region.  What is durable when:
 *
 *   - Memory may lose any line that was not flushed and fenced (ADR).
 *   - An allocation: its bits, its tag and the zeroes in its pages are durable
 *     before its slot becomes valid, which is durable before the handle is
 *     returned.
 *   - A free: the slot is durably cleared before the pages are free again.
 *     Bits are cleared lazily: what a crash leaves set, recovery sweeps.
 *   - A move: bits and contents of the target are durable before the slot
 *     names it (commit); that is durable before writers are readmitted and
 *     before the source is free.
 *   - Whoever reads a word that its writer may not have made durable yet, and
 *     acts on it, makes it durable first.
 *
 * Every step above is one aligned 8-byte store, of any order.  The bits of
 * orders 7 to 10 are several words, and so is their copy: a crash may leave a
 * part of them, but no slot names it, and recovery sweeps it.
 */
#ifndef _MM_LLFREE_POOL_H
#define _MM_LLFREE_POOL_H

#include "policy.h"

#define LLFREE_POOL_MAGIC	0x4c50454552464c4cull /* "LLFREEPL" */
/* While one is made: nothing is lost if it is made again. */
#define POOL_UNFINISHED		0x3f50454552464c4cull /* "LLFREEP?" */
#define LLFREE_POOL_VERSION	1u
#define LLFREE_POOL_ROOTS	64u
#define LLFREE_POOL_MAX_SLOTS	(1ull << 31)
#define LLFREE_POOL_MAX_PAGES	(1ull << 32)
/* Tags have 48 bits; the others hold the generation of the owner slot. */
#define LLFREE_POOL_TAG_MAX	((1ull << 48) - 1)

/**
 * struct llfree_pool_geometry - sizes of a pool
 * @frames: length in frames of 512 pages, even
 * @slots: how many allocations there can be at a time
 * @page_shift: log2 of the bytes of a page
 */
struct llfree_pool_geometry {
	u64 frames;
	u64 slots;
	u32 page_shift;
};

/**
 * struct llfree_pool_header - the start of a pool
 * @magic: LLFREE_POOL_MAGIC, written when everything else is durable
 * @version: LLFREE_POOL_VERSION; what follows is of this version
 * @page_shift: log2 of the bytes of a page
 * @frames: length in frames
 * @slots: owner slots
 * @bytes: length of the pool with everything
 * @id: tells pools apart
 * @checksum: of all of the above but @magic
 */
struct llfree_pool_header {
	u64 magic;
	u32 version;
	u32 page_shift;
	u64 frames;
	u64 slots;
	u64 bytes;
	u64 id[2];
	u64 checksum;
};

struct llfree_pool;

/**
 * struct llfree_pool_ops - what a move needs of the driver
 * @freeze: keep writers off these pages; when it returns 0, no store to them is
 *	under way and none begins before @thaw.  -EBUSY gives the move up.
 * @thaw: readmit writers.  @page is where the contents are now, or an error if
 *	the allocation was freed meanwhile.
 * @moved: a move has ended, what it counts for is counted; or NULL.  @from is
 *	where it began, @to where the contents are now, or why they did not move.
 *
 * @leave: somebody waits for the pool: a compaction ends early; or NULL
 *
 * @freeze is called after the slot was marked as moving: who is about to write
 * and sees the mark calls llfree_pool_admit() or waits for @thaw.
 */
struct llfree_pool_ops {
	int (*freeze)(struct llfree_pool *pool, u64 handle, u64 page,
		      unsigned int order);
	void (*thaw)(struct llfree_pool *pool, u64 handle, s64 page,
		     unsigned int order);
	void (*moved)(struct llfree_pool *pool, u64 handle, unsigned int order,
		      u64 from, s64 to);
	bool (*leave)(struct llfree_pool *pool);
};

/* Statistics of a CPU; see struct llfree_pool_totals. */
struct llfree_pool_cpu {
	long flushes;
	long fences;
	long moves;
	long given_up;
	long copied;
} __aligned(64);

/**
 * struct llfree_pool - an open pool
 * @base: where the region is mapped
 * @slot: owner slots, on media
 * @tag: tags, on media
 * @root: root slots, on media
 * @data: the pages
 * @nr_slots: length of @slot and @tag
 * @page_shift: log2 of the bytes of a page
 * @durable_caches: caches survive power loss (eADR): nothing is flushed
 * @pages: the instance of the core that hands out pages; its bitfields and
 *	child words are on media
 * @slots: the instance of the core that hands out slots; its pages are slots
 * @owner: of a page where an allocation starts: its slot.  A hint: the slot
 *	says whether it is true.
 * @state: memory of the compaction policies
 * @cpu: statistics
 * @ops: of the driver
 * @private: of the driver
 */
struct llfree_pool {
	void *base;
	u64 *slot;
	u64 *tag;
	u64 *root;
	void *data;
	u64 nr_slots;
	u32 page_shift;
	bool durable_caches;
	struct llfree pages;
	struct llfree slots;
	u32 *owner;
	struct llfree_compact_state state;
	struct llfree_pool_cpu *cpu;
	const struct llfree_pool_ops *ops;
	void *private;
};

/**
 * struct llfree_pool_config - how to open a pool
 * @base: the region, 64-byte aligned
 * @bytes: its length
 * @cpus: number of CPUs that will ever call
 * @durable_caches: what the region says of its persistence domain; if in
 *	doubt, false
 * @memory: 64-byte aligned, llfree_pool_memory_bytes() long
 * @scratch: 64-byte aligned, llfree_pool_scratch_bytes() long; free to go when
 *	llfree_pool_open() has returned
 * @ops: of the driver
 * @owner: handed to the platform's accounting of free pages
 */
struct llfree_pool_config {
	void *base;
	u64 bytes;
	unsigned int cpus;
	bool durable_caches;
	void *memory;
	void *scratch;
	const struct llfree_pool_ops *ops;
	void *owner;
};

/**
 * struct llfree_pool_report - what recovery found
 * @allocations: handles there are
 * @pages: pages they own
 * @swept: pages that were allocated but nobody's; they are free now
 * @missing: pages that were owned but not allocated.  This cannot happen: it is
 *	repaired, but something else wrote to the pool.
 * @moving: moves that the crash interrupted
 */
struct llfree_pool_report {
	u64 allocations;
	u64 pages;
	u64 swept;
	u64 missing;
	u64 moving;
};

/**
 * struct llfree_pool_totals - statistics since the pool was opened
 * @flushes: cache lines flushed
 * @fences: waits for them
 * @moves: allocations moved
 * @given_up: moves tried in vain, for a writer, a free or for want of room
 * @copied: bytes copied by moves, whether they were committed or not
 */
struct llfree_pool_totals {
	u64 flushes;
	u64 fences;
	u64 moves;
	u64 given_up;
	u64 copied;
};

/* Sizes, 0 if the geometry is impossible */
u64 llfree_pool_bytes(const struct llfree_pool_geometry *geometry);
size_t llfree_pool_memory_bytes(const struct llfree_pool_geometry *geometry,
				unsigned int cpus);
size_t llfree_pool_scratch_bytes(const struct llfree_pool_geometry *geometry);

/**
 * llfree_pool_format() - make an empty pool of a region, whatever it held
 * @base: the region, 64-byte aligned
 * @bytes: its length
 * @geometry: of the pool
 * @id: 16 random bytes
 *
 * A crash leaves what was there before, or no pool, or the new one.  Handles of
 * another pool that was here are stale, unless both @id say the same of where
 * generations begin, one in 65535.
 * Return: 0, -EINVAL for an impossible geometry, -EFBIG if the region is too
 * short for it.
 */
int llfree_pool_format(void *base, u64 bytes,
		       const struct llfree_pool_geometry *geometry,
		       const u64 id[2]);

/**
 * llfree_pool_probe() - is this a pool that can be opened?
 * @base: the region, 64-byte aligned
 * @bytes: its length
 * @geometry: filled in
 *
 * Reads the header only, and writes nothing.
 * Return: 0, -EMEDIUMTYPE if there is nothing, or a pool that was never
 * finished, -ENOTEMPTY if there is something else, -EOPNOTSUPP if it is of a newer
 * version, -EBADMSG if its header is damaged, -EFBIG if the region is shorter
 * than the pool.
 */
int llfree_pool_probe(const void *base, u64 bytes,
		      struct llfree_pool_geometry *geometry);

/**
 * llfree_pool_open() - recover a pool, after a crash or not
 * @pool: filled in
 * @config: where it is, and memory for it
 * @report: filled in
 *
 * May be interrupted by a crash at any point and run again.
 * Return: 0, what llfree_pool_probe() returns, or -EUCLEAN if a slot is
 * damaged: it names pages outside of the pool or another slot's, or its tag is
 * not its own.  Nothing was written then.
 */
int llfree_pool_open(struct llfree_pool *pool,
		     const struct llfree_pool_config *config,
		     struct llfree_pool_report *report);

/** llfree_pool_explain() - the sentence for an error of probe, open, format */
const char *llfree_pool_explain(int error);

/*
 * Whoever takes a handle returns -EINVAL if it cannot be one, -ENOENT if it was
 * freed, -ESTALE if its slot has another generation now.
 */

/**
 * llfree_pool_alloc() - allocate an aligned run of 2^order pages
 * @order: 0..LLFREE_MAX_ORDER
 * @tag: 0..LLFREE_POOL_TAG_MAX
 * @handle: filled in, never 0
 *
 * The pages are zero.
 * Return: 0, -EINVAL, -ENOMEM if there is no such run, -ENOSPC if there is no
 * slot.
 */
int llfree_pool_alloc(struct llfree_pool *pool, unsigned int cpu,
		      unsigned int order, u64 tag, u64 *handle);

/** llfree_pool_free() - free an allocation; durable when it returns 0 */
int llfree_pool_free(struct llfree_pool *pool, unsigned int cpu, u64 handle);

/**
 * llfree_pool_lookup() - where are the pages of a handle?
 * @order: filled in, or NULL
 * @moving: filled in, or NULL: they are about to be elsewhere; good for
 *	reading, and for writing after llfree_pool_admit()
 *
 * Return: index of the first page, or an error.
 */
s64 llfree_pool_lookup(struct llfree_pool *pool, unsigned int cpu, u64 handle,
		       unsigned int *order, bool *moving);

/**
 * llfree_pool_admit() - a writer does not wait for a move
 *
 * A move that is not committed is off, one that is becomes durable now.  The
 * caller has announced itself to what struct llfree_pool_ops.freeze looks at.
 * Return: index of the first page, or an error.
 */
s64 llfree_pool_admit(struct llfree_pool *pool, unsigned int cpu, u64 handle);

/** llfree_pool_set_tag() - change a tag; durable when it returns 0 */
int llfree_pool_set_tag(struct llfree_pool *pool, unsigned int cpu, u64 handle,
			u64 tag);

int llfree_pool_get_tag(struct llfree_pool *pool, unsigned int cpu, u64 handle,
			u64 *tag);

/**
 * llfree_pool_set_root() - change a root slot; durable when it returns 0
 * @root: 0..LLFREE_POOL_ROOTS-1
 * @value: any; usually a handle, by which data is found after a crash
 *
 * Return: 0 or -EINVAL.
 */
int llfree_pool_set_root(struct llfree_pool *pool, unsigned int cpu,
			 unsigned int root, u64 value);

int llfree_pool_get_root(struct llfree_pool *pool, unsigned int cpu,
			 unsigned int root, u64 *value);

/**
 * llfree_pool_next() - list the handles
 * @slot: where to start, 0 at first; set to where to go on
 *
 * Return: a handle, or 0 if there is none from @slot on.  One that was returned
 * by no llfree_pool_alloc() yet may be among them.
 */
u64 llfree_pool_next(struct llfree_pool *pool, unsigned int cpu, u64 *slot);

/**
 * llfree_pool_move() - move an allocation
 * @frame: where to, or -1 for anywhere else
 *
 * Return: index of the first page where it is now, -EBUSY if it is being
 * moved, written to or was freed meanwhile, -ENOMEM if there is no room, or an
 * error of handles.
 */
s64 llfree_pool_move(struct llfree_pool *pool, unsigned int cpu, u64 handle,
		     s64 frame);

/**
 * llfree_pool_map() - find out who owns which pages, for compaction
 * @slot: where to start
 * @nr: how many slots
 *
 * To be called after llfree_pool_open(), in pieces of any size, until all slots
 * there are were looked at.  Allocations and moves say themselves where they
 * are; compaction leaves alone what nobody has told of.  That includes pages
 * that change hands while they are looked at here: better before others come.
 */
void llfree_pool_map(struct llfree_pool *pool, u64 slot, u64 nr);

/**
 * llfree_pool_compact() - empty frames
 * @c: with policy, order, class, sync, whole and rule filled in, the rest zero
 * @frames: how many are wanted (for order 10: pairs)
 *
 * The caller's death, if it was told to, ends it early.
 * Return: how many were emptied.
 */
u64 llfree_pool_compact(struct llfree_pool *pool, unsigned int cpu,
			struct llfree_compact *c, u64 frames);

/** llfree_pool_totals() - sum up the statistics of all CPUs */
void llfree_pool_totals(const struct llfree_pool *pool,
			struct llfree_pool_totals *totals);

/* For the files of the pool */

/* Words or frames to go through before others get a turn. */
#define LLFREE_POOL_BATCH	(1u << 14)

/*
 * The owner slot: page, order, whether it is valid, whether its pages are being
 * moved, a count of moves begun (else a mover that a writer had called off
 * could take a later one for its own), generation.
 */
#define POOL_PAGE		0xffffffffull
#define POOL_ORDER_SHIFT	32
#define POOL_ORDER		0xfull
#define POOL_VALID		(1ull << 36)
#define POOL_MOVING		(1ull << 37)
#define POOL_MOVE		(1ull << 38)
#define POOL_MOVES		(0x3ffull << 38)
#define POOL_GENERATION_SHIFT	48
#define POOL_GENERATIONS	0xffffu

static inline u64 pool_page(u64 slot)
{
	return slot & POOL_PAGE;
}

static inline unsigned int pool_order(u64 slot)
{
	return slot >> POOL_ORDER_SHIFT & POOL_ORDER;
}

static inline u64 pool_generation(u64 slot)
{
	return slot >> POOL_GENERATION_SHIFT;
}

static inline u64 pool_handle(u64 slot, u64 generation)
{
	return generation << 32 | slot;
}

static inline void *pool_data(const struct llfree_pool *pool, u64 page)
{
	return pool->data + (page << pool->page_shift);
}

/* Start to write back; macros, so that the tests know each place. */
#define pool_flush(pool, at, from, bytes)				\
	do {								\
		if ((pool)->durable_caches)				\
			break;						\
		llfree_flush(from, bytes);				\
		llfree_count(&(pool)->cpu[at].flushes,			\
			     ((bytes) + 63) / 64);			\
	} while (0)

/* Needed with durable caches, too: copies bypass them. */
#define pool_fence(pool, at)						\
	do {								\
		llfree_fence();						\
		llfree_count(&(pool)->cpu[at].fences, 1);		\
	} while (0)

#define pool_persist(pool, at, word)					\
	do {								\
		pool_flush(pool, at, word, sizeof(*(word)));		\
		pool_fence(pool, at);					\
	} while (0)

/* Write back the bits of a run. */
#define pool_flush_bits(pool, at, page, order)				\
	pool_flush(pool, at,						\
		   &(pool)->pages.bits[(page) / LLFREE_FRAME_PAGES],	\
		   sizeof(struct llfree_bitfield) <<			\
		   ((order) > LLFREE_FRAME_ORDER))

/**
 * struct pool_layout - where the parts of a pool are, in bytes from its start
 */
struct pool_layout {
	u64 bits;
	u64 child;
	u64 slot;
	u64 tag;
	u64 data;
	u64 bytes;
};

#define POOL_HEADER_BYTES	4096u
#define POOL_ROOTS_AT		(POOL_HEADER_BYTES - LLFREE_POOL_ROOTS * 8)

/* False if there can be no such pool. */
bool llfree_pool_layout(const struct llfree_pool_geometry *geometry,
			struct pool_layout *layout);

/* What a handle says of its slot's word: 0 or an error. */
int llfree_pool_check(u64 slot, u64 handle);

/* Can it be a handle at all? */
bool llfree_pool_is_handle(const struct llfree_pool *pool, u64 handle);

/* The error of a handle, made durable: it may tell of a step that is not. */
int llfree_pool_refuse(struct llfree_pool *pool, unsigned int cpu, u64 handle,
		       int error);

#endif /* _MM_LLFREE_POOL_H */
