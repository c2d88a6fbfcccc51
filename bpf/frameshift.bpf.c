// SPDX-License-Identifier: GPL-2.0
/*
 * Counts what memory compaction does, on either allocator: runs and their
 * time by zone and trigger, migrations by reason, TLB flushes, deferrals, and
 * the moves made by the time each huge page was delivered. Everything is
 * summed here; no event travels to user space.
 *
 * A program is named after its tracepoint. The loader attaches those whose
 * tracepoint the running kernel has with the expected number of parameters,
 * so programs for tracepoints of the Frameshift kernel use no type that an
 * unpatched kernel lacks.
 *
 * Pairs (begin/end) live in task storage: a hash keyed by thread costs four
 * times as much and leaks entries of tasks that die.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "frameshift.h"

char LICENSE[] SEC("license") = "GPL";

#define TRACEPOINT(name, args...) SEC("tp_btf/" #name) int BPF_PROG(name, ##args)

struct fs_state state;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, FS_RUN_KEYS);
	__type(key, struct fs_key);
	__type(value, struct fs_run);
} runs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, FS_PHASES + 1);
	__type(key, __u32);
	__type(value, struct fs_phase);
} phases SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, FS_DELIVERIES);
	__type(key, __u32);
	__type(value, __u64);
} deliveries SEC(".maps");

/*
 * Pages isolated from each 2 MiB frame of the machine since the record began,
 * by page frame number. The loader gives it its size, and maps it: a system
 * call for each would leave slabs behind in the memory that is compacted.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} frames SEC(".maps");

struct span {
	__u64 start;
	__u64 off;
};

struct task {
	__u64 off_ns; /* time off the CPU while inside a span */
	__u64 off_since;
	__u32 runs_open;
	__u32 migrations_open;
	__u32 pool_open; /* compactions of a persistent pool */
	struct fs_key key; /* of the open run */
	__u64 blocked_since; /* the source frame's closing; 0: none is */
	struct span run;
	struct span migration[FS_NESTING];
	struct span pool;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct task);
} tasks SEC(".maps");

static const struct fs_run no_run;

static __always_inline void lose(enum fs_loss cause)
{
	__sync_fetch_and_add(&state.lost[cause], 1);
}

/*
 * The barrier keeps clang from rewriting the test as one of the upper bits,
 * from which the verifier learns no bound.
 */
#define WITHIN(index, size)         \
	({                          \
		barrier_var(index); \
		(index) < (size);   \
	})

static __always_inline void count_at(__u64 *array, __u64 size, __u64 index)
{
	if (WITHIN(index, size))
		array[index]++;
	else
		lose(FS_LOST_RANGE);
}

static __always_inline struct fs_phase *this_phase(void)
{
	__u32 phase = state.phase;

	return bpf_map_lookup_elem(&phases, &phase);
}

static __always_inline struct task *task_of(struct task_struct *p)
{
	return bpf_task_storage_get(&tasks, p, NULL, 0);
}

static __always_inline struct task *this_task(void)
{
	return task_of(bpf_get_current_task_btf());
}

static __always_inline struct task *this_task_or_new(void)
{
	struct task *t = bpf_task_storage_get(&tasks, bpf_get_current_task_btf(), NULL,
					      BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!t)
		lose(FS_LOST_STORAGE);
	return t;
}

/* The clock is read last on opening and first on closing: our own cost stays out. */
static __always_inline void span_open(const struct task *t, struct span *s)
{
	__sync_fetch_and_add(&state.in_flight, 1);
	s->off = t->off_ns;
	s->start = bpf_ktime_get_ns();
}

static __always_inline void span_close(const struct task *t, const struct span *s, __u64 now,
				       __u64 *ns, __u64 *sleep_ns)
{
	*ns += now - s->start;
	*sleep_ns += t->off_ns - s->off;
}

static __always_inline void keep_worst(__u64 *worst, __u64 ns)
{
	if (ns > *worst)
		*worst = ns;
}

/* The last thing a handler does: from here on a snapshot may be taken. */
static __always_inline void span_done(void)
{
	__sync_fetch_and_add(&state.activity, 1);
	__sync_fetch_and_add(&state.in_flight, -1);
}

static __always_inline void key_of(struct compact_control *cc, struct fs_key *key)
{
	struct zone *zone = cc->zone;
	struct pglist_data *node = zone->zone_pgdat;
	__u64 offset =
		(__u64)zone - (__u64)node - bpf_core_field_offset(struct pglist_data, node_zones);

	key->phase = state.phase;
	/* Fields behind the zones lie beyond a load's 16-bit offset: read them. */
	key->nid = BPF_CORE_READ(node, node_id);
	key->zone = offset / bpf_core_type_size(struct zone);
	if (cc->direct_compaction)
		key->trigger = FS_DIRECT;
	else if (cc->proactive_compaction)
		key->trigger = FS_PROACTIVE;
	else if (BPF_CORE_READ(node, kcompactd) == bpf_get_current_task_btf())
		key->trigger = FS_KCOMPACTD;
	else
		key->trigger = FS_MANUAL;
}

static __always_inline struct fs_run *run_of(const struct fs_key *key)
{
	struct fs_run *run = bpf_map_lookup_elem(&runs, key);

	if (!run) {
		bpf_map_update_elem(&runs, key, &no_run, BPF_NOEXIST);
		run = bpf_map_lookup_elem(&runs, key);
	}
	if (!run)
		lose(FS_LOST_RUN_KEY);
	return run;
}

/*
 * The counters of the run that @t is in. vmstat counts events when they occur,
 * so what the run does now belongs to the phase of now.
 */
static __always_inline struct fs_run *open_run(struct task *t)
{
	t->key.phase = state.phase;
	return run_of(&t->key);
}

/* One run: compact_zone() on one zone. */

TRACEPOINT(mm_compaction_begin, struct compact_control *cc)
{
	struct task *t = this_task_or_new();

	if (!t)
		return 0;
	if (t->runs_open++) {
		lose(FS_LOST_NESTED);
		return 0;
	}
	__sync_fetch_and_add(&state.begins, 1);
	key_of(cc, &t->key);
	span_open(t, &t->run);
	return 0;
}

TRACEPOINT(mm_compaction_end, struct compact_control *cc, unsigned long start, unsigned long end,
	   bool sync, int status)
{
	__u64 now = bpf_ktime_get_ns();
	__u64 ns = 0, sleep_ns = 0;
	struct task *t = this_task();
	struct fs_phase *p;
	struct fs_run *run;

	if (!t || !t->runs_open) {
		lose(FS_LOST_ORPHAN_END);
		return 0;
	}
	if (--t->runs_open)
		return 0;

	run = open_run(t);
	if (run) {
		run->runs++;
		run->migrate_scanned += cc->total_migrate_scanned;
		run->free_scanned += cc->total_free_scanned;
		count_at(run->status, FS_RESULTS, status);
		span_close(t, &t->run, now, &ns, &sleep_ns);
		run->ns += ns;
		run->sleep_ns += sleep_ns;
		p = this_phase();
		if (p)
			keep_worst(&p->worst.run_ns, ns - sleep_ns);
		__sync_fetch_and_add(&state.ends, 1);
	}
	span_done();
	return 0;
}

/* The kernel's own account of a run: an independent count of the above. */
TRACEPOINT(mm_compaction_stats, struct compact_control *cc, int status, __u64 ns)
{
	struct fs_key key;
	struct fs_run *run;

	key_of(cc, &key);
	run = run_of(&key);
	if (run) {
		run->kernel_runs++;
		run->kernel_ns += ns;
	}
	return 0;
}

TRACEPOINT(sched_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	struct task *t;
	__u64 now;

	if (!state.in_flight)
		return 0;

	now = bpf_ktime_get_ns();
	t = task_of(prev);
	if (t && (t->runs_open || t->migrations_open || t->pool_open))
		t->off_since = now;
	t = task_of(next);
	if (t && t->off_since) {
		t->off_ns += now - t->off_since;
		t->off_since = 0;
	}
	return 0;
}

/* LLFree's source frames. */

static __always_inline struct task *source_task(void)
{
	struct task *t = this_task();

	if (t && t->runs_open)
		return t;
	lose(FS_LOST_SOURCE_ORPHAN);
	return NULL;
}

TRACEPOINT(llfree_compact_source)
{
	struct task *t = source_task();
	struct fs_run *run = t ? open_run(t) : NULL;

	if (run) {
		run->sources++;
		t->blocked_since = bpf_ktime_get_ns();
	}
	return 0;
}

TRACEPOINT(llfree_compact_source_end, void *zone, unsigned long pfn, unsigned int order,
	   void *policy, int outcome)
{
	__u64 now = bpf_ktime_get_ns(), ns;
	struct task *t = source_task();
	struct fs_run *run = t ? open_run(t) : NULL;
	struct fs_phase *p = this_phase();

	if (!run)
		return 0;
	count_at(run->outcomes, FS_OUTCOMES, outcome);
	if (!t->blocked_since)
		return 0;
	ns = now - t->blocked_since;
	t->blocked_since = 0;
	run->blocked_ns += ns;
	if (p)
		keep_worst(&p->worst.blocked_ns, ns);
	return 0;
}

TRACEPOINT(llfree_compact_decision, void *zone, void *policy, bool target, __s64 frame, __u64 ns,
	   __u64 looked)
{
	struct task *t = source_task();
	struct fs_run *run = t ? open_run(t) : NULL;

	if (!run)
		return 0;
	if (target) {
		run->target_decisions++;
		run->target_ns += ns;
	} else {
		run->source_decisions++;
		run->source_ns += ns;
	}
	run->looked += looked;
	return 0;
}

/* Persistent pools. */

TRACEPOINT(llfree_pool_compact_begin)
{
	struct task *t = this_task_or_new();

	if (!t)
		return 0;
	if (t->pool_open++) {
		lose(FS_LOST_NESTED);
		return 0;
	}
	__sync_fetch_and_add(&state.begins, 1);
	span_open(t, &t->pool);
	return 0;
}

TRACEPOINT(llfree_pool_compact_end, int pool, const char *policy, __u64 frames, __u64 cleared,
	   __u64 moves, __u64 flushes, __u64 fences, __u64 copied)
{
	__u64 now = bpf_ktime_get_ns();
	struct fs_phase *p = this_phase();
	struct task *t = this_task();

	if (!t || !t->pool_open) {
		lose(FS_LOST_ORPHAN_END);
		return 0;
	}
	if (--t->pool_open)
		return 0;
	if (p) {
		p->pool.compactions++;
		span_close(t, &t->pool, now, &p->pool.ns, &p->pool.sleep_ns);
		p->pool.cleared += cleared;
		p->pool.flushes += flushes;
		p->pool.fences += fences;
		p->pool.copied += copied;
		__sync_fetch_and_add(&state.ends, 1);
	}
	span_done();
	return 0;
}

TRACEPOINT(llfree_pool_move, int pool, __u64 handle, unsigned int order, __u64 from, __s64 to)
{
	struct fs_phase *p = this_phase();

	if (!p)
		return 0;
	if (to < 0) {
		p->pool.given_up++;
	} else {
		p->pool.moves++;
		p->pool.pages += 1ULL << (order & 63);
	}
	return 0;
}

/* Why compaction ran or did not. */

TRACEPOINT(mm_compaction_suitable, struct zone *zone, int order, int result)
{
	struct fs_phase *p = this_phase();

	if (p)
		count_at(p->suitable, FS_RESULTS, result);
	return 0;
}

TRACEPOINT(mm_compaction_finished, struct zone *zone, int order, int result)
{
	struct fs_phase *p = this_phase();

	if (p)
		count_at(p->finished, FS_RESULTS, result);
	return 0;
}

#define COUNT_CALLS(tracepoint, field)             \
	TRACEPOINT(tracepoint)                     \
	{                                          \
		struct fs_phase *p = this_phase(); \
                                                   \
		if (p)                             \
			p->field++;                \
		return 0;                          \
	}

COUNT_CALLS(mm_compaction_try_to_compact_pages, attempts)
COUNT_CALLS(mm_compaction_deferred, deferred)
COUNT_CALLS(mm_compaction_defer_compaction, defer_raised)
COUNT_CALLS(mm_compaction_defer_reset, defer_reset)
COUNT_CALLS(mm_compaction_migratepages, batches)

#define COUNT_SCAN(tracepoint, field)                                                            \
	TRACEPOINT(tracepoint, unsigned long start, unsigned long end, unsigned long nr_scanned, \
		   unsigned long nr_taken)                                                       \
	{                                                                                        \
		struct fs_phase *p = this_phase();                                               \
                                                                                                 \
		if (p) {                                                                         \
			p->field.calls++;                                                        \
			p->field.scanned += nr_scanned;                                          \
			p->field.taken += nr_taken;                                              \
		}                                                                                \
		return 0;                                                                        \
	}

/* A call stays inside a frame. */
TRACEPOINT(mm_compaction_isolate_migratepages, unsigned long start, unsigned long end,
	   unsigned long nr_scanned, unsigned long nr_taken)
{
	struct fs_phase *p = this_phase();
	__u32 frame = start >> FS_HUGE_ORDER;
	__u64 *taken;

	if (!p)
		return 0;
	p->isolate_migrate.calls++;
	p->isolate_migrate.scanned += nr_scanned;
	p->isolate_migrate.taken += nr_taken;
	taken = bpf_map_lookup_elem(&frames, &frame);
	if (taken)
		__sync_fetch_and_add(taken, nr_taken);
	else
		lose(FS_LOST_RANGE);
	return 0;
}

COUNT_SCAN(mm_compaction_isolate_freepages, isolate_free)
COUNT_SCAN(mm_compaction_fast_isolate_freepages, fast_isolate_free)

/* What a direct compactor waited for all its zones. */
TRACEPOINT(mm_compaction_direct_end, int order, int prio, int result, bool captured, __u64 ns)
{
	struct fs_phase *p = this_phase();

	if (p) {
		p->stalls++;
		p->stall_ns += ns;
		p->captured += captured;
		keep_worst(&p->worst.stall_ns, ns);
	}
	return 0;
}

/*
 * Migration, by reason. It can nest: migrating for a system call may allocate
 * a target, and so compact, which migrates.
 */

TRACEPOINT(mm_migrate_pages_start)
{
	struct task *t = this_task_or_new();
	__u64 depth;

	if (!t)
		return 0;
	depth = t->migrations_open++;
	if (WITHIN(depth, FS_NESTING))
		span_open(t, &t->migration[depth]);
	else
		lose(FS_LOST_MIGRATE_DEPTH);
	return 0;
}

TRACEPOINT(mm_migrate_pages, unsigned long succeeded, unsigned long failed,
	   unsigned long thp_succeeded, unsigned long thp_failed, unsigned long thp_split,
	   unsigned long large_folio_split, int mode, __u64 reason)
{
	__u64 now = bpf_ktime_get_ns();
	struct task *t = this_task();
	struct fs_phase *p = this_phase();
	struct fs_migrate *m = NULL;
	struct fs_run *run;
	__u64 depth;

	if (p && WITHIN(reason, FS_REASONS)) {
		m = &p->migrate[reason];
		m->calls++;
		m->succeeded += succeeded;
		m->failed += failed;
		m->split += large_folio_split;
	} else {
		lose(FS_LOST_RANGE);
	}
	if (reason == MR_COMPACTION) {
		__sync_fetch_and_add(&state.moves, succeeded);
		run = t && t->runs_open ? open_run(t) : NULL;
		if (run)
			run->moved += succeeded;
	}

	if (!t || !t->migrations_open) {
		lose(FS_LOST_MIGRATE_ORPHAN);
		return 0;
	}
	depth = --t->migrations_open;
	if (WITHIN(depth, FS_NESTING)) {
		if (m)
			span_close(t, &t->migration[depth], now, &m->ns, &m->sleep_ns);
		span_done();
	}
	return 0;
}

/* What a move costs grows with how often the page is mapped. */
TRACEPOINT(set_migration_pte)
{
	struct task *t = this_task();
	struct fs_run *run = t && t->runs_open ? open_run(t) : NULL;

	if (run)
		run->mappings++;
	return 0;
}

/*
 * Flushes in a task that is compacting. A remote shootdown that another CPU
 * sent while this task ran is counted under that reason, not as ours.
 */
TRACEPOINT(tlb_flush, int reason)
{
	struct fs_phase *p;
	struct task *t;

	if (!state.in_flight)
		return 0;
	t = this_task();
	if (!t || !t->runs_open)
		return 0;
	p = this_phase();
	if (p)
		count_at(p->tlb, FS_TLB_REASONS, reason);
	return 0;
}

/*
 * A huge page was allocated: log the moves made so far. hugetlb and THP
 * allocate each huge page by itself, so one event is one frame; gigantic
 * hugetlb pages come from alloc_contig_range() and do not pass here.
 */
TRACEPOINT(mm_page_alloc, struct page *unused, unsigned int order)
{
	__u64 page = 0, *slot;
	__u32 n;

	if (order < FS_HUGE_ORDER)
		return 0;
	/*
	 * NULL tells a failed allocation, but the verifier believes that
	 * arguments of tracepoints are never NULL and drops the test: read the
	 * argument as a number.
	 */
	bpf_probe_read_kernel(&page, sizeof(page), ctx);
	if (!page)
		return 0;
	n = __sync_fetch_and_add(&state.deliveries, 1);
	slot = bpf_map_lookup_elem(&deliveries, &n);
	if (slot)
		*slot = state.moves;
	else
		lose(FS_LOST_DELIVERY);
	return 0;
}
