// SPDX-License-Identifier: GPL-2.0
/* Sets of frames, see sets.h. */
#include "sets.h"

static u64 level_words(u64 frames, unsigned int level)
{
	while (level--)
		frames = (frames + 63) / 64;
	return (frames + 63) / 64;
}

size_t llfree_sets_bytes(u64 frames, unsigned int nr)
{
	unsigned int level;
	size_t words = 0;

	for (level = 0; level < LLFREE_SET_LEVELS; level++) {
		words += level_words(frames, level) * nr;
		if (level_words(frames, level) == 1)
			break;
	}
	return words * sizeof(u64);
}

void llfree_sets_init(struct llfree_sets *s, u64 frames, unsigned int nr,
		      void *buffer)
{
	unsigned int level;

	s->nr = nr;
	for (level = 0; level < LLFREE_SET_LEVELS; level++) {
		s->words[level] = level_words(frames, level);
		s->word[level] = buffer;
		buffer += s->words[level] * nr * sizeof(u64);
		if (s->words[level] == 1)
			break;
	}
	s->levels = min_t(unsigned int, level + 1, LLFREE_SET_LEVELS);
}

static u64 *set_word(const struct llfree_sets *s, unsigned int set,
		     unsigned int level, u64 pos)
{
	return &s->word[level][pos / 64 * s->nr + set];
}

static void add_from(struct llfree_sets *s, unsigned int set,
		     unsigned int level, u64 pos)
{
	for (; level < s->levels; level++, pos /= 64) {
		u64 *word = set_word(s, set, level, pos);
		u64 bit = BIT_ULL(pos % 64), old = READ_ONCE(*word);

		do {
			if (old & bit)
				return;
		} while (!try_cmpxchg(word, &old, old | bit));
		/* Who made it non-empty sees to its summary. */
		if (old)
			return;
	}
}

void llfree_set_add(struct llfree_sets *s, unsigned int set, u64 frame)
{
	add_from(s, set, 0, frame);
}

void llfree_set_remove(struct llfree_sets *s, unsigned int set, u64 frame)
{
	unsigned int level;
	u64 pos = frame;

	for (level = 0; level < s->levels; level++, pos /= 64) {
		u64 *word = set_word(s, set, level, pos);
		u64 bit = BIT_ULL(pos % 64), old = READ_ONCE(*word);

		do {
			if (!(old & bit))
				return;
		} while (!try_cmpxchg(word, &old, old & ~bit));

		/*
		 * The word below may have been filled while its summary was
		 * about to go: look again after that.
		 */
		if (level && READ_ONCE(*set_word(s, set, level - 1, pos * 64)))
			return add_from(s, set, level, pos);
		if (old & ~bit)
			return;
	}
}

u64 llfree_set_next(const struct llfree_sets *s, unsigned int set, u64 frame)
{
	/* From the start on, the way from the top is the shortest. */
	unsigned int level = frame ? 0 : s->levels - 1;
	u64 pos = frame;

	while (level < s->levels) {
		u64 word = 0;

		if (pos / 64 < s->words[level])
			word = READ_ONCE(*set_word(s, set, level, pos)) &
			       (~0ull << (pos % 64));
		if (!word) {
			level++;
			pos = pos / 64 + 1;
			continue;
		}
		pos = (pos & ~63ull) + __ffs64(word);
		if (!level--)
			return pos;
		pos *= 64;
	}
	return LLFREE_SET_END;
}
