// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How much processor time recovery of a persistent pool takes, by size.
 *
 * bitfields  of a pool without handles, scaled to 128 GiB
 * in order   of each handle, when slots and pages go together
 * shuffled   of each handle, when slots are in no order
 * map        of each of these, what compaction has to add when it is wanted
 *
 * Pages are never touched: any size can be modelled. Before each measurement the
 * caches are emptied, as after a boot; the memory that recovery fills is mapped.
 * Medians.
 */
#include <cpuid.h>
#include <getopt.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "pool.h"
#include "proof.h"

#define ROUNDS 7
#define GIB_PAGES (1ull << 18)
#define PAGE_SHIFT 12
#define SEED 1
#define CLWB (1u << 24) /* EBX of leaf 7 */
/* Recovery is to take no longer; missed goals are told, and no error: machines differ. */
#define GOAL_MS 2.5 /* for the bitfields of 128 GiB */
#define GOAL_NS 10.0 /* for each handle */

static struct llfree_pool pool;
static struct llfree_pool_config config;
static struct llfree_pool_geometry geometry;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

/* As arch_wb_cache_pmem(); clwb, or what the processor has instead of it. */
void llfree_flush(const void *from, size_t bytes)
{
	static int has = -1;
	unsigned int a, b = 0, c, d;

	if (has < 0)
		has = __get_cpuid_count(7, 0, &a, &b, &c, &d) && b & CLWB;
	for (size_t i = 0; i < bytes; i += 64) {
		const char *line = (const char *)from + i;

		if (has)
			__asm__ volatile("clwb %0" ::"m"(*line));
		else
			__asm__ volatile("clflush %0" ::"m"(*line));
	}
}

/* Zeroed when touched. As in the kernel, few entries of the TLB should do. */
static void *map(u64 bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	madvise(memory, bytes, MADV_HUGEPAGE);
	return memory;
}

static void empty_caches(void)
{
	static volatile char *other;
	const u64 bytes = 128 << 20;

	if (!other)
		other = map(bytes);
	for (u64 i = 0; i < bytes; i += 64)
		other[i]++;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Nanoseconds, the median of a few rounds. */
static double recover(u64 handles)
{
	struct llfree_pool_report report;
	double took[ROUNDS];

	for (unsigned int i = 0; i < ROUNDS; i++) {
		empty_caches();
		took[i] = now();
		CHECK_EQ(llfree_pool_open(&pool, &config, &report), 0);
		took[i] = now() - took[i];
		CHECK_EQ(report.allocations, handles);
		CHECK_EQ(report.swept + report.missing, 0);
	}
	qsort(took, ROUNDS, sizeof(*took), compare);
	return took[ROUNDS / 2];
}

static void make(u64 gib, u64 slots)
{
	const u64 id[2] = {1, 2};
	u64 memory;

	geometry = (struct llfree_pool_geometry){gib * GIB_PAGES / LLFREE_FRAME_PAGES, slots,
						 PAGE_SHIFT};
	memory = llfree_pool_memory_bytes(&geometry, 1);
	config = (struct llfree_pool_config){
		.bytes = llfree_pool_bytes(&geometry),
		.cpus = 1,
	};
	config.base = map(config.bytes);
	config.memory = map(memory);
	config.scratch = map(llfree_pool_scratch_bytes(&geometry));
	memset(config.memory, 0, memory);
	CHECK_EQ(llfree_pool_format(config.base, config.bytes, &geometry, id), 0);
}

static void drop(void)
{
	munmap(config.base, config.bytes);
	munmap(config.memory, llfree_pool_memory_bytes(&geometry, 1));
	munmap(config.scratch, llfree_pool_scratch_bytes(&geometry));
}

/* Handles over all of the pool, so that none is near the next one. */
static void fill(u64 handles)
{
	u64 pages = geometry.frames * LLFREE_FRAME_PAGES, distance = pages / handles, i;
	u64 *bits = (u64 *)pool.pages.bits;

	for (i = 0; i < handles; i++) {
		u64 page = i * distance;

		bits[page / 64] |= 1ull << page % 64;
		pool.tag[i] = 1ull << POOL_GENERATION_SHIFT;
		pool.slot[i] = page | POOL_VALID | 1ull << POOL_GENERATION_SHIFT;
	}
}

static void shuffle(u64 handles)
{
	struct random r = random_seed(SEED);

	for (u64 i = handles - 1; i; i--) {
		u64 j = random_below(&r, i + 1);

		swap(pool.slot[i], pool.slot[j]);
	}
}

static const char *verdict(double got, double goal)
{
	return got <= goal ? "met" : "MISSED";
}

static void tell_goal(const char *what, double got, double goal)
{
	printf("%.2f %s; goal: %.1f, %s\n", got, what, goal, verdict(got, goal));
}

int main(int argc, char **argv)
{
	static const struct option help[] = {{"help", no_argument, NULL, 'h'}, {}};
	u64 max_gib = 1024, handles = 16 << 20;
	double bits = 0, worst_bits = 0, order, shuffled, map_ns, worst_handle = 0, worst_map = 0;
	const char *path = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "g:n:p:h", help, NULL)) != -1) {
		switch (c) {
		case 'g':
			max_gib = strtoull(optarg, NULL, 10);
			break;
		case 'n':
			handles = strtoull(optarg, NULL, 10);
			break;
		case 'p':
			path = optarg;
			break;
		default:
			printf("Usage: bench_recovery [-g GIB] [-n HANDLES] [-p PROOF]\n"
			       "Pools of 16 GiB, 32 GiB ... GIB (1024) GiB with up to HANDLES (16 "
			       "Mi) "
			       "handles.\n");
			return c == 'h' ? 0 : 2;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "bench_recovery: unexpected argument '%s'\n", argv[optind]);
		return 2;
	}
	if (max_gib < 16 || !handles || handles > LLFREE_POOL_MAX_SLOTS) {
		fprintf(stderr, "bench_recovery: 16 GiB or more, 1 to 2^31 handles\n");
		return 2;
	}

	printf("    GiB  bitfields ms  ms a 128 GiB    handles  ns in order  ns shuffled  all ms  "
	       "ns map\n");
	for (u64 gib = 16; gib <= max_gib; gib *= 2) {
		u64 nr = min(handles * gib / max_gib, gib * GIB_PAGES);

		make(gib, 64);
		bits = recover(0);
		drop();
		make(gib, nr);
		recover(0);
		fill(nr);
		order = recover(nr);
		shuffle(nr);
		shuffled = recover(nr);
		map_ns = now();
		llfree_pool_map(&pool, 0, nr);
		map_ns = (now() - map_ns) / nr;
		drop();
		if (gib >= 128)
			worst_bits = max(worst_bits, bits * 128 / gib);
		worst_handle = max(worst_handle, (shuffled - bits) / nr);
		worst_map = max(worst_map, map_ns);
		printf("%7llu%14.3f%14.3f%11llu%13.2f%13.2f%8.1f%8.1f\n", (unsigned long long)gib,
		       bits / 1e6, bits * 128 / gib / 1e6, (unsigned long long)nr,
		       (order - bits) / nr, (shuffled - bits) / nr, shuffled / 1e6, map_ns);
	}
	worst_bits = (worst_bits ? worst_bits : bits) / 1e6;
	tell_goal("ms for the bitfields of 128 GiB", worst_bits, GOAL_MS);
	tell_goal("ns for a handle", worst_handle, GOAL_NS);
	printf("%.2f ns for a handle in the map from pages to slots, before the first compaction\n",
	       worst_map);
	if (path) {
		struct proof *p = proof_open(path);

		proof_add(p, "recovery_ms_per_128gib", worst_bits, SEED,
			  "bitfields of pools of 128 to %llu GiB, one processor, median of %d, "
			  "caches cold; goal: %.1f, %s",
			  (unsigned long long)max_gib, ROUNDS, GOAL_MS,
			  verdict(worst_bits, GOAL_MS));
		proof_add(p, "recovery_ns_per_handle", worst_handle, SEED,
			  "up to %llu handles in no order, over up to %llu GiB; goal: %.1f, %s",
			  (unsigned long long)handles, (unsigned long long)max_gib, GOAL_NS,
			  verdict(worst_handle, GOAL_NS));
		proof_add(
			p, "map_ns_per_handle", worst_map, SEED,
			"the same handles, put into the map that the first compaction needs; once");
		proof_close(p);
	}
	return 0;
}
