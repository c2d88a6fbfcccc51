/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One record, from the session that fills it to the JSON that is written. */
#ifndef RECORD_H
#define RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "frameshift.h"
#include "phases.h"
#include "vmstat.h"

struct json_object;

struct record_phase {
	char name[PHASE_NAME_MAX];
	char policy[32]; /* in force when the phase began */
	char targets[32]; /* likewise: where pages go; empty: the kernel offers no choice */
	bool preflight; /* likewise: are all pages of a source looked at before one moves? */
	bool settled; /* nothing was in flight at that moment */
	struct vmstat vmstat; /* deltas over the phase */
	struct fs_phase counts;
	uint64_t first_delivery; /* index into record.deliveries */
	uint64_t *isolated; /* pages isolated from each frame in the phase; NULL in light mode */
};

struct record_run {
	struct fs_key key;
	struct fs_run sums;
	char zone[16];
};

/* What the kernel tells of the attached programs themselves. */
struct record_probes {
	uint64_t misses; /* calls skipped because the program was running already */
	uint64_t calls; /* this and the next only with record.overhead */
	uint64_t ns;
};

struct record {
	bool light;
	bool overhead; /* measure the programs too, which makes each a little slower */
	char kernel_release[65];
	char allocator[16];
	bool has_stats; /* mm_compaction_stats was attached */
	bool has_stalls; /* mm_compaction_direct_end */
	bool has_sources; /* llfree_compact_source and _end */
	bool has_decisions; /* llfree_compact_decision */
	bool has_pool; /* llfree_pool_compact_begin, _end and llfree_pool_move */
	bool has_tlb; /* tlb_flush */
	bool has_mappings; /* set_migration_pte */

	size_t frame_count; /* 2 MiB frames from address 0 to the end of the last zone */

	struct record_phase *phases;
	size_t phase_count;
	struct record_run *runs; /* by phase, node, zone, trigger */
	size_t run_count;
	uint64_t *deliveries;
	size_t delivery_count;

	struct fs_state state; /* as it was when disarmed */
	struct record_probes probes;
	uint64_t refused_phases; /* beyond FS_PHASES */

	char *results[FS_RESULTS]; /* the kernel's names */
	char *reasons[FS_REASONS];
	char *tlb_reasons[FS_TLB_REASONS];
};

void record_free(struct record *r);

/*
 * Add a sentence to the array @why for each event that was lost and each count
 * that the kernel's own contradicts. The record is valid if there is none.
 */
void record_audit(const struct record *r, struct json_object *why);

/* The record as described in SCHEMA.md; the caller puts it. */
struct json_object *record_to_json(const struct record *r);

/* Causes of loss with their counts; NULL after the last. */
const char *record_loss(const struct record *r, size_t index, uint64_t *count);

#endif
