// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A pool's memory comes and goes while the program runs, and what comes may be
 * no pool.  Argument: the dax device.
 */
#include <stdatomic.h>
#include <sys/wait.h>

#include "pool.h"

static const char *dax;

static int driver(const char *name, const char *what)
{
	char path[128];
	int fd, err;

	snprintf(path, sizeof(path), "/sys/bus/dax/drivers/%s/%s", name, what);
	fd = open(path, O_WRONLY);
	CHECK(fd >= 0);
	err = write(fd, dax, strlen(dax)) < 0;
	close(fd);
	return err;
}

/* The device as it is, for as long as @work takes. */
static void with_device(void (*work)(char *memory))
{
	char path[64];
	char *memory;
	int fd;

	CHECK(!driver("device_dax", "bind"));
	snprintf(path, sizeof(path), "/dev/%s", dax);
	fd = open(path, O_RDWR);
	CHECK(fd >= 0);
	memory = mmap(NULL, FRAME, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(memory != MAP_FAILED);
	work(memory);
	munmap(memory, FRAME);
	close(fd);
	CHECK(!driver("device_dax", "unbind"));
}

static pid_t unbind_in_child(void)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (!pid)
		_exit(driver("llfree_pool", "unbind"));
	return pid;
}

/* It goes, with files open, pages mapped and one pinned. */
static void going(void)
{
	uint64_t handle = alloc(4, 11), *at = map(handle);
	struct llfree_ioc_lookup l = lookup(handle);
	struct ring r;
	pid_t pid;
	int status;

	fill(at, 4, 11);
	r = pin(at, PAGE);
	pid = unbind_in_child();
	usleep(500000);
	CHECK(!waitpid(pid, NULL, WNOHANG));
	FAILS(try_lookup(handle, &l), ENODEV);
	unpin(&r);
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && !WEXITSTATUS(status));

	CHECK(bus_error(at));
	FAILS(try_lookup(handle, &l), ENODEV);
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, pool, l.offset) == MAP_FAILED);
	CHECK(errno == ENODEV);
	CHECK(open(POOL, O_RDWR) < 0);

	/* A new file reaches the pool, the old one does not. */
	CHECK(!driver("llfree_pool", "bind"));
	FAILS(try_lookup(handle, &l), ENODEV);
	CHECK(bus_error(at));
	munmap(at, PAGE << 4);
	close(pool);
	open_pool();
	CHECK(lookup(handle).tag == 11);
	at = map(handle);
	CHECK(holds(at, 4, 11));
	munmap(at, PAGE << 4);
}

/* The header, word by word. */
enum {
	MAGIC,
	VERSION, /* and log2 of a page's bytes */
	FRAMES,
	SLOTS,
	BYTES,
	ID, /* two words */
	CHECKSUM = 7,
	HEADER_WORDS
};

static uint64_t header[HEADER_WORDS];
static uint64_t spoilt[HEADER_WORDS]; /* which bits */

static void save(char *memory)
{
	memcpy(header, memory, sizeof(header));
}

static void spoil(char *memory)
{
	for (unsigned int i = 0; i < HEADER_WORDS; i++)
		((uint64_t *)memory)[i] ^= spoilt[i];
}

/* Nobody has written to it, and it is put right. */
static void restore(char *memory)
{
	spoil(memory);
	CHECK(!memcmp(memory, header, sizeof(header)));
}

static void change(void (*work)(char *memory))
{
	close(pool);
	CHECK(!driver("llfree_pool", "unbind"));
	with_device(work);
	CHECK(!driver("llfree_pool", "bind"));
	open_pool();
}

static void refused(unsigned int error, const char *text)
{
	struct llfree_ioc_format f = {};
	struct llfree_ioc_info i;
	uint64_t handle;

	change(spoil);
	i = info();
	fprintf(stderr, "  %s\n", i.text);
	CHECK(i.error == error && strstr(i.text, text));
	CHECK(i.state == (error == EMEDIUMTYPE ? LLFREE_POOL_EMPTY : LLFREE_POOL_REFUSED));
	CHECK(!i.bytes && !i.frames);
	FAILS(try_alloc(0, 0, &handle), ENXIO);
	if (i.state == LLFREE_POOL_REFUSED)
		FAILS(ioctl(pool, LLFREE_IOC_FORMAT, &f), EEXIST);
	change(restore);
	CHECK(info().state == LLFREE_POOL_OPEN);
	memset(spoilt, 0, sizeof(spoilt));
}

static void refused_bit(unsigned int word, unsigned int bit, unsigned int error, const char *text)
{
	spoilt[word] = 1ull << bit;
	refused(error, text);
}

static uint64_t align(uint64_t bytes, uint64_t to)
{
	return (bytes + to - 1) / to * to;
}

/* A sound header of a pool that has two frames more than there is room for. */
static void refused_longer(void)
{
	uint64_t longer[HEADER_WORDS], sum = 0xcbf29ce484222325ull, at;

	memcpy(longer, header, sizeof(longer));
	longer[FRAMES] = info().device_bytes / FRAME / 2 * 2 + 2;
	at = align(4096 + longer[FRAMES] * (64 + 2), 64);
	at = align(at + longer[SLOTS] * 8, 64);
	longer[BYTES] = align(at + longer[SLOTS] * 8, FRAME) + longer[FRAMES] * FRAME;
	for (unsigned int i = 8 * VERSION; i < 8 * CHECKSUM; i++)
		sum = (sum ^ ((uint8_t *)longer)[i]) * 0x100000001b3ull;
	longer[CHECKSUM] = sum;
	for (unsigned int i = 0; i < HEADER_WORDS; i++)
		spoilt[i] = header[i] ^ longer[i];
	refused(EFBIG, "longer");
}

static void coming(void)
{
	uint64_t handle = alloc(2, 12), *at = map(handle);

	fill(at, 2, 12);
	munmap(at, PAGE << 2);
	change(save);

	refused_bit(MAGIC, 0, ENOTEMPTY, "something here that is no pool");
	refused_bit(VERSION, 1, EOPNOTSUPP, "newer");
	refused_bit(FRAMES, 0, EBADMSG, "damaged");
	refused_bit(CHECKSUM, 63, EBADMSG, "damaged");
	refused_longer();
	CHECK(lookup(handle).tag == 12);
	at = map(handle);
	CHECK(holds(at, 2, 12));
	munmap(at, PAGE << 2);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"going", going},
		{"coming", coming},
		{},
	};

	CHECK(argc == 2);
	dax = argv[1];
	open_pool();
	empty_pool();
	return run_tests(1, argv, tests);
}
