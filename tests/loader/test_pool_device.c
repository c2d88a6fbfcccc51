// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * frameshift pool on a device. The requests end here (the program is linked with
 * --wrap=ioctl), at the pool's own code on memory that processes share; any
 * character device stands for the pool's.
 */
#include <errno.h>
#include <sys/mman.h>
#include <linux/llfree_pool.h>
#include "pool.h"
#include "verb.h"

#define DEVICE "/dev/null"
#define PAGES LLFREE_FRAME_PAGES
#define FRAMES 6u

static const struct llfree_pool_geometry geometry = {FRAMES, FRAMES *PAGES, 3};
static void *base, *memory, *scratch;

/* What the device is, and how it lies. */
static struct device {
	struct llfree_pool pool;
	struct llfree_pool_report report;
	u32 state;
	unsigned long failing; /* this request, with this error */
	int error;
	u64 moved_handle, moved_page; /* LOOKUP says so */
	u64 gone_at; /* the handle at which the device goes away */
	s64 more_free; /* than there are */
	bool restless; /* there is one handle more each time */
	u64 asked_frames, asked_slots;
} * d;

static void *room(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CHECK(memory != MAP_FAILED);
	return memory;
}

static int yes(struct llfree_pool *pool, u64 handle, u64 page, unsigned int order)
{
	(void)pool, (void)handle, (void)page, (void)order;
	return 0;
}

static void nothing(struct llfree_pool *pool, u64 handle, s64 page, unsigned int order)
{
	(void)pool, (void)handle, (void)page, (void)order;
}

static const struct llfree_pool_ops ops = {.freeze = yes, .thaw = nothing};

static void open_pool(void)
{
	const struct llfree_pool_config config = {
		.base = base,
		.bytes = llfree_pool_bytes(&geometry),
		.cpus = 1,
		.memory = memory,
		.scratch = scratch,
		.ops = &ops,
	};

	CHECK(!llfree_pool_open(&d->pool, &config, &d->report));
	llfree_pool_map(&d->pool, 0, geometry.slots);
	d->state = LLFREE_POOL_OPEN;
}

static void format_pool(void)
{
	const u64 id[2] = {1, 2};

	CHECK(!llfree_pool_format(base, llfree_pool_bytes(&geometry), &geometry, id));
	open_pool();
}

static int do_info(struct llfree_ioc_info *info)
{
	*info = (struct llfree_ioc_info){
		.state = d->state,
		.bytes = llfree_pool_bytes(&geometry),
		.id = {1, 2},
		.frames = FRAMES,
		.slots = geometry.slots,
		.allocations = d->report.allocations,
		.pages = d->report.pages,
		.swept = d->report.swept,
		.missing = d->report.missing,
		.moving = d->report.moving,
	};
	if (d->state == LLFREE_POOL_EMPTY)
		strcpy(info->text, "there is no pool here");
	return 0;
}

static int do_stats(struct llfree_ioc_stats *stats)
{
	struct llfree_pool_totals totals;
	struct llfree_totals pages;

	CHECK(!llfree_validate(&d->pool.pages, &pages));
	llfree_pool_totals(&d->pool, &totals);
	*stats = (struct llfree_ioc_stats){
		.free_pages = pages.free + d->more_free,
		.free_frames = pages.free_huge,
		.flushes = totals.flushes,
		.fences = totals.fences,
		.moves = totals.moves,
		.given_up = totals.given_up,
		.copied = totals.copied,
	};
	return 0;
}

static int do_format(const struct llfree_ioc_format *format)
{
	if (d->state != LLFREE_POOL_EMPTY && !(format->flags & LLFREE_IOC_FORMAT_FORCE))
		return -EEXIST;
	d->asked_frames = format->frames;
	d->asked_slots = format->slots;
	format_pool();
	return 0;
}

static int do_lookup(struct llfree_ioc_lookup *lookup)
{
	s64 page = llfree_pool_lookup(&d->pool, 0, lookup->handle, &lookup->order, NULL);
	u64 tag = 0;

	if (lookup->handle == d->gone_at)
		return -ENODEV;
	if (page < 0)
		return page;
	CHECK(!llfree_pool_get_tag(&d->pool, 0, lookup->handle, &tag));
	lookup->tag = tag;
	lookup->page = lookup->handle == d->moved_handle ? d->moved_page : (u64)page;
	return 0;
}

static int do_next(struct llfree_ioc_next *next)
{
	u64 cursor = next->cursor, handle;

	if (!cursor && d->restless)
		CHECK(!llfree_pool_alloc(&d->pool, 0, 0, 0, &handle));
	next->handle = llfree_pool_next(&d->pool, 0, &cursor);
	next->cursor = cursor;
	return 0;
}

static int do_root(struct llfree_ioc_root *root)
{
	u64 value;
	int error = llfree_pool_get_root(&d->pool, 0, root->root, &value);

	root->value = value;
	return error;
}

static int do_compact(struct llfree_ioc_compact *compact)
{
	struct llfree_compact c = {.order = compact->order, .class = LLFREE_HUGE, .sync = true};
	struct llfree_pool_totals before, after;

	for (size_t i = 0; llfree_policies[i]; i++)
		if (!*compact->policy || !strcmp(compact->policy, llfree_policies[i]->name)) {
			c.policy = llfree_policies[i];
			break;
		}
	if (!c.policy)
		return -EINVAL;
	llfree_pool_totals(&d->pool, &before);
	compact->cleared =
		llfree_pool_compact(&d->pool, 0, &c, compact->frames ? compact->frames : ~0ull);
	llfree_pool_totals(&d->pool, &after);
	compact->moves = after.moves - before.moves;
	compact->flushes = after.flushes - before.flushes;
	compact->fences = after.fences - before.fences;
	/* Its pages have 8 bytes, those of a device 4096. */
	compact->copied = 512 * (after.copied - before.copied);
	return 0;
}

static int serve(unsigned long request, void *argument)
{
	if (request == d->failing)
		return -d->error;
	if (d->state != LLFREE_POOL_OPEN && request != LLFREE_IOC_INFO &&
	    request != LLFREE_IOC_FORMAT)
		return -ENXIO;
	switch (request) {
	case LLFREE_IOC_INFO:
		return do_info(argument);
	case LLFREE_IOC_STATS:
		return do_stats(argument);
	case LLFREE_IOC_FORMAT:
		return do_format(argument);
	case LLFREE_IOC_LOOKUP:
		return do_lookup(argument);
	case LLFREE_IOC_NEXT:
		return do_next(argument);
	case LLFREE_IOC_GET_ROOT:
		return do_root(argument);
	case LLFREE_IOC_COMPACT:
		return do_compact(argument);
	default:
		return -ENOTTY;
	}
}

int __wrap_ioctl(int fd, unsigned long request, void *argument);

int __wrap_ioctl(int fd, unsigned long request, void *argument)
{
	int error = serve(request, argument);

	CHECK(fd >= 0);
	if (!error)
		return 0;
	errno = -error;
	return -1;
}

/* The verb says this, among other things. */
#define SAYS(status, text, ...)                                                              \
	do {                                                                                 \
		int _status = pool((const char *const[]){__VA_ARGS__, NULL}, DEVICE);        \
                                                                                             \
		if (_status != (status) || !strstr(output, text)) {                          \
			fprintf(stderr, "%s:%d: status %d, not %d with '%s':\n%s", __FILE__, \
				__LINE__, _status, status, text, output);                    \
			exit(1);                                                             \
		}                                                                            \
	} while (0)

/* Two frames of which a quarter is used, by single pages. */
static void fragment(u64 *first, u64 *second)
{
	static u64 handle[2 * PAGES];

	format_pool();
	for (unsigned int i = 0; i < 2 * PAGES; i++)
		CHECK(!llfree_pool_alloc(&d->pool, 0, 0, i, &handle[i]));
	for (unsigned int i = 0; i < 2 * PAGES; i++)
		if (i % 4)
			CHECK(!llfree_pool_free(&d->pool, 0, handle[i]));
	*first = handle[0];
	*second = handle[4];
}

static void shows(void)
{
	char line[80];
	u64 a, b;

	fragment(&a, &b);
	CHECK(!llfree_pool_set_root(&d->pool, 0, 5, a));
	SAYS(0, "frames       4 free, 2 used in part, 0 full\n", "info");
	CHECK(strstr(output, "persistence  memory\n"));
	CHECK(strstr(output, "allocations  256 of 3072 slots\n"));
	CHECK(strstr(output, "to empty     1 frame takes 128 moves"));
	CHECK(strstr(output, "since then   0 moves"));
	snprintf(line, sizeof(line), "root 5       0x%llx\n", (unsigned long long)a);
	CHECK(strstr(output, line));
	CHECK(!strstr(output, "offset"));
	SAYS(0, "\"since\":{\"moves\":0,", "info", "--json");
	SAYS(0, "handle", "ls");
	snprintf(line, sizeof(line), "0x%012llx     0 %10lld %15u\n", (unsigned long long)b,
		 (long long)llfree_pool_lookup(&d->pool, 0, b, NULL, NULL), 4);
	CHECK(strstr(output, line));
	SAYS(2, "--offset is for images", "info", "--offset", "0");
}

static void checks(void)
{
	char text[160];
	u64 a, b, at;

	fragment(&a, &b);
	SAYS(0, "sound: 256 allocations of 256 pages\n", "check");
	SAYS(0, "\"sound\":true", "check", "--json");

	at = llfree_pool_lookup(&d->pool, 0, a, NULL, NULL);
	d->moved_handle = b;
	d->moved_page = at;
	snprintf(text, sizeof(text), "page %llu is of handle 0x%012llx and of handle 0x%012llx",
		 (unsigned long long)at, (unsigned long long)a, (unsigned long long)b);
	SAYS(1, text, "check");
	d->moved_page = FRAMES * PAGES;
	snprintf(text, sizeof(text),
		 "handle 0x%012llx: there can be no order 0 at page 3072 of 3072",
		 (unsigned long long)b);
	SAYS(1, text, "check");
	SAYS(0, "frames", "info");
	d->moved_handle = 0;
	d->more_free = -1;
	SAYS(1, "2815 pages are free and 256 are owned, of 3072", "check");
	d->more_free = 0;
	d->report.missing = 2;
	SAYS(1, "2 pages were owned, but not allocated", "check");
	d->report.missing = 0;
	d->report.swept = 3;
	SAYS(0, "note: opening it freed 3 pages", "check");
	d->report.swept = 0;
	d->restless = true;
	SAYS(1, "others keep changing the pool", "check");
	d->restless = false;
	SAYS(0, "sound", "check");
}

static void compacts(void)
{
	u64 a, b;

	fragment(&a, &b);
	SAYS(1, "there is no policy 'best'", "compact", "--policy", "best");
	SAYS(0, "emptied      1 frames of 1 wanted\n", "compact", "--frames", "1", "-p",
	     "occupancy");
	CHECK(strstr(output, "moves        128, 0 given up\n"));
	CHECK(strstr(output, "copied       524288 bytes, 524288 a frame; 524288 had to be\n"));
	CHECK(strstr(output, "fences       256, 2"));
	SAYS(0, "5 free", "info");
	SAYS(0, "since then   128 moves", "info");
	SAYS(0, "\"wanted\":0,\"order\":9,\"cleared\":0", "compact", "--json");
}

static void formats(void)
{
	u64 a, b;

	fragment(&a, &b);
	SAYS(1, "--force makes an empty one of it", "format");
	SAYS(0, "256 of", "info");
	SAYS(0, "a pool of 6 frames and 3072 slots\n", "format", "--force", "--slots", "77");
	CHECK(d->asked_slots == 77 && !d->asked_frames);
	SAYS(0, "allocations  0 of", "info");
	SAYS(0, "a pool of", "format", "--force", "--size", "20M");
	CHECK(d->asked_frames == 8);
	SAYS(1, "are too short for a pool", "format", "--force", "--size", "20K");

	d->state = LLFREE_POOL_EMPTY;
	SAYS(1, "there is no pool here", "info");
	SAYS(1, "there is no pool here", "check");
	SAYS(1, "there is no pool here", "compact");
	SAYS(0, "a pool of", "format");
	SAYS(0, "sound", "check");
}

static void fails(unsigned long request, int error, const char *sentence, const char *verb)
{
	d->failing = request;
	d->error = error;
	SAYS(1, sentence, verb);
	d->failing = 0;
}

static void refusals(void)
{
	u64 a, b;

	fragment(&a, &b);
	fails(LLFREE_IOC_INFO, ENODEV, "the device is gone", "info");
	fails(LLFREE_IOC_NEXT, ENODEV, "the device is gone", "ls");
	fails(LLFREE_IOC_LOOKUP, ENODEV, "the device is gone", "check");
	fails(LLFREE_IOC_GET_ROOT, ENXIO, "no pool is open", "info");
	fails(LLFREE_IOC_STATS, ENXIO, "no pool is open", "check");
	fails(LLFREE_IOC_COMPACT, ENXIO, "no pool is open", "compact");
	fails(LLFREE_IOC_FORMAT, EPERM, "this needs CAP_SYS_ADMIN", "format");
	fails(LLFREE_IOC_FORMAT, EBUSY, "pages of its pool are in use", "format");
	fails(LLFREE_IOC_FORMAT, EFBIG, "the device is too short", "format");

	/* What is freed while the list is read is passed by. */
	d->failing = LLFREE_IOC_LOOKUP;
	d->error = ESTALE;
	SAYS(0, "\"handles\":[]}\n", "ls", "--json");
	d->failing = 0;

	/* A list that ends early says so. */
	d->gone_at = b;
	SAYS(1, "\"tag\":0}],\"complete\":false}\n", "ls", "--json");
	CHECK(strstr(output, "the device is gone"));
	d->gone_at = 0;
}

int main(void)
{
	char folder[] = "/tmp/test_pool.XXXXXX";

	CHECK(mkdtemp(folder));
	verb_begin(folder);
	base = room(llfree_pool_bytes(&geometry));
	memory = room(llfree_pool_memory_bytes(&geometry, 1));
	scratch = room(llfree_pool_scratch_bytes(&geometry));
	d = room(sizeof(*d));
	shows();
	checks();
	compacts();
	formats();
	refusals();
	verb_end();
	CHECK(!rmdir(folder));
	return 0;
}
