// SPDX-License-Identifier: GPL-2.0
/*
 * A pool's device comes and goes: it opens the pool that it finds, or says why
 * not, and makes a new one only when it is told to.
 */
#include <linux/capability.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/pagemap.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include "pool_dev.h"

static DEFINE_IDA(numbers);

const char *llfree_pool_text(int error)
{
	switch (error) {
	case -ENOMEM:
		return "there is no memory for the tables of the pool";
	case -EINVAL:
		return "the pool has pages of another size";
	case -ENODEV:
		return "the memory of the pool is gone";
	default:
		return llfree_pool_explain(error);
	}
}

/*
 * The pool
 */

static int recover(struct llfree_pool_device *p, void *scratch)
{
	const struct llfree_pool_config config = {
		.base = p->region.base,
		.bytes = p->region.bytes,
		.cpus = nr_cpu_ids,
		.durable_caches = p->region.durable_caches,
		.memory = p->memory,
		.scratch = scratch,
		.ops = &llfree_pool_ops,
	};
	int err;

	err = llfree_pool_open(&p->pool, &config, &p->report);
	if (!err)
		p->pool.private = p;
	return err;
}

/* What a pool needs of the machine's own memory. */
struct pool_tables {
	void *memory;
	void *scratch;
};

static void free_tables(struct pool_tables *t)
{
	vfree(t->memory);
	vfree(t->scratch);
	memset(t, 0, sizeof(*t));
}

static int alloc_tables(struct pool_tables *t,
			const struct llfree_pool_geometry *geometry)
{
	size_t memory = llfree_pool_memory_bytes(geometry, nr_cpu_ids);
	size_t scratch = llfree_pool_scratch_bytes(geometry);

	/* Nobody is killed for a pool. */
	if (PFN_UP(memory) + PFN_UP(scratch) > si_mem_available())
		return -ENOMEM;
	/* Recovery reads and writes all over them. */
	t->memory = vmalloc_huge(memory, GFP_KERNEL);
	t->scratch = vmalloc_huge(scratch, GFP_KERNEL);
	if (t->memory && t->scratch)
		return 0;
	free_tables(t);
	return -ENOMEM;
}

/* With the tables of the pool that is there, or with none yet. */
static int open_pool(struct llfree_pool_device *p, struct pool_tables *t)
{
	struct llfree_pool_geometry geometry;
	int err;

	err = llfree_pool_probe(p->region.base, p->region.bytes, &geometry);
	if (err)
		return err;
	if (geometry.page_shift != PAGE_SHIFT)
		return -EINVAL;
	if (!t->memory)
		err = alloc_tables(t, &geometry);
	if (err)
		return err;
	swap(p->memory, t->memory);
	err = recover(p, t->scratch);
	if (err)
		swap(p->memory, t->memory);
	return err;
}

/* With the lock for writing, or when there are no users. */
static void drop_index(struct llfree_pool_device *p)
{
	if (!p->index)
		return;
	llfree_index_attach(&p->pool.pages, NULL, NULL);
	atomic_dec(&llfree_watching);
	vfree(p->index);
	p->index = NULL;
}

static void build_index(struct llfree_pool_device *p,
			const struct llfree_index_ops *ops)
{
	struct llfree *a = &p->pool.pages;
	const u64 batch = 1u << 14;
	u64 frame;

	atomic_inc(&llfree_watching);
	llfree_index_attach(a, p->index, ops);
	for (frame = 0; frame < a->frames; frame += batch) {
		llfree_index_build(a, frame, min(batch, a->frames - frame));
		cond_resched();
	}
}

void llfree_pool_map_slots(struct llfree_pool_device *p)
{
	const u64 batch = LLFREE_POOL_BATCH;
	bool mapped;
	u64 slot;

	percpu_down_read(&p->lock);
	mapped = p->error || p->mapped;
	percpu_up_read(&p->lock);
	if (mapped)
		return;
	percpu_down_write(&p->lock);
	for (slot = 0; !p->error && slot < p->pool.nr_slots; slot += batch) {
		llfree_pool_map(&p->pool, slot, batch);
		cond_resched();
	}
	p->mapped = true;
	percpu_up_write(&p->lock);
}

void llfree_pool_keep_index(struct llfree_pool_device *p,
			    const struct llfree_index_ops *ops)
{
	const struct llfree *a = &p->pool.pages;
	struct llfree_index *index = NULL;
	size_t bytes = 0;

	percpu_down_read(&p->lock);
	if (!p->error && !(p->index && p->index->ops == ops))
		bytes = ops->bytes(a);
	percpu_up_read(&p->lock);
	/* Nobody is killed for it. */
	if (bytes && PFN_UP(bytes) <= si_mem_available())
		index = vzalloc(bytes);
	if (!index)
		return;
	percpu_down_write(&p->lock);
	/* Another pool may have been made meanwhile. */
	if (!p->error && ops->bytes(a) == bytes) {
		drop_index(p);
		swap(p->index, index);
		build_index(p, ops);
	}
	percpu_up_write(&p->lock);
	vfree(index);
}

static void close_pool(struct llfree_pool_device *p)
{
	drop_index(p);
	p->mapped = false;
	vfree(p->memory);
	p->memory = NULL;
}

/* Open what is there, and tell. */
static void start_pool(struct llfree_pool_device *p, struct pool_tables *t)
{
	const struct llfree_pool_report *r = &p->report;

	p->error = open_pool(p, t);
	free_tables(t);
	if (!p->error && r->missing)
		dev_warn(p->region.dev,
			 "%s: something else wrote to the pool: %llu pages that have an owner were free\n",
			 p->name, r->missing);
	if (!p->error)
		dev_info(p->region.dev,
			 "%s: %llu frames, %llu allocations with %llu pages; swept %llu, missing %llu, %llu moves interrupted\n",
			 p->name, p->pool.pages.frames, r->allocations,
			 r->pages, r->swept, r->missing, r->moving);
	else if (p->error == -EMEDIUMTYPE)
		dev_info(p->region.dev, "%s: %s yet\n", p->name,
			 llfree_pool_text(p->error));
	else
		dev_err(p->region.dev, "%s: %s; nothing was written\n", p->name,
			llfree_pool_text(p->error));
}

/* Fill in what the user leaves to us. */
static void choose_geometry(const struct llfree_pool_device *p,
			    const struct llfree_ioc_format *how,
			    struct llfree_pool_geometry *g)
{
	u64 frames = how->frames;

	if (!frames)
		frames = min_t(u64, p->region.bytes >>
				    (LLFREE_FRAME_ORDER + PAGE_SHIFT),
			       LLFREE_POOL_MAX_PAGES / LLFREE_FRAME_PAGES) &
			 ~1ull;
	g->page_shift = PAGE_SHIFT;
	for (;; frames -= 2) {
		g->frames = frames;
		g->slots = how->slots ?:
			   min_t(u64, frames * LLFREE_FRAME_PAGES,
				 LLFREE_POOL_MAX_SLOTS);
		if (how->frames || frames <= 2 ||
		    llfree_pool_bytes(g) <= p->region.bytes)
			return;
	}
}

/* Is anything of the memory in use, whichever pool it is or was? */
static bool memory_in_use(struct llfree_pool_device *p)
{
	return mapping_mapped(p->region.mapping) ||
	       (!p->error &&
		llfree_pool_in_use(p, 0, p->pool.pages.pages));
}

/* May there be such a pool here? */
static int may_make(const struct llfree_pool_device *p,
		    const struct llfree_ioc_format *how,
		    struct llfree_pool_geometry *geometry)
{
	u64 bytes;

	if (p->error == -ENODEV)
		return -ENODEV;
	if (p->error != -EMEDIUMTYPE && !(how->flags & LLFREE_IOC_FORMAT_FORCE))
		return -EEXIST;
	choose_geometry(p, how, geometry);
	bytes = llfree_pool_bytes(geometry);
	if (!bytes)
		return -EINVAL;
	return bytes > p->region.bytes ? -EFBIG : 0;
}

static int make_pool(struct llfree_pool_device *p,
		     const struct llfree_pool_geometry *geometry,
		     struct pool_tables *t)
{
	u64 id[2];

	if (memory_in_use(p))
		return -EBUSY;
	close_pool(p);
	get_random_bytes(id, sizeof(id));
	llfree_pool_format(p->region.base, p->region.bytes, geometry, id);
	p->epoch++;
	start_pool(p, t);
	return p->error;
}

/* Whoever uses the pool for long, to compact it, ends that first. */
static void lock_alone(struct llfree_pool_device *p)
{
	atomic_inc(&p->waiting);
	percpu_down_write(&p->lock);
	atomic_dec(&p->waiting);
}

int llfree_pool_make(struct llfree_pool_device *p,
		     const struct llfree_ioc_format *how)
{
	struct llfree_pool_geometry geometry;
	struct pool_tables tables = {};
	int err;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (how->flags & ~LLFREE_IOC_FORMAT_FORCE || how->reserved)
		return -EINVAL;
	/* What is refused here disturbs nobody. */
	percpu_down_read(&p->lock);
	err = may_make(p, how, &geometry);
	if (!err && mapping_mapped(p->region.mapping))
		err = -EBUSY;
	percpu_up_read(&p->lock);
	err = err ?: alloc_tables(&tables, &geometry);
	if (err)
		return err;
	lock_alone(p);
	err = may_make(p, how, &geometry) ?: make_pool(p, &geometry, &tables);
	percpu_up_write(&p->lock);
	free_tables(&tables);
	return err;
}

/*
 * The device
 */

static void release_device(struct kref *ref)
{
	struct llfree_pool_device *p =
		container_of(ref, struct llfree_pool_device, ref);

	put_device(p->region.dev);
	percpu_free_rwsem(&p->lock);
	kfree(p);
}

static int open_file(struct inode *inode, struct file *file)
{
	struct llfree_pool_device *p =
		container_of(file->private_data, struct llfree_pool_device,
			     misc);

	kref_get(&p->ref);
	file->private_data = p;
	/* Whatever path leads here, there is one address space. */
	file->f_mapping = p->region.mapping;
	file->f_wb_err = filemap_sample_wb_err(file->f_mapping);
	file->f_sb_err = file_sample_sb_err(file);
	inode->i_flags |= S_DAX;
	return 0;
}

static int release_file(struct inode *inode, struct file *file)
{
	struct llfree_pool_device *p = file->private_data;

	kref_put(&p->ref, release_device);
	return 0;
}

static const struct file_operations file_operations = {
	.owner = THIS_MODULE,
	.open = open_file,
	.release = release_file,
	.unlocked_ioctl = llfree_pool_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = llfree_pool_mmap,
	.get_unmapped_area = thp_get_unmapped_area,
	.llseek = noop_llseek,
	.fop_flags = FOP_MMAP_SYNC,
};

static struct llfree_pool_device *make_device(const struct llfree_pool_region *r)
{
	struct llfree_pool_device *p;
	unsigned int i;

	p = kzalloc(sizeof(*p), GFP_KERNEL);
	if (!p)
		return NULL;
	p->number = ida_alloc(&numbers, GFP_KERNEL);
	if (p->number < 0)
		goto no_number;
	if (percpu_init_rwsem(&p->lock))
		goto no_lock;
	kref_init(&p->ref);
	mutex_init(&p->compactors);
	p->region = *r;
	get_device(r->dev);
	for (i = 0; i < POOL_GATES; i++) {
		init_rwsem(&p->gates[i].lock);
		mutex_init(&p->gates[i].frame);
	}
	snprintf(p->name, sizeof(p->name), "llfree_pool%d", p->number);
	p->misc.minor = MISC_DYNAMIC_MINOR;
	p->misc.name = p->name;
	p->misc.parent = r->dev;
	p->misc.mode = 0600;
	p->misc.fops = &file_operations;
	return p;
no_lock:
	ida_free(&numbers, p->number);
no_number:
	kfree(p);
	return NULL;
}

/* The driver has done with it; files may be open. */
static void drop_device(struct llfree_pool_device *p)
{
	close_pool(p);
	ida_free(&numbers, p->number);
	kref_put(&p->ref, release_device);
}

struct llfree_pool_device *
llfree_pool_add(const struct llfree_pool_region *region)
{
	struct llfree_pool_device *p = make_device(region);
	struct pool_tables tables = {};
	int err;

	if (!p)
		return ERR_PTR(-ENOMEM);
	region->mapping->a_ops = &llfree_pool_aops;
	start_pool(p, &tables);
	err = misc_register(&p->misc);
	if (err) {
		drop_device(p);
		return ERR_PTR(err);
	}
	return p;
}

void llfree_pool_remove(struct llfree_pool_device *p)
{
	bool told = false, was_open;

	misc_deregister(&p->misc);
	lock_alone(p);
	was_open = !p->error;
	p->error = -ENODEV;
	percpu_up_write(&p->lock);

	unmap_mapping_range(p->region.mapping, 0, 0, false);
	while (was_open && llfree_pool_in_use(p, 0, p->pool.pages.pages)) {
		if (!told)
			dev_warn(p->region.dev,
				 "%s: waiting for pages that are in use\n",
				 p->name);
		told = true;
		msleep(100);
	}
	drop_device(p);
}
