// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fill a pool with objects, free some by a layout, and have the pool empty
 * frames by each policy in turn.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "phase.h"
#include "pooldev.h"
#include "poolmode.h"
#include "rng.h"
#include "sys.h"
#include "zones.h"

/* Frames by how many of their pages are used. */
struct fill {
	uint64_t frames[FRAME_PAGES + 1];
};

static uint64_t nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* Objects until there is room for none; returns how many. */
static uint32_t fill(const struct pool_mode *m)
{
	uint32_t id = 0;

	while (id < OBJECT_IDS &&
	       object_put((struct object){id, 1}, pool_mode_order(m, hash64(m->seed, id))))
		id++;
	return id;
}

/* Free what the layout does not keep, by where it begins; a digest of the rest. */
static uint64_t thin_out(const struct pool_mode *m)
{
	const struct layout layout = {
		.kind = m->layout,
		.seed = m->seed,
		.end_pfn = pooldev_info()->frames * FRAME_PAGES,
	};
	uint64_t cursor = 0, handle, digest = 0;
	struct pooldev_place place;

	while ((handle = pooldev_next(&cursor))) {
		if (!pooldev_lookup(handle, &place))
			continue;
		if (layout_keeps(&layout, place.page,
				 layout_keep(&layout, place.page / FRAME_PAGES)))
			digest = writer_digest(digest, place.tag);
		else
			pooldev_free(handle);
	}
	return digest;
}

static struct fill count_fill(void)
{
	uint64_t frames = pooldev_info()->frames, cursor = 0, handle;
	uint16_t *used = calloc(frames, sizeof(*used));
	struct pooldev_place place;
	struct fill f = {};

	if (!used)
		die("out of memory");
	while ((handle = pooldev_next(&cursor))) {
		if (!pooldev_lookup(handle, &place))
			continue;
		for (uint64_t page = place.page; page < place.page + (1ULL << place.order); page++)
			used[page / FRAME_PAGES]++;
	}
	for (uint64_t i = 0; i < frames; i++)
		f.frames[used[i]]++;
	free(used);
	return f;
}

/* How many frames can be emptied, if single pages were all there is. */
static uint64_t feasible(const struct fill *f)
{
	uint64_t holes = 0, frames = 0;

	for (unsigned int used = 1; used < FRAME_PAGES; used++)
		holes += f->frames[used] * (FRAME_PAGES - used);
	for (unsigned int used = 1; used < FRAME_PAGES; used++) {
		for (uint64_t i = 0; i < f->frames[used]; i++) {
			/* Its own holes are no room for what is moved. */
			if (holes < FRAME_PAGES)
				return frames;
			holes -= FRAME_PAGES;
			frames++;
		}
	}
	return frames;
}

/* The fewest pages to move for that: the sum of the smallest used counts. */
static uint64_t minimum(const struct fill *f, uint64_t frames)
{
	uint64_t pages = 0;

	for (unsigned int used = 1; used < FRAME_PAGES && frames; used++) {
		uint64_t nr = f->frames[used] < frames ? f->frames[used] : frames;

		pages += nr * used;
		frames -= nr;
	}
	return pages;
}

static void print_json(const struct pool_mode *m, const char *policy, uint64_t wanted,
		       const struct fill *before, const struct pooldev_work *work, uint64_t ns)
{
	printf("{\"type\":\"poolwriter\",\"seed\":%" PRIu64 ",\"layout\":\"%s\",\"policy\":",
	       m->seed, m->layout_name);
	if (policy)
		printf("\"%s\"", policy);
	else
		printf("null");
	printf(",\"feasible\":%" PRIu64 ",\"wanted\":%" PRIu64 ",\"cleared\":%" PRIu64
	       ",\"minimum\":%" PRIu64 ",\"moves\":%" PRIu64 ",\"given_up\":%" PRIu64
	       ",\"copied\":%" PRIu64 ",\"flushes\":%" PRIu64 ",\"fences\":%" PRIu64
	       ",\"ns\":%" PRIu64 "}\n",
	       feasible(before), wanted, work->cleared, minimum(before, work->cleared), work->moves,
	       work->given_up, work->copied, work->flushes, work->fences, ns);
}

static void print_row(const char *policy, uint64_t wanted, const struct fill *before,
		      const struct pooldev_work *work)
{
	uint64_t pages = work->copied / POOLDEV_PAGE_BYTES;
	uint64_t least = minimum(before, work->cleared);
	double frames = work->cleared ? work->cleared : 1;

	printf("%-14s %7" PRIu64 " %8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %8" PRIu64
	       " %8.2f %9.1f %9.1f %12.0f\n",
	       policy ? policy : "the pool's", wanted, work->cleared, work->moves, pages, least,
	       least ? (double)pages / least : 0, work->flushes / frames, work->fences / frames,
	       work->copied / frames);
}

static bool measure(const struct pool_mode *m, const char *policy)
{
	struct writer w = {.mode = WRITER_FILL, .seed = m->seed};
	struct pooldev_work work;
	struct fill before;
	uint64_t wanted, ns;
	char name[48];

	snprintf(name, sizeof(name), "layout %s", policy ? policy : "default");
	phase(name);
	if (m->format) {
		pooldev_format();
		/*
		 * It clears nothing, but the kernel builds what a policy needs (its index, the map
		 * from pages to slots) when a compaction by it begins: that is there from the
		 * start, as it is for a zone, and no part of the ns.
		 */
		pooldev_compact(1, policy);
	}
	writer_empty();
	writer_store(&w);
	fill(m);
	writer_store_digest(thin_out(m));
	writer_load(&w);

	before = count_fill();
	wanted = m->frames ? m->frames : feasible(&before) * m->percent / 100;
	snprintf(name, sizeof(name), "compact %s", policy ? policy : "default");
	phase(name);
	ns = nanoseconds();
	work = wanted ? pooldev_compact(wanted, policy) : (struct pooldev_work){};
	ns = nanoseconds() - ns;
	phase("verify");
	if (m->json)
		print_json(m, policy, wanted, &before, &work, ns);
	else
		print_row(policy, wanted, &before, &work);
	fflush(stdout);
	return writer_verify(&w, NULL, false);
}

int pool_fill(const struct pool_mode *m)
{
	if (!m->json)
		printf("%-14s %7s %8s %8s %8s %8s %8s %9s %9s %12s\n", "policy", "wanted",
		       "cleared", "moves", "pages", "minimum", "ratio", "flushes/f", "fences/f",
		       "copied/f");
	for (unsigned int i = 0; i < m->nr_policies; i++)
		if (!measure(m, m->policies[i]))
			return EXIT_ERROR;
	return 0;
}
