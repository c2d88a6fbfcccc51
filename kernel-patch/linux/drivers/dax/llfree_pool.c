// SPDX-License-Identifier: GPL-2.0
/*
 * Persistent page pools on dax devices: a driver for those devices that it is
 * told of by name, at boot with llfree.pmem=dax0.0[,dax1.0...], or later:
 *
 *	echo dax0.0 >/sys/bus/dax/drivers/device_dax/unbind
 *	echo dax0.0 >/sys/bus/dax/drivers/llfree_pool/new_id
 */
#include <linux/crash_dump.h>
#include <linux/init.h>
#include <linux/libnvdimm.h>
#include <linux/llfree_pool.h>
#include <linux/memremap.h>
#include <linux/module.h>
#include "../nvdimm/nd-core.h"
#include "../nvdimm/nd.h"
#include "bus.h"
#include "dax-private.h"

static char boot_names[128] __initdata;

static int __init setup_names(char *names)
{
	/* Who dumps memory after a crash has none to spare, and changes no pool. */
	if (is_kdump_kernel())
		return 1;
	if (strscpy(boot_names, names) < 0)
		pr_warn("llfree: llfree.pmem= is too long\n");
	return 1;
}
__setup("llfree.pmem=", setup_names);

/*
 * A page map of its own: with one page of the map for 2 MiB, as device_dax has
 * it, one reference would hold all of them.
 */
static struct dev_pagemap *make_pagemap(struct dev_dax *dev_dax)
{
	struct device *dev = &dev_dax->dev;
	struct dev_pagemap *pgmap;

	if (dev_dax->pgmap) {
		/* Of a namespace: it begins with the metadata. */
		pgmap = devm_kmemdup(dev, dev_dax->pgmap, sizeof(*pgmap),
				     GFP_KERNEL);
	} else {
		pgmap = devm_kzalloc(dev, sizeof(*pgmap), GFP_KERNEL);
		if (pgmap)
			pgmap->range = dev_dax->ranges[0].range;
	}
	if (!pgmap)
		return NULL;
	pgmap->type = MEMORY_DEVICE_GENERIC;
	pgmap->vmemmap_shift = 0;
	pgmap->nr_range = 1;
	return pgmap;
}

static bool durable_caches(const struct dev_dax *dev_dax)
{
	struct device *parent = dev_dax->region->dev->parent;

	return !nvdimm_has_cache(to_nd_region(parent));
}

/* Why stores to it would be lost, or NULL. */
static const char *not_durable(const struct dev_dax *dev_dax)
{
	struct device *parent = dev_dax->region->dev->parent;

	if (!parent || !is_nd_pmem(parent))
		return "this is no persistent memory";
	if (!is_nvdimm_sync(to_nd_region(parent)))
		return "what is stored here is not durable before its host is asked to flush it";
	if (to_nd_region(parent)->ro)
		return "the region is read-only: its NVDIMMs are not armed, or its read_only is 1";
	return NULL;
}

static int pool_probe(struct dev_dax *dev_dax)
{
	const struct range *range = &dev_dax->ranges[0].range;
	struct device *dev = &dev_dax->dev;
	struct llfree_pool_device *pool;
	const char *why = not_durable(dev_dax);
	struct dev_pagemap *pgmap;
	void *base;

	if (why) {
		dev_err(dev, "no pool: %s\n", why);
		return -EOPNOTSUPP;
	}
	if (dev_dax->nr_range != 1) {
		dev_err(dev, "a pool is in one range, not in %d\n",
			dev_dax->nr_range);
		return -EINVAL;
	}
	if (!devm_request_mem_region(dev, range->start, range_len(range),
				     dev_name(dev)))
		return -EBUSY;
	pgmap = make_pagemap(dev_dax);
	if (!pgmap)
		return -ENOMEM;
	base = devm_memremap_pages(dev, pgmap);
	if (IS_ERR(base))
		return PTR_ERR(base);

	pool = llfree_pool_add(&(struct llfree_pool_region) {
		.dev = dev,
		.mapping = dax_inode(dev_dax->dax_dev)->i_mapping,
		.base = base + (range->start - pgmap->range.start),
		.bytes = range_len(range),
		.pfn = PHYS_PFN(range->start),
		.durable_caches = durable_caches(dev_dax),
	});
	if (IS_ERR(pool))
		return PTR_ERR(pool);
	dev_set_drvdata(dev, pool);
	return 0;
}

static void pool_remove(struct dev_dax *dev_dax)
{
	llfree_pool_remove(dev_get_drvdata(&dev_dax->dev));
}

static struct dax_device_driver pool_driver = {
	.probe = pool_probe,
	.remove = pool_remove,
	.type = DAXDRV_NAMED_TYPE,
};

/* Before device_dax, which takes what is there, and before there is anything. */
static int __init pool_init(void)
{
	char *names = boot_names, *name;
	int err;

	err = dax_driver_register(&pool_driver);
	while (!err && (name = strsep(&names, ",")))
		err = *name ? dax_driver_add_id(&pool_driver, name) : 0;
	return err;
}
device_initcall(pool_init);
