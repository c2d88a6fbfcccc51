// SPDX-License-Identifier: GPL-2.0
/*
 * Requests to a pool's device; include/uapi/linux/llfree_pool.h says what they
 * mean.  Each is a function on a copy of the user's structure.
 */
#include <linux/fs.h>
#include <linux/uaccess.h>
#include <trace/events/llfree.h>
#include "bpf_policy.h"
#include "pool_dev.h"
#include "select.h"

static int do_info(struct llfree_pool_device *p, unsigned int cpu, void *arg)
{
	const struct llfree_pool_header *header = p->region.base;
	struct llfree_ioc_info *info = arg;

	info->state = !p->error ? LLFREE_POOL_OPEN :
		      p->error == -EMEDIUMTYPE ? LLFREE_POOL_EMPTY :
						 LLFREE_POOL_REFUSED;
	info->error = -p->error;
	info->domain = p->region.durable_caches ? LLFREE_POOL_DOMAIN_CACHES :
						  LLFREE_POOL_DOMAIN_MEMORY;
	info->device_bytes = p->region.bytes;
	strscpy(info->text, llfree_pool_text(p->error));
	if (p->error)
		return 0;
	info->bytes = header->bytes;
	info->id[0] = header->id[0];
	info->id[1] = header->id[1];
	info->frames = p->pool.pages.frames;
	info->slots = p->pool.nr_slots;
	info->allocations = p->report.allocations;
	info->pages = p->report.pages;
	info->swept = p->report.swept;
	info->missing = p->report.missing;
	info->moving = p->report.moving;
	return 0;
}

static int do_stats(struct llfree_pool_device *p, unsigned int cpu, void *arg)
{
	struct llfree_ioc_stats *stats = arg;
	struct llfree_pool_totals totals;
	u64 frame;

	for (frame = 0; frame < p->pool.pages.frames; frame++) {
		u16 child = llfree_child(&p->pool.pages, frame);
		unsigned int free = child & LLFREE_CHILD_FREE;

		if (!(frame % 4096))
			cond_resched();
		if (child & LLFREE_CHILD_HUGE)
			continue;
		stats->free_pages += free;
		stats->free_frames += free == LLFREE_FRAME_PAGES;
	}
	llfree_pool_totals(&p->pool, &totals);
	stats->flushes = totals.flushes;
	stats->fences = totals.fences;
	stats->moves = totals.moves;
	stats->given_up = totals.given_up;
	stats->copied = totals.copied;
	return 0;
}

static int do_alloc(struct llfree_pool_device *p, unsigned int cpu, void *arg)
{
	struct llfree_ioc_alloc *a = arg;
	int err;

	if (a->flags)
		return -EINVAL;
	err = llfree_pool_alloc(&p->pool, cpu, a->order, a->tag, &a->handle);
	if (!err)
		a->offset = llfree_pool_offset(p, a->handle);
	return err;
}

static int do_free(struct llfree_pool_device *p, unsigned int cpu, void *arg)
{
	const struct llfree_ioc_handle *h = arg;
	int err;

	if (h->reserved)
		return -EINVAL;
	err = llfree_pool_close_gate(p, cpu, h->handle);
	if (err)
		return err;
	err = llfree_pool_free(&p->pool, cpu, h->handle);
	llfree_pool_open_gate(p, h->handle);
	return err;
}

static int do_lookup(struct llfree_pool_device *p, unsigned int cpu, void *arg)
{
	struct llfree_ioc_lookup *l = arg;
	s64 page;

	if (l->reserved)
		return -EINVAL;
	page = llfree_pool_lookup(&p->pool, cpu, l->handle, &l->order, NULL);
	if (page < 0)
		return page;
	l->page = page;
	l->offset = llfree_pool_offset(p, l->handle);
	return llfree_pool_get_tag(&p->pool, cpu, l->handle, &l->tag);
}

static int do_set_tag(struct llfree_pool_device *p, unsigned int cpu, void *arg)
{
	const struct llfree_ioc_tag *t = arg;

	return llfree_pool_set_tag(&p->pool, cpu, t->handle, t->tag);
}

static int do_get_root(struct llfree_pool_device *p, unsigned int cpu,
		       void *arg)
{
	struct llfree_ioc_root *r = arg;

	if (r->reserved)
		return -EINVAL;
	return llfree_pool_get_root(&p->pool, cpu, r->root, &r->value);
}

static int do_set_root(struct llfree_pool_device *p, unsigned int cpu,
		       void *arg)
{
	const struct llfree_ioc_root *r = arg;

	if (r->reserved)
		return -EINVAL;
	return llfree_pool_set_root(&p->pool, cpu, r->root, r->value);
}

static int do_next(struct llfree_pool_device *p, unsigned int cpu, void *arg)
{
	struct llfree_ioc_next *n = arg;

	n->handle = llfree_pool_next(&p->pool, cpu, &n->cursor);
	return 0;
}

static int do_move(struct llfree_pool_device *p, unsigned int cpu, void *arg)
{
	struct llfree_ioc_move *m = arg;
	s64 page;

	if (m->frame < -1)
		return -EINVAL;
	page = llfree_pool_move(&p->pool, cpu, m->handle, m->frame);
	if (page < 0)
		return page;
	m->page = page;
	return 0;
}

static void compact(struct llfree_pool_device *p, unsigned int cpu,
		    const struct llfree_compact_policy *policy,
		    struct llfree_ioc_compact *how)
{
	struct llfree_bpf_run bpf = {};
	struct llfree_compact c = {
		.policy = policy,
		.order = how->order,
		.class = how->order < 0 ? LLFREE_MOVABLE : LLFREE_HUGE,
		.sync = true,
		.whole = how->order < 0,
		.rule = llfree_targets_get(),
		.bpf = &bpf,
	};
	struct llfree_pool_totals before, after;

	llfree_pool_totals(&p->pool, &before);
	trace_llfree_pool_compact_begin(p->number, policy->name, how->frames,
					how->order);
	how->cleared = llfree_pool_compact(&p->pool, cpu, &c,
					   how->frames ?: U64_MAX);
	llfree_pool_totals(&p->pool, &after);
	how->moves = after.moves - before.moves;
	how->given_up = after.given_up - before.given_up;
	how->flushes = after.flushes - before.flushes;
	how->fences = after.fences - before.fences;
	how->copied = after.copied - before.copied;
	trace_llfree_pool_compact_end(p->number, policy->name, how->frames,
				      how->cleared, how->moves, how->flushes,
				      how->fences, how->copied);
}

static const struct llfree_compact_policy *
hold_policy(const struct llfree_ioc_compact *how)
{
	if (how->flags || !memchr(how->policy, 0, sizeof(how->policy)) ||
	    (how->order != -1 && how->order != LLFREE_FRAME_ORDER &&
	     how->order != LLFREE_MAX_ORDER))
		return NULL;
	return llfree_policy_hold(how->policy);
}

/*
 * To switch indexes one has to be alone.  So that nobody waits for a compaction,
 * a policy does without its own index if there is one.
 */
static void begin_compact(struct llfree_pool_device *p, const void *arg)
{
	const struct llfree_compact_policy *policy = hold_policy(arg);

	mutex_lock(&p->compactors);
	llfree_pool_map_slots(p);
	if (policy && policy->index && !atomic_read(&p->compacting))
		llfree_pool_keep_index(p, policy->index);
	atomic_inc(&p->compacting);
	mutex_unlock(&p->compactors);
	if (policy)
		llfree_policy_drop(policy);
}

static int do_compact(struct llfree_pool_device *p, unsigned int cpu, void *arg)
{
	const struct llfree_compact_policy *policy = hold_policy(arg);

	if (!policy)
		return -EINVAL;
	compact(p, cpu, policy, arg);
	llfree_policy_drop(policy);
	return 0;
}

static void end_compact(struct llfree_pool_device *p)
{
	atomic_dec(&p->compacting);
}

/**
 * struct request - how one is served
 * @cmd: as this kernel knows it
 * @writes: it changes the pool
 * @any: the pool need not be open
 * @serve: with the pool's lock, on a CPU that stays
 * @begin: before the lock is taken, or NULL
 * @end: after it was dropped, with @begin
 */
struct request {
	unsigned int cmd;
	bool writes;
	bool any;
	int (*serve)(struct llfree_pool_device *p, unsigned int cpu, void *arg);
	void (*begin)(struct llfree_pool_device *p, const void *arg);
	void (*end)(struct llfree_pool_device *p);
};

#define FIRST_REQUEST _IOC_NR(LLFREE_IOC_INFO)

/* By number. */
static const struct request requests[] = {
	{ LLFREE_IOC_INFO, false, true, do_info },
	{ LLFREE_IOC_STATS, false, false, do_stats },
	{ LLFREE_IOC_FORMAT, true, true, NULL },
	{ LLFREE_IOC_ALLOC, true, false, do_alloc },
	{ LLFREE_IOC_FREE, true, false, do_free },
	{ LLFREE_IOC_LOOKUP, false, false, do_lookup },
	{ LLFREE_IOC_SET_TAG, true, false, do_set_tag },
	{ LLFREE_IOC_GET_ROOT, false, false, do_get_root },
	{ LLFREE_IOC_SET_ROOT, true, false, do_set_root },
	{ LLFREE_IOC_NEXT, false, false, do_next },
	{ LLFREE_IOC_MOVE, true, false, do_move },
	{ LLFREE_IOC_COMPACT, true, false, do_compact, begin_compact,
	  end_compact },
};

union argument {
	struct llfree_ioc_info info;
	struct llfree_ioc_stats stats;
	struct llfree_ioc_format format;
	struct llfree_ioc_alloc alloc;
	struct llfree_ioc_handle handle;
	struct llfree_ioc_lookup lookup;
	struct llfree_ioc_tag tag;
	struct llfree_ioc_root root;
	struct llfree_ioc_next next;
	struct llfree_ioc_move move;
	struct llfree_ioc_compact compact;
};

static int serve(struct llfree_pool_device *p, const struct request *r,
		 void *arg)
{
	int err;

	if (!r->serve)
		return llfree_pool_make(p, arg);
	if (r->begin)
		r->begin(p, arg);
	percpu_down_read(&p->lock);
	if (p->error == -ENODEV) {
		err = -ENODEV;
	} else if (p->error && !r->any) {
		err = -ENXIO;
	} else {
		migrate_disable();
		err = r->serve(p, smp_processor_id(), arg);
		migrate_enable();
	}
	percpu_up_read(&p->lock);
	if (r->end)
		r->end(p);
	return err;
}

/* Users of another version have structures of another length. */
static int get_argument(const struct request *r, unsigned int cmd,
			void *arg, void __user *user)
{
	size_t ours = _IOC_SIZE(r->cmd), theirs = _IOC_SIZE(cmd);

	memset(arg, 0, ours);
	if (r->cmd & IOC_IN)
		return copy_struct_from_user(arg, ours, user, theirs);
	return theirs > ours && clear_user(user + ours, theirs - ours) ?
		       -EFAULT : 0;
}

long llfree_pool_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct llfree_pool_device *p = file->private_data;
	unsigned int nr = _IOC_NR(cmd) - FIRST_REQUEST;
	void __user *user = (void __user *)arg;
	const struct request *r;
	union argument argument;
	int err;

	BUILD_BUG_ON(LLFREE_IOC_PAGE_BYTES != PAGE_SIZE);
	BUILD_BUG_ON(LLFREE_IOC_FRAME_PAGES != LLFREE_FRAME_PAGES);
	BUILD_BUG_ON(LLFREE_IOC_MAX_ORDER != LLFREE_MAX_ORDER);
	BUILD_BUG_ON(LLFREE_IOC_ROOTS != LLFREE_POOL_ROOTS);
	BUILD_BUG_ON(1ull << LLFREE_IOC_TAG_BITS != LLFREE_POOL_TAG_MAX + 1);

	if (nr >= ARRAY_SIZE(requests))
		return -ENOTTY;
	r = &requests[nr];
	/* So long were the first version's. */
	if ((cmd ^ r->cmd) & ~IOCSIZE_MASK || _IOC_SIZE(cmd) < _IOC_SIZE(r->cmd))
		return -ENOTTY;
	if (r->writes && !(file->f_mode & FMODE_WRITE))
		return -EBADF;
	err = get_argument(r, cmd, &argument, user);
	if (!err)
		err = serve(p, r, &argument);
	if (!err && r->cmd & IOC_OUT &&
	    copy_to_user(user, &argument, _IOC_SIZE(r->cmd)))
		err = -EFAULT;
	return err;
}
