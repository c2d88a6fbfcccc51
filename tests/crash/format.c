// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Crashes while a region that holds a pool is formatted.
 *
 * Formatting stores to every line of the metadata, so not all combinations of
 * prefixes can be tried: of the header's line, which decides, every one; of the
 * others none, all, all but one, only one, and random ones.
 */
#include "format.h"
#include "pmem.h"
#include "pool.h"

#define SAMPLES 32

static const struct llfree_pool_geometry old_geometry = {.frames = 4, .slots = 12, .page_shift = 3};
static const struct llfree_pool_geometry new_geometry = {.frames = 6, .slots = 24, .page_shift = 3};
static const u64 old_id[2] = {1, 2}, new_id[2] = {3, 4};

static char region[PMEM_BYTES] __aligned(64), image[PMEM_BYTES] __aligned(64),
	old[PMEM_BYTES] __aligned(64);
static char memory[PMEM_BYTES] __aligned(64), scratch[4096] __aligned(64);
static struct pmem media, kept;
static u64 images;
static struct random random_state;

static int open_pool(struct llfree_pool *pool, void *base, struct llfree_pool_report *report)
{
	struct llfree_pool_config config = {
		.base = base,
		.bytes = PMEM_BYTES,
		.cpus = 1,
		.memory = memory,
		.scratch = scratch,
	};

	return llfree_pool_open(pool, &config, report);
}

/* The old pool as it was, none, or an empty new one: true if there is one to open. */
static bool judge(void)
{
	const struct llfree_pool_header *header = (void *)image;
	struct llfree_pool_report report;
	struct llfree_pool pool;
	int err;

	images++;
	if (header->magic == LLFREE_POOL_MAGIC && header->id[0] == old_id[0]) {
		CHECK(!memcmp(image, old, PMEM_BYTES));
		return true;
	}
	err = open_pool(&pool, image, &report);
	if (err == -EMEDIUMTYPE)
		return false;
	CHECK_EQ(err, 0);
	CHECK_EQ(header->id[0], new_id[0]);
	CHECK_EQ(header->id[1], new_id[1]);
	CHECK_EQ(header->frames, new_geometry.frames);
	CHECK_EQ(report.allocations + report.swept + report.missing, 0);
	for (unsigned int i = 0; i < LLFREE_POOL_ROOTS; i++)
		CHECK_EQ(pool.root[i], 0);
	return true;
}

static void try(const u8 *choice)
{
	struct llfree_pool_report report;
	struct llfree_pool pool;

	pmem_compose(&media, choice, image);
	if (!judge())
		return;
	/* If only the kernel has ended: what was opened is there from then on. */
	pmem_carry(&kept, &media, choice, image);
	pmem_active = &kept;
	CHECK_EQ(open_pool(&pool, image, &report), 0);
	pmem_active = NULL;
	if (memcmp(kept.durable, image, sizeof(struct llfree_pool_header)))
		check_fail(__FILE__, __LINE__, "opened by a header that is not durable");
}

/* Which of the dirty lines is the header's, or -1 */
static int header_line(const struct pmem *p)
{
	return p->place[0] - 1;
}

static void crash_point(struct pmem *p)
{
	int header = header_line(p);
	unsigned int prefixes = header < 0 ? 1 : p->line[header].nr + 1;
	u8 choice[PMEM_DIRTY + PMEM_COPIES];

	pmem_active = NULL;
	for (unsigned int prefix = 0; prefix < prefixes; prefix++) {
		for (unsigned int all = 0; all < 2; all++)
			for (unsigned int one = 0; one <= p->nr_lines; one++) {
				for (unsigned int i = 0; i < p->nr_lines; i++)
					choice[i] = (i == one) == !all ? p->line[i].nr : 0;
				if (header >= 0)
					choice[header] = prefix;
				try(choice);
			}
		for (unsigned int n = 0; n < SAMPLES; n++) {
			for (unsigned int i = 0; i < p->nr_lines; i++)
				choice[i] = random_below(&random_state, p->line[i].nr + 1);
			if (header >= 0)
				choice[header] = prefix;
			try(choice);
		}
	}
	pmem_active = p;
}

/* A pool with something in every part, and what a format must not leave of it. */
static void make_old(void)
{
	struct llfree_pool_report report;
	struct llfree_pool pool;
	u64 handle;

	memset(region, 0xa5, sizeof(region));
	CHECK_EQ(llfree_pool_format(region, PMEM_BYTES, &old_geometry, old_id), 0);
	CHECK_EQ(open_pool(&pool, region, &report), 0);
	for (unsigned int i = 0; i < 12; i++)
		CHECK_EQ(llfree_pool_alloc(&pool, 0, i % 8, i, &handle), 0);
	for (unsigned int i = 0; i < LLFREE_POOL_ROOTS; i++)
		CHECK_EQ(llfree_pool_set_root(&pool, 0, i, handle), 0);
	memcpy(old, region, sizeof(old));
}

u64 format_explore(u64 seed)
{
	check_context = "format";
	images = 0;
	random_state = random_seed(seed);
	pmem_active = NULL;
	make_old();
	pmem_start(&media, region, PMEM_BYTES, 0);
	media.before = crash_point;
	pmem_active = &media;
	CHECK_EQ(llfree_pool_format(region, PMEM_BYTES, &new_geometry, new_id), 0);
	crash_point(&media);

	/* It is there when format has returned. */
	pmem_active = NULL;
	memcpy(image, media.durable, PMEM_BYTES);
	judge();
	CHECK_EQ(((struct llfree_pool_header *)image)->magic, LLFREE_POOL_MAGIC);
	CHECK_EQ(((struct llfree_pool_header *)image)->id[0], new_id[0]);
	check_context = NULL;
	return images;
}
