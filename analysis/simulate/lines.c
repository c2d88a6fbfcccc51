// SPDX-License-Identifier: GPL-2.0-or-later
#include "lines.h"

bool lines_counting;

/* More than any decision reads: 2 bytes per 2 MiB of 64 TiB are 2^20 lines. */
#define SLOTS (1u << 21)

static struct {
	uintptr_t line;
	u64 round;
} slots[SLOTS];
static u64 round_now, touched;

void lines_touch(const volatile void *address)
{
	uintptr_t line = (uintptr_t)address >> 6;
	size_t i = (line * 0x9e3779b97f4a7c15ull) >> 43;

	while (slots[i].round == round_now && slots[i].line != line)
		i = (i + 1) % SLOTS;
	if (slots[i].round == round_now)
		return;
	slots[i].line = line;
	slots[i].round = round_now;
	touched++;
}

void lines_begin(void)
{
	round_now++;
	touched = 0;
	lines_counting = true;
}

u64 lines_end(void)
{
	lines_counting = false;
	return touched;
}
