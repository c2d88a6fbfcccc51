// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "pool_reader.h"
#include "util.h"

bool pool_reader_open(struct pool_reader *r, const struct pool_options *o)
{
	memset(r, 0, sizeof(*r));
	r->file = o->file;
	r->fd = -1;
	if (!pool_is_device(o->file))
		return pool_image_use(&r->image, &r->copy, o);
	r->fd = pool_device_open(o->file, false);
	if (r->fd < 0)
		return false;
	if (pool_device_ready(r->fd, o->file, &r->info))
		return true;
	close(r->fd);
	return false;
}

void pool_reader_close(struct pool_reader *r)
{
	if (r->fd >= 0) {
		close(r->fd);
		return;
	}
	pool_copy_close(&r->copy);
	pool_image_close(&r->image);
}

static int image_next(struct pool_reader *r, struct pool_entry *e)
{
	struct llfree_pool *pool = &r->copy.pool;
	s64 page;

	e->handle = llfree_pool_next(pool, 0, &r->cursor);
	if (!e->handle)
		return 0;
	page = llfree_pool_lookup(pool, 0, e->handle, &e->order, NULL);
	if (page < 0 || llfree_pool_get_tag(pool, 0, e->handle, &e->tag)) {
		complain("%s changes while it is read", r->file);
		return -1;
	}
	e->page = page;
	return 1;
}

static int ask(struct pool_reader *r, unsigned long request, void *argument)
{
	if (!ioctl(r->fd, request, argument))
		return 0;
	if (errno != ENOENT && errno != ESTALE)
		complain("%s: %s", r->file, pool_device_explain(errno));
	return errno;
}

static int device_next(struct pool_reader *r, struct pool_entry *e)
{
	int error;

	do {
		struct llfree_ioc_next next = {.cursor = r->cursor};
		struct llfree_ioc_lookup lookup = {};

		if (ask(r, LLFREE_IOC_NEXT, &next))
			return -1;
		r->cursor = next.cursor;
		if (!next.handle)
			return 0;
		lookup.handle = next.handle;
		error = ask(r, LLFREE_IOC_LOOKUP, &lookup);
		*e = (struct pool_entry){
			.handle = next.handle,
			.page = lookup.page,
			.tag = lookup.tag,
			.order = lookup.order,
		};
	} while (error == ENOENT || error == ESTALE);
	return error ? -1 : 1;
}

int pool_reader_next(struct pool_reader *r, struct pool_entry *e)
{
	return r->fd >= 0 ? device_next(r, e) : image_next(r, e);
}

static void image_facts(const struct pool_reader *r, struct pool_facts *facts)
{
	const struct llfree_pool_header *header = pool_image_base(&r->image);

	facts->offset = r->image.offset;
	facts->has_offset = true;
	facts->geometry = r->image.geometry;
	facts->bytes = header->bytes;
	memcpy(facts->id, header->id, sizeof(facts->id));
	facts->report = r->copy.report;
	memcpy(facts->roots, r->copy.pool.root, sizeof(facts->roots));
}

static bool device_facts(struct pool_reader *r, struct pool_facts *facts)
{
	const struct llfree_ioc_info *info = &r->info;
	struct llfree_ioc_stats stats = {};

	facts->persistence = info->domain == LLFREE_POOL_DOMAIN_CACHES ? "caches" : "memory";
	facts->geometry = (struct llfree_pool_geometry){
		.frames = info->frames,
		.slots = info->slots,
		.page_shift = __builtin_ctz(LLFREE_IOC_PAGE_BYTES),
	};
	facts->bytes = info->bytes;
	facts->id[0] = info->id[0];
	facts->id[1] = info->id[1];
	facts->report = (struct llfree_pool_report){
		.allocations = info->allocations,
		.pages = info->pages,
		.swept = info->swept,
		.missing = info->missing,
		.moving = info->moving,
	};
	if (ask(r, LLFREE_IOC_STATS, &stats))
		return false;
	facts->totals = (struct llfree_pool_totals){
		.flushes = stats.flushes,
		.fences = stats.fences,
		.moves = stats.moves,
		.given_up = stats.given_up,
		.copied = stats.copied,
	};
	facts->has_totals = true;
	for (unsigned int i = 0; i < LLFREE_POOL_ROOTS; i++) {
		struct llfree_ioc_root root = {.root = i};

		if (ask(r, LLFREE_IOC_GET_ROOT, &root))
			return false;
		facts->roots[i] = root.value;
	}
	return true;
}

/* What the allocations there are leave of each frame. */
static bool count_fill(struct pool_reader *r, struct pool_facts *facts)
{
	u64 frames = facts->geometry.frames;
	u16 *used = calloc(frames, sizeof(*used));
	struct pool_entry e;
	int more;

	if (!used) {
		complain("out of memory");
		return false;
	}
	facts->free_pages = frames * LLFREE_FRAME_PAGES;
	while ((more = pool_reader_next(r, &e)) > 0) {
		u64 nr = 1ull << e.order, frame = e.page / LLFREE_FRAME_PAGES;

		facts->allocations++;
		facts->free_pages -= nr;
		for (; nr && frame < frames; frame++) {
			u64 here = min_t(u64, nr, LLFREE_FRAME_PAGES);

			used[frame] += here;
			nr -= here;
		}
	}
	for (u64 frame = 0; frame < frames; frame++)
		facts->fill[min_t(u16, used[frame], LLFREE_FRAME_PAGES)]++;
	free(used);
	return !more;
}

bool pool_reader_facts(struct pool_reader *r, struct pool_facts *facts)
{
	memset(facts, 0, sizeof(*facts));
	facts->file = r->file;
	if (r->fd < 0)
		image_facts(r, facts);
	else if (!device_facts(r, facts))
		return false;
	return count_fill(r, facts);
}
