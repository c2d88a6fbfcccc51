// SPDX-License-Identifier: GPL-2.0-or-later
#include "kcore.h"

#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "anon.h"
#include "pagemap.h"

/* struct page of 64-bit kernels, as far as it is needed. */
struct page {
	uint64_t flags, lru[2], mapping, index, private;
	uint32_t mapcount, references; /* mapped once: 0 */
	uint64_t memcg;
};

#define PAGES_READ 64

/* Where the array of struct page may begin: kernels that move it do so by 1 GiB. */
#define ARRAY_ALIGN (1ULL << 30)

static uint64_t page_down(uint64_t address)
{
	return address & ~(uint64_t)(PAGE_BYTES - 1);
}

static uint64_t page_up(uint64_t address)
{
	return page_down(address + PAGE_BYTES - 1);
}

/*
 * Each run of memory has two segments: itself, with its physical address, and its part of the
 * array. Their sizes tell which two belong together.
 */
static bool find_array(struct kcore *k, const Elf64_Phdr *memory, const Elf64_Phdr *part)
{
	uint64_t first = memory->p_paddr / PAGE_BYTES;
	uint64_t start = page_down(first * sizeof(struct page));
	uint64_t end = page_up((first + memory->p_memsz / PAGE_BYTES) * sizeof(struct page));

	if (part->p_memsz != end - start || (part->p_vaddr - start) % ARRAY_ALIGN)
		return false;
	k->pages = part->p_vaddr - start;
	return true;
}

static bool is_memory(const Elf64_Phdr *h)
{
	return h->p_paddr != UINT64_MAX;
}

bool kcore_read(struct kcore *k, int fd)
{
	Elf64_Phdr headers[KCORE_SEGMENTS];
	Elf64_Ehdr elf;
	ssize_t size;

	*k = (struct kcore){.fd = fd};
	if (pread(fd, &elf, sizeof(elf), 0) != sizeof(elf) ||
	    memcmp(elf.e_ident, ELFMAG, SELFMAG) || elf.e_ident[EI_CLASS] != ELFCLASS64 ||
	    elf.e_phentsize != sizeof(*headers) || elf.e_phnum > KCORE_SEGMENTS)
		return false;
	size = (ssize_t)(elf.e_phnum * sizeof(*headers));
	if (pread(fd, headers, (size_t)size, (off_t)elf.e_phoff) != size)
		return false;
	for (size_t i = 0; i < elf.e_phnum; i++) {
		const Elf64_Phdr *h = &headers[i];

		if (h->p_type != PT_LOAD)
			continue;
		k->segments[k->nr] = (struct kcore_segment){h->p_vaddr, h->p_memsz, h->p_offset};
		headers[k->nr++] = *h;
	}
	for (size_t i = 0; i < k->nr; i++) {
		for (size_t j = 0; is_memory(&headers[i]) && j < k->nr; j++) {
			if (!is_memory(&headers[j]) && find_array(k, &headers[i], &headers[j]))
				return true;
		}
	}
	return false;
}

/* Some neighbours, all in one segment. */
static bool read_pages(const struct kcore *k, uint64_t pfn, struct page *pages, size_t nr)
{
	uint64_t address = k->pages + pfn * sizeof(*pages), size = nr * sizeof(*pages);

	for (size_t i = 0; i < k->nr; i++) {
		const struct kcore_segment *s = &k->segments[i];

		if (address >= s->address && address - s->address + size <= s->size)
			return pread(k->fd, pages, size,
				     (off_t)(s->offset + address - s->address)) == (ssize_t)size;
	}
	return false;
}

bool kcore_references(const struct kcore *k, uint64_t pfn, uint32_t *references, size_t nr)
{
	struct page pages[PAGES_READ];

	for (size_t done = 0; done < nr; done += PAGES_READ) {
		size_t some = nr - done < PAGES_READ ? nr - done : PAGES_READ;

		if (!read_pages(k, pfn + done, pages, some))
			return false;
		for (size_t i = 0; i < some; i++)
			references[done + i] = pages[i].references;
	}
	return true;
}

/* A page of anonymous memory, mapped once and held by few. */
static bool knows_own_page(const struct kcore *k)
{
	char *own = anon_map(PAGE_BYTES);
	struct page page = {};
	uint64_t pfn;
	bool known;

	*own = 1;
	pagemap_read(own, &pfn, 1);
	known = pfn != PFN_NONE && read_pages(k, pfn, &page, 1) && (page.mapping & 3) == 1 &&
		!page.mapcount && page.references && page.references < 16;
	munmap(own, PAGE_BYTES);
	return known;
}

const struct kcore *kcore_running(void)
{
	static struct kcore running;
	static bool tried, known;

	if (!tried) {
		int fd = open("/proc/kcore", O_RDONLY | O_CLOEXEC);

		known = fd >= 0 && kcore_read(&running, fd) && knows_own_page(&running);
		tried = true;
		if (fd >= 0 && !known)
			close(fd);
	}
	return known ? &running : NULL;
}
