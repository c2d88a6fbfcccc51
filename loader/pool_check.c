// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * frameshift pool check: is the pool in an image sound, and if not, where?
 *
 * Recovery stops at the first damage it meets. This walks all slots by itself
 * and says each, then lets recovery work on a private copy, which has to find
 * the same, be content with itself, and have nothing to do a second time.
 */
#include <inttypes.h>
#include <stdlib.h>
#include "pool_check.h"
#include "pool_device.h"
#include "pool_findings.h"
#include "pool_image.h"
#include "util.h"

struct checked {
	struct findings findings;
	struct pool_image image;
	const u64 *slot, *tag;
	const struct llfree_bitfield *bits;
	u32 *owner; /* of each page: its slot + 1, or 0 */
	struct llfree_pool_report found;
};

#define say(c, kind, ...) finding(&(c)->findings, FINDING_##kind, __VA_ARGS__)

/* Claim a slot's pages; true if nobody has one of them. */
static bool claim(struct checked *c, u64 slot, u64 page, u64 nr)
{
	for (u64 i = 0; i < nr; i++) {
		if (!c->owner[page + i])
			continue;
		say(c, DAMAGE,
		    "slot %" PRIu64 " owns pages %" PRIu64 " to %" PRIu64 ", but page %" PRIu64
		    " is slot %u's",
		    slot, page, page + nr - 1, page + i, c->owner[page + i] - 1);
		return false;
	}
	for (u64 i = 0; i < nr; i++)
		c->owner[page + i] = (u32)slot + 1;
	return true;
}

static void check_slot(struct checked *c, u64 slot)
{
	/* Others may write to the file: what is checked is what is used. */
	u64 word = READ_ONCE(c->slot[slot]);
	u64 page = pool_page(word), generation = pool_generation(word);
	u64 pages = c->image.geometry.frames * LLFREE_FRAME_PAGES;
	unsigned int order = pool_order(word);
	u64 nr = 1ull << order;

	if (!(word & POOL_VALID)) {
		if (word << (64 - POOL_GENERATION_SHIFT))
			say(c, DAMAGE, "slot %" PRIu64 " is free, but holds 0x%016" PRIx64, slot,
			    word);
		return;
	}
	if (order > LLFREE_MAX_ORDER)
		say(c, DAMAGE, "slot %" PRIu64 " has order %u, and %u is the largest", slot, order,
		    LLFREE_MAX_ORDER);
	else if (page & (nr - 1))
		say(c, DAMAGE, "slot %" PRIu64 ": page %" PRIu64 " is not aligned to order %u",
		    slot, page, order);
	else if (page + nr > pages)
		say(c, DAMAGE,
		    "slot %" PRIu64 ": pages %" PRIu64 " to %" PRIu64
		    " lie outside of the pool, which has %" PRIu64,
		    slot, page, page + nr - 1, pages);
	else if (!generation)
		say(c, DAMAGE, "slot %" PRIu64 " is in use, but has no generation", slot);
	else if (pool_generation(c->tag[slot]) != generation)
		say(c, DAMAGE,
		    "slot %" PRIu64 " is of generation %" PRIu64 ", but its tag of %" PRIu64, slot,
		    generation, pool_generation(c->tag[slot]));
	else if (claim(c, slot, page, nr)) {
		c->found.allocations++;
		c->found.pages += nr;
		if (word & POOL_MOVING) {
			c->found.moving++;
			say(c, REPAIR,
			    "slot %" PRIu64 ": a move was interrupted; pages %" PRIu64
			    " to %" PRIu64 " have the contents",
			    slot, page, page + nr - 1);
		}
	}
}

static bool allocated(const struct checked *c, u64 page)
{
	return c->bits[page / LLFREE_FRAME_PAGES]
			       .row[page % LLFREE_FRAME_PAGES / LLFREE_ROW_PAGES] >>
		       page % LLFREE_ROW_PAGES &
	       1;
}

/* Pages are as their owners say, or a run of them is not. */
static void check_pages(struct checked *c)
{
	u64 pages = c->image.geometry.frames * LLFREE_FRAME_PAGES, page, end;

	for (page = 0; page < pages; page = end) {
		u32 owner = c->owner[page];
		bool is = allocated(c, page);

		for (end = page + 1; end < pages && c->owner[end] == owner; end++)
			if (allocated(c, end) != is)
				break;
		if (is == !!owner)
			continue;
		if (is) {
			c->found.swept += end - page;
			say(c, REPAIR,
			    "pages %" PRIu64 " to %" PRIu64 " are allocated, but nobody's", page,
			    end - 1);
		} else {
			c->found.missing += end - page;
			say(c, DAMAGE,
			    "pages %" PRIu64 " to %" PRIu64 " are slot %u's, but not allocated",
			    page, end - 1, owner - 1);
		}
	}
}

static void agree(struct checked *c, const char *what, u64 recovery, u64 found)
{
	if (recovery != found)
		say(c, DAMAGE, "recovery finds %" PRIu64 " %s, the check %" PRIu64, recovery, what,
		    found);
}

static void check_counters(struct checked *c, const char *what, const struct llfree *a, u64 all,
			   u64 used)
{
	struct llfree_totals totals;
	u64 wrong = llfree_validate(a, &totals);

	if (wrong)
		say(c, DAMAGE, "%" PRIu64 " counters of %s are wrong after recovery", wrong, what);
	if (totals.free + used != all)
		say(c, DAMAGE,
		    "after recovery %" PRIu64 " %s are free and %" PRIu64 " used, of %" PRIu64,
		    totals.free, what, used, all);
}

/* False for want of memory. */
static bool check_recovery(struct checked *c)
{
	const struct llfree_pool_report *found = &c->found;
	struct pool_copy first, second;
	int error = pool_image_recover(&c->image, &first);

	if (error) {
		pool_copy_close(&first);
		if (error != -ENOMEM)
			say(c, DAMAGE, "recovery refuses it: %s", llfree_pool_explain(error));
		return error != -ENOMEM;
	}
	agree(c, "allocations", first.report.allocations, found->allocations);
	agree(c, "pages with an owner", first.report.pages, found->pages);
	agree(c, "pages that are nobody's", first.report.swept, found->swept);
	agree(c, "pages that are not allocated", first.report.missing, found->missing);
	agree(c, "moves that were interrupted", first.report.moving, found->moving);
	check_counters(c, "pages", &first.pool.pages, first.pool.pages.pages, found->pages);
	check_counters(c, "slots", &first.pool.slots, first.pool.nr_slots, found->allocations);
	pool_copy_close(&first);

	error = pool_image_recover(&c->image, &second);
	if (error && error != -ENOMEM)
		say(c, DAMAGE, "a second recovery refuses it: %s", llfree_pool_explain(error));
	else if (!error && second.report.swept + second.report.missing + second.report.moving)
		say(c, DAMAGE, "a second recovery still has something to repair");
	pool_copy_close(&second);
	return error != -ENOMEM;
}

/* False for want of memory. */
static bool check_image(struct checked *c)
{
	const struct pool_image *image = &c->image;
	bool enough = true;

	if (image->others)
		say(c, NOTE,
		    "%" PRIu64 " more header%s of a pool in this file, the first at offset %" PRIu64
		    " (see --offset)",
		    image->others, image->others == 1 ? "" : "s", image->other);
	if (image->error) {
		say(c, DAMAGE, "%s", llfree_pool_explain(image->error));
		return true;
	}
	c->slot = pool_image_base(image) + image->layout.slot;
	c->tag = pool_image_base(image) + image->layout.tag;
	c->bits = pool_image_base(image) + image->layout.bits;
	c->owner = calloc(image->geometry.frames * LLFREE_FRAME_PAGES, sizeof(*c->owner));
	if (!c->owner)
		return false;
	for (u64 slot = 0; slot < image->geometry.slots; slot++)
		check_slot(c, slot);
	/* A slot that is damaged leaves open whose its pages are. */
	if (!c->findings.said[FINDING_DAMAGE]) {
		check_pages(c);
		enough = check_recovery(c);
	}
	free(c->owner);
	if (1ull << image->geometry.page_shift != LLFREE_IOC_PAGE_BYTES)
		say(c, DAMAGE,
		    "its pages have %u bytes: the kernel opens pools of pages of %u alone",
		    1u << image->geometry.page_shift, LLFREE_IOC_PAGE_BYTES);
	return enough;
}

int pool_check(const struct pool_options *o)
{
	struct checked c = {};
	int status;

	if (pool_is_device(o->file))
		return pool_check_device(o);
	if (!pool_image_open(&c.image, o))
		return 1;
	findings_begin(&c.findings, o);
	status = findings_end(&c.findings, check_image(&c) ? &c.found : NULL, c.image.offset);
	pool_image_close(&c.image);
	return status;
}
