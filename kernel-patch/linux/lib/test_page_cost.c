// SPDX-License-Identifier: GPL-2.0
/*
 * What allocating and freeing a page costs, in time or, in an emulator whose clock counts
 * instructions, in these.
 *
 * The file page_cost in debugfs: writing "PATTERN ORDER COUNT" allocates and frees COUNT runs of
 * pages, reading tells how long the allocations and the frees of the last pattern took together,
 * without what reading the clock takes.
 *
 *	bulk	allocate all, free them in the same order
 *	random	allocate all, free them in a random order
 *	repeat	free and allocate one run again and again
 *	steady	with half of them allocated, free any of these and allocate another one
 */

#define pr_fmt(fmt)	KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/prandom.h>
#include <linux/sched/clock.h>
#include <linux/uaccess.h>

#define SEED 1

/* What a pattern works on. */
struct cost {
	unsigned int order;
	unsigned long nr;
	struct page **run;
	struct rnd_state random;
	u64 clock_ns;	/* of reading the clock */
	u64 get_ns;
	u64 put_ns;
};

static DEFINE_MUTEX(lock); /* of the last figures */
static struct cost last;
static char last_pattern[8] = "none";

static u64 clock_cost(void)
{
	u64 least = U64_MAX;
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		u64 start = local_clock();

		least = min(least, local_clock() - start);
	}
	return least;
}

static bool get(struct cost *c, unsigned long i)
{
	u64 start = local_clock();

	c->run[i] = alloc_pages(GFP_HIGHUSER_MOVABLE | __GFP_NOWARN | __GFP_NORETRY, c->order);
	c->get_ns += local_clock() - start - c->clock_ns;
	return c->run[i];
}

static void put(struct cost *c, unsigned long i)
{
	u64 start = local_clock();

	__free_pages(c->run[i], c->order);
	c->put_ns += local_clock() - start - c->clock_ns;
	c->run[i] = NULL;
}

static int get_all(struct cost *c, unsigned long nr)
{
	unsigned long i;

	for (i = 0; i < nr; i++) {
		if (!get(c, i))
			return -ENOMEM;
		cond_resched();
	}
	return 0;
}

static void put_all(struct cost *c, unsigned long nr)
{
	unsigned long i;

	for (i = 0; i < nr && c->run[i]; i++) {
		put(c, i);
		cond_resched();
	}
}

static unsigned long below(struct cost *c, unsigned long n)
{
	return mul_u64_u32_shr(n, prandom_u32_state(&c->random), 32);
}

static int bulk(struct cost *c)
{
	return get_all(c, c->nr);
}

static int shuffled(struct cost *c)
{
	unsigned long i, j;
	int err = get_all(c, c->nr);

	for (i = c->nr - 1; !err && i; i--) {
		j = below(c, i + 1);
		swap(c->run[i], c->run[j]);
	}
	return err;
}

/* Free any of the first @left runs and allocate another one, COUNT times. */
static int exchange(struct cost *c, unsigned long left)
{
	unsigned long i, at;

	c->get_ns = 0;
	c->put_ns = 0;
	for (i = 0; i < c->nr; i++) {
		at = below(c, left);
		put(c, at);
		if (!get(c, at)) {
			/* The others are to be found up to the first gap. */
			swap(c->run[at], c->run[left - 1]);
			return -ENOMEM;
		}
		cond_resched();
	}
	return 0;
}

static int repeat(struct cost *c)
{
	return get_all(c, 1) ?: exchange(c, 1);
}

static int steady(struct cost *c)
{
	unsigned long left = c->nr;
	int err = get_all(c, c->nr);

	while (!err && left > c->nr / 2 + 1) {
		unsigned long at = below(c, left);

		put(c, at);
		swap(c->run[at], c->run[--left]);
	}
	return err ?: exchange(c, left);
}

static const struct {
	const char *name;
	int (*work)(struct cost *c);
	bool freed; /* its frees are those of all at the end */
} patterns[] = {
	{ "bulk", bulk, true },
	{ "random", shuffled, true },
	{ "repeat", repeat, false },
	{ "steady", steady, false },
};

static int measure(unsigned int pattern, struct cost *c)
{
	u64 put_ns;
	int err;

	c->run = kvcalloc(c->nr, sizeof(*c->run), GFP_KERNEL);
	if (!c->run)
		return -ENOMEM;
	prandom_seed_state(&c->random, SEED);
	c->clock_ns = clock_cost();
	err = patterns[pattern].work(c);
	put_ns = c->put_ns;
	put_all(c, c->nr);
	if (!patterns[pattern].freed)
		c->put_ns = put_ns;
	kvfree(c->run);
	c->run = NULL;
	return err;
}

static ssize_t cost_write(struct file *file, const char __user *ubuf, size_t len, loff_t *ppos)
{
	char buf[64], name[8];
	struct cost c = {};
	unsigned int i;
	int err;

	if (len >= sizeof(buf))
		return -EINVAL;
	if (copy_from_user(buf, ubuf, len))
		return -EFAULT;
	buf[len] = '\0';
	if (sscanf(buf, "%7s %u %lu", name, &c.order, &c.nr) != 3 || c.order > MAX_PAGE_ORDER ||
	    !c.nr || c.nr > totalram_pages())
		return -EINVAL;
	for (i = 0; strcmp(name, patterns[i].name);)
		if (++i == ARRAY_SIZE(patterns))
			return -EINVAL;

	if (mutex_lock_killable(&lock))
		return -EINTR;
	err = measure(i, &c);
	if (!err) {
		last = c;
		strscpy(last_pattern, name);
	}
	mutex_unlock(&lock);
	return err ?: len;
}

static ssize_t cost_read(struct file *file, char __user *ubuf, size_t len, loff_t *ppos)
{
	char buf[128];
	int size;

	mutex_lock(&lock);
	size = scnprintf(buf, sizeof(buf), "%s order %u runs %lu get_ns %llu put_ns %llu\n",
			 last_pattern, last.order, last.nr, last.get_ns, last.put_ns);
	mutex_unlock(&lock);
	return simple_read_from_buffer(ubuf, len, ppos, buf, size);
}

static const struct file_operations cost_fops = {
	.owner = THIS_MODULE,
	.read = cost_read,
	.write = cost_write,
};

static struct dentry *cost_file;

static int __init page_cost_init(void)
{
	cost_file = debugfs_create_file("page_cost", 0600, NULL, NULL, &cost_fops);
	return PTR_ERR_OR_ZERO(cost_file);
}

static void __exit page_cost_exit(void)
{
	debugfs_remove(cost_file);
}

module_init(page_cost_init);
module_exit(page_cost_exit);
MODULE_DESCRIPTION("What allocating and freeing a page costs");
MODULE_LICENSE("GPL");
