// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lay out memory by page frame number, then demand large chunks.
 *
 * All memory that user space can have is touched as 4 KiB pages; then each page goes or stays by a
 * hash of the seed and its frame number. So the same layout comes about on any page allocator, and
 * what a demand costs after it is the work of compaction alone.
 */
#include <stdio.h>
#include <stdlib.h>

#include "anon.h"
#include "experiment.h"
#include "layout.h"
#include "pagemap.h"
#include "perturb.h"
#include "phase.h"
#include "pins.h"
#include "sys.h"
#include "window.h"
#include "zones.h"

#define BATCH_PAGES 8192
/* Left free for page tables and what else the fill needs */
#define SPARE_PAGES 2048
/* Where the window begins with full memory, the loader's probes come into it then. */
#define SYSTEM_SPARE_PAGES 8192

static const char help[] =
	"Usage: pfnlayout [OPTION]...\n"
	"Touch all memory as 4 KiB pages, release pages by a hash of seed and page frame\n"
	"number, then demand 2 MiB frames in steps, with a snapshot before the first and after\n"
	"each.\n"
	"\n"
	"  --layout NAME       uniform: every frame keeps half\n"
	"                      bands: a third of the frames each keep 10, 45 and 90 %\n"
	"                      powerlaw: few full frames, a long tail of sparse ones\n"
	"                      ascending, descending: density by address [uniform]\n"
	"  --share P           percent of memory that the layout covers, 1 to 100, lowest\n"
	"                      addresses first, holes included; the rest is released whole [70]\n"
	"  --pin-permille N    pin N of 1000 pages that stay, 0 to 1000, against migration [0]\n";

/* The layout covers the first 'share' percent of the pages that zones span. */
static struct layout layout_over_memory(const char *name, uint64_t seed, unsigned int share)
{
	struct layout layout = {.seed = seed};
	struct zone zones[MAX_ZONES];
	int nr = zones_read(zones);
	uint64_t left = 0;

	if (!layout_find(name, &layout.kind))
		usage("--layout is uniform, bands, powerlaw, ascending or descending, not '%s'",
		      name);
	layout.first_pfn = zones[0].start_pfn;
	for (int i = 0; i < nr; i++)
		left += zones[i].spanned;
	left = left * share / 100;
	for (int i = 0; i < nr && left; i++) {
		uint64_t covered = left < zones[i].spanned ? left : zones[i].spanned;

		layout.end_pfn = zones[i].start_pfn + covered;
		left -= covered;
	}
	return layout;
}

static unsigned int pin_permille; /* of the pages that the layout keeps */

/*
 * Releases what the layout does not keep, one call for each run of pages, and pins of the rest what
 * is to be pinned: in the frames that keep half or more of their pages, or in all others.
 */
static void carve(const struct layout *layout, char *region, size_t bytes, bool dense)
{
	static uint64_t pfns[BATCH_PAGES];
	uint64_t frame = UINT64_MAX;
	unsigned int keep = 0;
	char *run = NULL;

	for (size_t i = 0; i < bytes / PAGE_BYTES; i++) {
		char *page = region + i * PAGE_BYTES;
		uint64_t pfn;
		bool meant;

		if (i % BATCH_PAGES == 0) {
			size_t left = bytes / PAGE_BYTES - i;

			pagemap_read(page, pfns, left < BATCH_PAGES ? left : BATCH_PAGES);
		}
		pfn = pfns[i % BATCH_PAGES];
		if (pfn / FRAME_PAGES != frame) {
			frame = pfn / FRAME_PAGES;
			keep = layout_keep(layout, frame);
		}
		meant = pfn != PFN_NONE && (keep >= KEEP_ALL / 2) == dense;
		if (meant && !layout_keeps(layout, pfn, keep)) {
			if (!run)
				run = page;
			continue;
		}
		if (run)
			anon_release(run, (size_t)(page - run));
		run = NULL;
		if (meant && layout_pins(layout, pfn, pin_permille))
			pin_page(page);
	}
	if (run)
		anon_release(run, (size_t)(region + bytes - run));
}

static void tell(FILE *steps, unsigned int step)
{
	if (!step)
		fprintf(steps, ",\"pin_permille\":%u", pin_permille);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		EXPERIMENT_OPTIONS,
		{"layout", required_argument, NULL, 'l'},
		{"share", required_argument, NULL, 'S'},
		{"pin-permille", required_argument, NULL, 'P'},
		{"help", no_argument, NULL, 'h'},
		{},
	};
	struct experiment e = experiment_default("pfnlayout");
	unsigned int share = 70;
	struct layout layout;
	size_t bytes;
	char *region;
	int option;

	e.mode = "uniform";
	e.tell = tell;
	opterr = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (experiment_option(&e, option, optarg))
			continue;
		switch (option) {
		case 'l':
			e.mode = optarg;
			break;
		case 'S':
			share = (unsigned int)parse_number("--share", optarg, 1, 100);
			break;
		case 'P':
			pin_permille =
				(unsigned int)parse_number("--pin-permille", optarg, 0, 1000);
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
	layout = layout_over_memory(e.mode, e.seed, share);

	experiment_begin(&e);
	phase("layout");
	perturb(e.perturbation);
	bytes = total_memory();
	region = anon_map(bytes);
	bytes = anon_fill(region, bytes, e.system ? SYSTEM_SPARE_PAGES : SPARE_PAGES);
	if (e.system)
		window_begin(region, bytes);
	phase("release");
	/*
	 * What is released last stays on the per-CPU lists, where a snapshot cannot tell free pages
	 * from the kernel's own. A demand needs dense frames last: doubt matters least there.
	 */
	carve(&layout, region, bytes, false);
	carve(&layout, region, bytes, true);
	e.moved_then_freed = window_end(e.out);
	experiment_run(&e, pinned_pages());
	unpin_all();
	experiment_end(&e);
	return 0;
}
