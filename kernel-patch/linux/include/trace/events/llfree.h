/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM llfree

#if !defined(_TRACE_LLFREE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_LLFREE_H

#include <linux/mmzone.h>
#include <linux/tracepoint.h>

/* enum llfree_outcome */
#define show_llfree_outcome(outcome)			\
	__print_symbolic(outcome,			\
			 { 0, "cleared" },		\
			 { 1, "partial" },		\
			 { 2, "pinned" },		\
			 { 3, "nomem" },		\
			 { 4, "aborted" })

TRACE_EVENT(llfree_compact_source,

	TP_PROTO(struct zone *zone, unsigned long pfn, unsigned int order,
		 const char *policy, unsigned int free, unsigned int used),

	TP_ARGS(zone, pfn, order, policy, free, used),

	TP_STRUCT__entry(
		__field(int, nid)
		__field(int, idx)
		__field(unsigned long, pfn)
		__field(int, order)
		__string(policy, policy)
		__field(unsigned int, free)
		__field(unsigned int, used)
	),

	TP_fast_assign(
		__entry->nid = zone_to_nid(zone);
		__entry->idx = zone_idx(zone);
		__entry->pfn = pfn;
		__entry->order = order;
		__assign_str(policy);
		__entry->free = free;
		__entry->used = used;
	),

	TP_printk("node=%d zone=%d pfn=0x%lx order=%d policy=%s free=%u used=%u",
		  __entry->nid, __entry->idx, __entry->pfn, __entry->order,
		  __get_str(policy), __entry->free, __entry->used)
);

TRACE_EVENT(llfree_compact_source_end,

	TP_PROTO(struct zone *zone, unsigned long pfn, unsigned int order,
		 const char *policy, int outcome, unsigned int isolated,
		 unsigned int migrated, unsigned int failed, unsigned int left),

	TP_ARGS(zone, pfn, order, policy, outcome, isolated, migrated, failed,
		left),

	TP_STRUCT__entry(
		__field(int, nid)
		__field(int, idx)
		__field(unsigned long, pfn)
		__field(int, order)
		__string(policy, policy)
		__field(int, outcome)
		__field(unsigned int, isolated)
		__field(unsigned int, migrated)
		__field(unsigned int, failed)
		__field(unsigned int, left)
	),

	TP_fast_assign(
		__entry->nid = zone_to_nid(zone);
		__entry->idx = zone_idx(zone);
		__entry->pfn = pfn;
		__entry->order = order;
		__assign_str(policy);
		__entry->outcome = outcome;
		__entry->isolated = isolated;
		__entry->migrated = migrated;
		__entry->failed = failed;
		__entry->left = left;
	),

	TP_printk("node=%d zone=%d pfn=0x%lx order=%d policy=%s outcome=%s isolated=%u migrated=%u failed=%u left=%u",
		  __entry->nid, __entry->idx, __entry->pfn, __entry->order,
		  __get_str(policy), show_llfree_outcome(__entry->outcome),
		  __entry->isolated, __entry->migrated, __entry->failed,
		  __entry->left)
);

/*
 * A policy's answer: which frame is emptied next, or filled next. The frame is
 * an index from the start of the zone's instance, -1 for none; ns is what the
 * question took, and looked the child words that were read for it.
 */
TRACE_EVENT(llfree_compact_decision,

	TP_PROTO(struct zone *zone, const char *policy, bool target,
		 long long frame, u64 ns, u64 looked),

	TP_ARGS(zone, policy, target, frame, ns, looked),

	TP_STRUCT__entry(
		__field(int, nid)
		__field(int, idx)
		__string(policy, policy)
		__field(bool, target)
		__field(long long, frame)
		__field(u64, ns)
		__field(u64, looked)
	),

	TP_fast_assign(
		__entry->nid = zone_to_nid(zone);
		__entry->idx = zone_idx(zone);
		__assign_str(policy);
		__entry->target = target;
		__entry->frame = frame;
		__entry->ns = ns;
		__entry->looked = looked;
	),

	TP_printk("node=%d zone=%d policy=%s %s=%lld ns=%llu looked=%llu",
		  __entry->nid, __entry->idx, __get_str(policy),
		  __entry->target ? "target" : "source", __entry->frame,
		  __entry->ns, __entry->looked)
);

/* A persistent pool's compaction; frames: how many are wanted, 0 for all. */
TRACE_EVENT(llfree_pool_compact_begin,

	TP_PROTO(int pool, const char *policy, u64 frames, int order),

	TP_ARGS(pool, policy, frames, order),

	TP_STRUCT__entry(
		__field(int, pool)
		__string(policy, policy)
		__field(u64, frames)
		__field(int, order)
	),

	TP_fast_assign(
		__entry->pool = pool;
		__assign_str(policy);
		__entry->frames = frames;
		__entry->order = order;
	),

	TP_printk("pool=%d policy=%s frames=%llu order=%d",
		  __entry->pool, __get_str(policy), __entry->frames,
		  __entry->order)
);

/* What follows frames is of everybody while it ran; copied in bytes. */
TRACE_EVENT(llfree_pool_compact_end,

	TP_PROTO(int pool, const char *policy, u64 frames, u64 cleared,
		 u64 moves, u64 flushes, u64 fences, u64 copied),

	TP_ARGS(pool, policy, frames, cleared, moves, flushes, fences, copied),

	TP_STRUCT__entry(
		__field(int, pool)
		__string(policy, policy)
		__field(u64, frames)
		__field(u64, cleared)
		__field(u64, moves)
		__field(u64, flushes)
		__field(u64, fences)
		__field(u64, copied)
	),

	TP_fast_assign(
		__entry->pool = pool;
		__assign_str(policy);
		__entry->frames = frames;
		__entry->cleared = cleared;
		__entry->moves = moves;
		__entry->flushes = flushes;
		__entry->fences = fences;
		__entry->copied = copied;
	),

	TP_printk("pool=%d policy=%s frames=%llu cleared=%llu moves=%llu flushes=%llu fences=%llu copied=%llu",
		  __entry->pool, __get_str(policy), __entry->frames,
		  __entry->cleared, __entry->moves, __entry->flushes,
		  __entry->fences, __entry->copied)
);

/*
 * An allocation of a persistent pool was moved, or given up when its target was
 * taken already; to is an index of a page, as from is, or an error.
 */
TRACE_EVENT(llfree_pool_move,

	TP_PROTO(int pool, u64 handle, unsigned int order, u64 from,
		 long long to),

	TP_ARGS(pool, handle, order, from, to),

	TP_STRUCT__entry(
		__field(int, pool)
		__field(u64, handle)
		__field(int, order)
		__field(u64, from)
		__field(long long, to)
	),

	TP_fast_assign(
		__entry->pool = pool;
		__entry->handle = handle;
		__entry->order = order;
		__entry->from = from;
		__entry->to = to;
	),

	TP_printk("pool=%d handle=0x%llx order=%d from=%llu to=%lld",
		  __entry->pool, __entry->handle, __entry->order,
		  __entry->from, __entry->to)
);

#endif /* _TRACE_LLFREE_H */

/* This part must be outside protection */
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE llfree
#include <trace/define_trace.h>
