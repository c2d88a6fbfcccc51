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

void llfree_set_added(struct llfree_sets *s, unsigned int set,
		      unsigned int level, u64 pos)
{
	for (; level < s->levels; level++, pos /= 64) {
		if (!llfree_set_bit(llfree_set_at(s, set, level, pos), pos))
			break;
	}
}

void llfree_set_removed(struct llfree_sets *s, unsigned int set, u64 pos,
			const u64 *below)
{
	unsigned int level;

	for (level = 1; level < s->levels; level++, pos /= 64) {
		u64 *word = llfree_set_at(s, set, level, pos);
		bool empty = llfree_clear_bit(word, pos);

		/*
		 * The word below may have been filled while its summary was
		 * about to go: look again after that.
		 */
		if (READ_ONCE(*below)) {
			llfree_set_added(s, set, level, pos);
			return;
		}
		if (!empty)
			return;
		below = word;
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
			word = READ_ONCE(*llfree_set_at(s, set, level, pos)) &
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
