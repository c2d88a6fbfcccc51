// SPDX-License-Identifier: GPL-2.0-or-later
/* Take memory page by page, keep it for a while, give all back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	size_t bytes, page = sysconf(_SC_PAGESIZE);
	char *memory;

	if (argc != 3) {
		fprintf(stderr, "Usage: hog MIB SECONDS\n"
				"Touches MIB MiB of small pages, keeps them SECONDS.\n");
		return 2;
	}
	bytes = strtoull(argv[1], NULL, 10) << 20;
	memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED || madvise(memory, bytes, MADV_NOHUGEPAGE)) {
		perror("hog");
		return 1;
	}
	for (size_t at = 0; at < bytes; at += page)
		memory[at] = 1;
	sleep(strtoul(argv[2], NULL, 10));
	return 0;
}
