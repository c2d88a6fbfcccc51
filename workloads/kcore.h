/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How often each page is held, from the kernel's own struct page in /proc/kcore. /proc/kpagecount
 * tells how often it is mapped: nothing of a page that the kernel keeps for itself.
 */
#ifndef KCORE_H
#define KCORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KCORE_SEGMENTS 64

/* Addresses of the kernel and where they are in the file. */
struct kcore_segment {
	uint64_t address, size, offset;
};

struct kcore {
	int fd;
	uint64_t pages; /* the address of struct page 0 */
	size_t nr;
	struct kcore_segment segments[KCORE_SEGMENTS];
};

/* False where the file is no ELF core of a 64-bit kernel with an array of all struct page. */
bool kcore_read(struct kcore *k, int fd);

/*
 * References of 'nr' pages; false where the file does not have them. Tails of a block of the
 * kernel's have none of their own, as free pages: only who is held is told for certain.
 */
bool kcore_references(const struct kcore *k, uint64_t pfn, uint32_t *references, size_t nr);

/*
 * The running kernel's, or NULL: no /proc/kcore, or what it says of a page of this process is not
 * what is true of it, so that its struct page is another than the one known here.
 */
const struct kcore *kcore_running(void);

#endif
