// SPDX-License-Identifier: GPL-2.0
/*
 * The persistent pool on media: where its parts are, its header, and how an
 * empty one is made.
 */
#include "pool.h"

static u64 align_up(u64 bytes, u64 to)
{
	return (bytes + to - 1) & ~(to - 1);
}

bool llfree_pool_layout(const struct llfree_pool_geometry *geometry,
			struct pool_layout *layout)
{
	u64 frames = geometry->frames, slots = geometry->slots;

	if (!frames || frames & 1 || !slots ||
	    frames > LLFREE_POOL_MAX_PAGES / LLFREE_FRAME_PAGES ||
	    slots > LLFREE_POOL_MAX_SLOTS ||
	    geometry->page_shift < 3 || geometry->page_shift > 16)
		return false;
	layout->bits = POOL_HEADER_BYTES;
	layout->child = layout->bits + frames * sizeof(struct llfree_bitfield);
	layout->slot = align_up(layout->child + frames * sizeof(u16), 64);
	layout->tag = align_up(layout->slot + slots * sizeof(u64), 64);
	layout->data = align_up(layout->tag + slots * sizeof(u64),
				(u64)LLFREE_FRAME_PAGES <<
				geometry->page_shift);
	layout->bytes = layout->data + (frames * LLFREE_FRAME_PAGES <<
					geometry->page_shift);
	return true;
}

u64 llfree_pool_bytes(const struct llfree_pool_geometry *geometry)
{
	struct pool_layout layout;

	return llfree_pool_layout(geometry, &layout) ? layout.bytes : 0;
}

/* FNV-1a over what follows the magic. */
static u64 checksum(const struct llfree_pool_header *header)
{
	const u8 *byte = (const u8 *)&header->version;
	const u8 *end = (const u8 *)&header->checksum;
	u64 sum = 0xcbf29ce484222325ull;

	for (; byte < end; byte++)
		sum = (sum ^ *byte) * 0x100000001b3ull;
	return sum;
}

static void write_magic(struct llfree_pool_header *header, u64 magic)
{
	WRITE_ONCE(header->magic, magic);
	llfree_flush(&header->magic, sizeof(header->magic));
	llfree_fence();
}

/* Words of media; the loop is long. */
static void fill(u64 *word, const u64 *end, u64 with)
{
	for (; word < end; word++) {
		WRITE_ONCE(*word, with);
		if (!((uintptr_t)word % (LLFREE_POOL_BATCH * sizeof(*word))))
			llfree_relax();
	}
}

/* Everything but the magic. */
static void write_empty(struct llfree_pool_header *header,
			const struct llfree_pool_geometry *geometry,
			const struct pool_layout *layout, const u64 id[2])
{
	void *base = header;
	u64 *slots = base + layout->slot, at = 0;

	fill((u64 *)header + 1, slots, 0);
	/* Handles of another pool are not taken for this one's. */
	fill(slots, slots + geometry->slots,
	     id[0] % POOL_GENERATIONS << POOL_GENERATION_SHIFT);
	fill(slots + geometry->slots, base + layout->data, 0);
	WRITE_ONCE(header->version, LLFREE_POOL_VERSION);
	WRITE_ONCE(header->page_shift, geometry->page_shift);
	WRITE_ONCE(header->frames, geometry->frames);
	WRITE_ONCE(header->slots, geometry->slots);
	WRITE_ONCE(header->bytes, layout->bytes);
	WRITE_ONCE(header->id[0], id[0]);
	WRITE_ONCE(header->id[1], id[1]);
	WRITE_ONCE(header->checksum, checksum(header));
	for (; at < layout->data; at += LLFREE_POOL_BATCH * 64) {
		llfree_flush(base + at,
			     min_t(u64, layout->data - at, LLFREE_POOL_BATCH * 64));
		llfree_relax();
	}
	llfree_fence();
}

static void write_pool(struct llfree_pool_header *header,
		       const struct llfree_pool_geometry *geometry,
		       const struct pool_layout *layout, const u64 id[2])
{
	llfree_in_order(write_empty(header, geometry, layout, id),
			write_magic(header, LLFREE_POOL_MAGIC));
}

int llfree_pool_format(void *base, u64 bytes,
		       const struct llfree_pool_geometry *geometry,
		       const u64 id[2])
{
	struct llfree_pool_header *header = base;
	struct pool_layout layout;

	if (!llfree_pool_layout(geometry, &layout))
		return -EINVAL;
	if (layout.bytes > bytes)
		return -EFBIG;

	/* What was here is none any more before the first part of it goes. */
	llfree_in_order(write_magic(header, POOL_UNFINISHED),
			write_pool(header, geometry, &layout, id));
	return 0;
}

/* Why there is no pool. */
static int no_pool(const u64 *word)
{
	const u64 *end = word + POOL_HEADER_BYTES / sizeof(*word);

	if (*word == POOL_UNFINISHED)
		return -EMEDIUMTYPE;
	for (; word < end; word++) {
		if (*word)
			return -ENOTEMPTY;
	}
	return -EMEDIUMTYPE;
}

int llfree_pool_probe(const void *base, u64 bytes,
		      struct llfree_pool_geometry *geometry)
{
	const struct llfree_pool_header *header = base;
	struct pool_layout layout;

	if (bytes < POOL_HEADER_BYTES)
		return -EMEDIUMTYPE;
	if (header->magic != LLFREE_POOL_MAGIC)
		return no_pool(base);
	if (header->version > LLFREE_POOL_VERSION)
		return -EOPNOTSUPP;
	if (header->version != LLFREE_POOL_VERSION ||
	    header->checksum != checksum(header))
		return -EBADMSG;
	geometry->frames = header->frames;
	geometry->slots = header->slots;
	geometry->page_shift = header->page_shift;
	if (!llfree_pool_layout(geometry, &layout) ||
	    layout.bytes != header->bytes)
		return -EBADMSG;
	if (layout.bytes > bytes)
		return -EFBIG;
	return 0;
}

const char *llfree_pool_explain(int error)
{
	switch (error) {
	case 0:
		return "the pool is sound";
	case -EMEDIUMTYPE:
		return "there is no pool here";
	case -ENOTEMPTY:
		return "there is something here that is no pool";
	case -EOPNOTSUPP:
		return "the pool was made by a newer version";
	case -EBADMSG:
		return "the header of the pool is damaged";
	case -EFBIG:
		return "the pool is longer than its region";
	case -EUCLEAN:
		return "an owner slot of the pool is damaged";
	case -EINVAL:
		return "there can be no pool of this geometry";
	default:
		return "unexpected error";
	}
}
