// SPDX-License-Identifier: GPL-2.0-or-later
#include "mthp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kernel-page-flags.h>

#include "anon.h"
#include "choice.h"
#include "pagemap.h"
#include "sys.h"

#define THP "/sys/kernel/mm/transparent_hugepage/"
#define FRAME_ORDER 9
#define FLAG(name) (1ULL << KPF_##name)

static const char *size_path(unsigned int order, const char *file)
{
	static char path[96];

	snprintf(path, sizeof(path), THP "hugepages-%ukB/%s", 4U << order, file);
	return path;
}

void mthp_begin(void)
{
	char huge[16];

	choice_read(THP "enabled", huge, sizeof(huge));
	if (access(size_path(MTHP_MIN_ORDER, "enabled"), W_OK))
		die("this kernel has no anonymous folios of several sizes (mTHP): it takes Linux "
		    "6.8 with CONFIG_TRANSPARENT_HUGEPAGE");
	if (strcmp(huge, "never"))
		die("huge pages of 2 MiB are on: boot with transparent_hugepage=never");
	for (unsigned int order = MTHP_MIN_ORDER; order <= FRAME_ORDER; order++)
		choice_set(size_path(order, "enabled"), "never");
	choice_set(THP "defrag", "never");
}

char *mthp_map(size_t bytes)
{
	char *start = anon_map(bytes + FRAME_BYTES);

	start += -(uintptr_t)start % FRAME_BYTES;
	if (madvise(start, bytes, MADV_HUGEPAGE))
		die("cannot ask for large folios: %s", strerror(errno));
	return start;
}

void mthp_choose(unsigned int order)
{
	static unsigned int chosen;

	if (order == chosen)
		return;
	if (chosen)
		choice_set(size_path(chosen, "enabled"), "never");
	if (order)
		choice_set(size_path(order, "enabled"), "madvise");
	chosen = order;
}

unsigned long mthp_splits(void)
{
	unsigned long sum = 0;

	for (unsigned int order = MTHP_MIN_ORDER; order <= FRAME_ORDER; order++)
		sum += file_read_number(size_path(order, "stats/split"));
	return sum;
}

bool mthp_whole(const uint64_t *flags, unsigned int order)
{
	if (!(flags[0] & FLAG(COMPOUND_HEAD)))
		return false;
	for (unsigned int i = 1; i < 1U << order; i++) {
		if (!(flags[i] & FLAG(COMPOUND_TAIL)))
			return false;
	}
	return true;
}

bool mthp_is_folio(const char *start, unsigned int order)
{
	uint64_t flags[1 << MTHP_MAX_ORDER], pfn;
	size_t size = sizeof(*flags) << order;
	static int fd = -1;

	pagemap_read(start, &pfn, 1);
	if (pfn == PFN_NONE)
		return false;
	if (fd < 0)
		fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || pread(fd, flags, size, (off_t)(pfn * sizeof(*flags))) != (ssize_t)size)
		die("cannot read /proc/kpageflags: %s", strerror(errno));
	return mthp_whole(flags, order);
}
