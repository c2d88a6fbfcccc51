// SPDX-License-Identifier: GPL-2.0-or-later
/* fsanalyze minimum: what a snapshot would cost at best, for people. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "frames.h"
#include "util.h"
#include "verbs.h"

static void print_minimum(const char *label, const struct snapshot *s, enum unknown_as as,
			  size_t demand)
{
	uint64_t *moves;
	size_t nr = snapshot_minimum(s, as, NULL, 0, &moves);

	if (!demand)
		printf("%s: 0 moves\n", label);
	else if (demand <= nr)
		printf("%s: %" PRIu64 " moves, %.1f a frame\n", label, moves[demand - 1],
		       (double)moves[demand - 1] / demand);
	else
		printf("%s: impossible, only %zu frames hold nothing unmovable\n", label, nr);
	free(moves);
}

int verb_minimum(int argc, char **argv)
{
	size_t empty = 0, eligible = 0;
	unsigned long long demand;
	struct snapshot s;
	uint64_t free_pages = 0;
	char *end;

	if (argc != 3)
		return usage_error("minimum");
	errno = 0;
	demand = strtoull(argv[2], &end, 10);
	if (errno || *end || end == argv[2] || *argv[2] == '-')
		die("'%s' is not a number of frames", argv[2]);

	s = snapshot_read(argv[1]);
	for (size_t i = 0; i < s.nr; i++) {
		empty += frame_empty(&s.frames[i], UNKNOWN_FREE);
		eligible += frame_eligible(&s.frames[i], UNKNOWN_FREE);
		free_pages += s.frames[i].free;
	}
	printf("%zu frames: %zu empty, %zu without anything unmovable, %" PRIu64 " free pages\n",
	       s.nr, empty, eligible, free_pages);
	printf("feasible, watermarks aside: %" PRIu64 " frames; dispersion %.3g\n",
	       oracle_feasible(eligible, free_pages, FRAME_PAGES), snapshot_dispersion(&s));
	print_minimum("minimum with unknown pages as free", &s, UNKNOWN_FREE, demand);
	print_minimum("minimum with unknown pages as unmovable", &s, UNKNOWN_UNMOVABLE, demand);
	snapshot_free(&s);
	return 0;
}
