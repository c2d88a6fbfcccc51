// SPDX-License-Identifier: GPL-2.0-or-later
#include "snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kernel-page-flags.h>

#include "anon.h"
#include "kcore.h"
#include "sys.h"

#define FLAG(name) (1ULL << KPF_##name)

/* Frames read at once: makes the system calls cheap, and the buffers still fit on the stack. */
#define BATCH 16

/* Flags that a page without an owner may carry. */
#define INERT (FLAG(IDLE))

int pfn_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static bool is_pinned(const struct pfn_list *pins, uint64_t pfn)
{
	return pins->nr && bsearch(&pfn, pins->pfns, pins->nr, sizeof(pfn), pfn_compare);
}

/* Words past the end of the file are those of absent pages. */
static void read_words(int fd, uint64_t pfn, uint64_t *words, size_t nr, uint64_t absent)
{
	size_t done = 0, size = nr * sizeof(*words);

	while (done < size) {
		ssize_t len = pread(fd, (char *)words + done, size - done,
				    (off_t)(pfn * sizeof(*words) + done));

		if (len < 0)
			die("cannot read the page flags: %s", strerror(errno));
		if (!len)
			break;
		done += (size_t)len;
	}
	for (size_t i = done / sizeof(*words); i < nr; i++)
		words[i] = absent;
}

static bool is_unflagged(uint64_t flags)
{
	return !(flags & ~INERT);
}

/* All 512 pages belong to one transparent huge page, and to no smaller large folios. */
static bool is_huge_folio(const uint64_t *flags)
{
	if (!(flags[0] & FLAG(COMPOUND_HEAD)))
		return false;
	for (int i = 0; i < FRAME_PAGES; i++) {
		if (!(flags[i] & FLAG(THP)) || (i && !(flags[i] & FLAG(COMPOUND_TAIL))))
			return false;
	}
	return true;
}

static enum page_kind classify(uint64_t flags, uint64_t count, bool pinned)
{
	if (flags & FLAG(BUDDY))
		return PAGE_FREE;
	if (flags & FLAG(HUGE))
		return PAGE_HUGE;
	if (flags & FLAG(LRU))
		return pinned ? PAGE_UNMOVABLE : PAGE_MOVABLE;
	if (is_unflagged(flags) && !count)
		return PAGE_UNKNOWN;
	return PAGE_UNMOVABLE;
}

static bool in_zone(const struct zone *z, uint64_t pfn)
{
	return pfn >= z->start_pfn && pfn < z->start_pfn + z->spanned;
}

/* Returns the frame's folios larger than a page and smaller than it. */
static size_t count_frame(struct frame *f, const uint64_t *flags, const uint64_t *counts,
			  const struct zone *z, const struct pfn_list *pins)
{
	size_t folios = 0;

	if (is_huge_folio(flags)) {
		f->pages[PAGE_HUGE] = FRAME_PAGES;
		return 0;
	}
	for (unsigned int i = 0; i < FRAME_PAGES; i++) {
		uint64_t pfn = f->pfn + i;
		bool pinned = is_pinned(pins, pfn);
		enum page_kind kind;

		if (!in_zone(z, pfn)) {
			f->pages[PAGE_UNMOVABLE]++;
			continue;
		}
		kind = classify(flags[i], counts[i], pinned);
		f->pages[kind]++;
		f->pinned += pinned;
		folios += kind == PAGE_MOVABLE && flags[i] & FLAG(COMPOUND_HEAD);
	}
	return folios;
}

static bool all_absent(const uint64_t *flags)
{
	for (int i = 0; i < FRAME_PAGES; i++) {
		if (!(flags[i] & FLAG(NOPAGE)))
			return false;
	}
	return true;
}

/*
 * Whom the page flags say nothing of is not free if it is mapped, or if the kernel holds it: a
 * count is that of mappings, or of references where nobody maps the page and they are known.
 */
static void count_references(const struct kcore *kcore, uint64_t pfn, const uint64_t *flags,
			     uint64_t *counts)
{
	uint32_t references[FRAME_PAGES];
	bool known = false;

	for (unsigned int i = 0; i < FRAME_PAGES; i++) {
		if (!is_unflagged(flags[i]) || counts[i])
			continue;
		if (!known && !kcore_references(kcore, pfn, references, FRAME_PAGES))
			return;
		known = true;
		counts[i] = references[i];
	}
}

/* Counts matter for unflagged pages alone, which most stretches of memory lack. */
static void read_counts(const struct page_files *files, uint64_t pfn, const uint64_t *flags,
			uint64_t *counts, size_t nr)
{
	size_t i = 0;

	while (i < nr && !is_unflagged(flags[i]))
		i++;
	if (i == nr) {
		memset(counts, 0, nr * sizeof(*counts));
		return;
	}
	read_words(files->counts, pfn, counts, nr, 0);
	for (i = 0; files->kcore && i < nr; i += FRAME_PAGES)
		count_references(files->kcore, pfn + i, &flags[i], &counts[i]);
}

/*
 * Pages that come while memory is read would be in a state that no snapshot knows: on their way to
 * an LRU list. So all come first, and the advice, whatever else it does, sends them there.
 */
static struct frame *frames_alloc(size_t nr)
{
	size_t bytes = nr * sizeof(struct frame);
	char *frames = anon_map(bytes);

	if (madvise(frames, bytes, MADV_POPULATE_WRITE) || madvise(frames, bytes, MADV_COLD))
		die("no memory for a snapshot of %zu frames: %s", nr, strerror(errno));
	return (struct frame *)frames;
}

struct snapshot snapshot_read(const struct page_files *files, const struct zone *zones,
			      int nr_zones, const struct pfn_list *pins)
{
	uint64_t flags[BATCH * FRAME_PAGES], counts[BATCH * FRAME_PAGES];
	struct snapshot s = {};

	for (int zone = 0; zone < nr_zones; zone++)
		s.room += zones[zone].spanned / FRAME_PAGES + 2;
	s.frames = frames_alloc(s.room);

	for (int zone = 0; zone < nr_zones; zone++) {
		const struct zone *z = &zones[zone];
		uint64_t pfn = z->start_pfn / FRAME_PAGES * FRAME_PAGES;
		uint64_t end = z->start_pfn + z->spanned;

		while (pfn < end) {
			size_t nr = (end - pfn + FRAME_PAGES - 1) / FRAME_PAGES;

			if (nr > BATCH)
				nr = BATCH;
			read_words(files->flags, pfn, flags, nr * FRAME_PAGES, FLAG(NOPAGE));
			read_counts(files, pfn, flags, counts, nr * FRAME_PAGES);
			for (size_t i = 0; i < nr * FRAME_PAGES; i += FRAME_PAGES) {
				struct frame *f = &s.frames[s.nr];

				if (all_absent(&flags[i]))
					continue;
				f->pfn = pfn + i;
				f->zone = (unsigned int)zone;
				s.folios += count_frame(f, &flags[i], &counts[i], z, pins);
				s.nr++;
			}
			pfn += nr * FRAME_PAGES;
		}
	}
	return s;
}

static int open_or_die(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die("cannot open %s: %s (needs root and CONFIG_PROC_PAGE_MONITOR)", path,
		    strerror(errno));
	return fd;
}

static struct page_files open_files(void)
{
	return (struct page_files){open_or_die("/proc/kpageflags"), open_or_die("/proc/kpagecount"),
				   kcore_running()};
}

static void close_files(const struct page_files *files)
{
	close(files->flags);
	close(files->counts);
}

struct snapshot snapshot_take(const struct zone *zones, int nr_zones, const struct pfn_list *pins)
{
	struct page_files files = open_files();
	struct snapshot s = snapshot_read(&files, zones, nr_zones, pins);

	close_files(&files);
	return s;
}

void snapshot_free(struct snapshot *s)
{
	if (s->frames)
		munmap(s->frames, s->room * sizeof(*s->frames));
	*s = (struct snapshot){};
}

void snapshot_write(const struct snapshot *s, const struct zone *zones, const char *path)
{
	FILE *file = fopen(path, "we");

	if (!file)
		die("cannot create %s: %s", path, strerror(errno));
	fputs("# pfn nid zone movable unmovable free unknown huge pinned\n", file);
	for (size_t i = 0; i < s->nr; i++) {
		const struct frame *f = &s->frames[i];
		const struct zone *z = &zones[f->zone];

		fprintf(file, "%llu\t%d\t%s\t%u\t%u\t%u\t%u\t%u\t%u\n", (unsigned long long)f->pfn,
			z->nid, z->name, f->pages[PAGE_MOVABLE], f->pages[PAGE_UNMOVABLE],
			f->pages[PAGE_FREE], f->pages[PAGE_UNKNOWN], f->pages[PAGE_HUGE],
			f->pinned);
	}
	if (fclose(file))
		die("cannot write %s: %s", path, strerror(errno));
}

/* Pages of the folio that begins at a page of a frame: a head and its tails. */
static unsigned int folio_pages(const uint64_t *flags, unsigned int page)
{
	unsigned int end = page + 1;

	if (!(flags[page] & FLAG(COMPOUND_HEAD)))
		return 1;
	while (end < FRAME_PAGES && flags[end] & FLAG(COMPOUND_TAIL))
		end++;
	return end - page;
}

/* What to write for some pages, of which the first one is a folio's. */
static char folio_kind(const struct frame *f, const struct zone *z, const uint64_t *flags,
		       const uint64_t *counts, const struct pfn_list *pins, unsigned int page,
		       unsigned int nr)
{
	bool movable = true;

	for (unsigned int i = page; i < page + nr; i++) {
		uint64_t pfn = f->pfn + i;

		movable = movable && in_zone(z, pfn) &&
			  classify(flags[i], counts[i], is_pinned(pins, pfn)) == PAGE_MOVABLE;
	}
	/* The tail of a folio that changed meanwhile is nobody's. */
	if (movable && !(nr & (nr - 1)) && page % nr == 0 && !(flags[page] & FLAG(COMPOUND_TAIL)))
		return (char)('0' + __builtin_ctz(nr));
	if (nr == 1 && in_zone(z, f->pfn + page)) {
		enum page_kind kind = classify(flags[page], counts[page], false);

		if (kind == PAGE_FREE || kind == PAGE_UNKNOWN)
			return '.';
	}
	return '#';
}

void snapshot_write_folios(const struct snapshot *s, const struct page_files *files,
			   const struct zone *zones, const struct pfn_list *pins, const char *path)
{
	uint64_t flags[FRAME_PAGES], counts[FRAME_PAGES];
	FILE *file = fopen(path, "we");

	if (!file)
		die("cannot create %s: %s", path, strerror(errno));
	fputs("# pfn kind*pages...\n", file);
	for (size_t i = 0; i < s->nr; i++) {
		const struct frame *f = &s->frames[i];
		unsigned int page = 0, nr = 0;
		char last = 0;

		read_words(files->flags, f->pfn, flags, FRAME_PAGES, FLAG(NOPAGE));
		read_counts(files, f->pfn, flags, counts, FRAME_PAGES);
		fprintf(file, "%llu", (unsigned long long)f->pfn);
		while (page < FRAME_PAGES) {
			unsigned int pages = folio_pages(flags, page);
			char kind =
				folio_kind(f, &zones[f->zone], flags, counts, pins, page, pages);

			if (nr && kind != last) {
				fprintf(file, " %c*%u", last, nr);
				nr = 0;
			}
			last = kind;
			nr += pages;
			page += pages;
		}
		fprintf(file, " %c*%u\n", last, nr);
	}
	if (fclose(file))
		die("cannot write %s: %s", path, strerror(errno));
}

void snapshot_take_folios(const struct snapshot *s, const struct zone *zones,
			  const struct pfn_list *pins, const char *path)
{
	struct page_files files = open_files();

	snapshot_write_folios(s, &files, zones, pins, path);
	close_files(&files);
}

unsigned long snapshot_sum(const struct snapshot *s, enum page_kind kind)
{
	unsigned long sum = 0;

	for (size_t i = 0; i < s->nr; i++)
		sum += s->frames[i].pages[kind];
	return sum;
}
