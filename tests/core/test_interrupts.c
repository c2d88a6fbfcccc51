// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An interrupt on the same CPU before every access of an operation, and
 * another CPU beside both.  No operation may wait for the one it interrupted.
 */
#include "race.h"

#define PAGES LLFREE_FRAME_PAGES

static void some_held(void)
{
	for (u64 i = 0; i < race_world()->a.pages; i += 2 * PAGES)
		race_free(i, 10);
	race_take(0, 9);
	race_take(PAGES, 0);
	race_take(PAGES + 64, 6);
	race_take(PAGES + 128, 7);
	race_take(PAGES + 256, 8);
	/* The CPU has a reservation in most of these races. */
	race_get(0, 0, LLFREE_MOVABLE);
}

static const struct race_op ops[] = {
	{.kind = RACE_GET, .class = LLFREE_MOVABLE},
	{.kind = RACE_GET, .class = LLFREE_UNMOVABLE},
	{.kind = RACE_GET, .class = LLFREE_MOVABLE, .order = 3},
	{.kind = RACE_GET, .class = LLFREE_MOVABLE, .order = 7},
	{.kind = RACE_GET, .class = LLFREE_HUGE, .order = 9},
	{.kind = RACE_GET, .class = LLFREE_HUGE, .order = 10},
	{.kind = RACE_BULK, .class = LLFREE_MOVABLE, .order = 3},
	{.kind = RACE_CLAIM, .at = PAGES, .order = 4, .may_fail = true},
	{.kind = RACE_DRAIN},
};

/* Frees of pages that some_held() left behind, two of each kind. */
static const struct race_op frees[][2] = {
	{{.kind = RACE_PUT, .at = 0, .order = 9}, {.kind = RACE_PUT, .at = PAGES}},
	{{.kind = RACE_PUT, .at = 3}, {.kind = RACE_PUT, .at = 4}},
	{{.kind = RACE_PUT, .at = 64, .order = 6}, {.kind = RACE_PUT, .at = 256, .order = 8}},
	{{.kind = RACE_PUT, .at = PAGES + 64, .order = 6},
	 {.kind = RACE_PUT, .at = PAGES + 128, .order = 7}},
	{{.kind = RACE_PUT, .at = PAGES + 256, .order = 8}, {.kind = RACE_PUT, .at = PAGES}},
};

static void interrupt(u64 frames, struct race_op host, struct race_op irq, struct race_op other,
		      unsigned int preemptions)
{
	struct race race = {
		.frames = frames,
		.cpus = 2,
		.prepare = some_held,
		.op = {host, irq, other},
		.preemptions = preemptions,
	};

	race.op[1].interrupt = true;
	race.op[2].cpu = 1;
	race_explore(&race);
}

static const struct race_op nothing;

static void a_get_in_a_get(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(ops); i++)
		for (size_t j = 0; j < ARRAY_SIZE(ops); j++) {
			interrupt(12, ops[i], ops[j], nothing, 1);
			interrupt(64, ops[i], ops[j], nothing, 1);
		}
}

static void a_put_in_a_get(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(ops); i++)
		for (size_t j = 0; j < ARRAY_SIZE(frees); j++) {
			interrupt(12, ops[i], frees[j][0], nothing, 1);
			interrupt(64, ops[i], frees[j][1], nothing, 1);
		}
}

static void a_get_in_a_put(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(frees); i++)
		for (size_t j = 0; j < ARRAY_SIZE(ops); j++) {
			interrupt(12, frees[i][0], ops[j], nothing, 1);
			interrupt(64, frees[i][1], ops[j], nothing, 1);
		}
}

static void a_put_in_a_put(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(frees); i++) {
		interrupt(12, frees[i][0], frees[i][1], nothing, 1);
		interrupt(64, frees[i][1], frees[i][0], nothing, 1);
	}
}

static void with_another_cpu(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(frees); i++)
		for (size_t j = 0; j < 4; j++) {
			interrupt(12, frees[i][0], frees[i][1], ops[j], 2);
			interrupt(12, ops[j], frees[i][0], frees[i][1], 2);
		}
}

int main(int argc, char **argv)
{
	static const struct check tests[] = {
		{"a_get_in_a_get", a_get_in_a_get},	{"a_put_in_a_get", a_put_in_a_get},
		{"a_get_in_a_put", a_get_in_a_put},	{"a_put_in_a_put", a_put_in_a_put},
		{"with_another_cpu", with_another_cpu}, {}};

	return check_main(argc, argv, tests);
}
