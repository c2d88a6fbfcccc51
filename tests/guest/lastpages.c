// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Leave a zone so few pages that every allocation is a search, and let each
 * CPU take and give back its share of them.  No allocation may fail: that
 * would be an OOM kill.
 */
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096ul
#define SHARE 8 /* pages a thread takes */

static unsigned long rounds;
static char *share;
static unsigned int threads;
static pthread_barrier_t start;

/* Free pages of the zone that user memory comes from first. */
static long zone_free(const char *zone)
{
	FILE *file = fopen("/proc/sys/vm/stat_refresh", "w");
	char line[256], name[32];
	bool inside = false;
	long free = -1;

	if (file) {
		fputs("1\n", file);
		fclose(file);
	}
	file = fopen("/proc/zoneinfo", "r");
	if (!file) {
		perror("/proc/zoneinfo");
		exit(1);
	}
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "Node 0, zone %31s", name) == 1)
			inside = !strcmp(name, zone);
		else if (inside && sscanf(line, " pages free %ld", &free) == 1)
			break;
	}
	fclose(file);
	return free;
}

static char *map(size_t bytes)
{
	char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED || madvise(memory, bytes, MADV_NOHUGEPAGE)) {
		perror("lastpages");
		exit(1);
	}
	return memory;
}

static void *work(void *arg)
{
	unsigned long n = (unsigned long)arg;
	char *mine = share + n * SHARE * PAGE;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(n, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	pthread_barrier_wait(&start);
	for (unsigned long round = 0; round < rounds; round++) {
		for (unsigned int i = 0; i < SHARE; i++)
			mine[i * PAGE] = 1;
		madvise(mine, SHARE * PAGE, MADV_DONTNEED);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned long bytes, at = 0;
	pthread_t id[64];
	long leave;
	char *rest;

	if (argc != 5) {
		fprintf(stderr,
			"Usage: lastpages ZONE LEAVE THREADS ROUNDS\n"
			"Fills ZONE up to LEAVE pages; THREADS then share %d pages each beside "
			"them.\n",
			SHARE);
		return 2;
	}
	leave = strtol(argv[2], NULL, 10);
	threads = strtoul(argv[3], NULL, 10);
	rounds = strtoul(argv[4], NULL, 10);
	if (!threads || threads > 64) {
		fprintf(stderr, "lastpages: 1 to 64 threads\n");
		return 2;
	}
	bytes = (zone_free(argv[1]) + 65536) * PAGE;
	rest = map(bytes);
	share = map(threads * SHARE * PAGE);
	/* Page tables and stacks come first. */
	memset(share, 1, threads * SHARE * PAGE);
	pthread_barrier_init(&start, NULL, threads + 1);
	for (unsigned long i = 0; i < threads; i++)
		if (pthread_create(&id[i], NULL, work, (void *)i)) {
			perror("lastpages");
			return 1;
		}
	for (;;) {
		/* In steps, the smaller the nearer. */
		long more = (zone_free(argv[1]) - leave) / 2;

		if (more <= 0 && zone_free(argv[1]) <= leave)
			break;
		for (more = more > 0 ? more : 1; more; more--, at += PAGE) {
			if (at >= bytes) {
				fprintf(stderr, "lastpages: %s does not get empty\n", argv[1]);
				return 1;
			}
			rest[at] = 1;
		}
	}
	printf("%ld pages are free in zone %s beside %u to share\n", zone_free(argv[1]), argv[1],
	       threads * SHARE);
	fflush(stdout);
	pthread_barrier_wait(&start);
	for (unsigned int i = 0; i < threads; i++)
		pthread_join(id[i], NULL);
	printf("%ld pages are free at the end\n", zone_free(argv[1]));
	return 0;
}
