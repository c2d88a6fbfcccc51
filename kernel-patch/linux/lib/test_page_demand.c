// SPDX-License-Identifier: GPL-2.0
/*
 * Demand blocks of pages of a chosen order and mobility from user space.
 *
 * The file page_demand in debugfs: writing "ORDER movable|unmovable COUNT" allocates up to COUNT
 * blocks, ending at the first failure; reading tells what the last request asked for and got. The
 * blocks belong to the open file and are freed when it is closed, so that none outlives a process
 * that is killed.
 *
 * A movable request is placed by the allocator like user memory, but its pages cannot be migrated
 * while they are held.
 */

#define pr_fmt(fmt)	KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

/* One for each open file. */
struct demand {
	struct mutex lock;	/* all below */
	struct list_head pages;
	unsigned int order;
	bool movable;
	unsigned long asked;
	unsigned long got;
};

/* The caller holds d->lock. */
static void demand_pages(struct demand *d)
{
	gfp_t gfp = (d->movable ? GFP_HIGHUSER_MOVABLE : GFP_KERNEL) | __GFP_COMP | __GFP_NOWARN |
		    __GFP_RETRY_MAYFAIL;

	for (d->got = 0; d->got < d->asked; d->got++) {
		struct page *page;

		if (fatal_signal_pending(current))
			break;
		page = alloc_pages(gfp, d->order);
		if (!page)
			break;
		list_add(&page->lru, &d->pages);
		cond_resched();
	}
}

static ssize_t demand_write(struct file *file, const char __user *ubuf, size_t len, loff_t *ppos)
{
	struct demand *d = file->private_data;
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

	if (mutex_lock_killable(&d->lock))
		return -EINTR;
	d->order = order;
	d->movable = movable;
	d->asked = count;
	demand_pages(d);
	mutex_unlock(&d->lock);
	return len;
}

static ssize_t demand_read(struct file *file, char __user *ubuf, size_t len, loff_t *ppos)
{
	struct demand *d = file->private_data;
	char buf[96];
	int size;

	mutex_lock(&d->lock);
	size = scnprintf(buf, sizeof(buf), "order %u %s asked %lu got %lu\n", d->order,
			 d->movable ? "movable" : "unmovable", d->asked, d->got);
	mutex_unlock(&d->lock);
	return simple_read_from_buffer(ubuf, len, ppos, buf, size);
}

static int demand_open(struct inode *inode, struct file *file)
{
	struct demand *d = kzalloc(sizeof(*d), GFP_KERNEL);

	if (!d)
		return -ENOMEM;
	mutex_init(&d->lock);
	INIT_LIST_HEAD(&d->pages);
	file->private_data = d;
	return 0;
}

static int demand_release(struct inode *inode, struct file *file)
{
	struct demand *d = file->private_data;
	struct page *page, *next;

	list_for_each_entry_safe(page, next, &d->pages, lru) {
		list_del(&page->lru);
		__free_pages(page, compound_order(page));
		cond_resched();
	}
	kfree(d);
	return 0;
}

static const struct file_operations demand_fops = {
	.owner = THIS_MODULE,
	.open = demand_open,
	.read = demand_read,
	.write = demand_write,
	.release = demand_release,
};

static struct dentry *demand_file;

static int __init page_demand_init(void)
{
	demand_file = debugfs_create_file("page_demand", 0600, NULL, NULL, &demand_fops);
	return PTR_ERR_OR_ZERO(demand_file);
}

static void __exit page_demand_exit(void)
{
	debugfs_remove(demand_file);
}

module_init(page_demand_init);
module_exit(page_demand_exit);
MODULE_DESCRIPTION("Demand blocks of pages from user space");
MODULE_LICENSE("GPL");
