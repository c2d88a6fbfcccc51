// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mappings of a pool's pages: who may have them, what they show, and that they
 * survive moves, whatever else the process does with them.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <linux/futex.h>

#include "pool.h"

#define SECONDS 3

static long faults(void)
{
	struct rusage usage;

	CHECK(!getrusage(RUSAGE_SELF, &usage));
	return usage.ru_minflt + usage.ru_majflt;
}

/* A child that works until it is killed, or finds a fault and says so. */
static pid_t child(void (*work)(void *), void *with)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		work(with);
		_exit(1);
	}
	return pid;
}

static void end_child(pid_t pid)
{
	int status;

	CHECK(waitpid(pid, &status, WNOHANG) == 0);
	kill(pid, SIGKILL);
	CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
}

static void what_may_be_mapped(void)
{
	uint64_t handle = alloc(2, 0), other = alloc(2, 0), next;
	uint64_t offset = lookup(handle).offset, generation = 1024 * PAGE;
	struct llfree_ioc_info info = {};
	unsigned int uses, rounds;
	cpu_set_t here = {}, all;
	int reader = open(POOL, O_RDONLY);
	uint64_t *at;

	/* Behind the slots' */
	CHECK(!ioctl(pool, LLFREE_IOC_INFO, &info));
	while (generation < info.slots * 1024 * PAGE)
		generation *= 2;
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, pool, offset) == MAP_FAILED);
	CHECK(errno == EINVAL);
	CHECK(mmap(NULL, 5 * PAGE, PROT_READ, MAP_SHARED, pool, offset) == MAP_FAILED);
	CHECK(errno == EINVAL);
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, pool, offset + 4 * PAGE) == MAP_FAILED);
	CHECK(errno == EINVAL);
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, pool, 1ull << 63) == MAP_FAILED);
	CHECK(errno == EINVAL);
	/* The next generation of a slot in use, and a slot that is not. */
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, pool, offset + generation) == MAP_FAILED);
	CHECK(errno == ESTALE);
	CHECK(!try_free(other));
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, pool, lookup(handle).offset) != MAP_FAILED);
	other = alloc(0, 0);
	offset = lookup(other).offset;
	CHECK(!try_free(other));
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, pool, offset) == MAP_FAILED);
	CHECK(errno == ENOENT);

	/* Nor one that is in use again, 1024 times later */
	other = alloc(0, 0);
	offset = lookup(other).offset;
	CPU_SET(sched_getcpu(), &here); /* which keeps to the slots it has */
	CHECK(!sched_getaffinity(0, sizeof(all), &all) &&
	      !sched_setaffinity(0, sizeof(here), &here));
	for (next = other, uses = rounds = 0; uses < 1024; rounds++) {
		CHECK(rounds < 1 << 20 && !try_free(next));
		next = alloc(0, 0);
		uses += (uint32_t)next == (uint32_t)other;
	}
	CHECK(!sched_setaffinity(0, sizeof(all), &all));
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, pool, offset) == MAP_FAILED);
	CHECK(errno == ESTALE);
	CHECK(!try_free(next));

	offset = lookup(handle).offset;
	CHECK(mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, reader, offset) == MAP_FAILED);
	CHECK(errno == EACCES);
	at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, reader, offset);
	CHECK(at != MAP_FAILED && *at == 0);
	CHECK(mprotect(at, PAGE, PROT_WRITE) && errno == EACCES);
	at = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED_VALIDATE | MAP_SYNC, pool,
		  offset);
	CHECK(at != MAP_FAILED);
	*at = 1;
	FAILS(msync(at, PAGE, MS_SYNC), EINVAL);
	FAILS(fsync(pool), EINVAL);
	close(reader);
	empty_pool();
}

/* A page that was somebody else's is zero. */
static void contents(void)
{
	for (unsigned int turn = 0; turn < 2; turn++) {
		for (unsigned int order = 0; order <= 10; order++) {
			uint64_t handle = alloc(order, 0);
			uint64_t *at = map(handle), *same = map(handle);

			for (uint64_t i = 0; i < WORDS << order; i++)
				CHECK(at[i] == 0);
			fill(at, order, order);
			CHECK(holds(same, order, order));
			munmap(at, PAGE << order);
			munmap(same, PAGE << order);
		}
		empty_pool();
	}
}

/* Whole frames are mapped as such. */
static void huge_mappings(void)
{
	for (unsigned int order = 9; order <= 10; order++) {
		uint64_t handle = alloc(order, 0);
		uint64_t *at = map(handle);
		long before = faults();

		fill(at, order, 1);
		CHECK(faults() - before < 16);
		CHECK(move(handle));
		CHECK(holds(at, order, 1));
		CHECK(faults() - before < 32);
		/* A hole, and other rights, in the middle of a frame */
		CHECK(!munmap((char *)at + 3 * PAGE, PAGE));
		CHECK(!mprotect((char *)at + 8 * PAGE, PAGE, PROT_READ));
		CHECK(move(handle));
		at[0] = 0;
		CHECK(at[8 * WORDS] == (1ull << 32 | 8 * WORDS));
		munmap(at, PAGE << order);
	}
	empty_pool();
}

/* At an address that is not aligned they are mapped page by page, after a move, too. */
static void unaligned_address(void)
{
	uint64_t handle = alloc(9, 0), *at;
	char *room = mmap(NULL, 3 * FRAME, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long before;

	CHECK(room != MAP_FAILED);
	at = (uint64_t *)(((uintptr_t)room & ~(FRAME - 1)) + FRAME + PAGE);
	CHECK(mmap(at, FRAME, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, pool,
		   lookup(handle).offset) == at);
	before = faults();
	fill(at, 9, 1);
	CHECK(faults() - before >= 512);
	CHECK(move(handle));
	CHECK(holds(at, 9, 1));
	CHECK(faults() - before >= 1024);
	CHECK(!try_free(handle));
	CHECK(bus_error(at));
	munmap(room, 3 * FRAME);
}

static void free_of_what_is_mapped(void)
{
	uint64_t handle = alloc(1, 0), other = alloc(1, 0);
	uint64_t *at = map(handle), *mine = map(other);
	pid_t pid;

	at[0] = mine[0] = 1;
	pid = fork();
	if (!pid) {
		CHECK(at[0] == 1);
		CHECK(!try_free(handle));
		CHECK(bus_error(at));
		_exit(0);
	}
	CHECK(wait(NULL) == pid);
	CHECK(bus_error(at) && bus_error(at + WORDS));
	CHECK(mine[0] == 1);

	/* Nor does it show who comes after. */
	for (unsigned int i = 0; i < 2000; i++) {
		uint64_t next = alloc(1, 0);
		bool same = (uint32_t)next == (uint32_t)handle;

		if (same)
			CHECK(bus_error(at));
		CHECK(!try_free(next));
	}
	munmap(at, 2 * PAGE);
	munmap(mine, 2 * PAGE);
	empty_pool();
}

static void fork_and_mremap(void)
{
	uint64_t handle = alloc(3, 0);
	uint64_t *at = map(handle), *to;
	pid_t pid;
	int status;

	fill(at, 3, 5);
	pid = fork();
	if (!pid) {
		CHECK(holds(at, 3, 5));
		CHECK(move(handle));
		CHECK(holds(at, 3, 5));
		at[9] = 1234;
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && !WEXITSTATUS(status));
	CHECK(at[9] == 1234);

	at[9] = 5ull << 32 | 9;
	CHECK(mremap(at, 8 * PAGE, 16 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED);
	CHECK(errno == EFAULT);
	to = mmap(NULL, 8 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(to != MAP_FAILED);
	CHECK(mremap(at, 8 * PAGE, 8 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
	CHECK(holds(to, 3, 5));
	CHECK(move(handle));
	CHECK(holds(to, 3, 5));
	CHECK(mremap(to, 8 * PAGE, 2 * PAGE, 0) == to);
	CHECK(move(handle));
	CHECK(holds(to, 1, 5));
	munmap(to, 2 * PAGE);
	empty_pool();
}

static bool sleeps(pid_t pid)
{
	char path[32], state = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	CHECK(file && fscanf(file, "%*d %*s %c", &state) == 1);
	fclose(file);
	return state == 'S';
}

/* Who waits on a word is found when the word has moved. */
static void futexes(void)
{
	for (unsigned int order = 0; order <= 9; order += 9) {
		uint64_t handle = alloc(order, 0);
		uint32_t *word = map(handle);
		pid_t pid = fork();
		int status;

		if (!pid) {
			while (!*(volatile uint32_t *)word)
				CHECK(!syscall(SYS_futex, word, FUTEX_WAIT, 0, NULL, NULL, 0) ||
				      errno == EAGAIN);
			_exit(0);
		}
		while (!sleeps(pid))
			usleep(1000);
		CHECK(move(handle));
		*word = 1;
		CHECK(syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0) == 1);
		CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && !WEXITSTATUS(status));
		munmap(word, PAGE << order);
		CHECK(!try_free(handle));
	}
}

/* Neighbours in the address space and in the offsets stay two mappings. */
static void neighbours(void)
{
	uint64_t handle[2] = {alloc(10, 0), 0}, *at, *second;

	do
		handle[1] = alloc(10, 0);
	while ((uint32_t)handle[1] != (uint32_t)handle[0] + 1);
	at = mmap(NULL, 4 * FRAME, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(at != MAP_FAILED);
	second = at + 2 * FRAME / sizeof(*at);
	CHECK(mmap(at, 2 * FRAME, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, pool,
		   lookup(handle[0]).offset) == at);
	CHECK(mmap(second, 2 * FRAME, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, pool,
		   lookup(handle[1]).offset) == second);
	*at = 1;
	*second = 2;
	CHECK(move(handle[1]) && *second == 2 && *at == 1);
	CHECK(!try_free(handle[0]));
	CHECK(bus_error(at) && *second == 2);
	munmap(at, 4 * FRAME);
	empty_pool();
}

/*
 * References of the kernel's
 */

/* A fixed buffer of io_uring's: nothing moves and nothing is freed under it. */
static void pinned(unsigned int order)
{
	uint64_t handle = alloc(order, 0), page = lookup(handle).page;
	struct llfree_ioc_stats before = stats();
	struct llfree_ioc_format f = {.flags = LLFREE_IOC_FORMAT_FORCE};
	uint64_t *at = map(handle);
	struct ring r;

	fill(at, order, 3);
	r = pin((char *)at + (PAGE << order) - PAGE, PAGE);
	CHECK(!move(handle));
	FAILS(try_free(handle), EBUSY);
	CHECK(lookup(handle).page == page);
	CHECK(holds(at, order, 3));
	CHECK(stats().given_up > before.given_up && stats().moves == before.moves);
	munmap(at, PAGE << order);
	CHECK(!move(handle));
	FAILS(try_free(handle), EBUSY);
	FAILS(ioctl(pool, LLFREE_IOC_FORMAT, &f), EBUSY);
	unpin(&r);
	CHECK(move(handle));
	at = map(handle);
	CHECK(holds(at, order, 3));
	munmap(at, PAGE << order);
	CHECK(!try_free(handle));
}

static void fixed_buffers(void)
{
	pinned(0);
	pinned(4);
	pinned(9);
	pinned(10);
	empty_pool();
}

/* What lies on both sides of a pinned allocation, in its frame, moves and is freed as ever. */
static void neighbours_of_pinned(void)
{
	for (unsigned int order = 0; order <= 8; order += 4) {
		const unsigned int frame = 5, other = 6, next = order < 8 ? 2 : 1;
		uint64_t handle[3], *at[3], page[3];
		struct llfree_ioc_stats before;
		struct ring r;

		for (unsigned int i = 0; i <= next; i++) {
			handle[i] = alloc(order, i);
			CHECK(move_to(handle[i], frame));
			page[i] = lookup(handle[i]).page;
			CHECK(!i || page[i] == page[i - 1] + (1u << order));
			at[i] = map(handle[i]);
			fill(at[i], order, i);
		}
		r = pin(at[1], PAGE << order);
		before = stats();
		for (unsigned int i = 0; i <= next; i += 2) {
			CHECK(move_to(handle[i], other) && holds(at[i], order, i));
			CHECK(!move_to(handle[1], other));
			CHECK(move_to(handle[i], frame) && holds(at[i], order, i));
			CHECK(lookup(handle[i]).page == page[i]);
		}
		CHECK(stats().moves == before.moves + 2 * (next / 2 + 1));
		CHECK(stats().given_up == before.given_up + next / 2 + 1);
		CHECK(!try_free(handle[0]));
		FAILS(try_free(handle[1]), EBUSY);
		CHECK(lookup(handle[1]).page == page[1] && holds(at[1], order, 1));
		unpin(&r);
		CHECK(move_to(handle[1], other) && holds(at[1], order, 1));
		for (unsigned int i = 0; i <= next; i++)
			munmap(at[i], PAGE << order);
		empty_pool();
	}
}

/*
 * Work on mappings while the pages move
 */

/* Numbers of a page count up, each word by its own process's writes. */
static void count_up(void *at)
{
	volatile uint64_t *word = at;

	for (uint64_t n = 0;; n++)
		for (unsigned int i = 0; i < 16; i++) {
			CHECK(word[i * 24] == n);
			word[i * 24] = n + 1;
		}
}

static void writers(unsigned int order)
{
	uint64_t handle = alloc(order, 0);
	uint64_t *at = map(handle);
	uint64_t start[2];
	pid_t pid[2];
	unsigned int moved = 0;
	time_t end = time(NULL) + SECONDS;

	pid[0] = child(count_up, at);
	pid[1] = child(count_up, at + 8);
	start[0] = ((volatile uint64_t *)at)[0];
	while (time(NULL) < end)
		moved += move(handle);
	CHECK(moved > 10);
	CHECK(at[0] > start[0] && at[8] > 0);
	end_child(pid[0]);
	end_child(pid[1]);
	munmap(at, PAGE << order);
	CHECK(!try_free(handle));
	fprintf(stderr, "  order %u: %u moves\n", order, moved);
}

static void two_processes(void)
{
	writers(0);
	writers(9);
	writers(10);
}

static void map_and_unmap(void *with)
{
	uint64_t handle = *(uint64_t *)with;

	for (;;) {
		uint64_t *at = map(handle);

		CHECK(holds(at, 2, 8));
		if (!fork())
			_exit(at[5] != (8ull << 32 | 5));
		CHECK(wait(NULL) > 0);
		munmap(at, 4 * PAGE);
	}
}

/* Processes come and go, and die, while what they map moves. */
static void comings_and_goings(void)
{
	uint64_t handle = alloc(2, 0);
	uint64_t *at = map(handle);
	unsigned int moved = 0;
	time_t end = time(NULL) + SECONDS;
	pid_t pid;

	fill(at, 2, 8);
	while (time(NULL) < end) {
		pid = child(map_and_unmap, &handle);
		for (unsigned int i = 0; i < 300; i++)
			moved += move(handle);
		end_child(pid);
	}
	CHECK(moved > 10 && holds(at, 2, 8));
	munmap(at, 4 * PAGE);
	CHECK(!try_free(handle));
}

static atomic_bool stop;
static uint64_t racing;

static void *keep_moving(void *moved)
{
	while (!stop)
		*(unsigned int *)moved += move(racing);
	return NULL;
}

/*
 * vmsplice() takes references without a lock, as do direct reads: a pipe shows
 * what is in the page, and what is read into it stays there.
 */
static void gup_fast(void)
{
	uint64_t *at, found;
	unsigned int moved = 0, turns = 0;
	int pipes[2], disk = open("/dev/pmem0", O_RDWR | O_DIRECT);
	off_t where = 128 << 20;
	time_t end = time(NULL) + SECONDS;
	pthread_t mover;
	char *block = aligned_alloc(PAGE, 16 * PAGE);

	CHECK(!pipe(pipes) && disk >= 0 && block);
	for (uint64_t i = 0; i < 16; i++)
		fill((uint64_t *)(block + i * PAGE), 0, i);
	CHECK(pwrite(disk, block, 16 * PAGE, where) == 16 * (ssize_t)PAGE);
	racing = alloc(0, 0);
	at = map(racing);
	stop = false;
	CHECK(!pthread_create(&mover, NULL, keep_moving, &moved));
	for (; time(NULL) < end; turns++) {
		uint64_t i = turns % 16;
		struct iovec part = {at + i, sizeof(*at)};

		CHECK(pread(disk, at, PAGE, where + i * PAGE) == (ssize_t)PAGE);
		CHECK(holds(at, 0, i));
		at[i] = ~i;
		CHECK(vmsplice(pipes[1], &part, 1, 0) == sizeof(*at));
		CHECK(read(pipes[0], &found, sizeof(found)) == sizeof(found));
		CHECK(found == ~i);
	}
	stop = true;
	pthread_join(mover, NULL);
	CHECK(moved > 10 && turns > 10);
	fprintf(stderr, "  %u moves, %u turns\n", moved, turns);
	munmap(at, PAGE);
	close(disk);
	close(pipes[0]);
	close(pipes[1]);
	free(block);
	CHECK(!try_free(racing));
}

static char *frame;

static void *keep_dropping(void *unused)
{
	while (!stop)
		CHECK(!madvise(frame, FRAME, MADV_DONTNEED));
	return unused;
}

static void *keep_writing(void *unused)
{
	for (uint64_t i = 0; !stop; i++)
		((volatile uint64_t *)frame)[WORDS + i % WORDS] = i;
	return unused;
}

/* The kernel and a program reach for the same frame, and it goes meanwhile. */
static void faults_at_once(void)
{
	uint64_t handle = alloc(9, 0);
	pthread_t dropper, writer;
	time_t end = time(NULL) + SECONDS;
	int zero = open("/dev/zero", O_RDONLY);
	unsigned int reads = 0;

	CHECK(zero >= 0);
	frame = map(handle);
	stop = false;
	CHECK(!pthread_create(&dropper, NULL, keep_dropping, NULL));
	CHECK(!pthread_create(&writer, NULL, keep_writing, NULL));
	for (; time(NULL) < end; reads++)
		CHECK(read(zero, frame, 64) == 64);
	stop = true;
	pthread_join(dropper, NULL);
	pthread_join(writer, NULL);
	fprintf(stderr, "  %u reads\n", reads);
	CHECK(reads > 10);
	close(zero);
	munmap(frame, FRAME);
	CHECK(!try_free(handle));
}

static void survive(int signal)
{
	(void)signal;
}

/* Errors of memory, pretended ones, come to light while the page moves. */
static void memory_errors(void)
{
	struct sigaction handler = {.sa_handler = survive}, before;
	unsigned int moved = 0, turns = 0;
	time_t end = time(NULL) + SECONDS;
	pthread_t mover;
	uint64_t *at;

	CHECK(!sigaction(SIGBUS, &handler, &before));
	racing = alloc(0, 0);
	at = map(racing);
	stop = false;
	CHECK(!pthread_create(&mover, NULL, keep_moving, &moved));
	for (; turns < 300 && time(NULL) < end; turns++) {
		*(volatile uint64_t *)at = turns;
		CHECK(!madvise(at, PAGE, MADV_HWPOISON));
	}
	stop = true;
	pthread_join(mover, NULL);
	fprintf(stderr, "  %u moves, %u errors\n", moved, turns);
	CHECK(moved > 10 && turns > 10);
	munmap(at, PAGE);
	CHECK(!try_free(racing));
	CHECK(!sigaction(SIGBUS, &before, NULL));
}

static void read_everything(void *with)
{
	volatile uint64_t **at = with;

	for (;;)
		for (unsigned int i = 0; i < 64; i++)
			CHECK(*at[i] == i);
}

/* Sixty-four pages in as many frames, all mapped, go together. */
static void compaction(const char *policy)
{
	struct llfree_ioc_move m;
	volatile uint64_t *at[64];
	uint64_t handle[64];
	struct llfree_ioc_compact c;
	struct llfree_ioc_stats before;
	struct ring r;
	pid_t pid;
	unsigned int i;

	for (i = 0; i < 64; i++) {
		handle[i] = alloc(0, i);
		at[i] = map(handle[i]);
		*at[i] = i;
		m = (struct llfree_ioc_move){.handle = handle[i], .frame = i + 1};
		CHECK(!ioctl(pool, LLFREE_IOC_MOVE, &m) && m.page / 512 == i + 1);
	}
	CHECK(stats().free_frames == info().frames - 64);
	pid = child(read_everything, at);
	r = pin((void *)at[3], PAGE);
	before = stats();
	CHECK(!compact(policy, 10, &c));
	CHECK(c.cleared == 10 && c.moves >= 10 && c.copied >= 10 * PAGE && c.fences);
	CHECK(!c.flushes == durable_caches());
	CHECK(stats().free_frames == before.free_frames + 10);
	CHECK(stats().free_pages == before.free_pages);
	CHECK(!compact(policy, 0, &c));
	CHECK(c.cleared > 40);
	unpin(&r);
	for (i = 0; i < 64; i++) {
		CHECK(*at[i] == i && lookup(handle[i]).tag == i);
		munmap((void *)at[i], PAGE);
	}
	end_child(pid);
	fprintf(stderr, "  %s: all in %llu frames\n", policy,
		(unsigned long long)(info().frames - stats().free_frames));
	empty_pool();
	CHECK(stats().free_frames == info().frames);
}

static const char *const policies[] = {"",     "address", "bucket", "bounds", "on-free",
				       "tree", "priced",  "mesh",   "random", "sample-16"};
#define NR_POLICIES (sizeof(policies) / sizeof(*policies))

static void compactions(void)
{
	for (unsigned int i = 0; i < NR_POLICIES; i++)
		compaction(policies[i]);
}

static void *keep_compacting(void *count)
{
	unsigned int *done = count;
	struct llfree_ioc_compact c;

	for (; !stop; ++*done)
		CHECK(!compact(policies[*done % NR_POLICIES], 1 + *done % 3, &c));
	return NULL;
}

static void *keep_allocating(void *count)
{
	static _Thread_local uint64_t handle[256];
	unsigned int *done = count;

	for (; !stop; ++*done) {
		unsigned int i = *done * 37 % 256;

		while (handle[i] && try_free(handle[i]))
			CHECK(errno == EBUSY);
		handle[i] = alloc(*done % 4, *done);
	}
	return NULL;
}

/* Policies want their indexes by turns, while pages come and go. */
static void indexes(void)
{
	void *(*const workers[])(void *) = {keep_compacting, keep_compacting, keep_allocating,
					    keep_allocating};
	pthread_t threads[4];
	unsigned int done[4] = {}, i;
	struct llfree_ioc_compact c;

	stop = false;
	for (i = 0; i < 4; i++)
		CHECK(!pthread_create(&threads[i], NULL, workers[i], &done[i]));
	sleep(SECONDS);
	stop = true;
	for (i = 0; i < 4; i++)
		CHECK(!pthread_join(threads[i], NULL));
	fprintf(stderr, "  %u and %u compactions, %u and %u allocations\n", done[0], done[1],
		done[2], done[3]);
	for (i = 0; i < 4; i++)
		CHECK(done[i] > 10);
	/* What is left is found by each. */
	for (i = 0; i < NR_POLICIES; i++)
		CHECK(!compact(policies[i], 0, &c));
	empty_pool();
	CHECK(stats().free_frames == info().frames);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"what_may_be_mapped", what_may_be_mapped},
		{"contents", contents},
		{"huge_mappings", huge_mappings},
		{"unaligned_address", unaligned_address},
		{"free_of_what_is_mapped", free_of_what_is_mapped},
		{"fork_and_mremap", fork_and_mremap},
		{"futexes", futexes},
		{"neighbours", neighbours},
		{"fixed_buffers", fixed_buffers},
		{"neighbours_of_pinned", neighbours_of_pinned},
		{"two_processes", two_processes},
		{"comings_and_goings", comings_and_goings},
		{"gup_fast", gup_fast},
		{"faults_at_once", faults_at_once},
		{"memory_errors", memory_errors},
		{"compactions", compactions},
		{"indexes", indexes},
		{},
	};

	open_pool();
	empty_pool();
	return run_tests(argc, argv, tests);
}
