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
	{"occupancy", {0x446f8a7b0920a99cull, 0xe006bb258d1df9b9ull, 0x193bf026e79fad71ull}},
	{"address", {0xbc993d1724677271ull, 0x92cf9359481bea04ull, 0xbad456a837127a1eull}},
	{"bucket", {0x04f631c9acb61be4ull, 0xf0fc1d8daa4e6dccull, 0xf0ef07cbc9543e13ull}},
	{"bounds", {0x720b5a0b4bad91ebull, 0xf0fc1d8daa4e6dccull, 0x6ee4f6f886876ef6ull}},
	{"just-enough", {0x2e44a0a869176c76ull, 0x793b15de2a5e8215ull, 0xf0ef07cbc9543e13ull}},
	{"on-free", {0xc9230a7ca6c5e2a9ull, 0x1d28e2dca3e8c3d0ull, 0xd56ea6cd1a9c3051ull}},
	{"tree", {0xd60b2d7d967a7c0cull, 0xe3a37c06ac52e4cbull, 0xd15590a335985d42ull}},
	{"sample-4", {0xc071369219d406cdull, 0x7e5a2f3bfee7a8f7ull, 0x70b0d51bd51c764bull}},
	{"sample-16", {0x65c5216c3bad7d01ull, 0x1d28e2dca3e8c3d0ull, 0x109b1d3e7c2d7ed3ull}},
	{"random", {0x6a8770df162ec617ull, 0x04378f8f570048abull, 0x19504486cb8dae0cull}},
	{"priced", {0xd8a55318a9ba74e8ull, 0x37339da0645c6240ull, 0x9631236c21ec6708ull}},
	{"mesh", {0xe55631abc703329bull, 0xc93f954caf5542ecull, 0x0854b19e4b16e056ull}},
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
	const struct llfree_compact_policy *const *policy;
	unsigned int i, kind, nr = 0;

	for (policy = llfree_policies; *policy; policy++, nr++) {
		i = 0;
		while (known[i].name && strcmp((*policy)->name, known[i].name))
			i++;
		if (!known[i].name)
			check_fail(__FILE__, __LINE__, "%s is not known: run test_same --update",
				   (*policy)->name);
		for (kind = 0; kind < ORDERS; kind++) {
			u64 now = trace(*policy, kind);

			if (now != known[i].trace[kind])
				check_fail(__FILE__, __LINE__, "%s chooses otherwise, kind %u",
					   known[i].name, kind);
		}
	}
	CHECK_EQ(nr, sizeof(known) / sizeof(known[0]) - 1);
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
