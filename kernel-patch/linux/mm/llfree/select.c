// SPDX-License-Identifier: GPL-2.0
/*
 * Choosing a compaction policy, llfree.compact= and
 * /sys/kernel/mm/llfree/compact, and where it moves pages to,
 * /sys/kernel/mm/llfree/targets.
 *
 * Built-in policies are there for good.  Loaded ones come and go, so a
 * compaction holds a reference to the one it began with; the selection itself
 * is read under RCU, because compaction must not wait for a lock whose holder
 * may be allocating memory.
 */
#include <linux/kobject.h>
#include <linux/mutex.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/srcu.h>
#include <linux/sysfs.h>
#include <linux/vmalloc.h>
#include "bpf_policy.h"
#include "llfree.h"
#include "select.h"
#include "stock.h"
#include "zone.h"

static const struct llfree_compact_policy __rcu *selected =
	(const struct llfree_compact_policy __rcu __force *)
	&llfree_policy_occupancy;

/* Since the boot. */
atomic_long_t llfree_policy_events[LLFREE_NR_POLICY_EVENTS];

/* The policies that were loaded, and changes of the selection by name. */
static DEFINE_MUTEX(policies_lock);
static LIST_HEAD(loaded_policies);

/*
 * Indexes that are kept: one for all zones, and those of pools.  Not a static
 * key: that would patch the allocator while other CPUs run it, and QEMU's
 * emulation of several CPUs can execute the breakpoint of such a change after
 * the change is over.
 */
atomic_t llfree_watching __read_mostly;

/* Read by runs: an index is freed when those that could know it are over. */
DEFINE_STATIC_SRCU(llfree_runs);

const struct llfree_compact_policy *llfree_policy_get(int *token)
{
	const struct llfree_compact_policy *policy;

	*token = srcu_read_lock(&llfree_runs);
	rcu_read_lock();
	policy = rcu_dereference(selected);
	if (policy->get && !policy->get(policy))
		policy = llfree_policies[0];
	rcu_read_unlock();
	return policy;
}

void llfree_policy_put(const struct llfree_compact_policy *policy, int token)
{
	llfree_policy_drop(policy);
	srcu_read_unlock(&llfree_runs, token);
}

/* Take every zone's index away and free it. */
static void detach_indexes(void)
{
	struct zone *zone;

	for_each_populated_zone(zone) {
		if (zone->llfree)
			llfree_index_attach(&zone->llfree->core, NULL, NULL);
	}
	/* Who changes an index has preemption off. */
	synchronize_rcu();
	synchronize_srcu(&llfree_runs);
	for_each_populated_zone(zone) {
		if (!zone->llfree)
			continue;
		vfree(zone->llfree->index);
		zone->llfree->index = NULL;
	}
}

static int alloc_indexes(const struct llfree_index_ops *ops)
{
	struct zone *zone;

	for_each_populated_zone(zone) {
		struct llfree_zone *lz = zone->llfree;

		if (!lz)
			continue;
		lz->next_index = vzalloc_node(ops->bytes(&lz->core),
					      zone_to_nid(zone));
		if (!lz->next_index)
			goto undo;
	}
	return 0;
undo:
	for_each_populated_zone(zone) {
		if (!zone->llfree)
			continue;
		vfree(zone->llfree->next_index);
		zone->llfree->next_index = NULL;
	}
	return -ENOMEM;
}

static void attach_indexes(const struct llfree_index_ops *ops)
{
	const u64 batch = 1u << 14;
	struct zone *zone;

	for_each_populated_zone(zone) {
		struct llfree_zone *lz = zone->llfree;

		if (!lz || !lz->next_index)
			continue;
		lz->index = lz->next_index;
		lz->next_index = NULL;
		llfree_index_attach(&lz->core, lz->index, ops);
	}
	/* From here on every change is told. */
	synchronize_rcu();
	for_each_populated_zone(zone) {
		struct llfree_zone *lz = zone->llfree;
		u64 frame;

		if (!lz || !lz->index)
			continue;
		for (frame = 0; frame < lz->core.frames; frame += batch) {
			llfree_index_build(&lz->core, frame,
					   min(batch, lz->core.frames - frame));
			cond_resched();
		}
	}
}

static const struct llfree_compact_policy *selected_policy(void)
{
	return rcu_dereference_protected(selected,
					 lockdep_is_held(&policies_lock));
}

/*
 * Zones that appear later have no index: policies do without.  Nor has anyone
 * while indexes are switched.
 */
static int switch_policy(const struct llfree_compact_policy *policy,
			 const struct llfree_index_ops *old)
{
	const struct llfree_index_ops *ops = policy->index;
	int err;

	/* There is no zone to watch or to keep a stock in. */
	if (!llfree_enabled()) {
		rcu_assign_pointer(selected, policy);
		return 0;
	}
	if (ops != old) {
		err = ops ? alloc_indexes(ops) : 0;
		if (err)
			return err;
		if (old)
			detach_indexes();
		else
			atomic_inc(&llfree_watching);
	}
	rcu_assign_pointer(selected, policy);
	llfree_stock_switch(policy->pending);
	if (ops != old) {
		if (ops)
			attach_indexes(ops);
		else
			atomic_dec(&llfree_watching);
	}
	return 0;
}

/**
 * llfree_policy_withdraw() - do not select this policy any longer
 * @policy: selected or not
 *
 * Compactions that have begun go on with it.  Does not wait; so for policies
 * without an index only.
 */
void llfree_policy_withdraw(const struct llfree_compact_policy *policy)
{
	cmpxchg((const struct llfree_compact_policy __force **)&selected,
		policy, llfree_policies[0]);
}

static const struct llfree_compact_policy *find_policy(const char *name)
{
	const struct llfree_compact_policy *const *built_in;
	const struct llfree_loaded *loaded;

	for (built_in = llfree_policies; *built_in; built_in++) {
		if (sysfs_streq(name, (*built_in)->name))
			return *built_in;
	}
	list_for_each_entry(loaded, &loaded_policies, list) {
		if (sysfs_streq(name, loaded->policy.name))
			return &loaded->policy;
	}
	return NULL;
}

/* One that was put aside is there until it is unloaded, and no more. */
static bool take_policy(const struct llfree_compact_policy *policy)
{
	return !policy->get || policy->get(policy);
}

const struct llfree_compact_policy *llfree_policy_hold(const char *name)
{
	const struct llfree_compact_policy *policy;

	mutex_lock(&policies_lock);
	policy = *name ? find_policy(name) : selected_policy();
	if (policy && !take_policy(policy))
		policy = NULL;
	mutex_unlock(&policies_lock);
	return policy;
}

void llfree_policy_drop(const struct llfree_compact_policy *policy)
{
	if (policy->put)
		policy->put(policy);
}

/**
 * llfree_policy_add() - offer a policy that was loaded
 * @loaded: its policy has a name of its own, a get() and a put()
 *
 * Return: 0, or -EEXIST if there is one of this name.
 */
int llfree_policy_add(struct llfree_loaded *loaded)
{
	int err = 0;

	mutex_lock(&policies_lock);
	if (find_policy(loaded->policy.name))
		err = -EEXIST;
	else
		list_add_tail(&loaded->list, &loaded_policies);
	mutex_unlock(&policies_lock);
	return err;
}

/**
 * llfree_policy_find_loaded() - the loaded policy of this name, or NULL
 * @name: of one that only the caller removes
 */
struct llfree_loaded *llfree_policy_find_loaded(const char *name)
{
	struct llfree_loaded *loaded, *found = NULL;

	mutex_lock(&policies_lock);
	list_for_each_entry(loaded, &loaded_policies, list) {
		if (!strcmp(name, loaded->policy.name))
			found = loaded;
	}
	mutex_unlock(&policies_lock);
	return found;
}

/**
 * llfree_policy_remove() - offer it no more
 * @loaded: what was added; its owner drops the last reference later
 */
void llfree_policy_remove(struct llfree_loaded *loaded)
{
	mutex_lock(&policies_lock);
	list_del(&loaded->list);
	llfree_policy_withdraw(&loaded->policy);
	mutex_unlock(&policies_lock);
}

static int show_name(char *buf, int len,
		     const struct llfree_compact_policy *policy)
{
	const char *format = len ? " %s" : "%s";

	if (policy == rcu_access_pointer(selected))
		format = len ? " [%s]" : "[%s]";
	return sysfs_emit_at(buf, len, format, policy->name);
}

static ssize_t compact_show(struct kobject *kobj, struct kobj_attribute *attr,
			    char *buf)
{
	const struct llfree_compact_policy *const *built_in;
	const struct llfree_loaded *loaded;
	int len = 0;

	mutex_lock(&policies_lock);
	for (built_in = llfree_policies; *built_in; built_in++)
		len += show_name(buf, len, *built_in);
	list_for_each_entry(loaded, &loaded_policies, list)
		len += show_name(buf, len, &loaded->policy);
	mutex_unlock(&policies_lock);
	return len + sysfs_emit_at(buf, len, "\n");
}

static ssize_t compact_store(struct kobject *kobj, struct kobj_attribute *attr,
			     const char *buf, size_t count)
{
	const struct llfree_compact_policy *policy;
	int err = -EINVAL;

	mutex_lock(&policies_lock);
	policy = find_policy(buf);
	if (policy && take_policy(policy)) {
		err = switch_policy(policy, selected_policy()->index);
		llfree_policy_drop(policy);
		/* Or was it put aside meanwhile? */
		if (take_policy(policy)) {
			llfree_policy_drop(policy);
		} else {
			llfree_policy_withdraw(policy);
			err = -EINVAL;
		}
	}
	mutex_unlock(&policies_lock);
	return err ?: count;
}

static struct kobj_attribute compact_attr = __ATTR_RW(compact);

/* Instead of the policy's own rule; NULL: that one. */
static const struct llfree_target_rule *targets;

const struct llfree_target_rule *llfree_targets_get(void)
{
	return READ_ONCE(targets);
}

static ssize_t targets_show(struct kobject *kobj, struct kobj_attribute *attr,
			    char *buf)
{
	const struct llfree_target_rule *rule, *chosen = READ_ONCE(targets);
	int len = sysfs_emit(buf, chosen ? "own" : "[own]");

	for (rule = llfree_target_rules; rule->name; rule++)
		len += sysfs_emit_at(buf, len, rule == chosen ? " [%s]" : " %s",
				     rule->name);
	return len + sysfs_emit_at(buf, len, "\n");
}

static ssize_t targets_store(struct kobject *kobj, struct kobj_attribute *attr,
			     const char *buf, size_t count)
{
	const struct llfree_target_rule *rule;

	if (sysfs_streq(buf, "own")) {
		WRITE_ONCE(targets, NULL);
		return count;
	}
	for (rule = llfree_target_rules; rule->name; rule++) {
		if (!sysfs_streq(buf, rule->name))
			continue;
		WRITE_ONCE(targets, rule);
		return count;
	}
	return -EINVAL;
}

static struct kobj_attribute targets_attr = __ATTR_RW(targets);

static struct attribute *llfree_policy_attrs[] = {
	&compact_attr.attr,
	&targets_attr.attr,
	NULL
};

const struct attribute_group llfree_policy_group = {
	.attrs = llfree_policy_attrs,
};

static int __init setup_policy(char *name)
{
	const struct llfree_compact_policy *policy = find_policy(name);

	if (policy)
		RCU_INIT_POINTER(selected, policy);
	else
		pr_warn("llfree: unknown llfree.compact=%s, using %s\n", name,
			llfree_policies[0]->name);
	return 1;
}
__setup("llfree.compact=", setup_policy);

/* The index of a policy chosen at boot, when memory can be allocated. */
static int __init setup_index(void)
{
	int err = 0;

	mutex_lock(&policies_lock);
	if (selected_policy()->index)
		err = switch_policy(selected_policy(), NULL);
	if (err)
		rcu_assign_pointer(selected, llfree_policies[0]);
	mutex_unlock(&policies_lock);
	return err;
}
core_initcall(setup_index);
