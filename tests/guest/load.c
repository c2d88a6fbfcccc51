// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Allocate and free in every way a process can: threads that map, touch, split
 * and unmap memory of all sizes, and a child now and then that copies it.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define REGIONS 16
#define PAGE 4096ul
#define HUGE (2ul << 20)

static size_t limit; /* bytes of one region */
static time_t end;

static void touch(char *memory, size_t bytes)
{
	for (size_t at = 0; at < bytes; at += PAGE)
		memory[at] = 1;
}

static void copy_in_child(char *memory, size_t bytes)
{
	pid_t pid = fork();

	if (!pid) {
		touch(memory, bytes);
		_exit(0);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

static void *work(void *seed)
{
	unsigned int random = (unsigned long)seed;
	char *region[REGIONS] = {NULL};
	size_t bytes[REGIONS];

	while (time(NULL) < end) {
		unsigned int i = rand_r(&random) % REGIONS;
		unsigned int what = rand_r(&random) % 8;

		if (!region[i]) {
			bytes[i] = (rand_r(&random) % (limit / PAGE) + 1) * PAGE;
			region[i] = mmap(NULL, bytes[i], PROT_READ | PROT_WRITE,
					 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			if (region[i] == MAP_FAILED) {
				perror("load");
				exit(1);
			}
			madvise(region[i], bytes[i], what & 1 ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
			touch(region[i], bytes[i]);
		} else if (what == 0) {
			copy_in_child(region[i], bytes[i] / 4);
		} else if (what < 3 && bytes[i] > HUGE) {
			/* Frees a part of a huge page. */
			madvise(region[i] + HUGE / 2, HUGE / 4, MADV_DONTNEED);
		} else {
			munmap(region[i], bytes[i]);
			region[i] = NULL;
		}
	}
	for (unsigned int i = 0; i < REGIONS; i++)
		if (region[i])
			munmap(region[i], bytes[i]);
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned long threads;
	pthread_t *id;

	if (argc != 4) {
		fprintf(stderr, "Usage: load MIB THREADS SECONDS\n"
				"Allocates and frees, at most MIB MiB at a time.\n");
		return 2;
	}
	threads = strtoul(argv[2], NULL, 10);
	/* A region in use is half the limit, half of the regions are. */
	limit = (strtoull(argv[1], NULL, 10) << 20) / threads / REGIONS;
	end = time(NULL) + strtoul(argv[3], NULL, 10);
	id = calloc(threads, sizeof(*id));
	if (!id || limit < PAGE) {
		fprintf(stderr, "load: more MIB or fewer THREADS\n");
		return 2;
	}
	for (unsigned long i = 0; i < threads; i++)
		if (pthread_create(&id[i], NULL, work, (void *)(i + 1))) {
			perror("load");
			return 1;
		}
	for (unsigned long i = 0; i < threads; i++)
		pthread_join(id[i], NULL);
	return 0;
}
