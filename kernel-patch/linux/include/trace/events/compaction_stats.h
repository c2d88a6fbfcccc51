/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a compaction cost, whichever page allocator runs.  A supplement to
 * events/compaction.h, to be included after that.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM compaction

/* One translation unit creates both files' events. */
#undef TRACE_SYSTEM_VAR
#define TRACE_SYSTEM_VAR compaction_stats

#if !defined(_TRACE_COMPACTION_STATS_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_COMPACTION_STATS_H

#include <linux/tracepoint.h>

TRACE_EVENT(mm_compaction_direct_end,

	TP_PROTO(int order, int prio, int result, bool captured, u64 ns),

	TP_ARGS(order, prio, result, captured, ns),

	TP_STRUCT__entry(
		__field(int, order)
		__field(int, prio)
		__field(int, result)
		__field(bool, captured)
		__field(u64, ns)
	),

	TP_fast_assign(
		__entry->order = order;
		__entry->prio = prio;
		__entry->result = result;
		__entry->captured = captured;
		__entry->ns = ns;
	),

	TP_printk("order=%d priority=%d result=%s captured=%d ns=%llu",
		__entry->order,
		__entry->prio,
		__print_symbolic(__entry->result, COMPACTION_STATUS),
		__entry->captured,
		__entry->ns)
);

TRACE_EVENT(mm_compaction_stats,

	TP_PROTO(struct compact_control *cc, int status, u64 ns),

	TP_ARGS(cc, status, ns),

	TP_STRUCT__entry(
		__field(int, nid)
		__field(enum zone_type, idx)
		__field(int, order)
		__field(int, mode)
		__field(bool, direct)
		__field(bool, proactive)
		__field(int, status)
		__field(unsigned long, migrate_scanned)
		__field(unsigned long, free_scanned)
		__field(u64, ns)
	),

	TP_fast_assign(
		__entry->nid = zone_to_nid(cc->zone);
		__entry->idx = zone_idx(cc->zone);
		__entry->order = cc->order;
		__entry->mode = cc->mode;
		__entry->direct = cc->direct_compaction;
		__entry->proactive = cc->proactive_compaction;
		__entry->status = status;
		__entry->migrate_scanned = cc->total_migrate_scanned;
		__entry->free_scanned = cc->total_free_scanned;
		__entry->ns = ns;
	),

	TP_printk("node=%d zone=%-8s order=%d mode=%d direct=%d proactive=%d status=%s migrate_scanned=%lu free_scanned=%lu ns=%llu",
		__entry->nid,
		__print_symbolic(__entry->idx, ZONE_TYPE),
		__entry->order,
		__entry->mode,
		__entry->direct,
		__entry->proactive,
		__print_symbolic(__entry->status, COMPACTION_STATUS),
		__entry->migrate_scanned,
		__entry->free_scanned,
		__entry->ns)
);

#endif /* _TRACE_COMPACTION_STATS_H */

#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE compaction_stats
/* This part must be outside protection */
#include <trace/define_trace.h>
