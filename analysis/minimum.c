// SPDX-License-Identifier: GPL-2.0-or-later
/* fsanalyze minimum: what a snapshot would cost at best, for people. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "frames.h"
#include "mixed.h"
#include "pages.h"
#include "util.h"
#include "verbs.h"

/* For what so many eligible frames, and room for the pages of so many, allow. */
static bool print_possible(const char *label, size_t eligible, size_t room, size_t demand)
{
	if (demand > eligible)
		printf("%s: impossible, only %zu frames hold nothing unmovable\n", label, eligible);
	else if (demand > room)
		printf("%s: impossible, there is room to empty only %zu frames\n", label, room);
	return demand <= eligible && demand <= room;
}

static void print_moves(const char *label, uint64_t moves, size_t demand)
{
	if (demand)
		printf("%s: %" PRIu64 " moves, %.1f a frame\n", label, moves,
		       (double)moves / demand);
	else
		printf("%s: 0 moves\n", label);
}

/* Frees 'moves', what a number of frames costs (see oracle_minimum). */
static void print_minimum(const char *label, uint64_t *moves, size_t nr, size_t room, size_t demand)
{
	if (print_possible(label, nr, room, demand))
		print_moves(label, demand ? moves[demand - 1] : 0, demand);
	free(moves);
}

/* From the snapshot on its own, and for an episode if told what owners freed in it. */
static void minimum_of_snapshot(const char *path, const char *freed, size_t demand)
{
	size_t empty = 0, eligible = 0;
	struct snapshot s = snapshot_read(path);
	struct oracle_window_frame *frames = freed ? freed_pages_read(freed, &s) : NULL;
	uint64_t free_pages = 0, unknown_pages = 0, *moves;

	for (size_t i = 0; i < s.nr; i++) {
		empty += frame_empty(&s.frames[i], UNKNOWN_FREE);
		eligible += frame_eligible(&s.frames[i], UNKNOWN_FREE);
		free_pages += s.frames[i].free;
		unknown_pages += s.frames[i].unknown;
	}
	printf("%zu frames: %zu empty, %zu without anything unmovable, %" PRIu64 " free pages\n",
	       s.nr, empty, eligible, free_pages);
	printf("feasible, watermarks aside: %" PRIu64 " frames; dispersion %.3g\n",
	       oracle_feasible(eligible, free_pages, FRAME_PAGES), snapshot_dispersion(&s));
	eligible = snapshot_minimum(&s, UNKNOWN_FREE, NULL, 0, &moves);
	print_minimum("minimum with unknown pages as free", moves, eligible,
		      (free_pages + unknown_pages) / FRAME_PAGES, demand);
	eligible = snapshot_minimum(&s, UNKNOWN_UNMOVABLE, NULL, 0, &moves);
	print_minimum("minimum with unknown pages as unmovable", moves, eligible,
		      free_pages / FRAME_PAGES, demand);
	if (frames) {
		eligible = oracle_window(frames, s.nr, &moves);
		print_minimum("lower bound for the episode", moves, eligible, SIZE_MAX, demand);
	}
	free(frames);
	snapshot_free(&s);
}

static void minimum_of_folios(const char *path, size_t demand)
{
	struct mixed m = folio_map_read(path);
	static const char whole[] = "lower bound where they move whole";
	size_t eligible = mixed_eligible(&m), free_pages = 0;
	unsigned int *used = xcalloc(m.nr, sizeof(*used));
	struct oracle_zone zone = {.used = used, .cap = SIZE_MAX};
	uint64_t *moves;

	for (size_t i = 0; i < m.nr; i++) {
		struct mixed frame = {m.pages + (i << m.order), 1, m.order};

		for (size_t k = 0; k < FRAME_PAGES; k++) {
			used[zone.nr] += frame.pages[k] <= MIXED_MAX_ORDER;
			free_pages += frame.pages[k] == MIXED_FREE;
		}
		if (mixed_eligible(&frame))
			zone.nr++;
		else
			used[zone.nr] = 0;
	}
	printf("%zu frames: %zu without anything unmovable\n", m.nr, eligible);
	oracle_minimum(&zone, 1, &moves);
	print_minimum("minimum where folios may be split", moves, eligible,
		      free_pages / FRAME_PAGES, demand);
	if (print_possible(whole, eligible, mixed_feasible(&m), demand))
		print_moves(whole, mixed_minimum(&m, demand), demand);
	free(used);
	free((void *)m.pages);
}

int verb_minimum(int argc, char **argv)
{
	static const struct option options[] = {
		{"freed", required_argument, NULL, 'f'}, {"folios", no_argument, NULL, 'o'}, {0}};
	const char *freed = NULL, *count;
	unsigned long long demand;
	bool folios = false;
	int option;
	char *end;

	while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (option == 'f')
			freed = optarg;
		else if (option == 'o')
			folios = true;
		else
			return usage_error("minimum");
	}
	if (argc - optind != 2 || (folios && freed))
		return usage_error("minimum");
	count = argv[optind + 1];
	errno = 0;
	demand = strtoull(count, &end, 10);
	if (errno || *end || end == count || *count == '-')
		die_usage("'%s' is not a number of frames", count);

	if (folios)
		minimum_of_folios(argv[optind], demand);
	else
		minimum_of_snapshot(argv[optind], freed, demand);
	return fflush(stdout) ? 1 : 0;
}
