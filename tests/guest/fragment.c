// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fragment memory: take a share of what is free in small pages, pin some of
 * them, give every other page back at random, say so and stay until killed.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE 4096ul
#define SLOTS 256 /* pages that a pipe of 1 MiB holds */

/* A page in a pipe has a reference that no migration expects. */
static void pin(char *page)
{
	static int pipefd[2];
	static unsigned int used = SLOTS;
	struct iovec vec = {page, PAGE};

	if (used == SLOTS) {
		if (pipe(pipefd) || fcntl(pipefd[1], F_SETPIPE_SZ, SLOTS * PAGE) < 0) {
			perror("fragment: pipe");
			exit(1);
		}
		used = 0;
	}
	if (vmsplice(pipefd[1], &vec, 1, SPLICE_F_NONBLOCK) != (ssize_t)PAGE) {
		perror("fragment: vmsplice");
		exit(1);
	}
	used++;
}

int main(int argc, char **argv)
{
	unsigned long pages, pins, pinned = 0;
	struct sysinfo info;
	char *memory;

	if (argc != 4) {
		fprintf(stderr, "Usage: fragment PERCENT PINS FILE\n"
				"Takes PERCENT of the free pages, pins PINS in 100000 of them, "
				"frees half of\n"
				"the others; then writes FILE and waits to be killed.\n");
		return 2;
	}
	sysinfo(&info);
	pages = info.freeram / PAGE * strtoul(argv[1], NULL, 10) / 100;
	pins = strtoul(argv[2], NULL, 10);
	memory = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED || madvise(memory, pages * PAGE, MADV_NOHUGEPAGE)) {
		perror("fragment");
		return 1;
	}
	for (unsigned long i = 0; i < pages; i++)
		*(unsigned long *)(memory + i * PAGE) = i;
	srandom(1);
	for (unsigned long i = 0; i < pages; i++) {
		unsigned long random_number = random();

		if (random_number % 100000 < pins) {
			pin(memory + i * PAGE);
			pinned++;
		} else if (random_number & (1 << 20)) {
			madvise(memory + i * PAGE, PAGE, MADV_DONTNEED);
		}
	}
	printf("%lu pages, %lu of them pinned\n", pages, pinned);
	fflush(stdout);
	close(open(argv[3], O_CREAT | O_WRONLY, 0600));
	/* Whatever moves the pages must not change them. */
	for (;;) {
		sleep(1);
		for (unsigned long i = 0; i < pages; i++) {
			unsigned long is = *(volatile unsigned long *)(memory + i * PAGE);

			if (is && is != i) {
				printf("page %lu holds %lu\n", i, is);
				fflush(stdout);
				return 1;
			}
		}
	}
}
