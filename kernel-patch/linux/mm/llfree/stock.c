// SPDX-License-Identifier: GPL-2.0
/*
 * The stock of free frames: a worker clears what a policy says is cheap, ahead
 * of requests.
 *
 * How large the stock is, vm.compaction_proactiveness tells, as it does for
 * proactive compaction: that share of free memory, in percent, lies in free
 * frames.  Proactive compaction stops for half a minute when it achieved
 * nothing; the worker looks again every half second, since owners free pages
 * all the time, and it costs nothing while no frame is worth clearing.
 */
#include <linux/jiffies.h>
#include <linux/mmzone.h>
#include <linux/workqueue.h>
#include "../internal.h"
#include "compact.h"
#include "select.h"
#include "stock.h"
#include "zone.h"

/* As HPAGE_FRAG_CHECK_INTERVAL_MSEC. */
#define LLFREE_STOCK_INTERVAL	msecs_to_jiffies(500)

static bool stock_low(struct zone *zone)
{
	return fragmentation_score_zone(zone) > fragmentation_score_wmark(true);
}

static bool stock_pending(struct zone *zone)
{
	const struct llfree_compact_policy *policy;
	bool pending;
	int token;

	policy = llfree_policy_get(&token);
	pending = policy->pending && policy->pending(&zone->llfree->core);
	llfree_policy_put(policy, token);
	return pending;
}

static void stock_zone(struct zone *zone)
{
	struct compact_control cc = {
		.order = -1,
		.mode = MIGRATE_SYNC_LIGHT,
		.ignore_skip_hint = true,
		.proactive_compaction = true,
		.gfp_mask = GFP_KERNEL,
		.zone = zone,
	};

	INIT_LIST_HEAD(&cc.migratepages);
	llfree_compact_zone(&cc, NULL);
}

static void stock_work(struct work_struct *work)
{
	struct zone *zone;

	for_each_populated_zone(zone) {
		if (!zone->llfree || !stock_low(zone) || !stock_pending(zone))
			continue;
		atomic_long_inc(&llfree_policy_events[LLFREE_STOCK_RUN]);
		stock_zone(zone);
	}
	queue_delayed_work(system_freezable_wq, to_delayed_work(work),
			   LLFREE_STOCK_INTERVAL);
}

static DECLARE_DELAYED_WORK(stock_worker, stock_work);

void llfree_stock_switch(bool on)
{
	if (on)
		queue_delayed_work(system_freezable_wq, &stock_worker,
				   LLFREE_STOCK_INTERVAL);
	else
		cancel_delayed_work_sync(&stock_worker);
}
