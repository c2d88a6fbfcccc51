// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The crash explorer: every operation of the persistent pool, every pair and
 * some triples, in every order of their accesses with a few preemptions, with a
 * crash wherever it makes a difference; then the same with one flush, fence or
 * order of the pool left out, which has to be noticed.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "case.h"
#include "format.h"
#include "pmem.h"
#include "proof.h"

#define SEED 1
#define MAX_WORKERS 64

/* How far to go. */
struct scope {
	const char *name;
	unsigned int depth; /* of nested crashes */
	u64 nested; /* states of depth 2 of a case, at most */
	unsigned int pairs; /* preemptions of pairs */
	unsigned int short_pairs; /* of pairs in which an operation is short */
	unsigned int triples; /* of three operations */
	unsigned int orders; /* all of them, or those of one, two and many words */
	unsigned int mutants; /* how many at most */
};

static const struct scope scopes[] = {
	{"check", 1, 0, 2, 3, 1, 3, -1},
	{"test", 2, 50000, 2, 3, 1, 6, -1},
	{"full", 2, 2000000, 3, 4, 3, 6, -1},
	{"mutants", 0, 0, 0, 0, 0, 0, -1},
	{},
};

static const unsigned int all_orders[] = {0, 9, 7, 6, 8, 10};

/* Of these the longest has 12 atomic operations. */
static bool is_short(enum case_kind kind)
{
	switch (kind) {
	case CASE_LOOKUP:
	case CASE_SET_TAG:
	case CASE_GET_TAG:
	case CASE_SET_ROOT:
	case CASE_GET_ROOT:
	case CASE_WRITE:
		return true;
	default:
		return false;
	}
}

static const struct scope *scope;
/* Cases are dealt out to so many workers. */
static unsigned int workers = 1, worker, dealt;

static void run(const struct pool_case *c)
{
	if (dealt++ % workers == worker)
		case_run(c);
}

/* Two allocations of an order (of 9 and 10 there is room for one) and room. */
static struct pool_case pool_of(unsigned int order)
{
	struct pool_case c = {
		.frames = order == 10 ? 6 : 4,
		.initial = {{order, 0}, {order < 9 ? (int)order : -1, 1}, {-1, 0}, {-1, 0}},
		.preemptions = scope->pairs,
		.depth = scope->depth,
		.nested = scope->nested,
	};

	return c;
}

static struct case_op make_op(enum case_kind kind, unsigned int order, unsigned int actor)
{
	struct case_op op = {.kind = kind, .order = order, .value = 0x70 + actor};

	if (kind == CASE_MOVE)
		op.value = order == 10 ? 2 + 2 * actor : 2 + actor % 2;
	/* In the first target of moves. */
	if (kind == CASE_CLAIM || kind == CASE_TAKE)
		op.value = 2;
	/* Where a move comes from, or where it goes. */
	if (kind == CASE_ISOLATE)
		op.value = actor ? 2 : 0;
	return op;
}

static bool makes_sense(enum case_kind kind, unsigned int order)
{
	switch (kind) {
	case CASE_COMPACT:
		return order < LLFREE_FRAME_ORDER;
	case CASE_SET_ROOT:
	case CASE_GET_ROOT:
		return !order;
	default:
		return true;
	}
}

static void run_singles(unsigned int order, bool strict)
{
	struct pool_case c = pool_of(order);

	c.strict = strict;
	for (unsigned int kind = CASE_ALLOC; kind < CASE_KINDS; kind++) {
		c.op[0] = make_op(kind, order, 0);
		if (makes_sense(kind, order))
			run(&c);
	}
}

/* Two operations, on the same allocation where they are on one. */
static void run_pairs(unsigned int order, bool strict)
{
	struct pool_case c = pool_of(order);

	c.strict = strict;
	for (unsigned int a = CASE_ALLOC; a < CASE_KINDS; a++)
		for (unsigned int b = CASE_ALLOC; b <= a; b++) {
			if (!makes_sense(a, order) || !makes_sense(b, order))
				continue;
			c.preemptions =
				is_short(a) || is_short(b) ? scope->short_pairs : scope->pairs;
			c.op[0] = make_op(a, order, 0);
			c.op[1] = make_op(b, order, 1);
			run(&c);
		}
}

/* Operations of two orders, or on two allocations. */
static void run_mixed(unsigned int a, unsigned int b)
{
	static const enum case_kind kinds[] = {CASE_ALLOC, CASE_FREE, CASE_MOVE};
	struct pool_case c = pool_of(max(a, b));

	c.frames = 6;
	c.initial[0] = (struct case_initial){a, 0};
	c.initial[1] = (struct case_initial){b, 2};
	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++)
		for (unsigned int j = 0; j < ARRAY_SIZE(kinds); j++) {
			c.op[0] = make_op(kinds[i], a, 0);
			c.op[1] = make_op(kinds[j], b, 1);
			c.op[1].on = 1;
			if (kinds[i] == CASE_MOVE)
				c.op[0].value = 4;
			if (kinds[j] == CASE_MOVE)
				c.op[1].value = 4;
			run(&c);
		}
}

static void run_triples(unsigned int order)
{
	static const enum case_kind triples[][3] = {
		{CASE_MOVE, CASE_FREE, CASE_ALLOC},    {CASE_MOVE, CASE_WRITE, CASE_FREE},
		{CASE_MOVE, CASE_MOVE, CASE_WRITE},    {CASE_MOVE, CASE_MOVE, CASE_FREE},
		{CASE_FREE, CASE_ALLOC, CASE_SET_TAG}, {CASE_FREE, CASE_FREE, CASE_ALLOC},
		{CASE_MOVE, CASE_ALLOC, CASE_ALLOC},   {CASE_COMPACT, CASE_FREE, CASE_ALLOC},
		{CASE_COMPACT, CASE_WRITE, CASE_MOVE}, {CASE_SET_TAG, CASE_GET_TAG, CASE_FREE},
		{CASE_WRITE, CASE_MOVE, CASE_LOOKUP},  {CASE_ALLOC, CASE_NEXT, CASE_FREE},
	};
	struct pool_case c = pool_of(order);

	for (unsigned int i = 0; i < ARRAY_SIZE(triples); i++) {
		bool sense = true;

		/* A mover that a writer called off must not commit another one's move. */
		c.preemptions = scope->triples;
		if (!order && triples[i][1] == CASE_MOVE && triples[i][2] == CASE_WRITE)
			c.preemptions = max(c.preemptions, 2u);

		for (unsigned int n = 0; n < 3; n++) {
			c.op[n] = make_op(triples[i][n], order, n);
			sense &= makes_sense(triples[i][n], order);
		}
		if (sense)
			run(&c);
	}
}

static void run_all(void)
{
	dealt = 0;
	for (unsigned int i = 0; i < scope->orders; i++) {
		run_singles(all_orders[i], false);
		run_singles(all_orders[i], true);
	}
	if (dealt++ % workers == worker) {
		u64 images = format_explore(SEED);

		case_counts.reached += images;
		case_counts.recovered += images;
	}
	for (unsigned int i = 0; i < scope->orders; i++)
		run_pairs(all_orders[i], false);
	for (unsigned int i = 0; i < (scope->depth > 1 ? scope->orders : 1); i++)
		run_pairs(all_orders[i], true);
	for (unsigned int i = 0; i < scope->orders; i++)
		for (unsigned int j = 0; j <= i; j++)
			run_mixed(all_orders[i], all_orders[j]);
	for (unsigned int i = 0; i < scope->orders; i++)
		run_triples(all_orders[i]);
}

/*
 * Workers and mutants are processes of their own
 */

static struct case_counts *counts; /* of each worker, shared */

static void add_counts(struct case_counts *sum, const struct case_counts *c)
{
	sum->cases += c->cases;
	sum->schedules += c->schedules;
	sum->reached += c->reached;
	sum->recovered += c->recovered;
	sum->nested += c->nested;
	sum->cut += c->cut;
	sum->most_leaked = max(sum->most_leaked, c->most_leaked);
	sum->most_images = max(sum->most_images, c->most_images);
}

static int explore_all(struct case_counts *sum)
{
	int status, failed = 0;

	for (worker = 0; worker < workers; worker++) {
		pid_t pid;

		fflush(NULL);
		pid = fork();
		CHECK(pid >= 0);
		if (!pid) {
			run_all();
			counts[worker] = case_counts;
			_exit(0);
		}
	}
	while (wait(&status) > 0)
		failed += status != 0;
	for (unsigned int i = 0; i < workers; i++)
		add_counts(sum, &counts[i]);
	return failed;
}

/* The first line of what a mutant was caught with. */
static bool try_mutant(int n, char *reason, size_t bytes)
{
	int output[2], status;
	FILE *in;
	pid_t pid;

	CHECK(!pipe(output));
	fflush(NULL);
	pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		static const struct scope mutants = {"mutants", 1, 0, 2, 2, 1, 3, 0};

		dup2(output[1], STDERR_FILENO);
		close(output[0]);
		scope = &mutants;
		workers = 1;
		worker = 0;
		pmem_mutant = n;
		run_all();
		_exit(0);
	}
	close(output[1]);
	in = fdopen(output[0], "r");
	CHECK(in);
	if (!fgets(reason, bytes, in))
		*reason = 0;
	reason[strcspn(reason, "\n")] = 0;
	while (fgetc(in) != EOF)
		;
	fclose(in);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	return status != 0;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* @nr of the mutants, spread over all of them; the number of survivors. */
static unsigned int try_mutants(unsigned int nr, unsigned int *tried)
{
	unsigned int sites = pmem_nr_sites(), survivors = 0;

	nr = min(nr, sites);
	for (unsigned int i = 0; i < nr; i++) {
		unsigned int n = (unsigned long)i * sites / nr;
		const struct pmem_site *site = pmem_site(n);
		char reason[256];
		bool killed = try_mutant(n, reason, sizeof(reason));
		const char *why = strstr(reason, ": ");

		survivors += !killed;
		printf("%-9s %-5s %s at %s:%d%s%s\n", killed ? "killed" : "SURVIVES", site->kind,
		       site->function, base_name(site->file), site->line, why ? ": " : "",
		       why ? why + 2 : "");
	}
	*tried = nr;
	return survivors;
}

static void report(const char *path, const struct case_counts *c, unsigned int mutants,
		   unsigned int survivors)
{
	struct proof *p = proof_open(path);

	proof_add(
		p, "crash_states", c->recovered, SEED,
		"different images with different promises, each recovered and judged; Px86 "
		"with locked instructions that are no fences, crashes nested %u deep, %llu images "
		"with repetition",
		scope->depth, (unsigned long long)c->reached);
	proof_add(p, "schedules", c->schedules, SEED,
		  "%llu cases of the pool: pairs to %u preemptions (%u where an operation has at "
		  "most 12 atomics), triples to %u",
		  (unsigned long long)c->cases, scope->pairs, scope->short_pairs, scope->triples);
	proof_add(p, "violations", 0, SEED, "of durable linearizability and the pool's invariants");
	proof_add(p, "leaks_after_recovery", 0, SEED,
		  "in every crash state; recovery swept at most %llu pages",
		  (unsigned long long)c->most_leaked);
	if (mutants) {
		proof_add(p, "mutants", mutants, SEED,
			  "of %u flushes, fences and orders in the pool", pmem_nr_sites());
		proof_add(p, "mutants_killed", mutants - survivors, SEED,
			  "singles, pairs to 2 preemptions, triples to 1, three orders");
	}
	proof_close(p);
}

static int usage(int status)
{
	fprintf(status ? stderr : stdout,
		"Usage: explorer check|test|full|mutants [PROOF]\n"
		"Explore crashes of the persistent pool, or only try every mutant of it; write "
		"figures to PROOF. A process for each processor.\n");
	return status;
}

int main(int argc, char **argv)
{
	struct case_counts sum = {};
	unsigned int survivors = 0, mutants = 0;

	if (argc > 1 && !strcmp(argv[1], "--help"))
		return usage(0);
	for (scope = scopes; scope->name; scope++)
		if (argc > 1 && !strcmp(argv[1], scope->name))
			break;
	if (!scope->name || argc > 3)
		return usage(2);

	/* Figures of an earlier run do not stand for one that fails. */
	if (argc > 2)
		remove(argv[2]);
	workers = min(sysconf(_SC_NPROCESSORS_ONLN), MAX_WORKERS);
	counts = mmap(NULL, workers * sizeof(*counts), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(counts != MAP_FAILED);
	if (scope->orders && explore_all(&sum))
		return 1;
	printf("cases %llu, schedules %llu, crash states %llu (%llu nested), images %llu, at most "
	       "%llu at a point; pages swept at most %llu; seed %u\n"
	       "bounds: pairs to %u preemptions (%u with a short operation), triples to %u, nested "
	       "to depth %u (at most %llu a case, %llu cases have more)\n",
	       (unsigned long long)sum.cases, (unsigned long long)sum.schedules,
	       (unsigned long long)sum.recovered, (unsigned long long)sum.nested,
	       (unsigned long long)sum.reached, (unsigned long long)sum.most_images,
	       (unsigned long long)sum.most_leaked, SEED, scope->pairs, scope->short_pairs,
	       scope->triples, scope->depth, (unsigned long long)scope->nested,
	       (unsigned long long)sum.cut);
	if (scope->mutants) {
		survivors = try_mutants(scope->mutants, &mutants);
		printf("mutants %u, killed %u\n", mutants, mutants - survivors);
	}
	if (argc > 2)
		report(argv[2], &sum, mutants, survivors);
	return survivors != 0;
}
