// SPDX-License-Identifier: GPL-2.0-or-later
/* Folios among made-up page flags, and pages that lie elsewhere than before. */
#include <linux/kernel-page-flags.h>

#include "check.h"
#include "mthp.h"
#include "pagemap.h"
#include "places.h"

#define HEAD (1ULL << KPF_COMPOUND_HEAD)
#define TAIL (1ULL << KPF_COMPOUND_TAIL)
#define PLAIN (1ULL << KPF_ANON)

static void test_whole(void)
{
	uint64_t four[] = {HEAD | PLAIN, TAIL | PLAIN, TAIL | PLAIN, TAIL | PLAIN};
	uint64_t pages[] = {PLAIN, PLAIN, PLAIN, PLAIN};
	uint64_t pairs[] = {HEAD, TAIL, HEAD, TAIL};
	uint64_t second_half[] = {TAIL, TAIL, TAIL, TAIL};
	uint64_t short_one[] = {HEAD, TAIL, TAIL, PLAIN};

	CHECK(mthp_whole(four, 2));
	CHECK(!mthp_whole(pages, 2));
	CHECK(!mthp_whole(pairs, 2));
	CHECK(!mthp_whole(second_half, 2));
	CHECK(!mthp_whole(short_one, 2));
}

static void test_relocations(void)
{
	const uint32_t absent = UINT32_MAX;
	uint32_t before[] = {700, 701, 702, 703, 704, absent, 5};
	/* as it was, another offset, the same in another frame, gone, 16 TiB up, came, frame 0 */
	uint64_t now[] = {700, 702, 702 + 512, PFN_NONE, 704 + (1ULL << 32), 9, 512};
	const uint32_t after[] = {700, 702, 1214, absent, absent, 9, 512};
	struct relocations r = {.moved = 10, .kept = 20};

	places_compare(before, now, 7, &r);
	CHECK_EQ(r.moved, 10 + 3);
	CHECK_EQ(r.kept, 20 + 1);
	for (int i = 0; i < 7; i++)
		CHECK_EQ(before[i], after[i]);
}

int main(void)
{
	test_whole();
	test_relocations();
	return 0;
}
