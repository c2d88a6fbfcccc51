// SPDX-License-Identifier: GPL-2.0-or-later
/* References of pages, read from a made-up /proc/kcore, and what a snapshot makes of them. */
#include <elf.h>
#include <string.h>
#include <unistd.h>

#include <linux/kernel-page-flags.h>

#include "check.h"
#include "kcore.h"
#include "pagemap.h"
#include "snapshot.h"

#define PAGE_STRUCT 64
#define REFERENCES 52 /* of struct page */
#define ARRAY 0xffffea0000000000ULL
#define DIRECT 0xffff888000000000ULL
#define VMALLOC 0xffffc90000000000ULL

/* Two runs of memory with a hole between them; no part of the array for the hole. */
#define FIRST_PFN 1
#define FIRST_PAGES (2 * FRAME_PAGES - FIRST_PFN)
#define SECOND_PFN (4 * FRAME_PAGES)
#define SECOND_PAGES FRAME_PAGES
#define PAGES (SECOND_PFN + SECOND_PAGES)

static int nr_headers;
static Elf64_Phdr headers[KCORE_SEGMENTS + 1];
static off_t file_end;

static void segment(uint64_t address, uint64_t physical, uint64_t size)
{
	headers[nr_headers++] = (Elf64_Phdr){
		.p_type = PT_LOAD,
		.p_vaddr = address,
		.p_paddr = physical,
		.p_memsz = size,
		.p_filesz = size,
		.p_offset = (uint64_t)file_end,
	};
	file_end += size < (1 << 20) ? (off_t)size : 1 << 20;
}

static void memory(uint64_t pfn, uint64_t pages)
{
	uint64_t start = pfn * PAGE_STRUCT & ~4095ULL;
	uint64_t end = ((pfn + pages) * PAGE_STRUCT + 4095) & ~4095ULL;

	segment(DIRECT + pfn * PAGE_BYTES, pfn * PAGE_BYTES, pages * PAGE_BYTES);
	segment(ARRAY + start, UINT64_MAX, end - start);
}

static FILE *begin(void)
{
	nr_headers = 0;
	file_end = sizeof(Elf64_Ehdr) + sizeof(headers);
	headers[nr_headers++] = (Elf64_Phdr){.p_type = PT_NOTE};
	segment(VMALLOC, UINT64_MAX, 32ULL << 40);
	return tmpfile();
}

static void write_headers(FILE *file, int nr)
{
	Elf64_Ehdr elf = {
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64},
		.e_phoff = sizeof(elf),
		.e_phentsize = sizeof(*headers),
		.e_phnum = (Elf64_Half)nr,
	};

	CHECK_EQ(pwrite(fileno(file), &elf, sizeof(elf), 0), sizeof(elf));
	CHECK_EQ(pwrite(fileno(file), headers, sizeof(headers), sizeof(elf)), sizeof(headers));
}

static void hold(FILE *file, uint64_t pfn, uint32_t references)
{
	uint64_t address = ARRAY + pfn * PAGE_STRUCT + REFERENCES;

	for (int i = 0; i < nr_headers; i++) {
		const Elf64_Phdr *h = &headers[i];

		if (h->p_paddr != UINT64_MAX || address < h->p_vaddr ||
		    address >= h->p_vaddr + h->p_memsz)
			continue;
		CHECK_EQ(pwrite(fileno(file), &references, sizeof(references),
				(off_t)(h->p_offset + address - h->p_vaddr)),
			 sizeof(references));
		return;
	}
	CHECK(!"no struct page");
}

/* A machine of two runs of memory; the file is as long as all of its segments are. */
static FILE *machine(void)
{
	FILE *file = begin();

	memory(FIRST_PFN, FIRST_PAGES);
	memory(SECOND_PFN, SECOND_PAGES);
	write_headers(file, nr_headers);
	CHECK(!ftruncate(fileno(file), file_end));
	return file;
}

static void test_references(void)
{
	FILE *file = machine();
	uint32_t references[2 * FRAME_PAGES];
	struct kcore k;

	hold(file, 5, 1);
	hold(file, FRAME_PAGES + 500, 7);
	hold(file, SECOND_PFN + 511, 2);
	CHECK(kcore_read(&k, fileno(file)));
	CHECK_EQ(k.pages, ARRAY);

	CHECK(kcore_references(&k, 0, references, 2 * FRAME_PAGES));
	for (unsigned int i = 0; i < 2 * FRAME_PAGES; i++)
		CHECK_EQ(references[i], i == 5 ? 1 : i == FRAME_PAGES + 500 ? 7 : 0);
	CHECK(kcore_references(&k, SECOND_PFN + 500, references, 12));
	CHECK_EQ(references[11], 2);
	/* In the hole, and half in it. */
	CHECK(!kcore_references(&k, 3 * FRAME_PAGES, references, 1));
	CHECK(!kcore_references(&k, SECOND_PFN + 500, references, 64));
	fclose(file);
}

static void test_refused(void)
{
	FILE *file = begin();
	struct kcore k;

	CHECK(!kcore_read(&k, fileno(file)));
	/* Memory, and no array. */
	segment(DIRECT, 0, 16 << 20);
	write_headers(file, nr_headers);
	CHECK(!kcore_read(&k, fileno(file)));
	/* One of another struct page. */
	segment(ARRAY, UINT64_MAX, (16 << 20) / PAGE_BYTES * 56);
	write_headers(file, nr_headers);
	CHECK(!kcore_read(&k, fileno(file)));
	/* One that begins anywhere. */
	segment(ARRAY + 4096, UINT64_MAX, (16 << 20) / PAGE_BYTES * PAGE_STRUCT);
	write_headers(file, nr_headers);
	CHECK(!kcore_read(&k, fileno(file)));
	segment(ARRAY, UINT64_MAX, (16 << 20) / PAGE_BYTES * PAGE_STRUCT);
	write_headers(file, nr_headers);
	CHECK(kcore_read(&k, fileno(file)));
	write_headers(file, KCORE_SEGMENTS + 1);
	CHECK(!kcore_read(&k, fileno(file)));
	fclose(file);
}

/* Who is held is the kernel's; who is not may be on a per-CPU list. */
static void test_snapshot(void)
{
	static const struct zone zone = {.name = "DMA32", .spanned = PAGES};
	static uint64_t flags[PAGES], counts[PAGES];
	const struct pfn_list no_pins = {};
	FILE *file = machine();
	struct page_files files;
	struct snapshot s;
	struct kcore k;

	for (int i = 0; i < PAGES; i++)
		flags[i] =
			1ULL << (i / FRAME_PAGES < 2 || i >= SECOND_PFN ? KPF_BUDDY : KPF_NOPAGE);
	for (int i = 0; i < 3; i++)
		flags[FRAME_PAGES + 10 + i] = flags[SECOND_PFN + i] = 0;
	hold(file, FRAME_PAGES + 10, 1);
	hold(file, FRAME_PAGES + 11, 1);
	hold(file, FRAME_PAGES + 20, 1); /* free now, whatever it was */
	CHECK(kcore_read(&k, fileno(file)));
	files = (struct page_files){file_of(flags, PAGES), file_of(counts, PAGES), &k};
	s = snapshot_read(&files, &zone, 1, &no_pins);
	CHECK_EQ(s.nr, 3);
	CHECK(frame_free(&s.frames[0]));
	CHECK_EQ(s.frames[1].pages[PAGE_UNMOVABLE], 2);
	CHECK_EQ(s.frames[1].pages[PAGE_UNKNOWN], 1);
	CHECK_EQ(s.frames[1].pages[PAGE_FREE], 509);
	CHECK_EQ(s.frames[2].pages[PAGE_UNKNOWN], 3);
	snapshot_free(&s);

	files.kcore = NULL;
	s = snapshot_read(&files, &zone, 1, &no_pins);
	CHECK_EQ(s.frames[1].pages[PAGE_UNKNOWN], 3);
	snapshot_free(&s);
	fclose(file);
}

int main(void)
{
	test_references();
	test_refused();
	test_snapshot();
	return 0;
}
