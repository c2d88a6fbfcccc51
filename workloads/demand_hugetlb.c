// SPDX-License-Identifier: GPL-2.0-or-later
#include "demand.h"

#include <unistd.h>

#include "sys.h"

#define POOL "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"

/* Writes in a row without any gain after which a step is over. */
#define VAIN_WRITES 3

static void hugetlb_start(unsigned long most)
{
	(void)most;
	if (access(POOL, W_OK))
		die("no 2 MiB hugetlb pool at %s: needs root and CONFIG_HUGETLBFS", POOL);
	if (file_read_number(POOL))
		die("the hugetlb pool holds pages already: write 0 to %s first", POOL);
}

static unsigned long hugetlb_raise(unsigned long target, struct gains *gains)
{
	unsigned long held = file_read_number(POOL);
	int vain = 0;

	while (held < target && vain < VAIN_WRITES) {
		unsigned long before = held;

		file_set_number(POOL, target);
		held = file_read_number(POOL);
		gains_add(gains, (long)held - (long)before);
		vain = held > before ? 0 : vain + 1;
	}
	return held;
}

static bool hugetlb_stop(void)
{
	return file_write_number(POOL, 0) && file_read_number(POOL) == 0;
}

const struct demand demand_hugetlb = {
	.name = "hugetlb",
	.start = hugetlb_start,
	.raise = hugetlb_raise,
	.stop = hugetlb_stop,
};
