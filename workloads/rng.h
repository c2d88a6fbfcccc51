/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Seeded randomness: the same numbers on every machine and every libc. */
#ifndef RNG_H
#define RNG_H

#include <stdint.h>

/* The finalizer of SplitMix64 (Steele et al.): a bijection whose output bits look independent. */
static inline uint64_t mix64(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

/* A random number that depends on the seed and one key alone, in whatever order keys come. */
static inline uint64_t hash64(uint64_t seed, uint64_t key)
{
	return mix64(mix64(seed + 0x9e3779b97f4a7c15u) ^ (key * 0x9e3779b97f4a7c15u));
}

struct rng {
	uint64_t state;
};

static inline struct rng rng_seed(uint64_t seed)
{
	return (struct rng){mix64(seed)};
}

static inline uint64_t rng_next(struct rng *r)
{
	r->state += 0x9e3779b97f4a7c15u;
	return mix64(r->state);
}

/* Uniform in 0..n-1 up to a bias of n / 2^32; n must be in 1..2^32. */
static inline uint32_t rng_below(struct rng *r, uint64_t n)
{
	return (uint32_t)(((rng_next(r) >> 32) * n) >> 32);
}

#endif
