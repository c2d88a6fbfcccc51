// SPDX-License-Identifier: GPL-2.0-or-later
#include "anon.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>

#include "pagemap.h"
#include "settle.h"
#include "sys.h"
#include "window.h"
#include "zones.h"

char *anon_map(size_t bytes)
{
	char *region = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (region == MAP_FAILED)
		die("cannot map %zu bytes: %s", bytes, strerror(errno));
	/* EINVAL: a kernel without huge pages. */
	if (madvise(region, bytes, MADV_NOHUGEPAGE) && errno != EINVAL)
		die("cannot forbid huge pages: %s", strerror(errno));
	return region;
}

/* Free pages that user memory must not take: below the high watermark, or reserved. */
static size_t barred_pages(void)
{
	struct zone zones[MAX_ZONES];
	int nr = zones_read(zones);
	size_t sum = 0;

	for (int i = 0; i < nr; i++) {
		size_t barred = zones[i].high + zones[i].reserve;

		sum += zones[i].free < barred ? zones[i].free : barred;
	}
	return sum;
}

static size_t free_pages(void)
{
	struct sysinfo info;

	if (sysinfo(&info))
		die("cannot read the amount of free memory: %s", strerror(errno));
	return info.freeram * info.mem_unit / PAGE_BYTES;
}

/* Pages on the buddy allocator's per-CPU lists are free, too: thousands of them. */
static int enough_free(size_t leave)
{
	if (free_pages() > leave)
		return 1;
	drain_free_lists();
	return free_pages() > leave;
}

size_t anon_fill(char *region, size_t bytes, size_t spare)
{
	const size_t chunk = 1 << 20;
	size_t leave = barred_pages() + spare, filled = 0;

	while (filled < bytes && enough_free(leave)) {
		size_t size = bytes - filled < chunk ? bytes - filled : chunk;

		if (madvise(region + filled, size, MADV_POPULATE_WRITE))
			die("cannot touch memory: %s", strerror(errno));
		filled += size;
	}
	return filled;
}

void anon_release(char *start, size_t bytes)
{
	window_release(start, bytes);
	if (madvise(start, bytes, MADV_DONTNEED))
		die("cannot release memory: %s", strerror(errno));
}

size_t total_memory(void)
{
	struct sysinfo info;

	if (sysinfo(&info))
		die("cannot read the amount of memory: %s", strerror(errno));
	return info.totalram * info.mem_unit / PAGE_BYTES * PAGE_BYTES;
}
