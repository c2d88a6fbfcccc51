// SPDX-License-Identifier: GPL-2.0
/*
 * Compaction on LLFree: the engine that moves what a policy chooses.
 *
 * LLFree knows how many pages of each 2 MiB frame are free, so nobody scans
 * for them.  A source is blocked, so that what leaves it is not refilled, all
 * its pages are isolated and migrated in one batch, and the emptied run goes
 * to the waiting allocation or is published.  Everything around this, entry
 * points, deferral and capture, is mm/compaction.c's.
 */
#include <linux/fault-inject.h>
#include <linux/kobject.h>
#include <linux/ktime.h>
#include <linux/memory_hotplug.h>
#include <linux/migrate.h>
#include <linux/compaction.h>
#include <linux/mm_inline.h>
#include <linux/sched/signal.h>
#include <linux/swap.h>
#include <linux/sysfs.h>
#include "../internal.h"
#include "compact.h"
#include "bpf_policy.h"
#include "policy.h"
#include "select.h"
#include "zone.h"

#include <trace/events/compaction.h>
#include <trace/events/compaction_stats.h>

#define CREATE_TRACE_POINTS
#include <trace/events/llfree.h>

/* How often the pages of a source are isolated, stragglers included. */
#define LLFREE_PASSES	2

/* Look whether every page of a source can move before the first one does. */
static bool llfree_preflight __read_mostly = true;

/* The trace event's outcomes; shown by name there. */
enum llfree_outcome {
	LLFREE_CLEARED,
	LLFREE_PARTIAL,		/* some pages moved, not all */
	LLFREE_PINNED,		/* nothing moved: a page cannot */
	LLFREE_NOMEM,		/* no target left */
	LLFREE_ABORTED,		/* signal, or too much isolated already */
};

/**
 * struct llfree_run - a run of the engine
 * @c: the policy's part
 * @bpf: of that, what belongs to a policy that is a program
 * @lz: the zone's instance
 * @cc: Linux's control
 * @capc: who waits for the page, or NULL
 * @preflight: llfree_preflight, read once
 * @low: targets ran out because free memory reached the min watermark
 * @targets: single pages, taken for folios that are being moved
 * @singles: folios of one page that wait to be moved, or none
 * @isolated: pages of the current source that were isolated
 * @migrated: of these, moved
 * @failed: of these, put back
 */
struct llfree_run {
	struct llfree_compact c;
	struct llfree_bpf_run bpf;
	struct llfree_zone *lz;
	struct compact_control *cc;
	struct capture_control *capc;
	bool preflight;
	bool low;
	struct list_head targets;
	unsigned int singles;
	unsigned int isolated;
	unsigned int migrated;
	unsigned int failed;
};

/*
 * The allocated pages of a row from @index on, as bits, the first one's being
 * bit 0; @nr: how many of @pages are in this row.
 */
static u64 row_used(const struct llfree *a, u64 index, u64 pages,
		    unsigned int *nr)
{
	const struct llfree_bitfield *bits = &a->bits[index >>
						      LLFREE_FRAME_ORDER];
	unsigned int page = index % LLFREE_FRAME_PAGES;
	unsigned int pos = page % LLFREE_ROW_PAGES;
	u64 row = READ_ONCE(bits->row[page / LLFREE_ROW_PAGES]) >> pos;

	*nr = min_t(u64, pages, LLFREE_ROW_PAGES - pos);
	return *nr < 64 ? row & (BIT_ULL(*nr) - 1) : row;
}

static unsigned int range_used(const struct llfree *a, u64 index, u64 pages)
{
	unsigned int used = 0, nr;

	for (; pages; index += nr, pages -= nr)
		used += hweight64(row_used(a, index, pages, &nr));
	return used;
}

/*
 * Will isolate_migratepages_block() take this page?  Asked without a reference
 * or a lock, so a hint; what migration would merely wait for counts as movable.
 */
static bool page_may_move(struct page *page, int order)
{
	struct folio *folio = page_folio(page);

	/* Being freed, or a tail of what its head has already answered for. */
	if (!folio_ref_count(folio))
		return true;
	if (folio_test_hugetlb(folio))
		return false;
	if (folio_test_large(folio) &&
	    (folio_order(folio) >= pageblock_order ||
	     (order >= 0 && folio_order(folio) >= order)))
		return false;
	if (!folio_test_lru(folio))
		return __folio_test_movable(folio);
	/* An anonymous page that somebody holds. */
	return !folio_test_anon(folio) || folio_test_swapcache(folio) ||
	       folio_ref_count(folio) <= folio_mapcount(folio);
}

static bool range_may_move(struct llfree_run *run, u64 index, u64 pages)
{
	const struct llfree *a = run->c.a;
	unsigned int nr;

	for (; pages; index += nr, pages -= nr) {
		u64 used = row_used(a, index, pages, &nr);
		struct page *page = pfn_to_page(llfree_index_pfn(run->lz,
								 index));

		for (; used; used &= used - 1) {
			if (!page_may_move(page + __ffs64(used),
					   run->cc->order))
				return false;
		}
	}
	return true;
}

/*
 * For policies that look at folios before they choose.  Asked without a
 * reference, and where there may be no memory map, so a hint.
 */
static unsigned int folio_order_at(const struct llfree_compact *c, u64 index)
{
	const struct llfree_run *run = container_of(c, struct llfree_run, c);
	struct page *page = pfn_to_online_page(llfree_index_pfn(run->lz,
								index));
	unsigned int order = page ? compound_order(page) : 0;

	return order <= LLFREE_FRAME_ORDER && IS_ALIGNED(index, 1ul << order) ?
	       order : 0;
}

/*
 * Which pages of the source have to go: all of it, or below order 9 the run
 * with the fewest used pages.  False if some page cannot.
 */
static bool choose_range(struct llfree_run *run, u64 *first, u64 *pages)
{
	const struct llfree *a = run->c.a;
	u64 index = run->c.source * LLFREE_FRAME_PAGES;
	u64 end = index + run->c.frames * LLFREE_FRAME_PAGES;
	unsigned int best = UINT_MAX;
	u64 pfn;

	/* Not beyond the zone's border or over a hole in the memory map. */
	for (pfn = llfree_index_pfn(run->lz, index);
	     pfn < llfree_index_pfn(run->lz, end); pfn += pageblock_nr_pages) {
		if (!__pageblock_pfn_to_page(pfn, pfn + pageblock_nr_pages,
					     run->cc->zone))
			return false;
	}

	*pages = llfree_partial(&run->c) ? 1u << run->c.order : end - index;
	for (; index < end; index += *pages) {
		unsigned int used = range_used(a, index, *pages);

		if (used >= best)
			continue;
		if (run->preflight && !range_may_move(run, index, *pages))
			continue;
		best = used;
		*first = index;
	}
	return best != UINT_MAX;
}

/* Isolate the pages of a range; an error ends the run. */
static int isolate_range(struct llfree_run *run, u64 index, u64 pages)
{
	struct compact_control *cc = run->cc;
	unsigned long pfn = llfree_index_pfn(run->lz, index);
	unsigned long end = pfn + pages;
	const isolate_mode_t mode =
		(sysctl_compact_unevictable_allowed ? ISOLATE_UNEVICTABLE : 0) |
		(cc->mode != MIGRATE_SYNC ? ISOLATE_ASYNC_MIGRATE : 0);

	/* The whole of it in one batch, not in clusters of 32. */
	cc->finish_pageblock = true;
	while (pfn < end) {
		int err = isolate_migratepages_block(cc, pfn,
				min(end, pageblock_end_pfn(pfn)), mode);

		if (err)
			return err;
		pfn = cc->migrate_pfn;
	}
	return 0;
}

static void putback(struct compact_control *cc)
{
	putback_movable_pages(&cc->migratepages);
	cc->nr_migratepages = 0;
}

/*
 * Answers of the policy. What they take is measured only where somebody
 * listens: reading the clock costs as much as a cheap answer.
 */

static s64 decide_source(struct llfree_run *run)
{
	struct llfree_compact *c = &run->c;
	u64 start, looked = c->looked;
	s64 frame;

	if (!trace_llfree_compact_decision_enabled())
		return llfree_compact_source(c);
	start = ktime_get_ns();
	frame = llfree_compact_source(c);
	trace_llfree_compact_decision(run->cc->zone, c->policy->name, false,
				      frame, ktime_get_ns() - start,
				      c->looked - looked);
	return frame;
}

/* The answer that stands serves many pages, and is no new one. */
static s64 decide_target(struct llfree_run *run, u64 from, unsigned int order)
{
	struct llfree_compact *c = &run->c;
	u64 start, looked = c->looked;
	s64 frame, last = c->target;

	if (!trace_llfree_compact_decision_enabled())
		return llfree_compact_target(c, from, order);
	start = ktime_get_ns();
	frame = llfree_compact_target(c, from, order);
	if (frame != last)
		trace_llfree_compact_decision(run->cc->zone, c->policy->name,
					      true, frame,
					      ktime_get_ns() - start,
					      c->looked - looked);
	return frame;
}

/*
 * Never from the reserves, as in __isolate_free_page().  alloc_pages() would
 * take from them, as direct compaction runs with PF_MEMALLOC.
 */
static bool leaves_reserves(const struct llfree_run *run, unsigned long pages)
{
	struct zone *zone = run->cc->zone;

	return zone_watermark_ok(zone, 0, min_wmark_pages(zone) + pages, 0,
				 ALLOC_CMA);
}

/*
 * Single pages of the policy's target, for all the folios that wait or as many
 * as compaction_alloc() finds at a time.
 */
static void take_singles(struct llfree_run *run, u64 from)
{
	u64 index[COMPACT_CLUSTER_MAX];
	unsigned int nr = clamp(run->singles, 1, COMPACT_CLUSTER_MAX);
	s64 frame;

	if (nr > 1 && !leaves_reserves(run, nr))
		nr = 1;
	if (nr == 1 && !leaves_reserves(run, 1)) {
		run->low = true;
		return;
	}
	while (list_empty(&run->targets) &&
	       (frame = decide_target(run, from, 0)) >= 0) {
		unsigned int taken = llfree_compact_take_bulk(&run->c,
				get_cpu(), frame, index, nr);

		put_cpu();
		llfree_add_batch(run->lz, &run->targets, index, taken);
	}
}

static struct page *single_target(struct llfree_run *run, u64 from)
{
	if (list_empty(&run->targets))
		take_singles(run, from);
	if (run->singles)
		run->singles--;
	return llfree_batch_next(&run->targets);
}

static struct page *large_target(struct llfree_run *run, u64 from,
				 unsigned int order)
{
	s64 frame;

	if (!leaves_reserves(run, 1UL << order)) {
		run->low = true;
		return NULL;
	}
	while ((frame = decide_target(run, from, order)) >= 0) {
		s64 index = llfree_compact_take(&run->c, get_cpu(), frame,
						order);

		put_cpu();
		if (index >= 0)
			return pfn_to_page(llfree_index_pfn(run->lz, index));
	}
	return NULL;
}

/* compaction_alloc()'s counterpart. */
static struct folio *llfree_compact_alloc_noprof(struct folio *src,
						 unsigned long data)
{
	struct llfree_run *run = (struct llfree_run *)data;
	unsigned int order = folio_order(src);
	u64 from = llfree_pfn_index(run->lz, folio_pfn(src));
	struct page *page;

	if (should_fail_alloc_page(__GFP_MOVABLE, order))
		return NULL;
	page = order ? large_target(run, from, order) :
		       single_target(run, from);
	if (!page)
		return NULL;
	post_alloc_hook(page, order, __GFP_MOVABLE);
	set_page_refcounted(page);
	if (order)
		prep_compound_page(page, order);
	return page_rmappable_folio(page);
}

static struct folio *llfree_compact_alloc(struct folio *src, unsigned long data)
{
	return alloc_hooks(llfree_compact_alloc_noprof(src, data));
}

static unsigned int count_singles(const struct list_head *folios)
{
	const struct folio *folio;
	unsigned int nr = 0;

	list_for_each_entry(folio, folios, lru)
		nr += !folio_test_large(folio);
	return nr;
}

/* Move what was isolated. */
static int migrate_range(struct llfree_run *run)
{
	struct compact_control *cc = run->cc;
	unsigned int nr = cc->nr_migratepages, succeeded = 0;
	int err;

	run->singles = count_singles(&cc->migratepages);
	err = migrate_pages(&cc->migratepages, llfree_compact_alloc, NULL,
			    (unsigned long)run, cc->mode, MR_COMPACTION,
			    &succeeded);
	trace_mm_compaction_migratepages(nr, succeeded);
	llfree_free_batch(cc->zone, &run->targets);
	putback(cc);

	run->isolated += nr;
	run->migrated += succeeded;
	run->failed += nr - succeeded;
	return err;
}

/* Empty the blocked source, or the run of it that is wanted. */
static enum llfree_outcome evacuate(struct llfree_run *run)
{
	struct compact_control *cc = run->cc;
	const struct llfree *a = run->c.a;
	u64 index, pages;
	int pass;

	if (!choose_range(run, &index, &pages))
		return LLFREE_PINNED;

	for (pass = 0; range_used(a, index, pages); pass++) {
		/* Asynchronous isolation gives up at the first failure. */
		if (pass == (run->c.sync ? LLFREE_PASSES : 1))
			return run->migrated ? LLFREE_PARTIAL : LLFREE_PINNED;
		/* What was put back waits to be added to its LRU list. */
		if (pass)
			lru_add_drain();

		if (isolate_range(run, index, pages)) {
			putback(cc);
			return LLFREE_ABORTED;
		}
		/* Stay here if some page would: moves that clear nothing. */
		if (run->preflight &&
		    cc->nr_migratepages < range_used(a, index, pages)) {
			putback(cc);
			continue;
		}
		if (cc->nr_migratepages && migrate_range(run) == -ENOMEM)
			return LLFREE_NOMEM;
	}
	return LLFREE_CLEARED;
}

/* compaction_capture()'s rule for orders that could pollute a tree. */
static bool may_capture(const struct llfree_run *run)
{
	const struct compact_control *cc = run->cc;

	return run->capc && (cc->order >= pageblock_order ||
			     cc->migratetype == MIGRATE_MOVABLE ||
			     llfree_unmovable(&run->c, run->c.source));
}

static void capture(struct llfree_run *run)
{
	s64 index;

	/* As in get and put: nobody sees the child word changed alone. */
	preempt_disable();
	index = llfree_claim(run->c.a, run->c.source, run->cc->order,
			     run->c.class);
	preempt_enable();
	if (index >= 0)
		run->capc->page = pfn_to_page(llfree_index_pfn(run->lz, index));
}

static enum llfree_outcome compact_source(struct llfree_run *run)
{
	struct llfree_compact *c = &run->c;
	u64 index = c->source * LLFREE_FRAME_PAGES;
	u64 pages = c->frames * LLFREE_FRAME_PAGES;
	unsigned long pfn = llfree_index_pfn(run->lz, index);
	enum llfree_outcome outcome;
	unsigned int used, left;
	bool blocked;

	blocked = llfree_compact_block(c, get_cpu());
	put_cpu();
	if (!blocked)
		return LLFREE_PARTIAL;	/* somebody else is at it */

	used = range_used(c->a, index, pages);
	trace_llfree_compact_source(run->cc->zone, pfn, run->cc->order,
				    c->policy->name, pages - used, used);
	run->isolated = 0;
	run->migrated = 0;
	run->failed = 0;
	run->low = false;

	outcome = evacuate(run);
	left = range_used(c->a, index, pages);
	if (outcome == LLFREE_CLEARED && may_capture(run))
		capture(run);
	c->stuck += outcome == LLFREE_PINNED;

	/* Not the source's fault: it ends the run or is tried again. */
	llfree_compact_unblock(c, get_cpu(), outcome == LLFREE_PARTIAL ||
			       outcome == LLFREE_PINNED ||
			       (outcome == LLFREE_NOMEM && !run->low));
	put_cpu();

	trace_llfree_compact_source_end(run->cc->zone, pfn, run->cc->order,
					c->policy->name, outcome, run->isolated,
					run->migrated, run->failed, left);
	return outcome;
}

/* compact_finished()'s counterpart. */
static enum compact_result run_finished(struct llfree_run *run)
{
	struct compact_control *cc = run->cc;
	enum compact_result ret = COMPACT_CONTINUE;

	if (run->capc && run->capc->page) {
		ret = COMPACT_SUCCESS;
	} else if (cc->proactive_compaction) {
		if (kswapd_is_running(cc->zone->zone_pgdat))
			ret = COMPACT_PARTIAL_SKIPPED;
		else if (fragmentation_score_zone(cc->zone) <=
			 fragmentation_score_wmark(true))
			ret = COMPACT_SUCCESS;
	} else if (cc->order >= 0) {
		ret = llfree_has_order(run->c.a, cc->order) ?
		      COMPACT_SUCCESS : COMPACT_NO_SUITABLE_PAGE;
	}

	if (ret != COMPACT_SUCCESS &&
	    (cc->contended || fatal_signal_pending(current)))
		ret = COMPACT_CONTENDED;

	trace_mm_compaction_finished(cc->zone, cc->order, ret);
	return ret == COMPACT_NO_SUITABLE_PAGE ? COMPACT_CONTINUE : ret;
}

static enum compact_result run_compaction(struct llfree_run *run)
{
	enum compact_result ret;

	while ((ret = run_finished(run)) == COMPACT_CONTINUE) {
		enum llfree_outcome outcome;

		if (decide_source(run) < 0)
			return run->c.whole ? COMPACT_COMPLETE :
					      COMPACT_PARTIAL_SKIPPED;
		outcome = compact_source(run);
		if (outcome == LLFREE_ABORTED ||
		    (outcome == LLFREE_NOMEM && run->low))
			return COMPACT_CONTENDED;
		cond_resched();
	}
	return ret;
}

/*
 * Where nobody waits, moves may be for nothing: what was moved is freed, or what
 * was cleared is taken apart again.  So a frame may cost as large a share of its
 * pages as vm.compaction_proactiveness says, 20 % by default.
 */
static unsigned int background_worth(const struct compact_control *cc)
{
	if (!cc->proactive_compaction)
		return 0;
	return max(LLFREE_FRAME_PAGES *
		   (100 - fragmentation_score_wmark(true)) / 100, 1u);
}

/**
 * llfree_compact_zone() - compact a zone under LLFree
 * @cc: as set up by compact_zone(), its gate passed
 * @capc: where to leave a captured page, or NULL
 *
 * Return: COMPACT_SUCCESS if a page of @cc->order is free or captured,
 * COMPACT_COMPLETE if everything was tried, COMPACT_PARTIAL_SKIPPED if not
 * everything was, COMPACT_CONTENDED after a fatal signal or contention and
 * where free memory does not allow for targets, COMPACT_SKIPPED for a zone
 * that LLFree does not manage.
 */
enum compact_result llfree_compact_zone(struct compact_control *cc,
					struct capture_control *capc)
{
	struct zone *zone = cc->zone;
	unsigned long start_pfn = zone->zone_start_pfn;
	unsigned long end_pfn = zone_end_pfn(zone);
	const bool sync = cc->mode != MIGRATE_ASYNC;
	u64 start = ktime_get_ns();
	struct llfree_run run = {
		.lz = zone->llfree,
		.cc = cc,
		.capc = capc,
		.preflight = READ_ONCE(llfree_preflight),
	};
	enum compact_result ret;
	int token;

	if (!run.lz)
		return COMPACT_SKIPPED;

	run.c.a = &run.lz->core;
	run.c.state = &run.lz->compact;
	run.c.policy = llfree_policy_get(&token);
	run.c.rule = llfree_targets_get();
	run.c.bpf = &run.bpf;
	run.c.order = cc->order;
	run.c.class = cc->order >= LLFREE_FRAME_ORDER ? LLFREE_HUGE :
		      cc->order < 0 ? LLFREE_MOVABLE :
		      llfree_class_of(cc->migratetype);
	run.c.sync = sync;
	run.c.whole = cc->whole_zone;
	run.c.any_target = cc->ignore_block_suitable;
	run.c.background = cc->proactive_compaction;
	run.c.worth = background_worth(cc);
	run.c.look_again = cc->ignore_skip_hint;
	run.c.folio_order = folio_order_at;

	/* Skip marks are in the child words here, not in the pageblocks. */
	cc->ignore_skip_hint = true;
	cc->no_set_skip_hint = true;
	cc->migrate_pfn = start_pfn;
	cc->free_pfn = pageblock_start_pfn(end_pfn - 1);
	INIT_LIST_HEAD(&run.targets);

	trace_mm_compaction_begin(cc, start_pfn, end_pfn, sync);

	/* lru_add_drain_all could be expensive with involving other CPUs */
	lru_add_drain();

	llfree_compact_begin(&run.c);
	ret = run_compaction(&run);
	llfree_compact_end(&run.c);
	llfree_policy_put(run.c.policy, token);

	/* kcompactd goes on with the next zone. */
	cc->ignore_skip_hint = run.c.look_again;
	cc->total_free_scanned = run.c.looked;
	count_vm_events(COMPACTMIGRATE_SCANNED, cc->total_migrate_scanned);
	count_vm_events(COMPACTFREE_SCANNED, cc->total_free_scanned);

	trace_mm_compaction_end(cc, start_pfn, end_pfn, sync, ret);
	trace_mm_compaction_stats(cc, ret, ktime_get_ns() - start);

	VM_WARN_ON_ONCE(!list_empty(&cc->migratepages));
	return ret;
}

static ssize_t preflight_show(struct kobject *kobj, struct kobj_attribute *attr,
			      char *buf)
{
	return sysfs_emit(buf, "%d\n", READ_ONCE(llfree_preflight));
}

static ssize_t preflight_store(struct kobject *kobj,
			       struct kobj_attribute *attr, const char *buf,
			       size_t count)
{
	bool on;
	int err = kstrtobool(buf, &on);

	if (err)
		return err;
	WRITE_ONCE(llfree_preflight, on);
	return count;
}

static struct kobj_attribute preflight_attr = __ATTR_RW(preflight);

static struct attribute *llfree_compact_attrs[] = {
	&preflight_attr.attr,
	NULL
};

const struct attribute_group llfree_compact_group = {
	.attrs = llfree_compact_attrs,
};

static int __init setup_preflight(char *value)
{
	if (kstrtobool(value, &llfree_preflight))
		pr_warn("llfree: llfree.preflight= wants 0 or 1\n");
	return 1;
}
__setup("llfree.preflight=", setup_preflight);
