/* SPDX-License-Identifier: GPL-2.0 */
/*
 * LLFree, the page allocator beside the buddy allocator, as the rest of mm
 * sees it.  Which of the two runs is decided at boot by page_allocator=.
 *
 * Free pages look alike under both but for PageBuddy(), which LLFree never
 * sets: like pages on a per-CPU list they have no references, no mapping and
 * no type.  Who needs proof that a page is free asks page_free_order().
 */
#ifndef _MM_LLFREE_LLFREE_H
#define _MM_LLFREE_LLFREE_H

#include <linux/jump_label.h>
#include <linux/mm.h>
#include <linux/printk.h>

struct seq_file;

#ifdef CONFIG_LLFREE
DECLARE_STATIC_KEY_FALSE(llfree_key);

static __always_inline bool llfree_enabled(void)
{
	return static_branch_unlikely(&llfree_key);
}

void __init llfree_boot(void);
#else
static __always_inline bool llfree_enabled(void)
{
	return false;
}

static inline void llfree_boot(void)
{
}
#endif

/*
 * What LLFree cannot do (yet): said once for each place that asks for it.
 * Some ask with zone->lock held, under which a console must not write.
 */
#define llfree_unsupported(feature)					\
	printk_deferred_once(KERN_INFO					\
			     "llfree: no %s with page_allocator=llfree\n", \
			     feature)

/* True, and says so, under LLFree: the caller then does without. */
#define llfree_refuses(feature)						\
	(llfree_enabled() && ({ llfree_unsupported(feature); true; }))

/* Allocate and free */
struct page *llfree_rmqueue(struct zone *zone, unsigned int order,
			    int migratetype, unsigned int alloc_flags);
struct page *llfree_rmqueue_batch(struct zone *zone, int migratetype,
				  struct list_head *batch, unsigned int nr);
void llfree_free_batch(struct zone *zone, struct list_head *batch);
void llfree_free_pages(struct zone *zone, unsigned long pfn,
		       unsigned int order);
bool llfree_take_page(struct page *page);
void llfree_drain_zone(unsigned int cpu, struct zone *zone);

/* Questions */
bool llfree_zone_has_order(struct zone *zone, unsigned int order);
int llfree_page_free_order(const struct page *page);
unsigned int llfree_page_free_run(const struct page *page);
void llfree_contig_info(struct zone *zone, unsigned int suitable_order,
			unsigned long *free_pages, unsigned long *blocks_total,
			unsigned long *blocks_suitable);
void llfree_show_mem(struct zone *zone);
void llfree_show_buddyinfo(struct seq_file *m, struct zone *zone);
void llfree_show_pagetypeinfo(struct seq_file *m, struct zone *zone);

/* Ranges */
bool llfree_isolate_block(struct zone *zone, struct page *page,
			  int migratetype);
int llfree_online_pages(struct zone *zone, unsigned long start_pfn,
			unsigned long nr_pages);

/**
 * page_free_order() - is this page free, and how much follows it?
 * @page: a page of an online section
 *
 * Without zone->lock (buddy allocator) or a block on the page's frame (LLFree)
 * the answer is a hint, and the order needs a range check.
 *
 * Return: -1 if @page does not start a free run, else the run's order.
 */
static inline int page_free_order(const struct page *page)
{
	if (llfree_enabled())
		return llfree_page_free_order(page);
	return PageBuddy(page) ? (int)READ_ONCE(page->private) : -1;
}

#endif /* _MM_LLFREE_LLFREE_H */
