// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How the core scales in user space: threads pinned to processors, each its
 * own CPU of one instance; nanoseconds of wall time a get or put.
 *
 * bulk	  get until the share is full, then put in the same order
 * repeat put and get one run again and again
 * random get the share, shuffle it across the threads, put
 * steady put and get any of the half that is left of the share
 *
 * With a policy's index attached, also what keeping that costs; index_cost
 * counts the instructions in get() and put() here.
 */
#include <getopt.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "policy.h"

#define MAX_THREADS 64

static struct llfree core;
static long free_pages;
static unsigned int threads, order;
static u64 nr; /* runs a thread takes */
static u64 *runs; /* of all threads */
static const struct llfree_index_ops *ops; /* of the index, or NULL */
static pthread_barrier_t barrier;
static struct {
	double get, put; /* ns an operation */
} __aligned(64) result[MAX_THREADS];

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static noinline u64 get(unsigned int cpu)
{
	s64 index = llfree_get(&core, cpu, order, LLFREE_MOVABLE, 0);

	CHECK(index >= 0);
	return index;
}

static noinline void put(unsigned int cpu, u64 index)
{
	CHECK_EQ(llfree_put(&core, cpu, index, order), 0);
}

static double get_all(unsigned int cpu, u64 *mine)
{
	double start;

	pthread_barrier_wait(&barrier);
	start = now();
	for (u64 i = 0; i < nr; i++)
		mine[i] = get(cpu);
	return (now() - start) / nr;
}

static double put_all(unsigned int cpu, const u64 *mine)
{
	double start;

	pthread_barrier_wait(&barrier);
	start = now();
	for (u64 i = 0; i < nr; i++)
		put(cpu, mine[i]);
	return (now() - start) / nr;
}

static void bulk(unsigned int cpu, u64 *mine)
{
	result[cpu].get = get_all(cpu, mine);
	result[cpu].put = put_all(cpu, mine);
}

static void repeat(unsigned int cpu, u64 *mine)
{
	double start;

	mine[0] = get(cpu);
	pthread_barrier_wait(&barrier);
	start = now();
	for (u64 i = 0; i < nr; i++) {
		put(cpu, mine[0]);
		mine[0] = get(cpu);
	}
	/* A pair is one of each. */
	result[cpu].get = (now() - start) / nr / 2;
	result[cpu].put = result[cpu].get;
	put(cpu, mine[0]);
}

static void shuffled(unsigned int cpu, u64 *mine)
{
	result[cpu].get = get_all(cpu, mine);
	pthread_barrier_wait(&barrier);
	if (!cpu) {
		struct random r = random_seed(1);

		for (u64 i = nr * threads - 1; i; i--) {
			u64 j = random_below(&r, i + 1);

			swap(runs[i], runs[j]);
		}
	}
	result[cpu].put = put_all(cpu, mine);
}

static void steady(unsigned int cpu, u64 *mine)
{
	struct random r = random_seed(cpu);
	u64 left = nr;
	double start;

	/* Frames of every fill */
	for (u64 i = 0; i < nr; i++)
		mine[i] = llfree_get(&core, cpu, order, LLFREE_MOVABLE, 0);
	while (left > nr / 2) {
		u64 i = random_below(&r, left);

		CHECK_EQ(llfree_put(&core, cpu, mine[i], order), 0);
		mine[i] = mine[--left];
	}
	pthread_barrier_wait(&barrier);
	start = now();
	for (u64 i = 0; i < nr; i++) {
		u64 *any = &mine[random_below(&r, left)];

		put(cpu, *any);
		*any = get(cpu);
	}
	result[cpu].get = (now() - start) / nr / 2;
	result[cpu].put = result[cpu].get;
}

static const struct {
	const char *name;
	void (*run)(unsigned int cpu, u64 *mine);
} patterns[] = {{"bulk", bulk}, {"repeat", repeat}, {"random", shuffled}, {"steady", steady}};

static unsigned int pattern;

static void *thread(void *arg)
{
	unsigned int cpu = (unsigned long)arg;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu % sysconf(_SC_NPROCESSORS_ONLN), &set);
	sched_setaffinity(0, sizeof(set), &set);
	patterns[pattern].run(cpu, runs + cpu * nr);
	return NULL;
}

static void measure(u64 gib)
{
	u64 pages = gib << 18;
	void *metadata = aligned_alloc(64, ALIGN(llfree_metadata_bytes(pages, threads), 64));
	struct llfree_index *index = NULL;
	pthread_t id[MAX_THREADS];
	double gets = 0, puts = 0;

	nr = (pages >> order) / threads / 2;
	runs = calloc(nr * threads, sizeof(*runs));
	CHECK(metadata && runs);
	llfree_init(&core, pages, threads, metadata, &free_pages);
	for (u64 i = 0; i < pages; i += 1 << LLFREE_MAX_ORDER)
		CHECK_EQ(llfree_put(&core, 0, i, LLFREE_MAX_ORDER), 0);
	if (ops) {
		index = calloc(1, ops->bytes(&core));
		CHECK(index);
		llfree_watching = true;
		llfree_index_attach(&core, index, ops);
		llfree_index_build(&core, 0, core.frames);
	}
	pthread_barrier_init(&barrier, NULL, threads);
	for (unsigned long i = 0; i < threads; i++)
		CHECK_EQ(pthread_create(&id[i], NULL, thread, (void *)i), 0);
	for (unsigned int i = 0; i < threads; i++) {
		pthread_join(id[i], NULL);
		gets += result[i].get / threads;
		puts += result[i].put / threads;
	}
	printf("%-8s%7u%9u%10.1f%10.1f\n", patterns[pattern].name, order, threads, gets, puts);
	pthread_barrier_destroy(&barrier);
	free(index);
	free(metadata);
	free(runs);
}

static const struct llfree_index_ops *find_index(const char *name)
{
	for (unsigned int i = 0; llfree_policies[i]; i++)
		if (!strcmp(llfree_policies[i]->name, name) && llfree_policies[i]->index)
			return llfree_policies[i]->index;
	fprintf(stderr, "bench_core: no policy with an index: %s\n", name);
	exit(2);
}

static unsigned int find_pattern(const char *name)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(patterns); i++)
		if (!strcmp(patterns[i].name, name))
			return i;
	fprintf(stderr, "bench_core: no such pattern: %s\n", name);
	exit(2);
}

int main(int argc, char **argv)
{
	static const struct option help[] = {{"help", no_argument, NULL, 'h'}, {}};
	unsigned int max = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned int first = 0, last = ARRAY_SIZE(patterns) - 1;
	unsigned int orders[] = {0, 9}, nr_orders = ARRAY_SIZE(orders);
	u64 gib = 8;
	int c;

	while ((c = getopt_long(argc, argv, "t:g:i:o:p:h", help, NULL)) != -1) {
		switch (c) {
		case 't':
			max = strtoul(optarg, NULL, 10);
			break;
		case 'g':
			gib = strtoul(optarg, NULL, 10);
			break;
		case 'i':
			ops = find_index(optarg);
			break;
		case 'o':
			orders[0] = strtoul(optarg, NULL, 10);
			nr_orders = 1;
			break;
		case 'p':
			first = find_pattern(optarg);
			last = first;
			break;
		default:
			printf("Usage: bench_core [-t THREADS] [-g GIB] [-i POLICY] [-o ORDER] "
			       "[-p PATTERN]\n"
			       "Patterns bulk, repeat, random and steady, or one of them, of "
			       "orders 0 "
			       "and 9, or ORDER,\n"
			       "on an instance of GIB GiB (8), with 1, 2, 4 ... THREADS threads "
			       "(one "
			       "a processor);\n"
			       "ns an operation. With the index that POLICY reads.\n");
			return c == 'h' ? 0 : 2;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "bench_core: unexpected argument '%s'\n", argv[optind]);
		return 2;
	}
	if (!max || max > MAX_THREADS || !gib || orders[0] > LLFREE_MAX_ORDER) {
		fprintf(stderr, "bench_core: 1 to %d threads, 1 GiB or more, orders 0 to %u\n",
			MAX_THREADS, LLFREE_MAX_ORDER);
		return 2;
	}
	printf("pattern   order  threads  ns a get  ns a put\n");
	for (pattern = first; pattern <= last; pattern++)
		for (size_t o = 0; o < nr_orders; o++) {
			order = orders[o];
			for (threads = 1; threads < max; threads *= 2)
				measure(gib);
			threads = max;
			measure(gib);
		}
	return 0;
}
