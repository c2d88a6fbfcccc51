// SPDX-License-Identifier: GPL-2.0-or-later
#include "poolobject.h"

#include <inttypes.h>
#include <stdio.h>

#include "pooldev.h"
#include "rng.h"

#define WORDS (POOLDEV_PAGE_BYTES / sizeof(uint64_t))

/* The words of a page: its tag and number, the stamp, then what they make. */
enum {
	WORD_TAG,
	WORD_PAGE,
	WORD_STAMP,
};

/* What a word is, but for the stamp; the key is that of its page. */
static uint64_t word_of(uint64_t tag, uint64_t page, uint64_t key, unsigned int i)
{
	switch (i) {
	case WORD_TAG:
		return tag;
	case WORD_PAGE:
		return page;
	case WORD_STAMP:
		return 0;
	default:
		return key ^ i * 0x9e3779b97f4a7c15u;
	}
}

uint64_t object_put(struct object o, unsigned int order)
{
	uint64_t tag = object_tag(o), handle;
	uint64_t *words;

	while (pooldev_alloc(order, tag & ~OBJECT_COMPLETE, &handle))
		if (!order--)
			return 0;
	words = pooldev_map(handle, order);
	for (uint64_t page = 0; page < 1ULL << order; page++) {
		uint64_t key = hash64(tag, page);

		for (unsigned int i = 0; i < WORDS; i++)
			words[page * WORDS + i] = word_of(tag, page, key, i);
	}
	pooldev_persist(words, (size_t)POOLDEV_PAGE_BYTES << order);
	pooldev_unmap(words, order);
	pooldev_set_tag(handle, tag);
	return handle;
}

void object_touch(uint64_t handle, uint64_t stamp)
{
	uint64_t *words = pooldev_map(handle, 0);

	__atomic_store_n(&words[WORD_STAMP], stamp, __ATOMIC_RELAXED);
	pooldev_persist(&words[WORD_STAMP], sizeof(*words));
	pooldev_unmap(words, 0);
}

static bool check_page(const uint64_t *word, uint64_t tag, uint64_t page, uint64_t handle)
{
	uint64_t key = hash64(tag, page);

	for (unsigned int i = 0; i < WORDS; i++) {
		uint64_t want = word_of(tag, page, key, i);

		if (word[i] == want || (i == WORD_STAMP && !page))
			continue;
		fprintf(stderr,
			"handle 0x%012" PRIx64 ", object %u, version %u, page %" PRIu64
			", word %u: 0x%016" PRIx64 ", not 0x%016" PRIx64 "\n",
			handle, object_of(tag).id, object_of(tag).version, page, i, word[i], want);
		return false;
	}
	return true;
}

bool object_check(uint64_t handle, uint64_t *stamp)
{
	struct pooldev_place place;
	bool whole = true;
	uint64_t *words;

	if (!pooldev_lookup(handle, &place)) {
		fprintf(stderr, "handle 0x%012" PRIx64 " is gone\n", handle);
		return false;
	}
	words = pooldev_map(handle, place.order);
	*stamp = words[WORD_STAMP];
	for (uint64_t page = 0; whole && page < 1ULL << place.order; page++)
		whole = check_page(words + page * WORDS, place.tag, page, handle);
	pooldev_unmap(words, place.order);
	return whole;
}
