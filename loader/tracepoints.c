// SPDX-License-Identifier: GPL-2.0-or-later
#include <bpf/btf.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tracepoints.h"
#include "util.h"

const struct tracepoint tracepoints[] = {
	{"mm_compaction_begin", 4, TP_LIGHT, "runs"},
	{"mm_compaction_end", 5, TP_LIGHT, "runs"},
	{"sched_switch", 4, TP_LIGHT, "sleeps"},
	{"mm_compaction_suitable", 3, TP_DETAIL, "decisions"},
	{"mm_compaction_finished", 3, TP_DETAIL, "decisions"},
	{"mm_compaction_try_to_compact_pages", 3, TP_DETAIL, "decisions"},
	{"mm_compaction_deferred", 2, TP_DETAIL, "deferral"},
	{"mm_compaction_defer_compaction", 2, TP_DETAIL, "deferral"},
	{"mm_compaction_defer_reset", 2, TP_DETAIL, "deferral"},
	{"mm_compaction_isolate_migratepages", 4, TP_DETAIL, "scanners"},
	{"mm_compaction_isolate_freepages", 4, TP_DETAIL, "scanners"},
	{"mm_compaction_fast_isolate_freepages", 4, TP_DETAIL, "scanners"},
	{"mm_compaction_migratepages", 2, TP_DETAIL, "batches"},
	{"mm_migrate_pages_start", 2, TP_DETAIL, "moves"},
	{"mm_migrate_pages", 8, TP_DETAIL, "moves"},
	{"mm_page_alloc", 4, TP_DETAIL, "deliveries"},
	{"tlb_flush", 2, TP_OPTIONAL, "TLB flushes"},
	{"set_migration_pte", 3, TP_OPTIONAL, "mappings of what is moved"},
	{"mm_compaction_direct_end", 5, TP_OPTIONAL, "stalls (Frameshift kernel)"},
	{"mm_compaction_stats", 3, TP_OPTIONAL, "second count of runs (Frameshift kernel)"},
	{"llfree_compact_source", 6, TP_OPTIONAL, "source frames (Frameshift kernel)"},
	{"llfree_compact_source_end", 9, TP_OPTIONAL, "source frames (Frameshift kernel)"},
	{"llfree_compact_decision", 6, TP_OPTIONAL, "the policy's answers (Frameshift kernel)"},
	{"llfree_pool_compact_begin", 4, TP_OPTIONAL, "persistent pools (Frameshift kernel)"},
	{"llfree_pool_compact_end", 8, TP_OPTIONAL, "persistent pools (Frameshift kernel)"},
	{"llfree_pool_move", 5, TP_OPTIONAL, "persistent pools (Frameshift kernel)"},
};

const size_t tracepoint_count = ARRAY_SIZE(tracepoints);

const struct tracepoint *tracepoint_find(const char *name)
{
	for (size_t i = 0; i < tracepoint_count; i++)
		if (!strcmp(tracepoints[i].name, name))
			return &tracepoints[i];
	return NULL;
}

/* typedef void (*btf_trace_NAME)(void *, parameters...) */
int tracepoint_parameters(const struct btf *btf, const char *name)
{
	const struct btf_type *t;
	char typedef_name[80];
	int id;

	snprintf(typedef_name, sizeof(typedef_name), "btf_trace_%s", name);
	id = btf__find_by_name_kind(btf, typedef_name, BTF_KIND_TYPEDEF);
	if (id < 0)
		return -1;
	t = btf__type_by_id(btf, btf__type_by_id(btf, id)->type);
	if (!btf_is_ptr(t))
		return -1;
	t = btf__type_by_id(btf, t->type);
	return btf_is_func_proto(t) ? btf_vlen(t) - 1 : -1;
}

bool tracepoint_wanted(const struct tracepoint *t, bool light)
{
	return !light || t->need == TP_LIGHT;
}

bool tracepoints_suffice(const struct btf *btf, bool light)
{
	for (size_t i = 0; i < tracepoint_count; i++) {
		const struct tracepoint *t = &tracepoints[i];
		int has = tracepoint_parameters(btf, t->name);

		if (!tracepoint_wanted(t, light) || has == t->parameters)
			continue;
		if (has >= 0) {
			complain("the kernel's tracepoint %s has %d parameters where this tool "
				 "knows %d: use the frameshift built for this kernel",
				 t->name, has, t->parameters);
			return false;
		}
		if (t->need != TP_OPTIONAL) {
			complain("the kernel has no tracepoint %s: boot one built with "
				 "CONFIG_COMPACTION, CONFIG_MIGRATION and CONFIG_TRACEPOINTS",
				 t->name);
			return false;
		}
	}
	return true;
}

struct btf *kernel_btf(void)
{
	struct btf *btf;

	if (access(BTF_PATH, R_OK)) {
		complain("cannot read " BTF_PATH
			 " (%s): mount /sys and boot a kernel built with CONFIG_DEBUG_INFO_BTF",
			 strerror(errno));
		return NULL;
	}
	btf = btf__parse(BTF_PATH, NULL);
	if (!btf)
		complain("cannot parse " BTF_PATH
			 " (%s): this kernel's BTF is newer than libbpf %d.%d",
			 strerror(errno), LIBBPF_MAJOR_VERSION, LIBBPF_MINOR_VERSION);
	return btf;
}

static char *enum_value_name(const char *name, const char *prefix)
{
	char *lower;

	if (!strncmp(name, prefix, strlen(prefix)))
		name += strlen(prefix);
	lower = strdup(name);
	for (char *c = lower; c && *c; c++)
		*c = tolower(*c);
	return lower;
}

void enum_names(const struct btf *btf, const char *type, const char *prefix, char **names,
		size_t count)
{
	int id = btf__find_by_name_kind(btf, type, BTF_KIND_ENUM);
	const struct btf_type *t = id < 0 ? NULL : btf__type_by_id(btf, id);

	memset(names, 0, count * sizeof(*names));
	for (int i = 0; t && i < btf_vlen(t); i++) {
		const struct btf_enum *e = &btf_enum(t)[i];

		if (e->val >= 0 && (size_t)e->val < count && !names[e->val])
			names[e->val] =
				enum_value_name(btf__name_by_offset(btf, e->name_off), prefix);
	}
	for (size_t i = 0; i < count; i++)
		if (!names[i] && asprintf(&names[i], "%zu", i) < 0)
			names[i] = NULL;
}

void free_names(char **names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(names[i]);
}
