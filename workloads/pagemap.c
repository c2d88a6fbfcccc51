// SPDX-License-Identifier: GPL-2.0-or-later
#include "pagemap.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "sys.h"

#define PM_PRESENT (1ULL << 63)
#define PM_PFN ((1ULL << 55) - 1)

void pagemap_read(const void *start, uint64_t *pfns, size_t nr)
{
	static int fd = -1;
	off_t offset = (off_t)((uintptr_t)start / PAGE_BYTES * sizeof(*pfns));

	if (fd < 0)
		fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die("cannot open /proc/self/pagemap: %s", strerror(errno));
	if (pread(fd, pfns, nr * sizeof(*pfns), offset) != (ssize_t)(nr * sizeof(*pfns)))
		die("cannot read /proc/self/pagemap: %s", strerror(errno));
	for (size_t i = 0; i < nr; i++) {
		if (!(pfns[i] & PM_PRESENT)) {
			pfns[i] = PFN_NONE;
			continue;
		}
		pfns[i] &= PM_PFN;
		if (!pfns[i])
			die("the kernel hides page frame numbers: run as root");
	}
}
