// SPDX-License-Identifier: GPL-2.0
/*
 * LLFree in the kernel: one instance of the core a zone.
 *
 * Everything here may be called from any context but NMI, at any time after
 * llfree_boot(), without locks.
 */
#include <linux/memblock.h>
#include <linux/page-isolation.h>
#include <linux/seq_file.h>
#include <linux/vmalloc.h>
#include "../internal.h"
#include "bits.h"
#include "zone.h"

DEFINE_STATIC_KEY_FALSE(llfree_key);

/*
 * Boot and hot-add
 */

static bool llfree_requested __initdata;

static int __init page_allocator_setup(char *name)
{
	llfree_requested = name && !strcmp(name, "llfree");
	if (!llfree_requested && (!name || strcmp(name, "buddy")))
		pr_warn("llfree: unknown page_allocator=%s: buddy and llfree are known, using buddy\n",
			name ?: "");
	return 0;
}
early_param("page_allocator", page_allocator_setup);

static size_t zone_bytes(u64 pages)
{
	return sizeof(struct llfree_zone) +
	       llfree_metadata_bytes(pages, nr_cpu_ids);
}

static void zone_init(struct zone *zone, void *buffer, unsigned long base_pfn,
		      u64 pages)
{
	struct llfree_zone *lz = buffer;

	llfree_init(&lz->core, pages, nr_cpu_ids, lz + 1, zone);
	lz->base_pfn = base_pfn;
	/* Whoever sees a hot-added zone's instance sees it initialised. */
	smp_store_release(&zone->llfree, lz);
}

static bool __init zone_boot(struct zone *zone)
{
	unsigned long base = ALIGN_DOWN(zone->zone_start_pfn,
					LLFREE_ALIGN_PAGES);
	u64 pages = ALIGN(zone_end_pfn(zone), LLFREE_ALIGN_PAGES) - base;
	void *buffer = memblock_alloc_node(zone_bytes(pages), 64,
					   zone_to_nid(zone));

	if (buffer)
		zone_init(zone, buffer, base, pages);
	return buffer;
}

/*
 * Runs when zones and CPUs are known and memblock still allocates.  Pages
 * become free the ordinary way, when memblock hands them over.
 */
void __init llfree_boot(void)
{
	struct zone *zone;

	BUILD_BUG_ON(pageblock_order != LLFREE_FRAME_ORDER);
	BUILD_BUG_ON(MAX_PAGE_ORDER != LLFREE_MAX_ORDER);

	if (!llfree_requested)
		return;
	for_each_populated_zone(zone) {
		if (!zone_boot(zone)) {
			pr_warn("llfree: no memory for the metadata, using buddy\n");
			return;
		}
	}
	static_branch_enable(&llfree_key);
	pr_info("llfree: manages the machine's pages\n");

	if (debug_guardpage_enabled())
		llfree_unsupported("guard pages");
}

/*
 * An instance cannot grow, and memory comes online block by block: cover the
 * memory around @start_pfn that is added but not online.
 */
static int zone_hot_add(struct zone *zone, unsigned long start_pfn,
			unsigned long nr_pages)
{
	unsigned long start = start_pfn, end = start_pfn + nr_pages;
	u64 pages;
	void *buffer;

	while (pfn_in_present_section(start - 1) &&
	       !online_section_nr(pfn_to_section_nr(start - 1)))
		start -= PAGES_PER_SECTION;
	while (pfn_in_present_section(end) &&
	       !online_section_nr(pfn_to_section_nr(end)))
		end += PAGES_PER_SECTION;

	start = ALIGN_DOWN(start, LLFREE_ALIGN_PAGES);
	pages = ALIGN(end, LLFREE_ALIGN_PAGES) - start;
	buffer = vzalloc_node(zone_bytes(pages), zone_to_nid(zone));
	if (!buffer)
		return -ENOMEM;
	zone_init(zone, buffer, start, pages);
	return 0;
}

/* Memory comes online isolated: see online_pages(). */
int llfree_online_pages(struct zone *zone, unsigned long start_pfn,
			unsigned long nr_pages)
{
	struct llfree_zone *lz;
	u64 frame, end;

	if (!zone->llfree) {
		int err = zone_hot_add(zone, start_pfn, nr_pages);

		if (err)
			return err;
	}

	lz = zone->llfree;
	if (start_pfn < lz->base_pfn ||
	    llfree_pfn_index(lz, start_pfn + nr_pages) > lz->core.pages) {
		llfree_unsupported("growth of a zone by hot-added memory");
		return -EOPNOTSUPP;
	}

	end = llfree_pfn_frame(lz, start_pfn + nr_pages);
	for (frame = llfree_pfn_frame(lz, start_pfn); frame < end; frame++) {
		int err = llfree_block(&lz->core, get_cpu(), frame,
				       LLFREE_CHILD_ISOLATED);

		put_cpu();
		if (err)
			return err;
	}
	return 0;
}

/* Called with zone->lock held, as move_freepages_block_isolate() is. */
bool llfree_isolate_block(struct zone *zone, struct page *page,
			  int migratetype)
{
	struct llfree_zone *lz = zone->llfree;

	if (is_migrate_isolate(migratetype)) {
		llfree_unsupported("page isolation");
		return false;
	}
	llfree_unblock(&lz->core, get_cpu(),
		       llfree_pfn_frame(lz, page_to_pfn(page)),
		       LLFREE_CHILD_ISOLATED, false);
	put_cpu();
	set_pageblock_migratetype(page, migratetype);
	return true;
}

/*
 * Allocate and free
 */

struct page *llfree_rmqueue(struct zone *zone, unsigned int order,
			    int migratetype, unsigned int alloc_flags)
{
	struct llfree_zone *lz = zone->llfree;
	s64 index;

	index = llfree_get(&lz->core, get_cpu(), order,
			   llfree_class_of(migratetype),
			   alloc_flags & ALLOC_NOFRAGMENT ?
			   LLFREE_NOFRAGMENT : 0);
	put_cpu();
	return index < 0 ? NULL : pfn_to_page(llfree_index_pfn(lz, index));
}

void llfree_add_batch(struct llfree_zone *lz, struct list_head *batch,
		      const u64 *index, unsigned int nr)
{
	while (nr--) {
		struct page *page = pfn_to_page(llfree_index_pfn(lz, *index++));

		list_add_tail(&page->pcp_list, batch);
	}
}

/* Next page of a batch, or NULL. */
struct page *llfree_batch_next(struct list_head *batch)
{
	struct page *page = list_first_entry_or_null(batch, struct page,
						     pcp_list);

	if (page)
		list_del(&page->pcp_list);
	return page;
}

/* The same; a batch that is empty is filled up by up to @nr pages before. */
struct page *llfree_rmqueue_batch(struct zone *zone, int migratetype,
				  struct list_head *batch, unsigned int nr)
{
	struct llfree_zone *lz = zone->llfree;

	if (list_empty(batch)) {
		u64 index[LLFREE_BATCH_PAGES];

		nr = llfree_get_bulk(&lz->core, get_cpu(),
				     llfree_class_of(migratetype),
				     index, min(nr, LLFREE_BATCH_PAGES));
		put_cpu();
		llfree_add_batch(lz, batch, index, nr);
	}
	return llfree_batch_next(batch);
}

static void free_pages_core(struct zone *zone, unsigned long pfn,
			    unsigned int order)
{
	struct llfree_zone *lz = zone->llfree;
	int err = llfree_put(&lz->core, get_cpu(), llfree_pfn_index(lz, pfn),
			     order);

	put_cpu();
	WARN_ONCE(err, "llfree: double free of pfn %#lx, order %u\n", pfn,
		  order);
}

/* Free what is left of a batch; to the rest of mm it was never allocated. */
void llfree_free_batch(struct zone *zone, struct list_head *batch)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, batch, pcp_list)
		free_pages_core(zone, page_to_pfn(page), 0);
	INIT_LIST_HEAD(batch);
}

void llfree_free_pages(struct zone *zone, unsigned long pfn,
		       unsigned int order)
{
	free_pages_core(zone, pfn, order);
	count_vm_events(PGFREE, 1 << order);
}

/* Take a free page out of the allocator for good: true if it was free. */
bool llfree_take_page(struct page *page)
{
	struct llfree_zone *lz = page_zone(page)->llfree;
	int err = llfree_get_poisoned(&lz->core, get_cpu(),
				      llfree_pfn_index(lz, page_to_pfn(page)));

	put_cpu();
	return !err;
}

void llfree_drain_zone(unsigned int cpu, struct zone *zone)
{
	preempt_disable();
	llfree_drain(&zone->llfree->core, cpu);
	preempt_enable();
}

/*
 * Questions
 */

bool llfree_zone_has_order(struct zone *zone, unsigned int order)
{
	return llfree_has_order(&zone->llfree->core, order);
}

int llfree_page_free_order(const struct page *page)
{
	struct llfree_zone *lz = page_zone(page)->llfree;
	u64 index;

	if (!lz)
		return -1;
	index = llfree_pfn_index(lz, page_to_pfn(page));
	return index < lz->core.pages ? llfree_free_order(&lz->core, index) :
					-1;
}

unsigned int llfree_page_free_run(const struct page *page)
{
	struct llfree_zone *lz = page_zone(page)->llfree;
	u64 index;

	if (!lz)
		return 0;
	index = llfree_pfn_index(lz, page_to_pfn(page));
	return index < lz->core.pages ? llfree_free_run(&lz->core, index) : 0;
}

/*
 * @runs has a bit for each free run of 2^order pages.  Merge buddies, count
 * what has none, and return the bits of the runs 2^levels times as long.
 */
static u64 merge_runs(u64 runs, unsigned int order, unsigned int levels,
		      unsigned long nr[NR_PAGE_ORDERS])
{
	unsigned int i;

	for (i = 0; i < levels; i++) {
		u64 pairs = runs & (runs >> (1u << i)) & run_starts[i + 1];

		nr[order + i] += hweight64(runs) - 2 * hweight64(pairs);
		runs = pairs;
	}
	return runs;
}

static void count_frame(const struct llfree_bitfield *bits,
			unsigned long nr[NR_PAGE_ORDERS])
{
	const unsigned int row_order = ilog2(LLFREE_ROW_PAGES);
	unsigned int row;
	u64 rows = 0;

	for (row = 0; row < LLFREE_FRAME_ROWS; row++)
		rows |= merge_runs(~READ_ONCE(bits->row[row]), 0, row_order,
				   nr) << row;
	nr[LLFREE_FRAME_ORDER] += merge_runs(rows, row_order,
					     LLFREE_FRAME_ORDER - row_order,
					     nr);
}

/*
 * What the buddy allocator would keep a frame's free pages under.  Free frames
 * count as movable, as untouched pageblocks do there.
 */
static int frame_migratetype(const struct llfree *a, u64 frame)
{
	u16 child = llfree_child(a, frame);

	if (child & LLFREE_CHILD_BLOCKED)
		return MIGRATE_ISOLATE;
	return child & LLFREE_CHILD_UNMOVABLE ? MIGRATE_UNMOVABLE :
						MIGRATE_MOVABLE;
}

#define ANY_UNBLOCKED	(-1)

/* Count free pages by the largest aligned runs, in one of step pairs of frames. */
static void count_free(const struct llfree *a, int migratetype, u64 step,
		       unsigned long nr[NR_PAGE_ORDERS])
{
	const u16 free = LLFREE_CHILD_FREE | LLFREE_CHILD_HUGE;
	unsigned long pair = 0;
	u64 frame;

	memset(nr, 0, NR_PAGE_ORDERS * sizeof(*nr));
	for (frame = 0; frame < a->frames;
	     frame += frame % 2 ? 2 * step - 1 : 1) {
		u16 child = llfree_child(a, frame);
		int type = frame_migratetype(a, frame);

		pair = frame % 2 ? pair : 0;
		if (!(child & LLFREE_CHILD_FREE) ||
		    (migratetype == ANY_UNBLOCKED ? type == MIGRATE_ISOLATE :
						    type != migratetype))
			continue;
		if ((child & free) != LLFREE_FRAME_PAGES) {
			count_frame(&a->bits[frame], nr);
		} else if (++pair == 2) {
			nr[LLFREE_FRAME_ORDER]--;
			nr[LLFREE_MAX_ORDER]++;
		} else {
			nr[LLFREE_FRAME_ORDER]++;
		}
	}
}

/* Memory that was not accepted yet counts as free, but nothing has it. */
static unsigned long accepted_free(struct zone *zone)
{
	unsigned long free = zone_page_state(zone, NR_FREE_PAGES);

#ifdef CONFIG_UNACCEPTED_MEMORY
	free -= min(free, zone_page_state(zone, NR_UNACCEPTED));
#endif
	return free;
}

/* Frames that an answer about a zone's fragmentation is made of: 2 GiB. */
#define CONTIG_SAMPLE	1024ULL

/*
 * For fill_contig_page_info().  Who allocates and compacts asks, so a large
 * zone is judged by a part of its frames that is spread over all of it.
 */
void llfree_contig_info(struct zone *zone, unsigned int suitable_order,
			unsigned long *free_pages, unsigned long *blocks_total,
			unsigned long *blocks_suitable)
{
	struct llfree *a = &zone->llfree->core;
	/* Odd, so that it meets every place in a tree. */
	u64 step = DIV_ROUND_UP_ULL(a->frames, CONTIG_SAMPLE) | 1;
	unsigned long nr[NR_PAGE_ORDERS];
	unsigned int order;

	/*
	 * Proactive compaction asks for huge pages all the time: answer from
	 * the counters, as if the other free pages were scattered.
	 */
	if (suitable_order == LLFREE_FRAME_ORDER) {
		*free_pages = accepted_free(zone);
		*blocks_suitable = min_t(unsigned long, llfree_nr_free_huge(a),
					 *free_pages >> LLFREE_FRAME_ORDER);
		*blocks_total = *free_pages -
				*blocks_suitable * (LLFREE_FRAME_PAGES - 1);
		return;
	}

	count_free(a, ANY_UNBLOCKED, step, nr);
	for (order = 0; order < NR_PAGE_ORDERS; order++) {
		unsigned long blocks = nr[order] * step;

		*free_pages += blocks << order;
		*blocks_total += blocks;
		if (order >= suitable_order)
			*blocks_suitable += blocks << (order - suitable_order);
	}
}

/* One zone's line of the OOM report, in the buddy allocator's format. */
void llfree_show_mem(struct zone *zone)
{
	unsigned long nr[NR_PAGE_ORDERS], total = 0;
	unsigned int order;

	count_free(&zone->llfree->core, ANY_UNBLOCKED, 1, nr);
	for (order = 0; order < NR_PAGE_ORDERS; order++) {
		pr_cont("%lu*%lukB ", nr[order], K(1UL) << order);
		total += nr[order] << order;
	}
	pr_cont("= %lukB\n", K(total));
}

#ifdef CONFIG_PROC_FS
static void show_orders(struct seq_file *m, const unsigned long *nr)
{
	unsigned int order;

	for (order = 0; order < NR_PAGE_ORDERS; order++)
		seq_printf(m, "%6lu ", nr[order]);
	seq_putc(m, '\n');
}

void llfree_show_buddyinfo(struct seq_file *m, struct zone *zone)
{
	unsigned long nr[NR_PAGE_ORDERS];

	count_free(&zone->llfree->core, ANY_UNBLOCKED, 1, nr);
	seq_printf(m, "Node %d, zone %8s ", zone_to_nid(zone), zone->name);
	show_orders(m, nr);
}

void llfree_show_pagetypeinfo(struct seq_file *m, struct zone *zone)
{
	unsigned long nr[NR_PAGE_ORDERS];
	int type;

	for (type = 0; type < MIGRATE_TYPES; type++) {
		count_free(&zone->llfree->core, type, 1, nr);
		seq_printf(m, "Node %4d, zone %8s, type %12s ",
			   zone_to_nid(zone), zone->name,
			   migratetype_names[type]);
		show_orders(m, nr);
		cond_resched();
	}
}
#endif
