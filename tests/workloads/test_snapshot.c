// SPDX-License-Identifier: GPL-2.0-or-later
/* Snapshots of made-up page flags, read from files like those in /proc. */
#include <string.h>
#include <unistd.h>

#include <linux/kernel-page-flags.h>

#include "check.h"
#include "snapshot.h"

#define FLAG(name) (1ULL << KPF_##name)
/* Flags that the kernel shows but its header keeps to itself. */
#define KPF_RESERVED 32
#define KPF_MLOCKED 33

#define FRAMES 8
#define PAGES (FRAMES * FRAME_PAGES)

#define ANON (FLAG(LRU) | FLAG(MMAP) | FLAG(ANON) | FLAG(SWAPBACKED) | FLAG(UPTODATE))

static uint64_t flags[PAGES], counts[PAGES];

static void set_pages(unsigned int frame, unsigned int first, unsigned int nr, uint64_t value)
{
	for (unsigned int i = 0; i < nr; i++)
		flags[frame * FRAME_PAGES + first + i] = value;
}

static struct snapshot take(const struct zone *zones, int nr_zones, const struct pfn_list *pins)
{
	const struct page_files files = {file_of(flags, PAGES), file_of(counts, PAGES), NULL};

	return snapshot_read(&files, zones, nr_zones, pins);
}

static const struct pfn_list no_pins;
static const struct zone whole = {.name = "DMA32", .spanned = PAGES};

static void clear(void)
{
	memset(counts, 0, sizeof(counts));
	for (int i = 0; i < PAGES; i++)
		flags[i] = FLAG(BUDDY);
}

static void test_kinds(void)
{
	static const struct {
		uint64_t flags, count;
		enum page_kind kind;
	} cases[] = {
		{FLAG(BUDDY), 0, PAGE_FREE},
		{ANON, 1, PAGE_MOVABLE},
		{ANON | FLAG(MLOCKED) | FLAG(UNEVICTABLE), 1, PAGE_MOVABLE},
		{FLAG(LRU) | FLAG(UPTODATE), 0, PAGE_MOVABLE}, /* page cache */
		{ANON & ~FLAG(LRU), 1, PAGE_UNMOVABLE}, /* isolated */
		{FLAG(SLAB), 0, PAGE_UNMOVABLE},
		{FLAG(SLAB) | FLAG(COMPOUND_TAIL), 0, PAGE_UNMOVABLE},
		{FLAG(PGTABLE), 0, PAGE_UNMOVABLE},
		{FLAG(PGTABLE) | FLAG(MMAP), 0, PAGE_UNMOVABLE},
		{FLAG(RESERVED), 0, PAGE_UNMOVABLE},
		{FLAG(OFFLINE), 0, PAGE_UNMOVABLE},
		{FLAG(NOPAGE), 0, PAGE_UNMOVABLE},
		{FLAG(ZERO_PAGE) | FLAG(THP), 0, PAGE_UNMOVABLE},
		{FLAG(COMPOUND_HEAD), 0, PAGE_UNMOVABLE},
		{FLAG(HWPOISON), 0, PAGE_UNMOVABLE},
		{0, 0, PAGE_UNKNOWN},
		{0, 1, PAGE_UNMOVABLE}, /* a driver's page, mapped */
		{FLAG(IDLE), 0, PAGE_UNKNOWN},
		{FLAG(HUGE) | FLAG(COMPOUND_HEAD), 0, PAGE_HUGE},
		{FLAG(HUGE) | FLAG(COMPOUND_TAIL), 1, PAGE_HUGE},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct snapshot s;

		clear();
		flags[3 * FRAME_PAGES + 7] = cases[i].flags;
		counts[3 * FRAME_PAGES + 7] = cases[i].count;
		s = take(&whole, 1, &no_pins);
		CHECK_EQ(s.nr, FRAMES);
		CHECK_EQ(s.frames[3].pages[cases[i].kind], cases[i].kind == PAGE_FREE ? 512 : 1);
		CHECK_EQ(frame_free(&s.frames[3]), cases[i].kind == PAGE_FREE);
		CHECK_EQ(frame_eligible(&s.frames[3]),
			 cases[i].kind == PAGE_FREE || cases[i].kind == PAGE_MOVABLE);
		CHECK(frame_free(&s.frames[2]) && frame_free(&s.frames[4]));
		snapshot_free(&s);
	}
}

static void test_huge_folios(void)
{
	struct snapshot s;

	clear();
	/* A transparent huge page of the frame's size. */
	set_pages(1, 0, 512, ANON | FLAG(THP) | FLAG(COMPOUND_TAIL));
	set_pages(1, 0, 1, ANON | FLAG(THP) | FLAG(COMPOUND_HEAD));
	/* Two large folios of 1 MiB: their pages can move. */
	set_pages(2, 0, 512, ANON | FLAG(THP) | FLAG(COMPOUND_TAIL));
	set_pages(2, 0, 1, ANON | FLAG(THP) | FLAG(COMPOUND_HEAD));
	set_pages(2, 256, 1, ANON | FLAG(THP) | FLAG(COMPOUND_HEAD));
	/* A hugetlb page of the pool. */
	set_pages(3, 0, 512, FLAG(HUGE) | FLAG(COMPOUND_TAIL));
	set_pages(3, 0, 1, FLAG(HUGE) | FLAG(COMPOUND_HEAD));

	s = take(&whole, 1, &no_pins);
	CHECK_EQ(s.frames[1].pages[PAGE_HUGE], 512);
	CHECK_EQ(s.frames[2].pages[PAGE_HUGE], 0);
	CHECK_EQ(s.frames[2].pages[PAGE_MOVABLE], 512);
	CHECK_EQ(s.frames[3].pages[PAGE_HUGE], 512);
	CHECK(!frame_eligible(&s.frames[1]) && frame_eligible(&s.frames[2]));
	CHECK_EQ(snapshot_sum(&s, PAGE_HUGE), 1024);
	snapshot_free(&s);
}

static void test_pins(void)
{
	uint64_t pfns[] = {512, 515, 1023, 2048};
	struct pfn_list pins = {.pfns = pfns, .nr = 4};
	struct snapshot s;

	clear();
	set_pages(1, 0, 512, ANON);
	set_pages(4, 0, 2, ANON);
	s = take(&whole, 1, &pins);
	CHECK_EQ(s.frames[1].pages[PAGE_MOVABLE], 509);
	CHECK_EQ(s.frames[1].pages[PAGE_UNMOVABLE], 3);
	CHECK_EQ(s.frames[1].pinned, 3);
	CHECK_EQ(s.frames[4].pages[PAGE_MOVABLE], 1);
	CHECK_EQ(s.frames[4].pinned, 1);
	CHECK(!frame_eligible(&s.frames[4]));
	snapshot_free(&s);
}

/* A zone that starts at page 1, a hole of one frame, and a zone that ends inside a frame and goes
 * on past the last page that the kernel knows.
 */
static void test_zones(void)
{
	const struct zone zones[] = {
		{.name = "DMA", .start_pfn = 1, .spanned = 3 * FRAME_PAGES - 1},
		{.name = "DMA32", .start_pfn = 3 * FRAME_PAGES, .spanned = 2 * FRAME_PAGES + 100},
		{.name = "Normal", .start_pfn = 7 * FRAME_PAGES, .spanned = 4 * FRAME_PAGES},
	};
	struct snapshot s;

	clear();
	set_pages(1, 0, 512, FLAG(NOPAGE));
	s = take(zones, 3, &no_pins);
	CHECK_EQ(s.nr, 2 + 3 + 1);
	CHECK_EQ(s.frames[0].pages[PAGE_FREE], 511);
	CHECK_EQ(s.frames[0].pages[PAGE_UNMOVABLE], 1);
	CHECK_EQ(s.frames[1].pfn, 2 * FRAME_PAGES);
	CHECK_EQ(s.frames[1].zone, 0);
	CHECK_EQ(s.frames[2].zone, 1);
	CHECK_EQ(s.frames[4].pages[PAGE_FREE], 100);
	CHECK_EQ(s.frames[4].pages[PAGE_UNMOVABLE], 412);
	CHECK_EQ(s.frames[5].pfn, 7 * FRAME_PAGES);
	CHECK_EQ(s.frames[5].zone, 2);
	snapshot_free(&s);
}

static void test_write(void)
{
	char path[] = "/tmp/frames-XXXXXX", line[128];
	struct snapshot s;
	FILE *file;

	clear();
	set_pages(1, 0, 10, ANON);
	set_pages(1, 10, 20, FLAG(SLAB));
	set_pages(1, 30, 3, 0);
	s = take(&whole, 1, &no_pins);
	CHECK(mkstemp(path) >= 0);
	snapshot_write(&s, &whole, path);
	file = fopen(path, "r");
	CHECK(file);
	CHECK(fgets(line, sizeof(line), file) && line[0] == '#');
	CHECK(fgets(line, sizeof(line), file));
	CHECK(!strcmp(line, "0\t0\tDMA32\t0\t0\t512\t0\t0\t0\n"));
	CHECK(fgets(line, sizeof(line), file));
	CHECK(!strcmp(line, "512\t0\tDMA32\t10\t20\t479\t3\t0\t0\n"));
	fclose(file);
	unlink(path);
	snapshot_free(&s);
}

/* Folios of several orders beside everything else, as fsanalyze minimum --folios reads them. */
static void test_folios(void)
{
	char path[] = "/tmp/folios-XXXXXX", line[256];
	uint64_t pfns[] = {3 * FRAME_PAGES + 5};
	struct pfn_list pins = {.pfns = pfns, .nr = 1};
	static const char *const want[] = {
		"# pfn kind*pages...\n", "0 .*512\n", "512 4*32 0*3 .*1 2*4 #*4 .*20 6*64 .*384\n",
		"1024 9*512\n",
		/* A folio with a pinned page, and a page of the kernel. */
		"1536 .*4 #*4 0*1 #*1 .*502\n"};
	struct page_files files;
	struct snapshot s;
	FILE *file;

	clear();
	s = take(&whole, 1, &no_pins);
	CHECK_EQ(s.folios, 0);
	snapshot_free(&s);

	set_pages(1, 0, 32, ANON | FLAG(COMPOUND_TAIL));
	set_pages(1, 0, 1, ANON | FLAG(COMPOUND_HEAD));
	set_pages(1, 16, 1, ANON | FLAG(COMPOUND_HEAD));
	set_pages(1, 32, 3, ANON);
	set_pages(1, 36, 4, ANON | FLAG(COMPOUND_TAIL));
	set_pages(1, 36, 1, ANON | FLAG(COMPOUND_HEAD));
	set_pages(1, 40, 4, FLAG(SLAB) | FLAG(COMPOUND_TAIL));
	set_pages(1, 40, 1, FLAG(SLAB) | FLAG(COMPOUND_HEAD));
	set_pages(1, 64, 64, ANON | FLAG(COMPOUND_TAIL));
	set_pages(1, 64, 1, ANON | FLAG(COMPOUND_HEAD));
	set_pages(2, 0, 512, ANON | FLAG(THP) | FLAG(COMPOUND_TAIL));
	set_pages(2, 0, 1, ANON | FLAG(THP) | FLAG(COMPOUND_HEAD));
	set_pages(3, 4, 4, ANON | FLAG(COMPOUND_TAIL));
	set_pages(3, 4, 1, ANON | FLAG(COMPOUND_HEAD));
	set_pages(3, 8, 1, ANON);
	set_pages(3, 9, 1, FLAG(SLAB));

	s = take(&whole, 1, &pins);
	CHECK_EQ(s.folios, 5);
	CHECK(mkstemp(path) >= 0);
	files = (struct page_files){file_of(flags, PAGES), file_of(counts, PAGES), NULL};
	snapshot_write_folios(&s, &files, &whole, &pins, path);
	file = fopen(path, "r");
	CHECK(file);
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		CHECK(fgets(line, sizeof(line), file));
		if (strcmp(line, want[i]))
			fprintf(stderr, "%s%s", line, want[i]);
		CHECK(!strcmp(line, want[i]));
	}
	fclose(file);
	unlink(path);
	snapshot_free(&s);
}

int main(void)
{
	test_kinds();
	test_huge_folios();
	test_pins();
	test_zones();
	test_write();
	test_folios();
	return 0;
}
