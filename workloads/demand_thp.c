// SPDX-License-Identifier: GPL-2.0-or-later
#include "demand.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kernel-page-flags.h>

#include "pagemap.h"
#include "sys.h"

#define ENABLED "/sys/kernel/mm/transparent_hugepage/enabled"
#define SCAN_SLEEP "/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs"

static struct {
	char *base; /* 2 MiB aligned */
	size_t size;
	unsigned long held; /* the first so many frames of the region are huge pages */
	unsigned long scan_sleep;
} region;

static void thp_start(unsigned long most)
{
	char line[64];
	char *start;

	file_read_line(ENABLED, line, sizeof(line));
	if (strstr(line, "[never]"))
		die("transparent huge pages are off: boot with transparent_hugepage=madvise");

	/* Frames that khugepaged collapses are not what the page faults got. */
	region.scan_sleep = file_read_number(SCAN_SLEEP);
	file_set_number(SCAN_SLEEP, UINT32_MAX);

	region.size = most * FRAME_BYTES;
	start = mmap(NULL, region.size + FRAME_BYTES, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (start == MAP_FAILED)
		die("cannot map %zu bytes for huge pages: %s", region.size, strerror(errno));
	region.base = (char *)(((uintptr_t)start + FRAME_BYTES - 1) / FRAME_BYTES * FRAME_BYTES);
	if (madvise(region.base, region.size, MADV_HUGEPAGE))
		die("cannot ask for huge pages: %s", strerror(errno));
}

static bool is_huge(const char *address)
{
	uint64_t pfn, flags;
	int fd;

	pagemap_read(address, &pfn, 1);
	if (pfn == PFN_NONE)
		return false;
	fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || pread(fd, &flags, sizeof(flags), (off_t)(pfn * sizeof(flags))) < 0)
		die("cannot read /proc/kpageflags: %s", strerror(errno));
	close(fd);
	return flags & (1ULL << KPF_THP);
}

/* A frame that is in huge pages if the kernel has them; it has no page table yet. */
static void map_frame(char *frame)
{
	if (mmap(frame, FRAME_BYTES, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED)
		die("cannot map %lu bytes for a huge page: %s", FRAME_BYTES, strerror(errno));
	if (madvise(frame, FRAME_BYTES, MADV_HUGEPAGE))
		die("cannot ask for a huge page: %s", strerror(errno));
}

/*
 * One page fault a missing frame, met or not. What falls back to small pages is given back with
 * its page table: where there is one, no fault asks for a huge page (__handle_mm_fault()).
 */
static unsigned long thp_raise(unsigned long target, struct gains *gains)
{
	unsigned long before = region.held, faults;

	faults = target > region.held ? target - region.held : 0;
	for (; faults; faults--) {
		char *frame = region.base + region.held * FRAME_BYTES;

		*(volatile char *)frame = 1;
		if (is_huge(frame))
			region.held++;
		else
			map_frame(frame);
	}
	gains_add(gains, (long)(region.held - before));
	return region.held;
}

static bool thp_stop(void)
{
	return !munmap(region.base, region.size) &&
	       file_write_number(SCAN_SLEEP, region.scan_sleep);
}

const struct demand demand_thp = {
	.name = "thp",
	.start = thp_start,
	.raise = thp_raise,
	.stop = thp_stop,
};
