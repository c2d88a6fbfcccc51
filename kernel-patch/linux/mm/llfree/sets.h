/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sets of frames: bitmaps with levels of summaries, up to a single word, so
 * that the first member is found by reading one word a level.
 *
 * Lock-free and usable in interrupts.  A set may hold members that left it, or
 * summaries of what is empty: a reader asks the frame itself.  It never loses
 * one for longer than a call is under way.
 */
#ifndef _MM_LLFREE_SETS_H
#define _MM_LLFREE_SETS_H

#include "core.h"

/* 64^5 frames are 2 PiB. */
#define LLFREE_SET_LEVELS	5

/**
 * struct llfree_sets - some sets over the same frames
 * @nr: sets
 * @levels: levels used
 * @words: per level, words of a set
 * @word: per level; the same word of all sets is together, as a frame that
 *	leaves a set often enters the next one
 */
struct llfree_sets {
	unsigned int nr;
	unsigned int levels;
	u64 words[LLFREE_SET_LEVELS];
	u64 *word[LLFREE_SET_LEVELS];
};

/* What llfree_set_next() returns at the end. */
#define LLFREE_SET_END	(~0ull)

/** llfree_sets_bytes() - memory for the words of @nr sets over @frames */
size_t llfree_sets_bytes(u64 frames, unsigned int nr);

/** llfree_sets_init() - empty sets in zeroed memory */
void llfree_sets_init(struct llfree_sets *s, u64 frames, unsigned int nr,
		      void *buffer);

/** llfree_set_at() - the word of a level that has this position */
static inline u64 *llfree_set_at(const struct llfree_sets *s, unsigned int set,
				 unsigned int level, u64 pos)
{
	return &s->word[level][pos / 64 * s->nr + set];
}

/* Set a bit.  Return: was the word empty before? */
static inline bool llfree_set_bit(u64 *word, u64 pos)
{
	u64 bit = BIT_ULL(pos % 64), old = READ_ONCE(*word);

	do {
		if (old & bit)
			return false;
	} while (!try_cmpxchg(word, &old, old | bit));
	return !old;
}

/* Clear a bit.  Return: is the word empty now? */
static inline bool llfree_clear_bit(u64 *word, u64 pos)
{
	u64 bit = BIT_ULL(pos % 64), old = READ_ONCE(*word);

	do {
		if (!(old & bit))
			return false;
	} while (!try_cmpxchg(word, &old, old & ~bit));
	return old == bit;
}

/* A word was filled below @level: its summary there is at @pos. */
void llfree_set_added(struct llfree_sets *s, unsigned int set,
		      unsigned int level, u64 pos);

/* A word of frames, @below, was emptied: its summary is at @pos. */
void llfree_set_removed(struct llfree_sets *s, unsigned int set, u64 pos,
			const u64 *below);

static inline void llfree_set_add(struct llfree_sets *s, unsigned int set,
				  u64 frame)
{
	if (llfree_set_bit(llfree_set_at(s, set, 0, frame), frame))
		llfree_set_added(s, set, 1, frame / 64);
}

static inline void llfree_set_remove(struct llfree_sets *s, unsigned int set,
				     u64 frame)
{
	u64 *word = llfree_set_at(s, set, 0, frame);

	if (llfree_clear_bit(word, frame))
		llfree_set_removed(s, set, frame / 64, word);
}

/** llfree_set_next() - first member from @frame on, or LLFREE_SET_END */
u64 llfree_set_next(const struct llfree_sets *s, unsigned int set, u64 frame);

/** llfree_set_has() - is this frame a member? */
static inline bool llfree_set_has(const struct llfree_sets *s, unsigned int set,
				  u64 frame)
{
	return READ_ONCE(s->word[0][frame / 64 * s->nr + set]) >>
	       (frame % 64) & 1;
}

/** llfree_set_word() - the members among the 64 frames around @frame, as bits */
static inline u64 llfree_set_word(const struct llfree_sets *s, unsigned int set,
				  u64 frame)
{
	return READ_ONCE(s->word[0][frame / 64 * s->nr + set]);
}

/** llfree_set_empty() - has it no member? */
static inline bool llfree_set_empty(const struct llfree_sets *s,
				    unsigned int set)
{
	return !READ_ONCE(s->word[s->levels - 1][set]);
}

#endif /* _MM_LLFREE_SETS_H */
