// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Age memory that is held in folios of several sizes (mTHP), then demand large chunks.
 *
 * Folios are given back and touched again at random, each as the size that it was. What moves then
 * needs a hole of its own size, or the kernel splits it: the demand tells which policy keeps folios
 * whole, and at what cost.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "anon.h"
#include "experiment.h"
#include "mthp.h"
#include "pagemap.h"
#include "perturb.h"
#include "phase.h"
#include "places.h"
#include "rng.h"
#include "settle.h"
#include "sys.h"
#include "window.h"

static const char help[] =
	"Usage: folios [OPTION]...\n"
	"Fill memory with anonymous folios of 4, 16, 64, 256 and 1024 KiB, release some at\n"
	"random, then replace batches of the rest in rounds; then demand 2 MiB frames in steps,\n"
	"with a snapshot before the first and after each.\n"
	"\n"
	"  --weights N,N,...   parts of memory in folios of each of these sizes, each 0 to 1000\n"
	"                      [50,20,10,10,10]\n"
	"  --spare N           pages left free above the watermarks at first, from 256 on [8192]\n"
	"  --fill P            percent of memory in use while folios are replaced, 1 to 95 [85]\n"
	"  --keep P            percent of that in use at the demand, 1 to 100 [60]\n"
	"  --rounds N          rounds, 0 to 100000 [10]\n"
	"  --batch P           percent of the pages in use that a round replaces, 1 to 100 [10]\n"
	"  --release WHICH     what goes last, before the demand: random folios (any) or the\n"
	"                      smallest ones, which leave small holes (small) [any]\n";

/* Memory is filled by so many pages of one size, those of its largest folio. */
#define RUN_PAGES (1U << MTHP_MAX_ORDER)

static const unsigned int orders[] = {0, 2, 4, 6, 8};
#define SIZES (sizeof(orders) / sizeof(*orders))

struct options {
	unsigned int spare, fill, keep, rounds, batch;
	size_t weights[SIZES];
	bool small;
};

/* Places for folios of one order: the first 'used' of them are touched, in random order. */
struct pool {
	unsigned int order;
	uint32_t *first; /* page of the region, of each */
	size_t nr, used;
};

static struct {
	char *region;
	size_t pages; /* in any pool */
	struct pool pools[SIZES];
	unsigned long splits; /* at the last look */
} memory;

static char *address(uint32_t page)
{
	return memory.region + (size_t)page * PAGE_BYTES;
}

static size_t pool_pages(const struct pool *p)
{
	return p->used << p->order;
}

static size_t pages_used(void)
{
	size_t sum = 0;

	for (size_t i = 0; i < SIZES; i++)
		sum += pool_pages(&memory.pools[i]);
	return sum;
}

/* One of the pools, each with a chance of its weight. */
static struct pool *pick(const size_t *weights, struct rng *rng)
{
	size_t sum = 0, left, i;

	for (i = 0; i < SIZES; i++)
		sum += weights[i];
	left = rng_below(rng, sum);
	for (i = 0; left >= weights[i]; i++)
		left -= weights[i];
	return &memory.pools[i];
}

static void swap(struct pool *p, size_t a, size_t b)
{
	uint32_t first = p->first[a];

	p->first[a] = p->first[b];
	p->first[b] = first;
}

static void drop_folio(struct pool *p, struct rng *rng)
{
	size_t victim = rng_below(rng, p->used);

	anon_release(address(p->first[victim]), (size_t)PAGE_BYTES << p->order);
	swap(p, victim, --p->used);
}

/*
 * Random folios go, or the smallest, until so many pages have. The allocator gets them back for
 * good: see churn.
 */
static void drop_pages(size_t nr, bool smallest, struct rng *rng)
{
	size_t left = pages_used() - nr;

	while (pages_used() > left) {
		struct pool *p = memory.pools;
		size_t weights[SIZES];

		for (size_t i = 0; i < SIZES; i++)
			weights[i] = memory.pools[i].used;
		if (smallest) {
			while (!p->used)
				p++;
		} else {
			p = pick(weights, rng);
		}
		drop_folio(p, rng);
	}
	drain_free_lists();
}

/* A random one that is absent comes; where there is no room for a folio, its pages do. */
static void touch_folio(struct pool *p, struct rng *rng)
{
	size_t chosen = p->used + rng_below(rng, p->nr - p->used);
	size_t bytes = (size_t)PAGE_BYTES << p->order;
	char *start = address(p->first[chosen]);

	if (madvise(start, bytes, MADV_POPULATE_WRITE))
		die("cannot touch memory: %s", strerror(errno));
	window_touched(start, bytes);
	swap(p, chosen, p->used++);
}

/* As many pages come back, in runs of one size, larger ones where more of them are absent. */
static void touch_pages(size_t nr, struct rng *rng)
{
	size_t most = pages_used() + nr;

	while (pages_used() < most) {
		size_t weights[SIZES], run = 0;
		struct pool *p;

		for (size_t i = 0; i < SIZES; i++)
			weights[i] = (memory.pools[i].nr - memory.pools[i].used) << orders[i];
		p = pick(weights, rng);
		mthp_choose(p->order);
		for (; run < RUN_PAGES && p->used < p->nr && pages_used() < most;
		     run += 1U << p->order)
			touch_folio(p, rng);
	}
	mthp_choose(0);
}

static void fill(const struct options *o, struct rng *rng)
{
	size_t bytes = total_memory(), run = RUN_PAGES * PAGE_BYTES;

	memory.region = mthp_map(bytes);
	for (size_t i = 0; i < SIZES; i++) {
		memory.pools[i].order = orders[i];
		memory.pools[i].first =
			(uint32_t *)anon_map((bytes / PAGE_BYTES >> orders[i]) * sizeof(uint32_t));
	}
	while ((memory.pages + RUN_PAGES) * PAGE_BYTES <= bytes) {
		struct pool *p = pick(o->weights, rng);

		mthp_choose(p->order);
		if (anon_fill(address((uint32_t)memory.pages), run, o->spare) < run)
			break;
		for (size_t page = 0; page < RUN_PAGES; page += 1U << p->order)
			p->first[p->nr++] = (uint32_t)(memory.pages + page);
		p->used = p->nr;
		memory.pages += RUN_PAGES;
	}
	mthp_choose(0);
}

static void age(const struct options *o, struct rng *rng)
{
	size_t in_use = memory.pages * o->fill / 100, batch = in_use * o->batch / 100;

	drop_pages(memory.pages - in_use, false, rng);
	for (unsigned int round = 0; round < o->rounds; round++) {
		drop_pages(batch, false, rng);
		touch_pages(batch, rng);
	}
	drop_pages(pages_used() - in_use * o->keep / 100, o->small, rng);
}

/* What is there, by order; a place whose folio found no room holds single pages. */
static void tell_folios(FILE *steps)
{
	size_t folios[SIZES] = {};

	for (size_t i = 0; i < SIZES; i++) {
		const struct pool *p = &memory.pools[i];

		for (size_t n = 0; n < p->used; n++) {
			bool whole = !p->order || mthp_is_folio(address(p->first[n]), p->order);

			folios[whole ? i : 0] += whole ? 1 : 1U << p->order;
		}
		if (p->used && !folios[i])
			die("no folio of %u KiB came", 4U << p->order);
	}
	fputs(",\"folios\":{", steps);
	for (size_t i = 0; i < SIZES; i++)
		fprintf(steps, "%s\"%u\":%zu", i ? "," : "", orders[i], folios[i]);
	fputs("}", steps);
}

static void tell(FILE *steps, unsigned int step)
{
	unsigned long splits = mthp_splits();
	struct relocations r = places_look();

	if (step)
		fprintf(steps, ",\"folios_split\":%lu,\"relocated\":%lu,\"kept_offset\":%lu",
			splits - memory.splits, r.moved, r.kept);
	else
		tell_folios(steps);
	memory.splits = splits;
}

static void parse_weights(struct options *o, const char *value)
{
	char *list = strdup(value), *rest = list, *weight;
	size_t nr = 0, sum = 0;

	while ((weight = strsep(&rest, ","))) {
		if (nr == SIZES)
			break;
		o->weights[nr] = parse_number("--weights", weight, 0, 1000);
		sum += o->weights[nr++];
	}
	if (weight || nr < SIZES || !sum)
		usage("--weights takes %zu numbers, not all of them 0, not '%s'", SIZES, value);
	free(list);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		EXPERIMENT_OPTIONS,
		{"weights", required_argument, NULL, 'w'},
		{"spare", required_argument, NULL, 'F'},
		{"fill", required_argument, NULL, 'f'},
		{"keep", required_argument, NULL, 'k'},
		{"rounds", required_argument, NULL, 'R'},
		{"batch", required_argument, NULL, 'b'},
		{"release", required_argument, NULL, 'l'},
		{"help", no_argument, NULL, 'h'},
		{},
	};
	struct options o = {.spare = 8192,
			    .fill = 85,
			    .keep = 60,
			    .rounds = 10,
			    .batch = 10,
			    .weights = {50, 20, 10, 10, 10}};
	const struct pfn_list no_pins = {};
	struct experiment e = experiment_default("folios");
	struct rng rng;
	int option;

	e.mode = "any";
	e.tell = tell;
	opterr = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (experiment_option(&e, option, optarg))
			continue;
		switch (option) {
		case 'w':
			parse_weights(&o, optarg);
			break;
		case 'F':
			o.spare = (unsigned int)parse_number("--spare", optarg, 256, 1 << 30);
			break;
		case 'f':
			o.fill = (unsigned int)parse_number("--fill", optarg, 1, 95);
			break;
		case 'k':
			o.keep = (unsigned int)parse_number("--keep", optarg, 1, 100);
			break;
		case 'R':
			o.rounds = (unsigned int)parse_number("--rounds", optarg, 0, 100000);
			break;
		case 'b':
			o.batch = (unsigned int)parse_number("--batch", optarg, 1, 100);
			break;
		case 'l':
			o.small = !strcmp(optarg, "small");
			if (!o.small && strcmp(optarg, "any"))
				usage("--release is any or small, not '%s'", optarg);
			e.mode = optarg;
			break;
		case 'h':
			printf("%s%s", help, experiment_help);
			return 0;
		default:
			usage("'%s' is no option, or lacks its value", argv[optind - 1]);
		}
	}
	if (optind < argc)
		usage("unexpected argument '%s'", argv[optind]);

	experiment_begin(&e);
	mthp_begin();
	phase("layout");
	perturb(e.perturbation);
	rng = rng_seed(e.seed);
	fill(&o, &rng);
	if (e.system)
		window_begin(memory.region, memory.pages * PAGE_BYTES);
	phase("release");
	age(&o, &rng);
	e.moved_then_freed = window_end(e.out);
	places_begin(memory.region, memory.pages * PAGE_BYTES);
	experiment_run(&e, &no_pins);
	experiment_end(&e);
	return 0;
}
