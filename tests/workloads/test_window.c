// SPDX-License-Identifier: GPL-2.0-or-later
/* Pages that are given back do not outlive the window, even where others take their place. */
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "anon.h"
#include "check.h"
#include "pagemap.h"
#include "window.h"

#define PAGES 300

static int frame_numbers_are_hidden(const char *page)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry = 0;

	if (fd < 0)
		return 1;
	if (pread(fd, &entry, sizeof(entry), (uintptr_t)page / PAGE_BYTES * sizeof(entry)) < 0)
		entry = 0;
	close(fd);
	return !(entry << 9);
}

/* All pages told of in stay.tsv, or -1 if there is none. */
static long staying(const char *dir)
{
	unsigned long pfn, pages, sum = 0;
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/stay.tsv", dir);
	file = fopen(path, "re");
	if (!file)
		return -1;
	CHECK(fscanf(file, "# pfn pages ") == 0);
	while (fscanf(file, "%lu %lu", &pfn, &pages) == 2) {
		CHECK_EQ(pfn % (FRAME_BYTES / PAGE_BYTES), 0);
		sum += pages;
	}
	fclose(file);
	unlink(path);
	return (long)sum;
}

/* What a compaction does, as far as page frame numbers show it. */
static void swap_pages(char *a, char *b, char *spare)
{
	const int flags = MREMAP_MAYMOVE | MREMAP_FIXED;

	CHECK(mremap(a, PAGE_BYTES, PAGE_BYTES, flags, spare) == spare);
	CHECK(mremap(b, PAGE_BYTES, PAGE_BYTES, flags, a) == a);
	CHECK(mremap(spare, PAGE_BYTES, PAGE_BYTES, flags, b) == b);
}

int main(void)
{
	char dir[] = "/tmp/test_window.XXXXXX";
	char *region = anon_map((PAGES + 20) * PAGE_BYTES), *other = anon_map(PAGE_BYTES);

	memset(region, 1, PAGES * PAGE_BYTES);
	*other = 1;
	if (frame_numbers_are_hidden(region)) {
		puts("skipped: page frame numbers are hidden");
		return 77;
	}
	CHECK(mkdtemp(dir));

	/* Without a window there is nothing to tell. */
	anon_release(region, PAGE_BYTES);
	CHECK_EQ(window_end(dir), 0);
	CHECK_EQ(staying(dir), -1);

	/* 299 of 320 pages are there; 101 go, of which 50 come back as others, one of no concern.
	 */
	window_begin(region, (PAGES + 20) * PAGE_BYTES);
	anon_release(region + 100 * PAGE_BYTES, 100 * PAGE_BYTES);
	memset(region + 100 * PAGE_BYTES, 1, 50 * PAGE_BYTES);
	anon_release(region + (PAGES - 1) * PAGE_BYTES, 5 * PAGE_BYTES);
	anon_release(other, PAGE_BYTES);
	memset(region, 1, PAGE_BYTES);
	CHECK_EQ(window_end(dir), 0);
	CHECK_EQ(staying(dir), 198);

	/* Pages 0 and 1 change places; 1, and 2 where it is after it came back, are given back. */
	window_begin(region, PAGES * PAGE_BYTES);
	swap_pages(region, region + PAGE_BYTES, region + (PAGES + 10) * PAGE_BYTES);
	anon_release(region + 2 * PAGE_BYTES, PAGE_BYTES);
	memset(region + 2 * PAGE_BYTES, 1, PAGE_BYTES);
	window_touched(region + 2 * PAGE_BYTES, PAGE_BYTES);
	anon_release(region + PAGE_BYTES, 2 * PAGE_BYTES);
	CHECK_EQ(window_end(dir), 1);
	CHECK_EQ(staying(dir), 247);
	CHECK(!rmdir(dir));
	return 0;
}
