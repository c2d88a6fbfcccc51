/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the BPF programs count and the loader reads: the only thing the two
 * sides share. Counters are __u64 so that a per-CPU value can be summed as an
 * array, and because the skeleton copies these types into C.
 */
#ifndef FRAMESHIFT_H
#define FRAMESHIFT_H

#ifndef __bpf__ /* there vmlinux.h has the types */
#include <linux/types.h>
#endif

enum {
	FS_PHASES = 64, /* phases of one record */
	FS_RUN_KEYS = 512, /* (phase, zone, trigger) tuples that occurred */
	FS_DELIVERIES = 16384, /* huge allocations logged in one record */
	FS_HUGE_ORDER = 9, /* orders from here on are deliveries */
	FS_NESTING = 4, /* depth of migrate_pages() inside itself */

	/* Room for the kernel's enums; a value beyond counts as FS_LOST_RANGE. */
	FS_RESULTS = 16, /* enum compact_result */
	FS_REASONS = 16, /* enum migrate_reason */
	FS_TLB_REASONS = 8, /* enum tlb_flush_reason */
};

/* Slot 0 takes what happens before the record is armed and is thrown away. */
#define FS_UNARMED 0

enum fs_trigger {
	FS_DIRECT,
	FS_KCOMPACTD,
	FS_PROACTIVE,
	FS_MANUAL,
	FS_TRIGGERS,
};

/* How a source frame of LLFree's compaction ended. */
enum fs_outcome {
	FS_CLEARED,
	FS_PARTIAL,
	FS_PINNED,
	FS_NOMEM,
	FS_ABORTED,
	FS_OUTCOMES,
};

enum fs_loss {
	FS_LOST_STORAGE, /* no task storage at a begin */
	FS_LOST_ORPHAN_END, /* end of a run whose begin was not seen */
	FS_LOST_NESTED, /* begin inside a run of the same task */
	FS_LOST_MIGRATE_ORPHAN, /* end of a migration without its start */
	FS_LOST_MIGRATE_DEPTH, /* migrations nested beyond FS_NESTING */
	FS_LOST_SOURCE_ORPHAN, /* LLFree source frame outside any run */
	FS_LOST_RUN_KEY, /* table of runs full */
	FS_LOST_DELIVERY, /* log of deliveries full */
	FS_LOST_RANGE, /* a result, reason or frame beyond the arrays here */
	FS_LOSSES,
};

struct fs_key {
	__u32 phase;
	__u32 nid;
	__u32 zone;
	__u32 trigger;
};

/* All compact_zone() runs of one key. */
struct fs_run {
	__u64 runs;
	__u64 ns; /* begin to end, sleeps included */
	__u64 sleep_ns; /* the part of ns spent off the CPU */
	__u64 migrate_scanned;
	__u64 free_scanned;
	__u64 moved; /* base pages migrated inside the runs */
	__u64 status[FS_RESULTS];
	__u64 kernel_runs; /* the same runs as mm_compaction_stats says */
	__u64 kernel_ns;
	__u64 sources;
	__u64 outcomes[FS_OUTCOMES];
	__u64 blocked_ns; /* source frames closed to allocations, sleeps included */
	__u64 source_decisions; /* answers of LLFree's policy, and what they took */
	__u64 source_ns;
	__u64 target_decisions;
	__u64 target_ns;
	__u64 looked; /* child words read for them */
	__u64 mappings; /* page table entries that a migration replaced */
};

/* The longest one of each. */
struct fs_worst {
	__u64 run_ns; /* a run, sleeps subtracted */
	__u64 stall_ns; /* a direct compaction, all its zones */
	__u64 blocked_ns; /* a source frame closed */
};

struct fs_scan {
	__u64 calls;
	__u64 scanned;
	__u64 taken;
};

struct fs_migrate {
	__u64 calls;
	__u64 succeeded; /* base pages */
	__u64 failed;
	__u64 split; /* large folios */
	__u64 ns;
	__u64 sleep_ns;
};

/* Persistent pools: their compactions, and moves whoever asked for them. */
struct fs_pool {
	__u64 compactions;
	__u64 ns; /* begin to end, sleeps included */
	__u64 sleep_ns;
	__u64 cleared; /* frames, or pairs of them */
	__u64 flushes; /* cache lines; of everybody while they ran, as the next two */
	__u64 fences;
	__u64 copied; /* bytes */
	__u64 moves; /* allocations */
	__u64 pages; /* of them */
	__u64 given_up; /* moves */
};

/* What is not keyed by a run. */
struct fs_phase {
	__u64 suitable[FS_RESULTS];
	__u64 finished[FS_RESULTS];
	__u64 attempts; /* try_to_compact_pages() */
	__u64 deferred; /* attempts skipped by deferral, per zone */
	__u64 defer_raised;
	__u64 defer_reset;
	struct fs_scan isolate_migrate;
	struct fs_scan isolate_free;
	struct fs_scan fast_isolate_free;
	__u64 batches; /* lists of pages handed to migration */
	struct fs_migrate migrate[FS_REASONS];
	__u64 tlb[FS_TLB_REASONS];
	__u64 stalls; /* mm_compaction_direct_end */
	__u64 stall_ns;
	__u64 captured;
	struct fs_pool pool;
	struct fs_worst worst; /* of the CPU; not summed */
};

/* Globals. The loader writes `phase`, and zeroes the rest when it arms. */
struct fs_state {
	__u64 phase;
	__u64 in_flight; /* compactions and migrations now open */
	__u64 activity; /* grows whenever one closes */
	__u64 begins; /* runs opened */
	__u64 ends; /* runs closed and counted */
	__u64 moves; /* base pages moved by compaction */
	__u64 deliveries;
	__u64 lost[FS_LOSSES];
};

#endif
