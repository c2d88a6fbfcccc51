// SPDX-License-Identifier: GPL-2.0
/*
 * Demand blocks of pages of a chosen order and mobility from user space.
 *
 * debugfs page_demand/
 *   request   write "ORDER movable|unmovable COUNT": allocates up to COUNT blocks and keeps them,
 *             ending at the first failure; read: what the last request asked for and got
 *   held      read: the number of blocks kept, over all requests
 *   release   write anything: frees every block kept
 *
 * A movable request is placed by the allocator like user memory, but its pages cannot be
 * migrated while they are kept.
 */

#define pr_fmt(fmt)	KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>

static DEFINE_MUTEX(demand_lock);	/* all below */
static LIST_HEAD(held_pages);
static unsigned long nr_held;
static struct {
	unsigned int order;
	bool movable;
	unsigned long asked;
	unsigned long got;
} last;

/* The caller holds demand_lock. */
static void release_all(void)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, &held_pages, lru) {
		list_del(&page->lru);
		__free_pages(page, compound_order(page));
		cond_resched();
	}
	nr_held = 0;
}

static void demand(unsigned int order, bool movable, unsigned long count)
{
	gfp_t gfp = (movable ? GFP_HIGHUSER_MOVABLE : GFP_KERNEL) | __GFP_COMP | __GFP_NOWARN |
		    __GFP_RETRY_MAYFAIL;

	last.order = order;
	last.movable = movable;
	last.asked = count;
	for (last.got = 0; last.got < count; last.got++) {
		struct page *page;

		if (fatal_signal_pending(current))
			break;
		page = alloc_pages(gfp, order);
		if (!page)
			break;
		list_add(&page->lru, &held_pages);
		nr_held++;
		cond_resched();
	}
}

static ssize_t request_write(struct file *file, const char __user *ubuf, size_t len, loff_t *ppos)
{
	char buf[64], class[16];
	unsigned long count;
	unsigned int order;
	bool movable;

	if (len >= sizeof(buf))
		return -EINVAL;
	if (copy_from_user(buf, ubuf, len))
		return -EFAULT;
	buf[len] = '\0';
	if (sscanf(buf, "%u %15s %lu", &order, class, &count) != 3 || order > MAX_PAGE_ORDER)
		return -EINVAL;
	movable = !strcmp(class, "movable");
	if (!movable && strcmp(class, "unmovable"))
		return -EINVAL;

	if (mutex_lock_killable(&demand_lock))
		return -EINTR;
	demand(order, movable, count);
	mutex_unlock(&demand_lock);
	return len;
}

static int request_show(struct seq_file *m, void *unused)
{
	mutex_lock(&demand_lock);
	seq_printf(m, "order %u %s asked %lu got %lu\n", last.order,
		   last.movable ? "movable" : "unmovable", last.asked, last.got);
	mutex_unlock(&demand_lock);
	return 0;
}

static int request_open(struct inode *inode, struct file *file)
{
	return single_open(file, request_show, NULL);
}

static const struct file_operations request_fops = {
	.owner = THIS_MODULE,
	.open = request_open,
	.read = seq_read,
	.write = request_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static int held_get(void *unused, u64 *val)
{
	mutex_lock(&demand_lock);
	*val = nr_held;
	mutex_unlock(&demand_lock);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(held_fops, held_get, NULL, "%llu\n");

static ssize_t release_write(struct file *file, const char __user *ubuf, size_t len, loff_t *ppos)
{
	mutex_lock(&demand_lock);
	release_all();
	mutex_unlock(&demand_lock);
	return len;
}

static const struct file_operations release_fops = {
	.owner = THIS_MODULE,
	.write = release_write,
};

static struct dentry *demand_dir;

static int __init page_demand_init(void)
{
	demand_dir = debugfs_create_dir("page_demand", NULL);
	debugfs_create_file("request", 0600, demand_dir, NULL, &request_fops);
	debugfs_create_file_unsafe("held", 0400, demand_dir, NULL, &held_fops);
	debugfs_create_file("release", 0200, demand_dir, NULL, &release_fops);
	return 0;
}

static void __exit page_demand_exit(void)
{
	debugfs_remove(demand_dir);
	mutex_lock(&demand_lock);
	release_all();
	mutex_unlock(&demand_lock);
}

module_init(page_demand_init);
module_exit(page_demand_exit);
MODULE_DESCRIPTION("Demand blocks of pages from user space");
MODULE_LICENSE("GPL");
