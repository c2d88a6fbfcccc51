// SPDX-License-Identifier: GPL-2.0
/* /sys/kernel/mm/llfree: which allocator runs, and what LLFree has done. */
#include <linux/init.h>
#include <linux/kobject.h>
#include <linux/sysfs.h>
#include "../internal.h"
#include "select.h"
#include "zone.h"

static ssize_t allocator_show(struct kobject *kobj,
			      struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, llfree_enabled() ? "buddy [llfree]\n" :
						  "[buddy] llfree\n");
}

static struct kobj_attribute allocator_attr = __ATTR_RO(allocator);

static long event_count(enum llfree_policy_event event)
{
	return atomic_long_read(&llfree_policy_events[event]);
}

static ssize_t stats_show(struct kobject *kobj, struct kobj_attribute *attr,
			  char *buf)
{
	unsigned long metadata = 0, free_huge = 0, reserved = 0;
	struct llfree_local sum = { };
	struct zone *zone;

	for_each_populated_zone(zone) {
		struct llfree *a;
		unsigned int cpu;

		if (!zone->llfree)
			continue;
		a = &zone->llfree->core;
		metadata += llfree_metadata_bytes(a->pages, a->cpus);
		free_huge += llfree_nr_free_huge(a);
		for (cpu = 0; cpu < a->cpus; cpu++) {
			const struct llfree_local *local = &a->local[cpu];

			reserved += llfree_reserved(a, cpu);
			sum.puts += READ_ONCE(local->puts);
			sum.searches += READ_ONCE(local->searches);
			sum.scans += READ_ONCE(local->scans);
			sum.demotions += READ_ONCE(local->demotions);
			sum.steals += READ_ONCE(local->steals);
		}
	}
	return sysfs_emit(buf,
			  "metadata_bytes %lu\n"
			  "free_huge %lu\n"
			  "reserving_cpus %lu\n"
			  "puts %lu\n"
			  "searches %lu\n"
			  "scans %lu\n"
			  "demotions %lu\n"
			  "steals %lu\n"
			  "stock_runs %ld\n"
			  "loaded_runs %ld\n"
			  "loaded_mistakes %ld\n"
			  "loaded_late %ld\n",
			  metadata, free_huge, reserved, sum.puts,
			  sum.searches, sum.scans, sum.demotions, sum.steals,
			  event_count(LLFREE_STOCK_RUN),
			  event_count(LLFREE_LOADED_RUN),
			  event_count(LLFREE_LOADED_MISTAKE),
			  event_count(LLFREE_LOADED_LATE));
}

static struct kobj_attribute stats_attr = __ATTR_RO(stats);

static struct attribute *llfree_attrs[] = {
	&allocator_attr.attr,
	&stats_attr.attr,
	NULL
};

static const struct attribute_group llfree_group = {
	.attrs = llfree_attrs,
};

static const struct attribute_group *llfree_groups[] = {
	&llfree_group,
	&llfree_compact_group,
	&llfree_policy_group,
	NULL
};

static int __init llfree_sysfs_init(void)
{
	struct kobject *kobj = kobject_create_and_add("llfree", mm_kobj);
	int err;

	if (!kobj)
		return -ENOMEM;
	err = sysfs_create_groups(kobj, llfree_groups);
	if (err)
		kobject_put(kobj);
	return err;
}
subsys_initcall(llfree_sysfs_init);
