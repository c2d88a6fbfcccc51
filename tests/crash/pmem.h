/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A model of persistent memory on x86 (Px86): what a crash may leave of a
 * region.
 *
 * Stores to a cache line become durable in their order, so a crash leaves some
 * prefix of them; different lines are independent of each other.  A flush
 * notes how long the prefix is, and the next fence of the same thread makes it
 * durable.  What bypasses the caches (a copy, zeroes) is durable with the next
 * fence of its thread; before, a crash may leave any of its two halves (of 8
 * bytes: all or nothing).  Locked instructions are no fences here, though they
 * are on the processors of today: that allows more crash states than there are.
 *
 * Executions are sequentially consistent: words that threads share change by
 * locked instructions; who may use a plain store, @plain says.
 *
 * With @strict caches (eADR) stores are durable at once, but not copies.
 */
#ifndef _TESTS_CRASH_PMEM_H
#define _TESTS_CRASH_PMEM_H

#include "check.h"

#define PMEM_BYTES (64 * 1024)
#define PMEM_LINE 64
#define PMEM_THREADS 3
#define PMEM_STORES 64 /* to a line, not durable yet */
#define PMEM_DIRTY 128 /* lines */
#define PMEM_COPIES 16

struct pmem_store {
	u8 offset;
	u8 bytes;
	u64 value;
};

struct pmem_line {
	unsigned int index;
	unsigned int nr;
	unsigned int flushed[PMEM_THREADS];
	unsigned int seen[PMEM_THREADS]; /* at the thread's last access */
	struct pmem_store store[PMEM_STORES];
};

/* Half of a copy. */
struct pmem_copied {
	size_t offset, bytes;
	int thread;
	const void *from; /* in memory that does not change until the fence */
};

/* A write-back that waits for the next fence, which it should have come before. */
struct pmem_late {
	int thread;
	const void *from;
	size_t bytes;
	bool copied;
};

/**
 * struct pmem - a region, and what of it is durable
 * @memory: the region, as the processors see it
 * @bytes: its length, a multiple of PMEM_LINE
 * @strict: caches are durable
 * @ignored: bytes from here to @ignored_end are never told
 * @durable: what a crash leaves in any case
 * @hash: of @durable
 * @nr_lines: dirty lines
 * @place: of a line in @line, plus one
 * @before: called before something becomes durable for certain; or NULL
 * @plain: called after a plain store of a thread to this offset; or NULL
 */
struct pmem {
	char *memory;
	size_t bytes;
	bool strict;
	size_t ignored, ignored_end;
	char durable[PMEM_BYTES] __aligned(64);
	u64 hash;
	unsigned int nr_lines, nr_copies, nr_late;
	u8 place[PMEM_BYTES / PMEM_LINE];
	struct pmem_line line[PMEM_DIRTY];
	struct pmem_copied copy[PMEM_COPIES];
	struct pmem_late late[PMEM_COPIES];
	void (*before)(struct pmem *p);
	void (*plain)(struct pmem *p, size_t offset);
};

/* The one that is told; NULL: none. */
extern struct pmem *pmem_active;

/* Everything in @memory is durable.  @hash: as for this content before, or 0 */
void pmem_start(struct pmem *p, void *memory, size_t bytes, u64 hash);

/* Go back to another start; @durable is what memory held then. */
void pmem_restart(struct pmem *p, const void *durable, u64 hash);

/*
 * The processors start again and the caches keep what they hold: the region is
 * the image of a choice (see below), at @memory; what of it is not durable in
 * @from is not durable in @p.
 */
void pmem_carry(struct pmem *p, const struct pmem *from, const u8 *choice, void *memory);

/* Says of what pmem_carry() makes of a choice whether it is the same as before. */
u64 pmem_carried_hash(const struct pmem *from, const u8 *choice);

/* How many images a crash now may leave, counted with repetition. */
u64 pmem_images(const struct pmem *p);

/* Says of the crashes possible now whether they are the same as before. */
u64 pmem_state_hash(const struct pmem *p);

/*
 * Call @visit with the hash of each image a crash now may leave; @choice is for
 * pmem_compose().
 */
void pmem_each_image(const struct pmem *p,
		     void (*visit)(const struct pmem *p, u64 hash, const u8 *choice));

/* The image of a choice; @image is @p->bytes long. */
void pmem_compose(const struct pmem *p, const u8 *choice, void *image);

u64 pmem_hash(const void *memory, size_t bytes);

/* The sites of this program, and the one that goes wrong (-1: none). */
unsigned int pmem_nr_sites(void);
const struct pmem_site *pmem_site(unsigned int n);
extern int pmem_mutant;

#endif /* _TESTS_CRASH_PMEM_H */
