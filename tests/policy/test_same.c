// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What each policy chooses, choice by choice, is what it has always chosen: a
 * change that was to leave a policy alone did so.  After a change that was meant,
 * `test_same --update` prints the table anew.
 */
#include <stdlib.h>
#include "demand.h"

#define ORDERS 3

static const struct {
	const char *name;
	u64 trace[ORDERS];
} known[] = {
	{"occupancy", {0x2b23db4f46fc4529ull, 0x2447f2ba09ef73f4ull, 0x193bf026e79fad71ull}},
	{"address", {0xbc993d1724677271ull, 0x92cf9359481bea04ull, 0xbad456a837127a1eull}},
	{"bucket", {0x7b203544de27fb6cull, 0x1496725d5d912dadull, 0xce10de917ead6b6dull}},
	{"bounds", {0x1de64784e3ff0d81ull, 0x1496725d5d912dadull, 0xc9954c7bddd24509ull}},
	{"just-enough", {0x40e757aab81642c3ull, 0x194b9538d006d818ull, 0xce10de917ead6b6dull}},
	{"on-free", {0x64d82056224b0308ull, 0x06e4b092e0124d47ull, 0xd56ea6cd1a9c3051ull}},
	{"tree", {0xd83f3f6c7237215aull, 0x92b9dbc723c55ddbull, 0xd15590a335985d42ull}},
	{"sample-4", {0x36377a7c611a5c9bull, 0x31354b4762b07438ull, 0x70b0d51bd51c764bull}},
	{"sample-16", {0x712dd4d2e1986ee4ull, 0x06e4b092e0124d47ull, 0x109b1d3e7c2d7ed3ull}},
	{"random", {0xdd7b5f5ac71457f9ull, 0x12a75a45a76d1dbcull, 0x19504486cb8dae0cull}},
	{"priced", {0xd02c1420e08efce0ull, 0xa017c2e6ed7c7a0aull, 0x94c318073074aa7aull}},
	{"mesh", {0x66bbb7b5f7c2031eull, 0x1f83613873125ee8ull, 0x981968a5c0f6cf24ull}},
	{NULL, {}},
};

/* Layouts with pins of both kinds, for a frame, two frames, and all there is. */
static u64 trace(const struct llfree_compact_policy *policy, unsigned int kind)
{
	static const int orders[ORDERS] = {9, 10, -1};
	u64 sum = 0, frame;
	unsigned int i, run;

	for (i = 0; i < LAYOUTS; i++) {
		struct random r = random_seed(i);
		struct sim s;

		demand_open(&s, policy, layouts[i], 31);
		for (frame = 0; frame < FRAMES; frame++) {
			unsigned int what = sim_used(&s, frame) ? random_below(&r, 16) : 2;

			if (what == 0)
				sim_pin(&s, frame);
			else if (what == 1)
				sim_pin_known(&s, frame);
		}
		s.async = i == 3;
		for (run = 0; run < 60; run++)
			if (sim_compact(&s, orders[kind]) != SIM_DELIVERED)
				break;
		sim_verify(&s);
		sum = sum * 31 + s.trace;
		sim_close(&s);
	}
	return sum;
}

static void same(void)
{
	unsigned int i, kind;

	for (i = 0; known[i].name; i++) {
		const struct llfree_compact_policy *const *policy = llfree_policies;

		while (*policy && strcmp((*policy)->name, known[i].name))
			policy++;
		CHECK(*policy);
		for (kind = 0; kind < ORDERS; kind++) {
			u64 now = trace(*policy, kind);

			if (now != known[i].trace[kind])
				check_fail(__FILE__, __LINE__, "%s chooses otherwise, kind %u",
					   known[i].name, kind);
		}
	}
}

static void update(void)
{
	const struct llfree_compact_policy *const *policy;
	unsigned int kind;

	for (policy = llfree_policies; *policy; policy++) {
		printf("\t{\"%s\",\n\t {", (*policy)->name);
		for (kind = 0; kind < ORDERS; kind++)
			printf("%s0x%016llxull", kind ? ", " : "",
			       (unsigned long long)trace(*policy, kind));
		printf("}},\n");
	}
}

int main(int argc, char **argv)
{
	static const struct check tests[] = {{"same", same}, {}};

	if (argc > 1 && !strcmp(argv[1], "--update")) {
		update();
		return 0;
	}
	return check_main(argc, argv, tests);
}
