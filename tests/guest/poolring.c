// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fixed buffers of io_uring's come and go while their pages move: what a device
 * reads and writes by them is what programs have mapped, and nothing is lost.
 *
 * One thread registers some of the objects, reads and writes by them, and lets
 * go; another scatters all objects over frames and has the pool compacted; a
 * third counts up in the objects.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "pool.h"

#define SECONDS 4
#define LIMIT 20 /* seconds until a loop is taken for a hang */
#define OBJECTS 8
#define BLOCK 2048ul /* at the end of an object: what is read and written */
#define BLOCK_WORDS (BLOCK / sizeof(uint64_t))
#define COUNTED BLOCK_WORDS /* at its beginning: every 16th word counts up */
#define DISK "/dev/pmem0" /* of the results: its end is free */
#define SOURCE (128l << 20) /* blocks that are read */
#define SOURCES 16
#define SINK (SOURCE + SOURCES * (off_t)BLOCK)

struct object {
	uint64_t handle;
	unsigned int order;
	uint64_t *at;
	uint64_t *block;
};

static struct object objects[OBJECTS];
static atomic_bool stop;

struct moves {
	unsigned int done, refused, compactions;
};

/*
 * io_uring, a request at a time
 */

static struct {
	int fd;
	unsigned int *sq_tail, *cq_head;
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
} ring;

static void *map_ring(size_t bytes, off_t what)
{
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd, what);

	CHECK(at != MAP_FAILED);
	return at;
}

/* With one entry each, every index is 0. */
static void open_ring(void)
{
	struct io_uring_params params = {.flags = IORING_SETUP_CQSIZE, .cq_entries = 1};
	char *rings;

	ring.fd = syscall(SYS_io_uring_setup, 1, &params);
	CHECK(ring.fd >= 0 && params.features & IORING_FEAT_SINGLE_MMAP);
	CHECK(params.sq_entries == 1 && params.cq_entries == 1);
	rings = map_ring(PAGE, IORING_OFF_SQ_RING);
	ring.sq_tail = (unsigned int *)(rings + params.sq_off.tail);
	ring.cq_head = (unsigned int *)(rings + params.cq_off.head);
	ring.cqe = (struct io_uring_cqe *)(rings + params.cq_off.cqes);
	ring.sqe = map_ring(PAGE, IORING_OFF_SQES);
}

/* Read or write an object's block by the fixed buffer of this number. */
static void transfer(unsigned int opcode, int disk, off_t where, unsigned int buffer,
		     const struct object *o)
{
	*ring.sqe = (struct io_uring_sqe){
		.opcode = opcode,
		.fd = disk,
		.off = where,
		.addr = (uintptr_t)o->block,
		.len = BLOCK,
		.buf_index = buffer,
	};
	__atomic_add_fetch(ring.sq_tail, 1, __ATOMIC_RELEASE);
	CHECK(syscall(SYS_io_uring_enter, ring.fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) == 1);
	CHECK(ring.cqe->res == (int)BLOCK);
	__atomic_add_fetch(ring.cq_head, 1, __ATOMIC_RELEASE);
}

/*
 * What the objects hold
 */

/* Neither counted nor in the block: as fill() left it. */
static void check_rest(const struct object *o, uint64_t seed)
{
	uint64_t end = (WORDS << o->order) - BLOCK_WORDS;

	for (uint64_t i = 0; i < end; i++)
		if (i >= COUNTED || i % 16)
			CHECK(o->at[i] == (seed << 32 | i));
}

static void *count_up(void *counted)
{
	uint64_t n = 0;

	for (; !stop; n++)
		for (unsigned int i = 0; i < OBJECTS; i++)
			for (unsigned int word = 0; word < COUNTED; word += 16) {
				volatile uint64_t *at = &objects[i].at[word];

				CHECK(*at == n);
				*at = n + 1;
			}
	*(uint64_t *)counted = n;
	return NULL;
}

/*
 * Who moves, and who pins
 */

static void *keep_moving(void *counts)
{
	static const char *const policies[] = {"", "bounds", "bucket"};
	struct moves *moves = counts;
	struct llfree_ioc_compact c;

	for (; !stop; moves->compactions++) {
		for (unsigned int i = 0; i < OBJECTS; i++) {
			if (move_to(objects[i].handle, i + 1))
				moves->done++;
			else
				moves->refused++;
		}
		CHECK(!compact(policies[moves->compactions % 3], 0, &c));
		moves->done += c.moves;
		moves->refused += c.given_up;
	}
	return NULL;
}

/* Read what the source holds, change it, and write it. */
static void work_on(int disk, unsigned int buffer, const struct object *o, unsigned int turn)
{
	static uint64_t written[BLOCK_WORDS] __attribute__((aligned(PAGE)));
	uint64_t page = lookup(o->handle).page, source = turn % SOURCES;

	transfer(IORING_OP_READ_FIXED, disk, SOURCE + source * BLOCK, buffer, o);
	for (uint64_t i = 0; i < BLOCK_WORDS; i++)
		CHECK(o->block[i] == (source << 32 | i));
	o->block[turn % BLOCK_WORDS] = ~(uint64_t)turn;
	transfer(IORING_OP_WRITE_FIXED, disk, SINK, buffer, o);
	CHECK(pread(disk, written, BLOCK, SINK) == (ssize_t)BLOCK);
	for (uint64_t i = 0; i < BLOCK_WORDS; i++)
		CHECK(written[i] == (i == turn % BLOCK_WORDS ? ~(uint64_t)turn : source << 32 | i));
	/* Its pages stay as long as it is registered. */
	CHECK(lookup(o->handle).page == page);
}

/* Some of the objects are registered, the others may move. */
static void pin_and_work(int disk, unsigned int turn)
{
	static unsigned int random = 1;
	unsigned int chosen[OBJECTS], nr = 0;
	struct iovec buffers[OBJECTS];

	for (unsigned int i = 0; i < OBJECTS; i++) {
		if (rand_r(&random) % 2)
			continue;
		buffers[nr] = (struct iovec){objects[i].at, PAGE << objects[i].order};
		chosen[nr++] = i;
	}
	if (!nr)
		return;
	CHECK(!syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_BUFFERS, buffers, nr));
	for (unsigned int i = 0; i < nr; i++)
		work_on(disk, i, &objects[chosen[i]], turn + i);
	CHECK(!syscall(SYS_io_uring_register, ring.fd, IORING_UNREGISTER_BUFFERS, NULL, 0));
}

static void make_source(int disk)
{
	static uint64_t block[BLOCK_WORDS] __attribute__((aligned(PAGE)));

	for (uint64_t i = 0; i < SOURCES; i++) {
		for (uint64_t word = 0; word < BLOCK_WORDS; word++)
			block[word] = i << 32 | word;
		CHECK(pwrite(disk, block, BLOCK, SOURCE + i * BLOCK) == (ssize_t)BLOCK);
	}
}

static void make_objects(void)
{
	for (unsigned int i = 0; i < OBJECTS; i++) {
		struct object *o = &objects[i];

		o->order = i % 4;
		o->handle = alloc(o->order, i);
		o->at = map(o->handle);
		o->block = o->at + (WORDS << o->order) - BLOCK_WORDS;
		fill(o->at, o->order, i);
		for (unsigned int word = 0; word < COUNTED; word += 16)
			o->at[word] = 0;
	}
}

int main(void)
{
	int disk = open(DISK, O_RDWR | O_DIRECT | O_CLOEXEC);
	pthread_t mover, counter;
	struct moves moves = {};
	uint64_t counted, free_pages;
	unsigned int turns = 0;
	time_t end;

	CHECK(disk >= 0);
	open_pool();
	empty_pool();
	free_pages = stats().free_pages;
	open_ring();
	make_source(disk);
	make_objects();

	alarm(LIMIT);
	CHECK(!pthread_create(&mover, NULL, keep_moving, &moves));
	CHECK(!pthread_create(&counter, NULL, count_up, &counted));
	for (end = time(NULL) + SECONDS; time(NULL) < end; turns++)
		pin_and_work(disk, turns);
	stop = true;
	CHECK(!pthread_join(mover, NULL) && !pthread_join(counter, NULL));
	alarm(0);

	fprintf(stderr, "%u turns, %u moves, %u refused, %u compactions, counted to %llu\n", turns,
		moves.done, moves.refused, moves.compactions, (unsigned long long)counted);
	CHECK(turns > 10 && moves.done > 10 && moves.refused > 10 && counted > 10);
	/* No reference was forgotten: all of them move, and go. */
	for (unsigned int i = 0; i < OBJECTS; i++) {
		struct object *o = &objects[i];

		CHECK(move_to(o->handle, OBJECTS + 1 + i));
		check_rest(o, i);
		for (unsigned int word = 0; word < COUNTED; word += 16)
			CHECK(o->at[word] == counted);
		munmap(o->at, PAGE << o->order);
	}
	empty_pool();
	CHECK(stats().free_pages == free_pages);
	return 0;
}
