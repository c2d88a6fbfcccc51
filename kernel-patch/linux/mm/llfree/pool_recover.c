// SPDX-License-Identifier: GPL-2.0
/*
 * Opening a persistent pool, which is its recovery: there is no clean state.
 *
 * First the owner slots are read, in DRAM the bits are marked that they vouch
 * for, and damage is found before anything was written.  They are written back,
 * and the header: where a kernel ends and the caches do not (kexec), they may
 * say what is not durable yet, and pages are given out by it from here on.
 * Slots are in no order, and no cache has the marks of a large pool: their runs
 * are sorted into a few stretches of the pages, then marked stretch by stretch.
 *
 * Then one pass over the bitfields replaces them by the marks and counts: a bit
 * that is set and not marked is a leak, of an allocation or a move that was not
 * finished or of a free whose bits were not written back yet.  Bits are cleared
 * before all the others of their line that anybody sets later, so these need no
 * flush; a crash in between leaves what the next recovery clears.
 *
 * The reverse map is left to llfree_pool_map(): only compaction needs it.
 */
#include "pool.h"

/* How far runs are read ahead of the marks: enough misses under way. */
#define AHEAD 32

/* As many as are written to by turns without a miss each. */
#define STRETCHES	16

/* A run within its stretch: where it starts, and its order. */
#define RUN_PAGE	0xfffffffu
#define RUN_ORDER_SHIFT	28

/* For orders that there are none of: more pages than a pool has. */
#define NO_RUN		(LLFREE_POOL_MAX_PAGES << 1)

/**
 * struct recovery - a recovery under way
 * @marks: rows like the bitfields': what slots own
 * @huge: a bit per frame that is allocated as a whole
 * @any: the bits that any valid slot has
 * @shift: of a page, for its stretch
 * @stretch: the runs of each stretch, where the reverse map has its pages: that
 *	is one place for every run that there can be.  What is left there is no
 *	worse than no hint: who follows one looks at the slot.
 */
struct recovery {
	struct llfree_pool *pool;
	u64 *marks;
	u64 *huge;
	u64 any;
	unsigned int shift;
	struct {
		u32 *next;
		u32 *end;
	} stretch[STRETCHES];
	struct llfree_pool_report *report;
};

static u64 slot_pages(const struct llfree_pool_geometry *geometry)
{
	u64 align = LLFREE_ALIGN_PAGES;

	return (geometry->slots + align - 1) & ~(align - 1);
}

static size_t align64(size_t bytes)
{
	return (bytes + 63) & ~(size_t)63;
}

static size_t slots_bytes(const struct llfree_pool_geometry *geometry)
{
	u64 frames = slot_pages(geometry) / LLFREE_FRAME_PAGES;

	return frames * sizeof(struct llfree_bitfield) +
	       align64(frames * sizeof(u16));
}

static size_t marks_bytes(const struct llfree_pool_geometry *geometry)
{
	return geometry->frames * sizeof(struct llfree_bitfield);
}

size_t llfree_pool_memory_bytes(const struct llfree_pool_geometry *geometry,
				unsigned int cpus)
{
	u64 pages = geometry->frames * LLFREE_FRAME_PAGES;
	struct pool_layout layout;

	if (!llfree_pool_layout(geometry, &layout))
		return 0;
	return slots_bytes(geometry) +
	       llfree_attach_bytes(slot_pages(geometry), cpus) +
	       llfree_attach_bytes(pages, cpus) +
	       cpus * sizeof(struct llfree_pool_cpu) + pages * sizeof(u32);
}

size_t llfree_pool_scratch_bytes(const struct llfree_pool_geometry *geometry)
{
	struct pool_layout layout;

	if (!llfree_pool_layout(geometry, &layout))
		return 0;
	return marks_bytes(geometry) +
	       (geometry->frames + 63) / 64 * sizeof(u64);
}

/* Mark a run; false if a page of it is marked already. */
static bool mark_run(struct recovery *r, u64 page, unsigned int order)
{
	static const u64 ones[] = { 0x1, 0x3, 0xf, 0xff, 0xffff, 0xffffffff };
	u64 *row = &r->marks[page / LLFREE_ROW_PAGES];
	u64 rows, mask, frame = page / LLFREE_FRAME_PAGES;

	if (order < ARRAY_SIZE(ones)) {
		mask = ones[order] << page % LLFREE_ROW_PAGES;
		if (*row & mask)
			return false;
		*row |= mask;
		return true;
	}
	for (rows = 1ull << (order - ARRAY_SIZE(ones)); rows; rows--, row++) {
		if (*row)
			return false;
		*row = ~0ull;
	}
	if (order >= LLFREE_FRAME_ORDER)
		r->huge[frame / 64] |=
			(order > LLFREE_FRAME_ORDER ? 3ull : 1ull)
			<< frame % 64;
	return true;
}

/*
 * Sort what 64 slots own; which of them are in use?  So many are read that each
 * instruction counts: members are read once.
 */
static int sort_slots(struct recovery *r, u64 first, u64 *used)
{
	static const u64 run_pages[POOL_ORDER + 1] = {
		1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024,
		NO_RUN, NO_RUN, NO_RUN, NO_RUN, NO_RUN
	};
	const struct llfree_pool *pool = r->pool;
	const u64 *slot = pool->slot + first, *tag = pool->tag + first;
	const u64 pages = pool->pages.pages, left = pool->nr_slots - first;
	unsigned int nr = min_t(u64, 64, left), i;
	u64 in_use = 0, any = 0;
	const unsigned int shift = r->shift;
	const u32 in_stretch = (1u << shift) - 1;

	for (i = 0; i < nr; i++) {
		u64 word = slot[i], page = pool_page(word), run;
		unsigned int order = pool_order(word), stretch;
		u32 *next;

		in_use >>= 1;
		if (!(word & POOL_VALID)) {
			if (word << (64 - POOL_GENERATION_SHIFT))
				return -EUCLEAN;
			continue;
		}
		run = run_pages[order];
		if (page & (run - 1) || page + run > pages ||
		    !pool_generation(word) ||
		    pool_generation(word ^ tag[i]))
			return -EUCLEAN;
		stretch = page >> shift;
		/* Would it have more runs than pages? */
		next = r->stretch[stretch].next;
		if (next == r->stretch[stretch].end)
			return -EUCLEAN;
		*next = (page & in_stretch) | order << RUN_ORDER_SHIFT;
		r->stretch[stretch].next = next + 1;
		in_use |= BIT_ULL(63);
		any |= word;
	}
	in_use >>= 64 - nr;
	r->report->allocations += hweight64(in_use);
	r->any |= any;
	/* Slots there are none of are never free. */
	*used = in_use | (nr < 64 ? ~0ull << nr : 0);
	if (!pool->durable_caches)
		llfree_flush(slot, nr * sizeof(*slot));
	return 0;
}

static int read_slots(struct recovery *r)
{
	struct llfree *slots = &r->pool->slots;
	u64 frame, first;
	unsigned int row;
	int err;

	for (frame = 0; frame < slots->frames; frame++) {
		unsigned int free = 0;

		for (row = 0; row < LLFREE_FRAME_ROWS; row++) {
			u64 *used = &slots->bits[frame].row[row];

			first = frame * LLFREE_FRAME_PAGES +
				row * LLFREE_ROW_PAGES;
			*used = ~0ull;
			if (first < r->pool->nr_slots) {
				err = sort_slots(r, first, used);
				if (err)
					return err;
			}
			free += hweight64(~*used);
		}
		slots->child[frame] = free;
		llfree_relax();
	}
	if (!r->pool->durable_caches)
		llfree_flush(r->pool->base, sizeof(struct llfree_pool_header));
	return 0;
}

static void make_stretches(struct recovery *r)
{
	u64 pages = r->pool->pages.pages, i;
	u32 *owner = r->pool->owner;

	while ((u64)STRETCHES << r->shift < pages)
		r->shift++;
	for (i = 0; i < STRETCHES; i++) {
		r->stretch[i].next = owner + min_t(u64, pages, i << r->shift);
		r->stretch[i].end = owner +
			min_t(u64, pages, (i + 1) << r->shift);
	}
}

static int mark_stretch(struct recovery *r, unsigned int stretch)
{
	u64 first = (u64)stretch << r->shift, i;
	const u32 *runs = r->pool->owner + first;
	const u64 nr = r->stretch[stretch].next - runs, *marks = r->marks;

	for (i = 0; i < nr; i++) {
		if (i + AHEAD < nr) {
			u64 ahead = first + (runs[i + AHEAD] & RUN_PAGE);

			llfree_prefetch(&marks[ahead / LLFREE_ROW_PAGES]);
		}
		if (!mark_run(r, first + (runs[i] & RUN_PAGE),
			      runs[i] >> RUN_ORDER_SHIFT))
			return -EUCLEAN;
		if (!(i % LLFREE_POOL_BATCH))
			llfree_relax();
	}
	return 0;
}

/* From here on it writes. */
static void settle_frames(struct recovery *r)
{
	struct llfree *pages = &r->pool->pages;
	const u64 *mark = r->marks;
	u64 frame;

	for (frame = 0; frame < pages->frames; frame++) {
		unsigned int free = 0, row;

		for (row = 0; row < LLFREE_FRAME_ROWS; row++) {
			u64 *bits = &pages->bits[frame].row[row];
			u64 have = *bits, own = *mark++;

			free += hweight64(~own);
			if (have == own)
				continue;
			r->report->swept += hweight64(have & ~own);
			r->report->missing += hweight64(own & ~have);
			WRITE_ONCE(*bits, own);
		}
		r->report->pages += LLFREE_FRAME_PAGES - free;
		if (r->huge[frame / 64] >> frame % 64 & 1)
			WRITE_ONCE(pages->child[frame], LLFREE_CHILD_HUGE);
		else
			WRITE_ONCE(pages->child[frame], (u16)free);
		if (!(frame % LLFREE_POOL_BATCH))
			llfree_relax();
	}
}

static void settle_moves(struct recovery *r)
{
	const struct llfree_pool *pool = r->pool;
	u64 slot;

	for (slot = 0; slot < pool->nr_slots; slot++) {
		u64 word = pool->slot[slot];

		if (word & POOL_MOVING) {
			WRITE_ONCE(pool->slot[slot], word & ~POOL_MOVING);
			r->report->moving++;
		}
		if (!(slot % LLFREE_POOL_BATCH))
			llfree_relax();
	}
}

int llfree_pool_open(struct llfree_pool *pool,
		     const struct llfree_pool_config *config,
		     struct llfree_pool_report *report)
{
	struct recovery r = { .pool = pool, .report = report };
	struct llfree_pool_geometry geometry;
	void *memory = config->memory, *pages_memory, *slots_memory;
	struct pool_layout layout;
	unsigned int cpus = config->cpus, i;
	u64 pages;
	int err;

	memset(report, 0, sizeof(*report));
	err = llfree_pool_probe(config->base, config->bytes, &geometry);
	if (err)
		return err;
	llfree_pool_layout(&geometry, &layout);
	pages = geometry.frames * LLFREE_FRAME_PAGES;

	memset(pool, 0, sizeof(*pool));
	pool->base = config->base;
	pool->root = config->base + POOL_ROOTS_AT;
	pool->slot = config->base + layout.slot;
	pool->tag = config->base + layout.tag;
	pool->data = config->base + layout.data;
	pool->nr_slots = geometry.slots;
	pool->page_shift = geometry.page_shift;
	pool->durable_caches = config->durable_caches;
	pool->ops = config->ops;

	/* What marking needs; the rest once the child words are right. */
	pool->slots.frames = slot_pages(&geometry) / LLFREE_FRAME_PAGES;
	pool->slots.bits = memory;
	pool->slots.child = memory + pool->slots.frames *
				     sizeof(struct llfree_bitfield);
	slots_memory = memory + slots_bytes(&geometry);
	pages_memory = slots_memory +
		       llfree_attach_bytes(slot_pages(&geometry), cpus);
	pool->cpu = pages_memory + llfree_attach_bytes(pages, cpus);
	memset(pool->cpu, 0, cpus * sizeof(*pool->cpu));
	pool->owner = (u32 *)(pool->cpu + cpus);
	pool->pages.pages = pages;
	pool->pages.frames = geometry.frames;
	pool->pages.bits = config->base + layout.bits;
	pool->pages.child = config->base + layout.child;

	memset(config->scratch, 0, llfree_pool_scratch_bytes(&geometry));
	r.marks = config->scratch;
	r.huge = config->scratch + marks_bytes(&geometry);

	make_stretches(&r);
	err = read_slots(&r);
	for (i = 0; !err && (u64)i << r.shift < pages; i++)
		err = mark_stretch(&r, i);
	if (err)
		return err;
	/* No bit is cleared for what is not durable. */
	llfree_in_order(llfree_fence(), settle_frames(&r));
	if (r.any & POOL_MOVING)
		settle_moves(&r);

	llfree_attach(&pool->slots, slot_pages(&geometry), cpus,
		      pool->slots.bits, pool->slots.child, slots_memory, NULL);
	llfree_attach(&pool->pages, pages, cpus, pool->pages.bits,
		      pool->pages.child, pages_memory, config->owner);
	return 0;
}
