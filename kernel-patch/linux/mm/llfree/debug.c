// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs llfree/zones: every frame's state.
 * debugfs llfree/validate: stop the machine and compare every counter with
 * the bitfields, and every free page with its struct page.
 */
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/seq_file.h>
#include <linux/stop_machine.h>
#include "../internal.h"
#include "zone.h"

static const char * const class_names[LLFREE_NR_CLASSES] = {
	[LLFREE_UNMOVABLE] = "unmovable",
	[LLFREE_MOVABLE] = "movable",
	[LLFREE_HUGE] = "huge",
};

static void show_frame(struct seq_file *m, const struct llfree_zone *lz,
		       u64 frame)
{
	u16 child = llfree_child(&lz->core, frame);

	seq_printf(m, "%#lx %u %c%c%c%c%c %s\n", llfree_frame_pfn(lz, frame),
		   child & LLFREE_CHILD_FREE,
		   child & LLFREE_CHILD_HUGE ? 'H' : '-',
		   child & LLFREE_CHILD_ISOLATED ? 'I' : '-',
		   child & LLFREE_CHILD_COMPACTING ? 'C' : '-',
		   child & LLFREE_CHILD_ABSENT ? 'A' : '-',
		   child & LLFREE_CHILD_SKIP ? 'S' : '-',
		   class_names[llfree_tree_class(&lz->core, frame)]);
}

static int zones_show(struct seq_file *m, void *unused)
{
	struct zone *zone;
	u64 frame;

	for_each_populated_zone(zone) {
		const struct llfree_zone *lz = zone->llfree;
		const struct llfree *a = &lz->core;

		seq_printf(m, "Node %d, zone %s: base %#lx frames %llu trees %llu free %lu free_huge %llu%s\n",
			   zone_to_nid(zone), zone->name, lz->base_pfn,
			   a->frames, a->trees,
			   zone_page_state_snapshot(zone, NR_FREE_PAGES),
			   llfree_nr_free_huge(a),
			   a->reserve ? "" : " unreserved");
		seq_puts(m, "pfn free state class\n");
		for (frame = 0; frame < a->frames; frame++)
			show_frame(m, lz, frame);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(zones);

struct check {
	struct zone *zone;
	struct llfree_totals totals;
	u64 core;		/* violations llfree_validate() found */
	long nr_free_pages;	/* the zone's counter, CPUs' shares included */
	u64 bad_pages;		/* free pages that do not look free */
	unsigned long bad_pfn;	/* the first of them */
};

/* free_pages_prepare() and __free_pages_core() leave a free page like this. */
static bool page_looks_free(const struct zone *zone, unsigned long pfn)
{
	struct page *page = pfn_to_online_page(pfn);

	return page && page_zone(page) == zone && !page_ref_count(page) &&
	       atomic_read(&page->_mapcount) == -1 && !PageLRU(page) &&
	       !PageReserved(page);
}

static void check_frame(struct check *c, u64 frame)
{
	const struct llfree_zone *lz = c->zone->llfree;
	unsigned long pfn = llfree_frame_pfn(lz, frame);
	const struct llfree_bitfield *bits = &lz->core.bits[frame];
	unsigned int i;

	for (i = 0; i < LLFREE_FRAME_PAGES; i++, pfn++) {
		if (bits->row[i / LLFREE_ROW_PAGES] &
		    BIT_ULL(i % LLFREE_ROW_PAGES))
			continue;
		if (page_looks_free(c->zone, pfn))
			continue;
		if (!c->bad_pages++)
			c->bad_pfn = pfn;
	}
}

/* Nobody is inside get or put: they run with preemption off. */
static int check_zone(void *arg)
{
	struct check *c = arg;
	const struct llfree *a = &c->zone->llfree->core;
	unsigned int cpu;
	u64 frame;

	c->core = llfree_validate(a, &c->totals);

	c->nr_free_pages = atomic_long_read(&c->zone->vm_stat[NR_FREE_PAGES]);
	for_each_possible_cpu(cpu)
		c->nr_free_pages += per_cpu_ptr(c->zone->per_cpu_zonestats, cpu)
					->vm_stat_diff[NR_FREE_PAGES];
#ifdef CONFIG_UNACCEPTED_MEMORY
	c->nr_free_pages -= zone_page_state(c->zone, NR_UNACCEPTED);
#endif

	for (frame = 0; frame < a->frames; frame++)
		check_frame(c, frame);
	return 0;
}

static int validate_show(struct seq_file *m, void *unused)
{
	u64 violations = 0;
	struct zone *zone;

	for_each_populated_zone(zone) {
		unsigned int tries = 3;
		struct check c;
		u64 off;

		/* A CPU's share may be on its way to the zone's counter. */
		do {
			c = (struct check) { .zone = zone };
			stop_machine(check_zone, &c, NULL);
			off = abs_diff((u64)c.nr_free_pages, c.totals.free);
		} while (off && --tries && !msleep_interruptible(10));

		seq_printf(m, "Node %d, zone %s: free %llu free_huge %llu huge %llu blocked %llu blocked_free %llu\n",
			   zone_to_nid(zone), zone->name, c.totals.free,
			   c.totals.free_huge, c.totals.huge,
			   c.totals.blocked, c.totals.blocked_free);
		seq_printf(m, "  counters and bitfields disagree: %llu\n",
			   c.core);
		seq_printf(m, "  NR_FREE_PAGES %ld is off by: %llu\n",
			   c.nr_free_pages, off);
		seq_printf(m, "  free pages that do not look free: %llu",
			   c.bad_pages);
		if (c.bad_pages)
			seq_printf(m, ", the first is %#lx", c.bad_pfn);
		seq_putc(m, '\n');

		violations += c.core + off + c.bad_pages;
	}
	seq_printf(m, "violations %llu\n", violations);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(validate);

static int __init llfree_debug_init(void)
{
	struct dentry *dir;

	if (!llfree_enabled())
		return 0;
	dir = debugfs_create_dir("llfree", NULL);
	debugfs_create_file("zones", 0400, dir, NULL, &zones_fops);
	debugfs_create_file("validate", 0400, dir, NULL, &validate_fops);
	return 0;
}
late_initcall(llfree_debug_init);
