// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The crash explorer: every operation of the persistent pool, every pair and
 * some triples, in every order of their accesses with a few preemptions, with a
 * crash wherever it makes a difference; then the same with a mutant of the pool,
 * which has to be noticed: one flush or fence left out, one write-back that comes
 * too early or too late, one order turned round.
 */
#include <stdlib.h>

#include "case.h"
#include "format.h"
#include "pmem.h"
#include "proof.h"
#include "workers.h"

#define SEED 1 /* of what is sampled: the lines that a crash leaves of a format */

/* How far to go. */
struct scope {
	const char *name;
	unsigned int depth; /* of nested crashes */
	u64 nested; /* states of depth 2 of a case, at most */
	unsigned int pairs; /* preemptions of pairs */
	unsigned int short_pairs; /* of pairs in which an operation is short */
	unsigned int triples; /* of three operations */
	unsigned int long_triples; /* of order 10, which leave the most images */
	unsigned int orders; /* all of them, or those of one, two and many words */
	u64 min_states, min_schedules; /* or it fails */
};

static const struct scope scopes[] = {
	{.name = "check",
	 .depth = 1,
	 .pairs = 2,
	 .short_pairs = 3,
	 .triples = 1,
	 .long_triples = 1,
	 .orders = 3},
	{.name = "test",
	 .depth = 2,
	 .nested = 50000,
	 .pairs = 2,
	 .short_pairs = 3,
	 .triples = 1,
	 .long_triples = 1,
	 .orders = 6,
	 .min_states = 1000000,
	 .min_schedules = 1000000},
	{.name = "full",
	 .depth = 2,
	 .nested = 3000000,
	 .pairs = 3,
	 .short_pairs = 4,
	 .triples = 2,
	 .long_triples = 1,
	 .orders = 6,
	 .min_states = 100000000,
	 .min_schedules = 50000000},
	{.name = "mutants"},
	{},
};

/* How far each mutant is tried. */
static const struct scope mutant_scope = {
	.depth = 1, .pairs = 2, .short_pairs = 2, .triples = 1, .long_triples = 1, .orders = 3};

static const unsigned int all_orders[] = {0, 9, 7, 6, 8, 10};

static const struct scope *scope;

static void run(const struct pool_case *c)
{
	if (workers_mine())
		case_run(c);
}

/* Two allocations of an order (of 9 and 10 there is room for one) and room. */
static struct pool_case pool_of(unsigned int order)
{
	struct pool_case c = {
		.frames = order == 10 ? 6 : 4,
		.initial = {{order, 0}, {order < 9 ? (int)order : -1, 1}, {-1, 0}, {-1, 0}},
		.preemptions = scope->pairs,
		.short_preemptions = scope->short_pairs,
		.depth = scope->depth,
		.nested = scope->nested,
	};

	return c;
}

static bool is_block(enum case_kind kind)
{
	return kind == CASE_ISOLATE || kind == CASE_BLOCK || kind == CASE_UNBLOCK;
}

static struct case_op make_op(enum case_kind kind, unsigned int order, unsigned int actor)
{
	struct case_op op = {.kind = kind, .order = order, .value = 0x70 + actor};

	if (kind == CASE_MOVE || kind == CASE_MOVE_NEW)
		op.value = order == 10 ? 2 + 2 * actor : 2 + actor % 2;
	/* In the first target of moves. */
	if (kind == CASE_CLAIM || kind == CASE_TAKE || is_block(kind))
		op.value = 2;
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

/* A block is where a move comes from, or where it goes. */
static void run_blocked(struct pool_case *c)
{
	bool both = is_block(c->op[0].kind) && is_block(c->op[1].kind);

	/* It is taken off once; isolation is no count either. */
	if (c->op[0].kind == c->op[1].kind && c->op[0].kind != CASE_BLOCK)
		return;
	for (u64 frame = 0; frame <= 2; frame += 2) {
		/* What is allocated as a whole is not to be compacted. */
		if (c->initial[0].order >= LLFREE_FRAME_ORDER && !frame &&
		    (c->op[0].kind == CASE_UNBLOCK || c->op[1].kind == CASE_UNBLOCK))
			continue;
		if (is_block(c->op[0].kind))
			c->op[0].value = frame;
		if (is_block(c->op[1].kind))
			c->op[1].value = frame;
		run(c);
		if (both)
			return;
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
			c.op[0] = make_op(a, order, 0);
			c.op[1] = make_op(b, order, 1);
			/* To where the other one is at work. */
			if (b == CASE_MOVE && a != CASE_MOVE)
				c.op[1].value = 2;
			if (is_block(a) || is_block(b))
				run_blocked(&c);
			else
				run(&c);
		}
}

/* Operations of two orders, or on two allocations. */
static void run_mixed(unsigned int a, unsigned int b)
{
	static const enum case_kind kinds[] = {CASE_ALLOC, CASE_FREE, CASE_MOVE, CASE_CLAIM};
	struct pool_case c = pool_of(max(a, b));

	c.frames = 6;
	c.initial[0] = (struct case_initial){a, 0};
	c.initial[1] = (struct case_initial){b, 2};
	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++)
		for (unsigned int j = 0; j < ARRAY_SIZE(kinds); j++) {
			c.op[0] = make_op(kinds[i], a, 0);
			c.op[1] = make_op(kinds[j], b, 1);
			c.op[1].on = 1;
			if (kinds[i] == CASE_MOVE || kinds[i] == CASE_CLAIM)
				c.op[0].value = 4;
			if (kinds[j] == CASE_MOVE || kinds[j] == CASE_CLAIM)
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
		{CASE_MOVE, CASE_ADMIT, CASE_WRITE},   {CASE_MOVE, CASE_STORE, CASE_WRITE},
		{CASE_MOVE, CASE_BLOCK, CASE_ALLOC},   {CASE_MOVE, CASE_UNBLOCK, CASE_ALLOC},
		{CASE_CLAIM, CASE_FREE, CASE_ALLOC},   {CASE_COMPACT, CASE_MAP, CASE_FREE},
		{CASE_MOVE, CASE_MAP, CASE_ALLOC},
	};
	struct pool_case c = pool_of(order);

	for (unsigned int i = 0; i < ARRAY_SIZE(triples); i++) {
		bool sense = true;

		/*
		 * A mover that a writer called off must not commit another one's
		 * move, and who takes the mark off lets other writers in.
		 */
		c.preemptions = order == LLFREE_MAX_ORDER ? scope->long_triples : scope->triples;
		if (!order && triples[i][2] == CASE_WRITE &&
		    (triples[i][1] == CASE_MOVE || triples[i][1] == CASE_ADMIT))
			c.preemptions = max(c.preemptions, 2u);
		c.short_preemptions = c.preemptions;

		for (unsigned int n = 0; n < 3; n++) {
			c.op[n] = make_op(triples[i][n], order, n);
			sense &= makes_sense(triples[i][n], order);
		}
		if (sense)
			run(&c);
	}
}

/* Where there is room for one more, pages that are freed are taken at once. */
static void run_crowded(unsigned int order)
{
	static const enum case_kind triples[][3] = {
		{CASE_MOVE, CASE_FREE, CASE_ALLOC},
		{CASE_MAP, CASE_FREE, CASE_ALLOC},
		{CASE_MAP, CASE_MOVE, CASE_ALLOC},
		{CASE_ALLOC, CASE_MOVE_NEW, CASE_ALLOC},
	};
	struct pool_case c = pool_of(order);

	c.frames = 2;
	c.initial[1].order = -1;
	c.preemptions = max(scope->triples, 2u);
	c.short_preemptions = c.preemptions;
	for (unsigned int i = 0; i < ARRAY_SIZE(triples); i++) {
		for (unsigned int n = 0; n < 3; n++) {
			c.op[n] = make_op(triples[i][n], order, n);
			if (c.op[n].kind == CASE_MOVE || c.op[n].kind == CASE_MOVE_NEW)
				c.op[n].value = 1;
		}
		run(&c);
	}
}

static void run_all(void)
{
	for (unsigned int i = 0; i < scope->orders; i++) {
		run_singles(all_orders[i], false);
		run_singles(all_orders[i], true);
	}
	if (workers_mine()) {
		u64 images = format_explore(SEED);

		case_counts.reached += images;
		case_counts.recovered += images;
	}
	for (unsigned int i = 0; i < scope->orders; i++)
		run_pairs(all_orders[i], false);
	/* What takes longer comes after those that alone see some mutants. */
	run_crowded(0);
	run_crowded(LLFREE_FRAME_ORDER);
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

static struct case_counts sum;

static void add_counts(const void *counts)
{
	const struct case_counts *c = counts;

	sum.cases += c->cases;
	sum.short_cases += c->short_cases;
	sum.schedules += c->schedules;
	sum.reached += c->reached;
	sum.recovered += c->recovered;
	sum.nested += c->nested;
	sum.kept += c->kept;
	sum.cut += c->cut;
	sum.most_leaked = max(sum.most_leaked, c->most_leaked);
	sum.most_images = max(sum.most_images, c->most_images);
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
		dup2(output[1], STDERR_FILENO);
		close(output[0]);
		scope = &mutant_scope;
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

/* Every mutant; @list, if there is one, is told what is printed.  The number of survivors. */
static unsigned int try_mutants(FILE *list)
{
	unsigned int survivors = 0;

	for (unsigned int n = 0; n < pmem_nr_sites(); n++) {
		const struct pmem_site *site = pmem_site(n);
		char reason[256], line[512];
		bool killed = try_mutant(n, reason, sizeof(reason));
		const char *why = strstr(reason, ": ");

		survivors += !killed;
		snprintf(line, sizeof(line), "%-9s %-5s %s at %s:%d%s%s\n",
			 killed ? "killed" : "SURVIVES", site->kind, site->function,
			 base_name(site->file), site->line, why ? ": " : "", why ? why + 2 : "");
		fputs(line, stdout);
		if (list)
			fputs(line, list);
	}
	return survivors;
}

/* mutants.txt, next to @proof */
static char *list_path(const char *proof)
{
	char *path;

	CHECK(asprintf(&path, "%.*smutants.txt", (int)(base_name(proof) - proof), proof) > 0);
	return path;
}

static void report(struct proof *p, unsigned int survivors)
{
	unsigned int mutants = pmem_nr_sites();

	if (scope->orders) {
		proof_add(p, "crash_states", sum.recovered, SEED,
			  "different images with different promises, each recovered and judged; "
			  "Px86 with locked instructions that are no fences, and durable caches; "
			  "%llu images with repetition; %llu of the states are of crashes in "
			  "recovery from crashes, at most %llu of a case, %llu cases of %llu have "
			  "more; besides, %llu where caches outlive the kernel: different images, "
			  "promises, and parts that are in caches alone",
			  (unsigned long long)sum.reached, (unsigned long long)sum.nested,
			  (unsigned long long)scope->nested, (unsigned long long)sum.cut,
			  (unsigned long long)sum.cases, (unsigned long long)sum.kept);
		proof_add(p, "schedules", sum.schedules, SEED,
			  "all within bounds of %llu cases of the pool: pairs to %u preemptions "
			  "(%u in the %llu where an operation has at most %u accesses), triples to "
			  "%u (%u of order 10); no split: the pool frees what it has allocated, so "
			  "frames are split in the volatile core only",
			  (unsigned long long)sum.cases, scope->pairs, scope->short_pairs,
			  (unsigned long long)sum.short_cases, CASE_SHORT, scope->triples,
			  scope->long_triples);
		proof_add(p, "violations", 0, SEED,
			  "of durable linearizability and the pool's invariants");
		proof_add(p, "leaks_after_recovery", 0, SEED,
			  "in every crash state; recovery swept at most %llu pages",
			  (unsigned long long)sum.most_leaked);
	}
	proof_add(p, "mutants", mutants, SEED,
		  "of the pool: every flush, fence and zeroing left out, every flush before what "
		  "it is for and after its fence, every copy and zeroing after its fence and in "
		  "caches alone, every order of two steps swapped; orders of the volatile core are "
		  "tried as defects of the models");
	proof_add(p, "mutants_killed", mutants - survivors, SEED,
		  "of the pool: singles, pairs to 2 preemptions, triples to 1 (2 where one more "
		  "frame is free, and with two movers and a writer), three orders");
}

static int usage(int status)
{
	fprintf(status ? stderr : stdout,
		"Usage: explorer check|test|full|mutants [PROOF]\n"
		"Explore crashes of the persistent pool, or only try every mutant of it; write "
		"figures to PROOF. A process for each processor.\n");
	return status;
}

/* Are there figures enough? */
static bool enough(void)
{
	printf("cases %llu, schedules %llu (at least %llu wanted), crash states %llu (at least "
	       "%llu wanted; %llu nested), with caches kept %llu more, images %llu, at most "
	       "%llu at a point; pages swept at "
	       "most %llu; seed %u\n"
	       "bounds: pairs to %u preemptions (%u in %llu where an operation has at most %u "
	       "accesses), triples to %u (%u of order 10), nested to depth %u (at most %llu a "
	       "case, %llu cases have more)\n",
	       (unsigned long long)sum.cases, (unsigned long long)sum.schedules,
	       (unsigned long long)scope->min_schedules, (unsigned long long)sum.recovered,
	       (unsigned long long)scope->min_states, (unsigned long long)sum.nested,
	       (unsigned long long)sum.kept, (unsigned long long)sum.reached,
	       (unsigned long long)sum.most_images, (unsigned long long)sum.most_leaked, SEED,
	       scope->pairs, scope->short_pairs, (unsigned long long)sum.short_cases, CASE_SHORT,
	       scope->triples, scope->long_triples, scope->depth, (unsigned long long)scope->nested,
	       (unsigned long long)sum.cut);
	return sum.schedules >= scope->min_schedules && sum.recovered >= scope->min_states;
}

int main(int argc, char **argv)
{
	struct proof *proof = NULL;
	unsigned int survivors;
	FILE *list = NULL;

	if (argc > 1 && !strcmp(argv[1], "--help"))
		return usage(0);
	for (scope = scopes; scope->name; scope++)
		if (argc > 1 && !strcmp(argv[1], scope->name))
			break;
	if (!scope->name || argc > 3)
		return usage(2);

	/* Figures of an earlier run do not stand for one that fails. */
	if (argc > 2) {
		remove(argv[2]);
		remove(list_path(argv[2]));
	}
	if (scope->orders &&
	    (workers_run(run_all, &case_counts, sizeof(case_counts), add_counts) || !enough()))
		return 1;
	if (argc > 2) {
		proof = proof_open(argv[2]);
		list = fopen(list_path(argv[2]), "w");
		CHECK(list);
	}
	survivors = try_mutants(list);
	printf("mutants of the pool %u, killed %u; orders of the volatile core are tried as "
	       "defects of the models\n",
	       pmem_nr_sites(), pmem_nr_sites() - survivors);
	if (proof) {
		report(proof, survivors);
		proof_close(proof);
		CHECK(!fclose(list));
	}
	return survivors != 0;
}
