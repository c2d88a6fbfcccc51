// SPDX-License-Identifier: GPL-2.0-or-later
#include "experiment.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "choice.h"
#include "feasible.h"
#include "kcore.h"
#include "phase.h"
#include "settle.h"
#include "sys.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

#define THP_ENABLED "/sys/kernel/mm/transparent_hugepage/enabled"

/* Background activity that the request regime turns off. */
static const char *const background[] = {
	"/proc/sys/vm/compaction_proactiveness",
	"/proc/sys/vm/watermark_boost_factor",
};

/* Counters of /proc/vmstat whose change over a step is noted with it. */
static const char *const counters[] = {
	"pgmigrate_success",
	"pgmigrate_fail",
	"compact_stall",
	"compact_success",
	"compact_fail",
	"compact_migrate_scanned",
	"compact_free_scanned",
	"compact_isolated",
	"compact_daemon_wake",
	"compact_daemon_migrate_scanned",
	"pgsteal_kswapd",
	"pgsteal_direct",
	"oom_kill",
};

static struct {
	bool saved;
	unsigned long background[COUNT(background)];
	const struct demand *demand; /* started and not yet stopped */
	FILE *steps;
} state;

const char experiment_help[] =
	"  --seed N            seed of everything random [42]\n"
	"  --perturb N         disturb the allocator before, by seed N; 0: do not [0]\n"
	"  --demand KIND       hugetlb, thp (page faults) or none (the control) [hugetlb]\n"
	"  --steps P,P,...     demand in percent of the feasible frames, ascending [10,50,90]\n"
	"  --regime REGIME     request: background policies off; system: on [request]\n"
	"  --out DIR           where steps.jsonl and frames-<k>.tsv go [.]\n"
	"  --help              print this\n"
	"\n"
	"Exit status: 0 done, 1 the system refused something, 2 wrong options.\n";

struct experiment experiment_default(const char *workload)
{
	return (struct experiment){
		.workload = workload,
		.seed = 42,
		.demand = &demand_hugetlb,
		.steps = {10, 50, 90},
		.nr_steps = 3,
		.out = ".",
	};
}

static void parse_steps(struct experiment *e, const char *value)
{
	char *list = strdup(value), *rest = list, *step;

	e->nr_steps = 0;
	while ((step = strsep(&rest, ","))) {
		unsigned int percent = (unsigned int)parse_number("--steps", step, 0, 100);

		if (e->nr_steps == MAX_STEPS)
			usage("--steps takes at most %d steps", MAX_STEPS);
		/* What a step holds goes on being held, and a percentage names one step. */
		if (e->nr_steps && percent <= e->steps[e->nr_steps - 1])
			usage("--steps ascend, %u does not after %u", percent,
			      e->steps[e->nr_steps - 1]);
		e->steps[e->nr_steps++] = percent;
	}
	free(list);
}

bool experiment_option(struct experiment *e, int option, const char *value)
{
	switch (option) {
	case 's':
		e->seed = parse_number("--seed", value, 0, UINT32_MAX);
		return true;
	case 'p':
		e->perturbation = parse_number("--perturb", value, 0, UINT32_MAX);
		return true;
	case 'd':
		e->demand = demand_find(value);
		if (!e->demand)
			usage("--demand is hugetlb, thp or none, not '%s'", value);
		return true;
	case 'n':
		parse_steps(e, value);
		return true;
	case 'r':
		e->system = !strcmp(value, "system");
		if (!e->system && strcmp(value, "request"))
			usage("--regime is request or system, not '%s'", value);
		return true;
	case 'o':
		e->out = value;
		return true;
	default:
		return false;
	}
}

/* Also on the way out after an error. */
static bool restore(void)
{
	bool clean = true;

	if (state.demand)
		clean = state.demand->stop();
	state.demand = NULL;
	if (state.saved) {
		for (size_t i = 0; i < COUNT(background); i++)
			clean &= file_write_number(background[i], state.background[i]);
	}
	state.saved = false;
	clean &= choices_restore();
	return clean;
}

static void restore_at_exit(void)
{
	restore();
}

/* What goes on once this returns: the signal, with what it does by itself. */
static void restore_and_die(int signal)
{
	restore();
	raise(signal);
}

/* What was to be ignored is. */
static void restore_when_killed(void)
{
	static const int signals[] = {SIGHUP, SIGINT, SIGPIPE, SIGTERM};
	struct sigaction action = {.sa_handler = restore_and_die, .sa_flags = SA_RESETHAND}, old;

	for (size_t i = 0; i < COUNT(signals); i++)
		sigaddset(&action.sa_mask, signals[i]);
	for (size_t i = 0; i < COUNT(signals); i++) {
		sigaction(signals[i], NULL, &old);
		if (old.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	}
}

void experiment_begin(const struct experiment *e)
{
	char path[4096];

	if (geteuid())
		die("needs root: page frame numbers are hidden from other users");
	snprintf(path, sizeof(path), "%s/steps.jsonl", e->out);
	state.steps = fopen(path, "we");
	if (!state.steps)
		die("cannot create %s: %s", path, strerror(errno));

	for (size_t i = 0; i < COUNT(background); i++)
		state.background[i] = file_read_number(background[i]);
	state.saved = true;
	atexit(restore_at_exit);
	restore_when_killed();
	if (!e->system) {
		for (size_t i = 0; i < COUNT(background); i++)
			file_set_number(background[i], 0);
	}
}

static struct snapshot take_snapshot(const struct experiment *e, unsigned int k,
				     const struct zone *zones, int nr_zones,
				     const struct pfn_list *pins)
{
	struct snapshot s = snapshot_take(zones, nr_zones, pins);
	char path[4096];

	snprintf(path, sizeof(path), "%s/frames-%u.tsv", e->out, k);
	snapshot_write(&s, zones, path);
	/* Where every folio is a page the counts say it all. */
	if (!k && s.folios) {
		snprintf(path, sizeof(path), "%s/folios-0.txt", e->out);
		snapshot_take_folios(&s, zones, pins, path);
	}
	return s;
}

static void print_snapshot_sums(const struct snapshot *s, const struct zone *zones, int nr_zones)
{
	unsigned long pcp = 0, unmovable_frames = 0;

	for (int i = 0; i < nr_zones; i++)
		pcp += zones[i].pcp;
	for (size_t i = 0; i < s->nr; i++)
		unmovable_frames += s->frames[i].pages[PAGE_UNMOVABLE] > 0;
	fprintf(state.steps,
		"\"frames\":%zu,\"unmovable_frames\":%lu,\"free_pages\":%lu,"
		"\"unknown_pages\":%lu,\"pcp_pages\":%lu",
		s->nr, unmovable_frames, snapshot_sum(s, PAGE_FREE), snapshot_sum(s, PAGE_UNKNOWN),
		pcp);
}

static void print_header(const struct experiment *e, const struct zone *zones, int nr_zones,
			 const struct snapshot *s, const struct feasibility *f)
{
	char thp[32];

	choice_read(THP_ENABLED, thp, sizeof(thp));
	fprintf(state.steps,
		"{\"type\":\"header\",\"workload\":\"%s\",\"mode\":\"%s\",\"demand\":\"%s\","
		"\"seed\":%llu,\"perturbation\":%llu,\"regime\":\"%s\",\"proactiveness\":%lu,"
		"\"thp\":\"%s\",\"zones\":[",
		e->workload, e->mode, e->demand->name, (unsigned long long)e->seed,
		(unsigned long long)e->perturbation, e->system ? "system" : "request",
		e->system ? state.background[0] : 0, thp);
	for (int i = 0; i < nr_zones; i++) {
		const struct zone *z = &zones[i];

		fprintf(state.steps,
			"%s{\"nid\":%d,\"zone\":\"%s\",\"free\":%lu,\"low\":%lu,\"boost\":%lu,"
			"\"lowmem_reserve\":%lu,\"compact_gap\":%lu,\"F\":%lu,\"E\":%lu,"
			"\"start_pfn\":%lu,\"spanned\":%lu}",
			i ? "," : "", z->nid, z->name, z->free, z->low, z->boost, z->reserve,
			compact_gap(), f->surplus[i], f->eligible[i], z->start_pfn, z->spanned);
	}
	fprintf(state.steps, "],\"feasible_chunks\":%lu,\"already_free\":%lu,", f->feasible,
		f->already_free);
	print_snapshot_sums(s, zones, nr_zones);
	fprintf(state.steps, ",\"references_known\":%s", kcore_running() ? "true" : "false");
	if (e->tell)
		e->tell(state.steps, 0);
	fputs("}\n", state.steps);
}

/* Huge frames by zone, as in {"DMA32":12}; a zone of another node than 0 as in "Normal@1". */
static void print_zone_split(const struct snapshot *s, const struct zone *zones, int nr_zones)
{
	unsigned long huge[MAX_ZONES] = {};

	for (size_t i = 0; i < s->nr; i++)
		huge[s->frames[i].zone] += s->frames[i].pages[PAGE_HUGE] == FRAME_PAGES;
	fputs("\"zone_split\":{", state.steps);
	for (int i = 0; i < nr_zones; i++) {
		fprintf(state.steps, "%s\"%s", i ? "," : "", zones[i].name);
		if (zones[i].nid)
			fprintf(state.steps, "@%d", zones[i].nid);
		fprintf(state.steps, "\":%lu", huge[i]);
	}
	fputs("},", state.steps);
}

static void run_step(const struct experiment *e, unsigned int step, const struct feasibility *f,
		     const struct pfn_list *pins)
{
	unsigned long before[COUNT(counters)], after[COUNT(counters)];
	unsigned int percent = e->steps[step - 1];
	unsigned long target = e->demand == &demand_none ? 0 : step_target(f, percent);
	unsigned long delivered;
	struct zone zones[MAX_ZONES];
	struct gains gains = {};
	struct snapshot s;
	char name[32];
	int nr_zones;

	snprintf(name, sizeof(name), "step-%u", step);
	phase(name);
	vmstat_read(counters, before, COUNT(counters));
	delivered = e->demand->raise(target, &gains);
	vmstat_read(counters, after, COUNT(counters));
	nr_zones = zones_read(zones);
	s = take_snapshot(e, step, zones, nr_zones, pins);

	fprintf(state.steps,
		"{\"type\":\"step\",\"step\":%u,\"phase\":\"%s\",\"demand_pct\":%u,"
		"\"already_free\":%lu,\"requested_chunks\":%lu,\"feasible_chunks\":%lu,"
		"\"delivered_chunks\":%lu,\"writes\":[",
		step, name, percent, f->already_free, target, f->feasible, delivered);
	for (size_t i = 0; i < gains.nr; i++)
		fprintf(state.steps, "%s%ld", i ? "," : "", gains.gain[i]);
	fputs("],", state.steps);
	print_zone_split(&s, zones, nr_zones);
	print_snapshot_sums(&s, zones, nr_zones);
	fputs(",\"vmstat\":{", state.steps);
	for (size_t i = 0; i < COUNT(counters); i++)
		fprintf(state.steps, "%s\"%s\":%lu", i ? "," : "", counters[i],
			after[i] - before[i]);
	fputs("}", state.steps);
	if (e->tell)
		e->tell(state.steps, step);
	fputs("}\n", state.steps);

	printf("%s %s: step %u (%u %%) asked for %lu frames and got %lu, %lu pages moved\n",
	       e->workload, e->mode, step, percent, target, delivered, after[0] - before[0]);
	gains_free(&gains);
	snapshot_free(&s);
}

/* More than a snapshot needs, wherever it is taken from. */
#define STACK_BYTES (256 << 10)

/* Pages of the stack that came while memory is read would be in no state, either. */
static __attribute__((noinline)) void grow_stack(void)
{
	char stack[STACK_BYTES];

	memset(stack, 0, sizeof(stack));
	__asm__ volatile("" : : "r"(stack) : "memory");
}

void experiment_run(const struct experiment *e, const struct pfn_list *pins)
{
	struct zone zones[MAX_ZONES];
	struct feasibility f;
	struct snapshot s;
	int nr_zones;

	phase("demand");
	/* The memory that a snapshot takes itself is there, and settled, before the one that
	 * counts. */
	grow_stack();
	nr_zones = zones_read(zones);
	s = snapshot_take(zones, nr_zones, pins);
	snapshot_free(&s);
	settle();
	nr_zones = zones_read(zones);
	s = take_snapshot(e, 0, zones, nr_zones, pins);
	f = feasibility(&s, zones, nr_zones);
	print_header(e, zones, nr_zones, &s, &f);
	snapshot_free(&s);

	e->demand->start(f.feasible);
	state.demand = e->demand;
	for (unsigned int step = 1; step <= e->nr_steps; step++)
		run_step(e, step, &f, pins);

	/* In the whole system's regime, what the background policies do next still counts. */
	if (e->system) {
		phase("after");
		sleep(3);
	}
}

void experiment_end(const struct experiment *e)
{
	bool clean;

	phase("end");
	clean = restore();
	fprintf(state.steps, "{\"type\":\"end\",\"clean\":%s", clean ? "true" : "false");
	if (e->system)
		fprintf(state.steps, ",\"moved_then_freed\":%lu", e->moved_then_freed);
	fputs("}\n", state.steps);
	if (fclose(state.steps))
		die("cannot write %s/steps.jsonl: %s", e->out, strerror(errno));
	if (!clean)
		die("the kernel kept some of the frames or settings of the experiment");
}
