// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Age memory by random churn, then demand large chunks.
 *
 * Pages are released and touched again in batches at random, page tables and sockets among them.
 * Where pages end up is the page allocator's choice: the demand after it costs what placement and
 * compaction together make of it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "anon.h"
#include "clutter.h"
#include "experiment.h"
#include "pagemap.h"
#include "perturb.h"
#include "phase.h"
#include "rng.h"
#include "settle.h"
#include "sys.h"
#include "window.h"

static const char help[] =
	"Usage: churn [OPTION]...\n"
	"Fill memory with 4 KiB pages, release some at random, then replace batches of the\n"
	"rest in rounds, page tables and sockets of the kernel among them; then demand 2 MiB\n"
	"frames in steps, with a snapshot before the first and after each.\n"
	"\n"
	"  --spare N           pages left free above the watermarks at first, from 256 on [8192]\n"
	"  --fill P            percent of memory in use while it churns, 1 to 95 [85]\n"
	"  --keep P            percent of that in use at the demand, 1 to 100 [60]\n"
	"  --rounds N          rounds of churn, 0 to 100000 [10]\n"
	"  --batch P           percent of the pages in use that a round replaces, 1 to 100 [10]\n"
	"  --unmovable N       kernel objects for every 1000 pages in use, 0 to 100 [20]\n";

struct options {
	unsigned int spare, fill, keep, rounds, batch, unmovable;
};

/* Pages of the region: the first 'used' of the order are present, in random order. */
struct pages {
	char *region;
	uint32_t *order;
	size_t nr, used;
};

static void swap(uint32_t *order, size_t a, size_t b)
{
	uint32_t page = order[a];

	order[a] = order[b];
	order[b] = page;
}

/*
 * Random pages that are present go. The allocator gets them back for good: a page that comes next
 * must not just be the one that went last, still on the list of its CPU.
 */
static void drop_pages(struct pages *p, size_t nr, struct rng *rng)
{
	for (; nr; nr--) {
		size_t victim = rng_below(rng, p->used);

		anon_release(p->region + (size_t)p->order[victim] * PAGE_BYTES, PAGE_BYTES);
		swap(p->order, victim, --p->used);
	}
	drain_free_lists();
}

/* A random page that is absent comes. */
static void touch_page(struct pages *p, struct rng *rng)
{
	size_t chosen = p->used + rng_below(rng, p->nr - p->used);
	char *page = p->region + (size_t)p->order[chosen] * PAGE_BYTES;

	*(volatile char *)page = 1;
	window_touched(page, PAGE_BYTES);
	swap(p->order, chosen, p->used++);
}

static struct pages fill(size_t spare)
{
	struct pages p = {.nr = total_memory() / PAGE_BYTES};

	p.order = (uint32_t *)anon_map(p.nr * sizeof(*p.order));
	for (size_t i = 0; i < p.nr; i++)
		p.order[i] = (uint32_t)i;
	p.region = anon_map(p.nr * PAGE_BYTES);
	p.used = anon_fill(p.region, p.nr * PAGE_BYTES, spare) / PAGE_BYTES;
	p.nr = p.used;
	return p;
}

/* One in three kernel objects is replaced in a round, at any time of it. */
static void churn_round(struct pages *p, struct clutter *clutter, size_t objects, size_t batch,
			struct rng *rng)
{
	drop_pages(p, batch, rng);
	for (size_t i = 0; i < objects / 3; i++)
		clutter_drop(clutter, rng);
	for (size_t i = 0; i < batch; i++) {
		touch_page(p, rng);
		if (rng_below(rng, batch) < objects / 3)
			clutter_add(clutter, rng);
	}
	while (clutter_count(clutter) < objects)
		clutter_add(clutter, rng);
}

static void age(const struct options *o, struct pages *p, struct rng *rng)
{
	size_t in_use = p->nr * o->fill / 100, batch = in_use * o->batch / 100;
	size_t keep = in_use * o->keep / 100;
	size_t objects = in_use * o->unmovable / 1000;
	struct clutter *clutter = clutter_create(objects);

	drop_pages(p, p->used - in_use, rng);
	while (clutter_count(clutter) < objects)
		clutter_add(clutter, rng);
	for (unsigned int round = 0; round < o->rounds; round++)
		churn_round(p, clutter, objects, batch, rng);
	drop_pages(p, p->used - keep, rng);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		EXPERIMENT_OPTIONS,
		{"spare", required_argument, NULL, 'F'},
		{"fill", required_argument, NULL, 'f'},
		{"keep", required_argument, NULL, 'k'},
		{"rounds", required_argument, NULL, 'R'},
		{"batch", required_argument, NULL, 'b'},
		{"unmovable", required_argument, NULL, 'u'},
		{"help", no_argument, NULL, 'h'},
		{},
	};
	struct options o = {
		.spare = 8192, .fill = 85, .keep = 60, .rounds = 10, .batch = 10, .unmovable = 20};
	const struct pfn_list no_pins = {};
	struct experiment e = experiment_default("churn");
	struct pages pages;
	struct rng rng;
	int option;

	e.mode = "mixed";
	opterr = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (experiment_option(&e, option, optarg))
			continue;
		switch (option) {
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
		case 'u':
			o.unmovable = (unsigned int)parse_number("--unmovable", optarg, 0, 100);
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
	phase("layout");
	perturb(e.perturbation);
	rng = rng_seed(e.seed);
	pages = fill(o.spare);
	if (e.system)
		window_begin(pages.region, pages.nr * PAGE_BYTES);
	phase("release");
	age(&o, &pages, &rng);
	e.moved_then_freed = window_end(e.out);
	experiment_run(&e, &no_pins);
	experiment_end(&e);
	return 0;
}
