// SPDX-License-Identifier: GPL-2.0-or-later
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "tracepoints.h"
#include "session.h"
#include "util.h"
#include "zones.h"
/* Uses the types of frameshift.h. */
#include "frameshift.skel.h"

#define LLFREE_SYSFS "/sys/kernel/mm/llfree/"
#define SETTLE_TRIES 1000 /* of a millisecond each */

struct session {
	struct frameshift_bpf *skel;
	struct record *record;
	const volatile uint64_t *frames; /* pages isolated from each, in the map's memory */
	char *zoneinfo; /* before the record; NULL: unknown */
	struct record_probes before; /* arming */
	int stats_fd; /* run-time statistics are on while it is open; -1 */
};

static int print_none(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level, (void)format, (void)args;
	return 0;
}

static int print_all(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	return vfprintf(stderr, format, args);
}

/* The choice that a file of LLFree's sysfs folder tells, or @otherwise. */
static void read_choice(const char *file, const char *otherwise, char *choice, size_t size)
{
	char line[256], path[64];

	snprintf(path, sizeof(path), LLFREE_SYSFS "%s", file);
	bracketed(read_file(path, line, sizeof(line)) < 0 ? otherwise : line, choice, size);
}

static void read_policy(const struct record *r, char *policy, size_t size)
{
	if (!strcmp(r->allocator, "buddy"))
		snprintf(policy, size, "linux");
	else
		read_choice("compact", "unknown", policy, size);
}

/* What else LLFree's compaction can be told. */
static void read_engine(const struct record *r, struct record_phase *p)
{
	char preflight[4];

	if (!strcmp(r->allocator, "buddy"))
		return;
	read_choice("targets", "", p->targets, sizeof(p->targets));
	read_choice("preflight", "1", preflight, sizeof(preflight));
	p->preflight = preflight[0] == '1';
}

static void describe_kernel(struct record *r, const struct btf *btf)
{
	struct utsname names;

	uname(&names);
	snprintf(r->kernel_release, sizeof(r->kernel_release), "%s", names.release);
	read_choice("allocator", "buddy", r->allocator, sizeof(r->allocator));
	enum_names(btf, "compact_result", "COMPACT_", r->results, FS_RESULTS);
	enum_names(btf, "migrate_reason", "MR_", r->reasons, FS_REASONS);
	enum_names(btf, "tlb_flush_reason", "TLB_", r->tlb_reasons, FS_TLB_REASONS);
}

/* Switch off the programs that this mode or this kernel has no use for. */
static void choose_programs(struct session *s, const struct btf *btf)
{
	struct record *r = s->record;
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, s->skel->obj)
	{
		const char *name = bpf_program__name(prog);

		bpf_program__set_autoload(prog,
					  tracepoint_wanted(tracepoint_find(name), r->light) &&
						  tracepoint_parameters(btf, name) >= 0);
	}
	r->has_stats = bpf_program__autoload(s->skel->progs.mm_compaction_stats);
	r->has_stalls = bpf_program__autoload(s->skel->progs.mm_compaction_direct_end);
	r->has_sources = bpf_program__autoload(s->skel->progs.llfree_compact_source);
	r->has_decisions = bpf_program__autoload(s->skel->progs.llfree_compact_decision);
	r->has_pool = bpf_program__autoload(s->skel->progs.llfree_pool_compact_end);
	r->has_tlb = bpf_program__autoload(s->skel->progs.tlb_flush);
	r->has_mappings = bpf_program__autoload(s->skel->progs.set_migration_pte);
}

static size_t frames_bytes(const struct session *s)
{
	size_t page = sysconf(_SC_PAGESIZE), bytes = s->record->frame_count * sizeof(uint64_t);

	return (bytes + page - 1) / page * page;
}

static bool map_frames(struct session *s)
{
	void *frames;

	if (s->record->light)
		return true;
	frames = mmap(NULL, frames_bytes(s), PROT_READ, MAP_SHARED,
		      bpf_map__fd(s->skel->maps.frames), 0);
	if (frames == MAP_FAILED)
		return false;
	s->frames = frames;
	return true;
}

/* Room for every frame there is; memory that comes later is lost, and counted as such. */
static bool size_frames(struct session *s)
{
	struct record *r = s->record;

	if (r->light)
		return true;
	r->frame_count = (zones_end(s->zoneinfo) >> FS_HUGE_ORDER) + 1;
	return r->frame_count <= UINT32_MAX &&
	       !bpf_map__set_max_entries(s->skel->maps.frames, r->frame_count);
}

static bool load(struct session *s, bool verbose)
{
	struct btf *btf;
	int error = 0;

	btf = kernel_btf();
	if (!btf)
		return false;
	describe_kernel(s->record, btf);
	if (!tracepoints_suffice(btf, s->record->light)) {
		btf__free(btf);
		return false;
	}
	libbpf_set_print(verbose ? print_all : print_none);
	s->skel = frameshift_bpf__open();
	if (s->skel) {
		choose_programs(s, btf);
		error = size_frames(s) ? frameshift_bpf__load(s->skel) : -E2BIG;
		if (!error && !map_frames(s))
			error = -errno;
		if (!error)
			error = frameshift_bpf__attach(s->skel);
	}
	btf__free(btf);
	if (s->skel && !error)
		return true;
	if (error == -EPERM)
		complain("no permission to load BPF programs (CAP_BPF and CAP_PERFMON): run it as "
			 "root");
	else
		complain("the kernel refused the BPF programs (%s): `frameshift check --verbose` "
			 "shows its log",
			 strerror(error ? -error : errno));
	return false;
}

struct session *session_open(struct record *r, bool verbose)
{
	struct session *s = calloc(1, sizeof(*s));

	if (!s) {
		complain("out of memory");
		return NULL;
	}
	s->record = r;
	s->zoneinfo = read_long_file("/proc/zoneinfo");
	s->stats_fd = r->overhead ? bpf_enable_stats(BPF_STATS_RUN_TIME) : -1;
	if (load(s, verbose))
		return s;
	session_close(s);
	return NULL;
}

void session_close(struct session *s)
{
	if (s->frames)
		munmap((void *)s->frames, frames_bytes(s));
	frameshift_bpf__destroy(s->skel);
	if (s->stats_fd >= 0)
		close(s->stats_fd);
	free(s->zoneinfo);
	free(s);
}

static volatile struct fs_state *state(const struct session *s)
{
	return &s->skel->bss->state;
}

static struct record_probes read_probes(const struct session *s)
{
	struct record_probes sum = {};
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, s->skel->obj)
	{
		struct bpf_prog_info info = {};
		__u32 size = sizeof(info);

		if (!bpf_program__autoload(prog) ||
		    bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &size))
			continue;
		sum.misses += info.recursion_misses;
		sum.calls += info.run_cnt;
		sum.ns += info.run_time_ns;
	}
	return sum;
}

static void subtract_probes(struct record_probes *p, const struct record_probes *before)
{
	p->misses -= before->misses;
	p->calls -= before->calls;
	p->ns -= before->ns;
}

/*
 * Take /proc/vmstat at a moment at which nothing is in flight and during
 * whose reading nothing ended. If there is none in time, take it as it is.
 */
static bool snapshot(const struct session *s, struct vmstat *v, bool *settled)
{
	for (int tries = 0;; tries++) {
		uint64_t activity = state(s)->activity;
		bool last = tries == SETTLE_TRIES;

		if (!state(s)->in_flight || last) {
			if (!vmstat_read(v))
				return false;
			*settled = !state(s)->in_flight && activity == state(s)->activity;
			if (*settled || last)
				return true;
		}
		usleep(1000);
	}
}

/* A copy of the counts of all frames, or NULL for want of memory. */
static uint64_t *read_frames(const struct session *s)
{
	size_t count = s->record->frame_count;
	uint64_t *isolated = calloc(count + 1, sizeof(*isolated));

	for (size_t frame = 0; isolated && frame < count; frame++)
		isolated[frame] = s->frames[frame];
	return isolated;
}

/* What the phase began with turns into what it added. */
static void end_phase(struct record *r, const struct vmstat *later, const uint64_t *isolated)
{
	struct record_phase *p = &r->phases[r->phase_count - 1];
	struct vmstat before = p->vmstat;

	vmstat_delta(&before, later, &p->vmstat);
	for (size_t frame = 0; frame < r->frame_count; frame++)
		p->isolated[frame] = isolated[frame] - p->isolated[frame];
}

static void arm(struct session *s)
{
	volatile struct fs_state *st = state(s);

	st->begins = 0;
	st->ends = 0;
	st->moves = 0;
	st->deliveries = 0;
	for (size_t i = 0; i < FS_LOSSES; i++)
		st->lost[i] = 0;
	s->before = read_probes(s);
}

bool session_phase(struct session *s, const char *name)
{
	struct record *r = s->record;
	struct record_phase *p;

	if (r->phase_count == FS_PHASES) {
		r->refused_phases++;
		return true;
	}
	p = reallocarray(r->phases, r->phase_count + 1, sizeof(*p));
	if (!p) {
		complain("out of memory");
		return false;
	}
	r->phases = p;
	p += r->phase_count;
	memset(p, 0, sizeof(*p));
	snprintf(p->name, sizeof(p->name), "%s", name);
	read_policy(r, p->policy, sizeof(p->policy));
	read_engine(r, p);
	if (!snapshot(s, &p->vmstat, &p->settled))
		return false;
	if (!r->light) {
		p->isolated = read_frames(s);
		if (!p->isolated) {
			complain("out of memory");
			return false;
		}
	}
	if (r->phase_count)
		end_phase(r, &p->vmstat, p->isolated);
	else
		arm(s);
	p->first_delivery = state(s)->deliveries;
	state(s)->phase = ++r->phase_count;
	return true;
}

/* The longest of all CPUs', whose sum means nothing. */
static void keep_worst(struct fs_worst *worst, const struct fs_phase *values, int cpus)
{
	*worst = (struct fs_worst){};
	for (int cpu = 0; cpu < cpus; cpu++) {
		const struct fs_worst *own = &values[cpu].worst;

		if (own->run_ns > worst->run_ns)
			worst->run_ns = own->run_ns;
		if (own->stall_ns > worst->stall_ns)
			worst->stall_ns = own->stall_ns;
		if (own->blocked_ns > worst->blocked_ns)
			worst->blocked_ns = own->blocked_ns;
	}
}

/* Add up one value of a per-CPU map; all of them are arrays of __u64. */
static void sum_cpus(void *sum, size_t size, const void *values, int cpus)
{
	const __u64 *value = values;
	__u64 *total = sum;

	memset(sum, 0, size);
	for (int cpu = 0; cpu < cpus; cpu++)
		for (size_t i = 0; i < size / sizeof(__u64); i++)
			total[i] += *value++;
}

static bool collect_phases(struct session *s, void *values, int cpus)
{
	struct record *r = s->record;

	for (__u32 slot = 1; slot <= r->phase_count; slot++) {
		if (bpf_map_lookup_elem(bpf_map__fd(s->skel->maps.phases), &slot, values))
			return false;
		sum_cpus(&r->phases[slot - 1].counts, sizeof(struct fs_phase), values, cpus);
		keep_worst(&r->phases[slot - 1].counts.worst, values, cpus);
	}
	return true;
}

static int compare_runs(const void *left, const void *right)
{
	const struct fs_key *a = &((const struct record_run *)left)->key;
	const struct fs_key *b = &((const struct record_run *)right)->key;

	if (a->phase != b->phase)
		return a->phase < b->phase ? -1 : 1;
	if (a->nid != b->nid)
		return a->nid < b->nid ? -1 : 1;
	if (a->zone != b->zone)
		return a->zone < b->zone ? -1 : 1;
	return a->trigger < b->trigger ? -1 : a->trigger > b->trigger;
}

static bool collect_runs(struct session *s, void *values, int cpus)
{
	int fd = bpf_map__fd(s->skel->maps.runs);
	struct record *r = s->record;
	struct fs_key key, *previous = NULL;

	r->runs = calloc(FS_RUN_KEYS, sizeof(*r->runs));
	if (!r->runs)
		return false;
	while (!bpf_map_get_next_key(fd, previous, &key)) {
		struct record_run *run = &r->runs[r->run_count];

		previous = &key;
		if (key.phase == FS_UNARMED)
			continue;
		if (bpf_map_lookup_elem(fd, &key, values))
			return false;
		run->key = key;
		sum_cpus(&run->sums, sizeof(run->sums), values, cpus);
		zone_name(s->zoneinfo, key.nid, key.zone, run->zone, sizeof(run->zone));
		r->run_count++;
	}
	qsort(r->runs, r->run_count, sizeof(*r->runs), compare_runs);
	return true;
}

static bool collect_deliveries(struct session *s)
{
	int fd = bpf_map__fd(s->skel->maps.deliveries);
	struct record *r = s->record;
	__u32 n;

	r->delivery_count =
		r->state.deliveries < FS_DELIVERIES ? r->state.deliveries : FS_DELIVERIES;
	r->deliveries = calloc(r->delivery_count + 1, sizeof(*r->deliveries));
	if (!r->deliveries)
		return false;
	for (n = 0; n < r->delivery_count; n++)
		if (bpf_map_lookup_elem(fd, &n, &r->deliveries[n]))
			return false;
	return true;
}

bool session_collect(struct session *s)
{
	int cpus = libbpf_num_possible_cpus();
	struct record *r = s->record;
	struct vmstat last;
	uint64_t *isolated;
	bool settled, ok;
	void *values;

	if (cpus < 0 || !snapshot(s, &last, &settled))
		return false;
	isolated = read_frames(s);
	if (!isolated)
		return false;
	r->state = *state(s);
	state(s)->phase = FS_UNARMED;
	r->probes = read_probes(s);
	subtract_probes(&r->probes, &s->before);
	end_phase(r, &last, isolated);
	free(isolated);

	values = malloc(cpus * (sizeof(struct fs_phase) + sizeof(struct fs_run)));
	ok = values && collect_phases(s, values, cpus) && collect_runs(s, values, cpus) &&
	     collect_deliveries(s);
	if (!ok)
		complain("cannot read the counters back (%s)", strerror(errno));
	free(values);
	return ok;
}

void record_free(struct record *r)
{
	for (size_t i = 0; i < r->phase_count; i++)
		free(r->phases[i].isolated);
	free(r->phases);
	free(r->runs);
	free(r->deliveries);
	free_names(r->results, FS_RESULTS);
	free_names(r->reasons, FS_REASONS);
	free_names(r->tlb_reasons, FS_TLB_REASONS);
}
