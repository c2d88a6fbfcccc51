// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * frameshift pool on images: what each verb says of a pool that is sound, or
 * not, with which exit status, and that an image stays as it is.
 */
#include <fcntl.h>
#include <json-c/json.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "pool_reader.h"
#include "verb.h"

#define PAGES LLFREE_FRAME_PAGES
#define FRAMES 6u
#define SLOTS 40u

static char folder[] = "/tmp/test_pool.XXXXXX";
static char file[64];

/* A pool in memory of this process, with some handles, to be damaged and saved. */
static struct {
	struct llfree_pool pool;
	struct pool_layout layout;
	char *base;
	void *memory, *scratch; /* of the open pool */
	u64 bytes;
	u64 handle[6];
	u64 *slot, *tag;
	struct llfree_bitfield *bits;
} p;

static unsigned int no_memory; /* this aligned_alloc() from now on fails */

/*
 * A disk that stays in memory: what befalls it is at a step of the verb, a
 * pwrite() or an fsync(), and it is its error, or the power goes.
 */
static struct {
	bool watched;
	unsigned int step;
	bool error;
	unsigned int seed; /* of what a power loss takes */
	char durable[2 << 20]; /* what precedes the pages, at the last fsync() */
} disk;

#define PIECE (sizeof(disk.durable) / 4) /* at most of what is written in a step */
#define STEPS (2 + 4 + 3) /* the magic goes and comes, all the rest between, and each fsync() */
#define SECTOR 512u
#define POWER_LOST 90

void *__real_aligned_alloc(size_t alignment, size_t bytes);
void *__wrap_aligned_alloc(size_t alignment, size_t bytes);
ssize_t __real_pwrite(int fd, const void *from, size_t bytes, off_t at);
ssize_t __wrap_pwrite(int fd, const void *from, size_t bytes, off_t at);
int __real_fsync(int fd);
int __wrap_fsync(int fd);

void *__wrap_aligned_alloc(size_t alignment, size_t bytes)
{
	return no_memory && !--no_memory ? NULL : __real_aligned_alloc(alignment, bytes);
}

/* Of the sectors that were not durable yet some are lost: none, all, or half of them. */
static void power_goes(int fd)
{
	static char now[sizeof(disk.durable)];

	CHECK(pread(fd, now, sizeof(now), 0) == sizeof(now));
	srandom(disk.seed);
	for (size_t at = 0; at < sizeof(now); at += SECTOR)
		if (memcmp(now + at, disk.durable + at, SECTOR) &&
		    (disk.seed == 1 || (disk.seed && random() & 1)))
			CHECK(__real_pwrite(fd, disk.durable + at, SECTOR, at) == SECTOR);
	_exit(POWER_LOST);
}

static bool due(void)
{
	return disk.watched && !--disk.step;
}

ssize_t __wrap_pwrite(int fd, const void *from, size_t bytes, off_t at)
{
	bool strikes = due();
	ssize_t done;

	if (strikes && disk.error) {
		errno = EIO;
		return -1;
	}
	done = __real_pwrite(fd, from, disk.watched ? min_t(size_t, bytes, PIECE) : bytes, at);
	if (strikes)
		power_goes(fd);
	return done;
}

int __wrap_fsync(int fd)
{
	if (due()) {
		if (!disk.error)
			power_goes(fd);
		errno = EIO;
		return -1;
	}
	CHECK(pread(fd, disk.durable, sizeof(disk.durable), 0) == sizeof(disk.durable));
	return 0;
}

static void *room(size_t bytes)
{
	void *memory = aligned_alloc(64, ALIGN(bytes, (size_t)64));

	CHECK(memory);
	return memory;
}

static void drop_pool(void)
{
	free(p.base);
	free(p.memory);
	free(p.scratch);
}

/* Handles of orders 0, 3, 6, 9, 10, 0, the last of them freed; two roots. */
static void make_pool_with(u32 page_shift, u64 slots)
{
	static const unsigned int orders[] = {0, 3, 6, 9, 10, 0};
	const struct llfree_pool_geometry geometry = {FRAMES, slots, page_shift};
	struct llfree_pool_config config = {.cpus = 1};
	struct llfree_pool_report report;
	/* Generations begin with 1. */
	const u64 id[2] = {0x1122334455666633, 0x99aabbccddeeff00};

	drop_pool();
	p.bytes = llfree_pool_bytes(&geometry);
	CHECK(llfree_pool_layout(&geometry, &p.layout));
	p.base = room(p.bytes);
	memset(p.base, 0x5a, p.bytes);
	CHECK(!llfree_pool_format(p.base, p.bytes, &geometry, id));

	config.base = p.base;
	config.bytes = p.bytes;
	config.memory = p.memory = room(llfree_pool_memory_bytes(&geometry, 1));
	config.scratch = p.scratch = room(llfree_pool_scratch_bytes(&geometry));
	CHECK(!llfree_pool_open(&p.pool, &config, &report));
	for (size_t i = 0; i < ARRAY_SIZE(orders); i++)
		CHECK(!llfree_pool_alloc(&p.pool, 0, orders[i], 1000 + i, &p.handle[i]));
	CHECK(!llfree_pool_free(&p.pool, 0, p.handle[5]));
	CHECK(!llfree_pool_set_root(&p.pool, 0, 0, p.handle[3]));
	CHECK(!llfree_pool_set_root(&p.pool, 0, 63, 7));
	p.slot = (u64 *)(p.base + p.layout.slot);
	p.tag = (u64 *)(p.base + p.layout.tag);
	p.bits = (struct llfree_bitfield *)(p.base + p.layout.bits);
}

static void make_pool(void)
{
	make_pool_with(12, SLOTS);
}

/* Write the pool, but for what is in its pages. */
static void write_pool(int fd, u64 at)
{
	CHECK(pwrite(fd, p.base, p.layout.data, at) == (ssize_t)p.layout.data);
}

/* Write the pool to the file, @before bytes from its start, and @after more. */
static void save(u64 before, s64 after)
{
	int fd = open(file, O_RDWR | O_CREAT | O_TRUNC, 0600);

	CHECK(fd >= 0);
	write_pool(fd, before);
	CHECK(!ftruncate(fd, before + p.bytes + after));
	close(fd);
}

#define POOL(...) pool((const char *const[]){__VA_ARGS__, NULL}, file)

/* The verb says this, among other things, and leaves the file alone. */
#define SAYS(status, text, ...)                                                              \
	do {                                                                                 \
		size_t _before, _after;                                                      \
		char *_a = contents(file, &_before), *_b;                                    \
		int _status = POOL(__VA_ARGS__);                                             \
                                                                                             \
		_b = contents(file, &_after);                                                \
		if (_status != (status) || !strstr(output, text)) {                          \
			fprintf(stderr, "%s:%d: status %d, not %d with '%s':\n%s", __FILE__, \
				__LINE__, _status, status, text, output);                    \
			exit(1);                                                             \
		}                                                                            \
		CHECK(_before == _after && !memcmp(_a, _b, _before));                        \
		free(_a);                                                                    \
		free(_b);                                                                    \
	} while (0)

static void sound(void)
{
	make_pool();
	save(0, 0);
	SAYS(0, "sound: 5 allocations of 1609 pages\n", "check");
	CHECK(!strstr(output, "damage") && !strstr(output, "repair") && !strstr(output, "note"));
	SAYS(0, "\"sound\":true", "check", "--json");
	SAYS(0, "allocations  5 of 40 slots\n", "info");
	CHECK(strstr(output, "pool         112233445566663399aabbccddeeff00\n"));
	CHECK(strstr(output, "free         1463 of 3072 pages\n"));
	CHECK(strstr(output, "frames       2 free, 1 used in part, 3 full\n"));
	/* 439 holes, of 1463 free pages. */
	CHECK(strstr(output, "scattered    30.0 % of the free pages"));
	CHECK(strstr(output, "to empty     no frame more\n"));
	CHECK(strstr(output, "root 63      0x7\n"));
	SAYS(0, "\"fill\":[[0,2],[73,1],[512,3]]", "info", "--json");
	CHECK(strstr(output, "\"roots\":{\"0\":"));
}

/* Two frames of which a quarter is used. */
static void fragmented(void)
{
	u64 handle[2 * PAGES];

	make_pool_with(12, 3 * PAGES);
	for (unsigned int i = 0; i < 5; i++)
		CHECK(!llfree_pool_free(&p.pool, 0, p.handle[i]));
	for (unsigned int i = 0; i < 2 * PAGES; i++)
		CHECK(!llfree_pool_alloc(&p.pool, 0, 0, 0, &handle[i]));
	for (unsigned int i = 0; i < 2 * PAGES; i++)
		if (i % 4)
			CHECK(!llfree_pool_free(&p.pool, 0, handle[i]));
	save(0, 0);
	SAYS(0, "\"fill\":[[0,4],[128,2]]", "info", "--json");
	SAYS(0, "to empty     1 frame takes 128 moves of a page or more, 1 frames 128\n", "info");
}

static void lists(void)
{
	struct json_object *o, *list, *entry;
	char line[80];

	make_pool();
	save(0, 0);
	SAYS(0, "handle", "ls");
	for (unsigned int i = 0; i < 5; i++) {
		unsigned int order;
		s64 page = llfree_pool_lookup(&p.pool, 0, p.handle[i], &order, NULL);

		snprintf(line, sizeof(line), "0x%012llx %5u %10lld %15u\n",
			 (unsigned long long)p.handle[i], order, (long long)page, 1000 + i);
		CHECK(strstr(output, line));
	}
	CHECK(!strstr(output, " 1005\n"));

	SAYS(0, "{\"schema\":1,\"type\":\"pool_list\",\"file\":\"", "ls", "-j");
	CHECK(strchr(output, '\n') == output + strlen(output) - 1);
	o = json_tokener_parse(output);
	list = json_object_object_get(o, "handles");
	CHECK(json_object_array_length(list) == 5);
	entry = json_object_array_get_idx(list, 3);
	CHECK(json_object_get_uint64(json_object_object_get(entry, "handle")) == p.handle[3]);
	CHECK(json_object_get_int(json_object_object_get(entry, "order")) == 9);
	CHECK(json_object_get_int(json_object_object_get(entry, "tag")) == 1003);
	json_object_put(o);
}

/* Whatever is asked of a file without a sound header, the answer is the same. */
static void all_refuse(const char *sentence)
{
	SAYS(1, sentence, "check");
	CHECK(strstr(output, "damage: "));
	SAYS(1, "\"sound\":false", "check", "--json");
	CHECK(strstr(output, sentence));
	SAYS(1, sentence, "info");
	SAYS(1, sentence, "ls");
}

static void headers(void)
{
	struct llfree_pool_header *header;

	make_pool();
	header = (void *)p.base;

	header->magic ^= 1;
	save(0, 0);
	all_refuse("there is something here that is no pool");
	header->magic ^= 1;

	header->version++;
	save(0, 0);
	all_refuse("the pool was made by a newer version");
	header->version--;

	header->frames += 2;
	save(0, 0);
	all_refuse("the header of the pool is damaged");
	header->frames -= 2;

	save(0, -1);
	all_refuse("the pool is longer than its region");
	CHECK(!truncate(file, 4095));
	all_refuse("there is no pool here");
	CHECK(!truncate(file, 0));
	all_refuse("there is no pool here");
	save(0, 0);
	SAYS(0, "sound", "check");

	make_pool_with(3, SLOTS);
	save(0, 0);
	SAYS(1, "damage: its pages have 8 bytes", "check");
	SAYS(0, "of 512 pages of 8 bytes\n", "info");
}

/* Change a word, see what check says, that nothing else can be done, and put it back. */
static void damaged(u64 *word, u64 value, const char *sentence)
{
	u64 good = *word;

	*word = value;
	save(0, 0);
	SAYS(1, sentence, "check");
	CHECK(strstr(output, "damage: slot ") && strstr(output, ": damaged\n"));
	SAYS(1, "an owner slot of the pool is damaged", "info");
	SAYS(1, "`frameshift pool check` says which", "ls");
	*word = good;
}

static u64 at_page(u64 word, u64 page)
{
	return (word & ~POOL_PAGE) | page;
}

static void slots(void)
{
	u64 *a, *b, word, page;
	char text[160];
	unsigned int n;

	make_pool();
	n = (u32)p.handle[1]; /* order 3 */
	a = &p.slot[n];
	b = &p.slot[(u32)p.handle[2]]; /* order 6 */
	word = *a;
	page = pool_page(*b);

	snprintf(text, sizeof(text), "slot %u: page %llu is not aligned to order 3", n,
		 (unsigned long long)pool_page(word) + 1);
	damaged(a, word + 1, text);
	snprintf(text, sizeof(text),
		 "slot %u: pages 3072 to 3079 lie outside of the pool, which has 3072", n);
	damaged(a, at_page(word, FRAMES * PAGES), text);
	snprintf(text, sizeof(text), "slot %u has order 15, and 10 is the largest", n);
	damaged(a, word | POOL_ORDER << POOL_ORDER_SHIFT, text);
	snprintf(text, sizeof(text), "slot %u is in use, but has no generation", n);
	damaged(a, word & ((1ull << POOL_GENERATION_SHIFT) - 1), text);
	snprintf(text, sizeof(text), "slot %u is of generation 2, but its tag of 1", n);
	damaged(a, word + (1ull << POOL_GENERATION_SHIFT), text);
	snprintf(text, sizeof(text), "slot %u is of generation 1, but its tag of 3", n);
	damaged(&p.tag[n], 3ull << POOL_GENERATION_SHIFT, text);
	snprintf(text, sizeof(text), "slot %u is free, but holds 0x", n);
	damaged(a, word & ~POOL_VALID, text);
	damaged(&p.slot[SLOTS - 1], 5, "slot 39 is free, but holds 0x0000000000000005");

	/* The first slot in order has the page, whoever had it first. */
	snprintf(text, sizeof(text), "slot %u owns pages %llu to %llu, but page %llu is slot %u's",
		 (u32)p.handle[2], (unsigned long long)page, (unsigned long long)page + 63,
		 (unsigned long long)page + 8, n);
	damaged(a, at_page(word, page + 8), text);

	/* Each is said. */
	*a = word + 1;
	p.slot[SLOTS - 1] = 5;
	save(0, 0);
	SAYS(1, "\"damage\":2", "check", "--json");
	for (unsigned int slot = 6; slot < SLOTS; slot++)
		p.slot[slot] = 5;
	save(0, 0);
	SAYS(1, "slot 38 is free", "check");
	*a = word;
	for (unsigned int slot = 6; slot < SLOTS; slot++)
		p.slot[slot] = 0;
	save(0, 0);
	SAYS(0, "sound", "check");
}

static void pages(void)
{
	u64 page = 5 * PAGES + 60, first, *row;
	char text[160];

	make_pool();
	/* A run across two words, of a frame that is free. */
	while (p.bits[page / PAGES].row[0] || p.bits[page / PAGES].row[1])
		page -= PAGES;
	p.bits[page / PAGES].row[0] = 0xfull << 60;
	p.bits[page / PAGES].row[1] = 3;
	snprintf(text, sizeof(text), "repair: pages %llu to %llu are allocated, but nobody's\n",
		 (unsigned long long)page, (unsigned long long)page + 5);
	save(0, 0);
	SAYS(0, text, "check");
	CHECK(strstr(output, "sound: 5 allocations of 1609 pages; opening it frees 6 pages and "
			     "ends 0 moves\n"));
	SAYS(0, "6 pages freed that were nobody's", "info");
	SAYS(0, "free         1463 of", "info");

	/* The mark of a move. */
	p.slot[(u32)p.handle[3]] |= POOL_MOVING;
	save(0, 0);
	snprintf(text, sizeof(text), "slot %u: a move was interrupted", (u32)p.handle[3]);
	SAYS(0, text, "check");
	CHECK(strstr(output, "frees 6 pages and ends 1 moves\n"));

	/* Not what a crash may leave. */
	first = pool_page(p.slot[(u32)p.handle[1]]);
	row = &p.bits[first / PAGES].row[first % PAGES / 64];
	*row &= ~(6ull << first % 64);
	save(0, 0);
	snprintf(text, sizeof(text),
		 "damage: pages %llu to %llu are slot %u's, but not allocated\n",
		 (unsigned long long)first + 1, (unsigned long long)first + 2, (u32)p.handle[1]);
	SAYS(1, text, "check");
	SAYS(0, "2 pages that were NOT ALLOCATED", "info");
}

/* More than a hundred sentences of a kind are counted. */
static void many(void)
{
	unsigned int lines = 0;
	char *line;

	make_pool();
	for (unsigned int frame = 0; frame < FRAMES; frame++)
		for (unsigned int row = 0; row < LLFREE_FRAME_ROWS; row++)
			p.bits[frame].row[row] |= 0x1111111111111111;
	save(0, 0);
	SAYS(0, "repair: ... and ", "check");
	for (line = output; (line = strchr(line, '\n')); line++)
		lines++;
	CHECK(lines == 100 + 1 + 1);
	SAYS(0, "\"sound\":true", "check", "--json");
}

static void places(void)
{
	int fd;

	make_pool();
	save(3 << 20, 5000);
	SAYS(0, "\"offset\":3145728,\"sound\":true", "check", "-j");
	SAYS(0, "offset       3145728\n", "info");
	SAYS(0, "sound", "check", "--offset", "3M");
	SAYS(1, "there is no pool here", "check", "--offset", "0");
	SAYS(1, "there is no pool here", "ls", "--offset", "1T");
	SAYS(2, "--offset is a multiple of 4096", "check", "--offset", "100");

	/* A copy of its header in one of its own pages is the user's. */
	save(4096, 0);
	fd = open(file, O_RDWR);
	CHECK(fd >= 0 && pwrite(fd, p.base, 64, p.bytes) == sizeof(struct llfree_pool_header));
	close(fd);
	SAYS(0, "\"offset\":4096,\"sound\":true", "check", "-j");
	CHECK(strstr(output, "\"note\":0"));

	/* What is left of a header before it, and one more pool after it. */
	make_pool();
	save(1 << 20, 0);
	fd = open(file, O_RDWR);
	CHECK(fd >= 0 && pwrite(fd, p.base, 16, 8192) == 16);
	SAYS(0, "offset       1048576\n", "info");
	SAYS(0, "note: 1 more header of a pool in this file, the first at offset 8192", "check");
	write_pool(fd, 32 << 20);
	CHECK(!ftruncate(fd, (32 << 20) + p.bytes));
	close(fd);
	SAYS(0, "note: 2 more headers of a pool in this file, the first at offset 8192", "check");
	SAYS(0, "offset       1048576\n", "info");
	SAYS(1, "the header of the pool is damaged", "check", "-o", "8K");
	SAYS(0, "sound", "check", "-o", "32M");

	/* Who looks at all of a hole is not done in time. */
	save(1ull << 40, 0);
	CHECK(POOL("info") == 0 && strstr(output, "offset       1099511627776\n"));
	save(0, 1ll << 40);
	CHECK(POOL("info") == 0 && strstr(output, "offset       0\n"));
}

static const struct pool_options options = {.file = file};
static struct pool_image image;
static struct pool_copy copy;

/* Another pool is copied to the file between the look at its header and its recovery. */
static int other_header(int argc, char **argv)
{
	(void)argc, (void)argv;
	CHECK(pool_image_open(&image, &options));
	make_pool_with(12, 1 << 16);
	save(0, 0);
	CHECK(pool_image_recover(&image, &copy) == -EUCLEAN);
	CHECK(copy.pool.nr_slots == SLOTS);
	return 0;
}

static int other_tag(int argc, char **argv)
{
	struct pool_entry entry;
	struct pool_reader reader;

	(void)argc, (void)argv;
	CHECK(pool_reader_open(&reader, &options));
	CHECK(pool_reader_next(&reader, &entry) == 1);
	for (size_t i = 0; i < ARRAY_SIZE(p.handle); i++)
		p.tag[(u32)p.handle[i]] ^= 1ull << POOL_GENERATION_SHIFT;
	save(0, 0);
	CHECK(pool_reader_next(&reader, &entry) == -1);
	pool_reader_close(&reader);
	return 0;
}

static int shorter(int argc, char **argv)
{
	(void)argc, (void)argv;
	CHECK(pool_image_open(&image, &options));
	CHECK(!truncate(file, POOL_HEADER_BYTES));
	pool_image_recover(&image, &copy);
	return 0;
}

/* Others write to the file while it is read. */
static void changes(void)
{
	make_pool();
	save(0, 0);
	CHECK(in_child(other_header, 0, NULL) == 0);
	save(0, 0);
	CHECK(in_child(other_tag, 0, NULL) == 0);
	CHECK(strstr(output, "image changes while it is read\n"));
	save(0, 0);
	CHECK(in_child(shorter, 0, NULL) == 1);
	CHECK(strstr(output, "image was cut short"));
}

/* Each recovery takes two pieces of memory, and there are two. */
static void short_of_memory(void)
{
	make_pool();
	save(0, 0);
	for (no_memory = 1; no_memory <= 4; no_memory++) {
		SAYS(1, "frameshift: out of memory\n", "check");
		CHECK(!strstr(output, "damage"));
		SAYS(1, "frameshift: out of memory\n", "check", "--json");
	}
	SAYS(0, "sound", "check");
	no_memory = 0;
}

static void usage(void)
{
	make_pool();
	save(0, 0);
	SAYS(2, "no verb 'pool mend'", "mend");
	CHECK(pool((const char *const[]){"check", "--json", NULL}, NULL) == 2);
	CHECK(strstr(output, "which pool?"));
	SAYS(2, "image' is too much", "check", "surplus");
	SAYS(2, "unrecognized option", "check", "--force");
	SAYS(2, "--order takes a number from 9 to 10, not '8'", "compact", "--order", "8");
	SAYS(2, "--order takes a number from 9 to 10, not '11'", "compact", "--order", "11");
	SAYS(2, "--frames takes a number", "compact", "-k", "-1");
	SAYS(2, "--frames takes a number from 1 to", "compact", "--frames", "0");
	SAYS(2, "--slots takes a number from 1 to", "format", "--force", "--slots", "0");
	SAYS(2, "--size takes a number from 1 to", "format", "--force", "--size", "0");
	SAYS(2, "--offset takes a number", "info", "-o", "9999999999T");
	SAYS(2, "there is no policy", "compact", "-p", "a-policy-with-a-name-of-32-bytes");
	SAYS(1, "is not the device of a pool", "compact");
	SAYS(0, "Usage: frameshift pool check [OPTION...] FILE", "check", "--help");
	SAYS(0, "Usage: frameshift pool info [OPTION...] FILE", "info", "--json", "-h");
	CHECK(pool((const char *const[]){"check", NULL}, "/nonexistent") == 1);
	CHECK(strstr(output, "cannot open /nonexistent: No such file"));
	CHECK(pool((const char *const[]){"info", NULL}, folder) == 1);
	CHECK(strstr(output, "is neither a file nor the device of a pool"));
	unlink(file);
	CHECK(!mkfifo(file, 0600));
	CHECK(POOL("info") == 1 && strstr(output, "is neither a file nor the device of a pool"));
	CHECK(POOL("format") == 1 && strstr(output, "is neither a file nor the device of a pool"));
	unlink(file);
	CHECK(pool((const char *const[]){"info", NULL}, "/dev/null") == 1);
	CHECK(strstr(output, "/dev/null: this is not the device of a pool"));
	CHECK(pool((const char *const[]){"format", NULL}, "/dev/null") == 1);
	CHECK(strstr(output, "/dev/null: this is not the device of a pool"));
	CHECK(pool((const char *const[]){NULL}, NULL) == 2);
	CHECK(pool((const char *const[]){"--help", NULL}, NULL) == 0);
	CHECK(pool((const char *const[]){"-h", NULL}, NULL) == 0);
}

static void format(void)
{
	make_pool_with(12, SLOTS);
	save(0, 0);
	SAYS(1, "holds a pool: --force makes an empty one of it", "format");
	SAYS(1, "holds a pool", "format", "--size", "64M");
	save(0, -4096);
	SAYS(1, "holds a pool", "format");
	((struct llfree_pool_header *)p.base)->version++;
	save(0, 0);
	SAYS(1, "the pool was made by a newer version: --force", "format");
	((struct llfree_pool_header *)p.base)->magic = 0;
	save(0, 0);
	SAYS(1, "holds data that is no pool: --force overwrites it", "format");
	SAYS(1, "holds data that is no pool", "format", "-s", "64M");
	SAYS(1, "100 bytes are too short for a pool", "format", "--size", "100", "--force");
	SAYS(1, "are too short for a pool of so many slots", "format", "--slots", "1G", "--force");
	CHECK(POOL("format", "--force") == 0);
	CHECK(strstr(output, "a pool of 6 frames and 3072 slots\n"));
	SAYS(0, "sound: 0 allocations of 0 pages\n", "check");
	SAYS(1, "holds a pool", "format");

	/* A new one, and another behind it. */
	unlink(file);
	CHECK(POOL("format") == 1 && strstr(output, "--size says how long it is to be"));
	CHECK(POOL("format", "--size", "1M") == 1 && access(file, F_OK));
	CHECK(POOL("format", "--size", "16M", "--slots", "100") == 0);
	CHECK(strstr(output, "a pool of 6 frames and 100 slots\n"));
	SAYS(0, "sound", "check");
	SAYS(0, "length       14680064 bytes", "info");
	CHECK(POOL("format", "--size", "16M", "--offset", "16M") == 0);
	SAYS(0, "1 more header of a pool in this file, the first at offset 16777216", "check");
	SAYS(0, "sound", "check", "--offset", "16M");
	SAYS(1, "holds a pool", "format", "--offset", "16M", "-s", "16M");
}

/* The zeroes after the pool, as NVDIMMs have them, are no data. */
static void format_holes(void)
{
	int fd = open(file, O_RDWR | O_CREAT | O_TRUNC, 0600);

	CHECK(fd >= 0 && !ftruncate(fd, 20 << 20));
	CHECK(pwrite(fd, "\0\0\0", 3, 5 << 20) == 3);
	close(fd);
	CHECK(POOL("format") == 0);
	SAYS(0, "sound", "check");
}

static int format_on_disk(unsigned int step)
{
	int status;

	disk.step = step;
	disk.watched = true;
	status = POOL("format", "--size", "16M", "--force");
	disk.watched = false;
	return status;
}

/* A power loss leaves the old pool with all there was, none, or the new one. */
static void format_power(void)
{
	unsigned int left[3] = {0}, steps = 0;
	int status;

	make_pool();
	CHECK(p.layout.data == sizeof(disk.durable));
	memcpy(disk.durable, p.base, p.layout.data);
	for (disk.seed = 0; disk.seed < 4; disk.seed++)
		for (unsigned int step = 1;; step++) {
			save(0, 2 << 20);
			status = format_on_disk(step);
			if (!status)
				break;
			CHECK(status == POWER_LOST);
			steps++;
			status = POOL("check");
			if (status) {
				CHECK(strstr(output, "there is no pool here"));
				left[1]++;
			} else if (strstr(output, "sound: 5 allocations of 1609 pages\n")) {
				SAYS(0, "root 63      0x7\n", "info");
				left[0]++;
			} else {
				CHECK(strstr(output, "sound: 0 allocations of 0 pages\n"));
				left[2]++;
			}
		}
	CHECK(steps == 4 * STEPS && left[0] && left[1] && left[2]);
}

/* An error of the disk is said, and no file is left that was none before. */
static void format_error(void)
{
	unsigned int step = 0;

	unlink(file);
	disk.error = true;
	while (format_on_disk(++step)) {
		CHECK(strstr(output, "cannot write ") && strstr(output, ": Input/output error\n"));
		CHECK(access(file, F_OK));
	}
	CHECK(step == STEPS + 1);
	disk.error = false;
	SAYS(0, "sound", "check");
}

int main(void)
{
	CHECK(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/image", folder);
	verb_begin(folder);
	sound();
	fragmented();
	lists();
	headers();
	slots();
	pages();
	many();
	places();
	changes();
	short_of_memory();
	usage();
	format();
	format_holes();
	format_power();
	format_error();
	drop_pool();
	unlink(file);
	verb_end();
	CHECK(!rmdir(folder));
	return 0;
}
