// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * frameshift pool check on a device: what can be said while the kernel has the
 * pool open. Its handles have to fit into it and each other, and what they leave
 * has to be free.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "pool_check.h"
#include "pool_findings.h"
#include "pool_reader.h"
#include "util.h"

/* Others may be at work: the list has to be the same twice, within so many times. */
#define PASSES 10
#define PAUSE 10000 /* us */

struct list {
	struct pool_entry *entries;
	size_t nr;
	u64 free_pages; /* as the kernel counts them, when the list began */
};

#define say(f, kind, ...) finding(f, FINDING_##kind, __VA_ARGS__)

static bool list_read(struct pool_reader *r, struct list *list)
{
	struct llfree_ioc_stats stats = {};
	struct pool_entry e, *more;
	size_t room = 0;
	int got;

	*list = (struct list){};
	if (ioctl(r->fd, LLFREE_IOC_STATS, &stats)) {
		complain("%s: %s", r->file, pool_device_explain(errno));
		return false;
	}
	list->free_pages = stats.free_pages;
	r->cursor = 0;
	while ((got = pool_reader_next(r, &e)) > 0) {
		if (list->nr == room) {
			room = 2 * room + 1024;
			more = reallocarray(list->entries, room, sizeof(*more));
			if (!more) {
				complain("out of memory");
				return false;
			}
			list->entries = more;
		}
		list->entries[list->nr++] = e;
	}
	return !got;
}

static bool list_same(const struct list *a, const struct list *b)
{
	if (a->nr != b->nr || a->free_pages != b->free_pages)
		return false;
	for (size_t i = 0; i < a->nr; i++)
		if (a->entries[i].handle != b->entries[i].handle ||
		    a->entries[i].page != b->entries[i].page)
			return false;
	return true;
}

/* Is every page free or of a handle? */
static bool list_whole(const struct pool_reader *r, const struct list *list)
{
	uint64_t pages = list->free_pages;

	for (size_t i = 0; i < list->nr; i++)
		pages += 1ull << list->entries[i].order;
	return pages == r->info.frames * LLFREE_FRAME_PAGES;
}

/* A list that nobody changed while it was read; false after a complaint. */
static bool list_settled(struct pool_reader *r, struct list *list)
{
	struct list before = {};
	bool done = false, ok = list_read(r, list);

	for (unsigned int pass = 1; ok && !done && pass < PASSES; pass++) {
		free(before.entries);
		before = *list;
		ok = list_read(r, list);
		/* Pages of what is under way are in no handle: look once more. */
		done = ok && list_same(&before, list) &&
		       (list_whole(r, list) || pass == PASSES - 1);
		if (ok && !done)
			usleep(PAUSE);
	}
	free(before.entries);
	if (ok && !done)
		complain("%s: others keep changing the pool: check it when they pause", r->file);
	return done;
}

/* Claim the pages of an allocation. */
static void check_entry(struct findings *f, const struct pool_entry *e, u64 *owner, u64 pages)
{
	u64 nr = 1ull << e->order;

	if (e->order > LLFREE_MAX_ORDER || e->page & (nr - 1) || e->page + nr > pages) {
		say(f, DAMAGE,
		    "handle 0x%012" PRIx64 ": there can be no order %u at page %" PRIu64
		    " of %" PRIu64,
		    e->handle, e->order, e->page, pages);
		return;
	}
	for (u64 page = e->page; page < e->page + nr; page++) {
		if (owner[page]) {
			say(f, DAMAGE,
			    "page %" PRIu64 " is of handle 0x%012" PRIx64
			    " and of handle 0x%012" PRIx64,
			    page, owner[page], e->handle);
			return;
		}
		owner[page] = e->handle;
	}
}

/* False for want of memory. */
static bool check_list(struct findings *f, const struct pool_reader *r, const struct list *list,
		       struct llfree_pool_report *found)
{
	u64 pages = r->info.frames * LLFREE_FRAME_PAGES;
	u64 *owner = calloc(pages, sizeof(*owner));

	if (!owner)
		return false;
	for (size_t i = 0; i < list->nr; i++) {
		check_entry(f, &list->entries[i], owner, pages);
		found->allocations++;
		found->pages += 1ull << list->entries[i].order;
	}
	free(owner);
	if (list->free_pages + found->pages != pages)
		say(f, DAMAGE, "%" PRIu64 " pages are free and %" PRIu64 " are owned, of %" PRIu64,
		    list->free_pages, found->pages, pages);
	if (r->info.missing)
		say(f, DAMAGE,
		    "when it was opened, %" PRIu64
		    " pages were owned, but not allocated: somebody else wrote to the pool",
		    (u64)r->info.missing);
	if (r->info.swept || r->info.moving)
		say(f, NOTE,
		    "opening it freed %" PRIu64 " pages that were nobody's and ended %" PRIu64
		    " moves",
		    (u64)r->info.swept, (u64)r->info.moving);
	return true;
}

int pool_check_device(const struct pool_options *o)
{
	struct llfree_pool_report found = {};
	struct list list = {};
	struct pool_reader r;
	struct findings f;
	int status = 1;

	if (!pool_reader_open(&r, o))
		return 1;
	if (list_settled(&r, &list)) {
		findings_begin(&f, o);
		status = findings_end(&f, check_list(&f, &r, &list, &found) ? &found : NULL, -1);
	}
	free(list.entries);
	pool_reader_close(&r);
	return status;
}
