// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "util.h"
#include "vmstat.h"

static const char *const prefixes[] = {
	"compact_", "pgmigrate_",  "thp_",    "htlb_",	  "pgsteal_",
	"pgscan_",  "allocstall_", "nr_tlb_", "oom_kill",
};

static bool wanted(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

bool vmstat_parse(const char *text, struct vmstat *v)
{
	v->count = 0;
	while (*text) {
		struct vmstat_counter *c = &v->counters[v->count];
		size_t length = strcspn(text, " \n");
		char *end;

		if (!length || length >= sizeof(c->name) || v->count == VMSTAT_MAX ||
		    text[length] != ' ' || !isdigit((unsigned char)text[length + 1]))
			return false;
		memcpy(c->name, text, length);
		c->name[length] = '\0';
		c->value = strtoull(text + length + 1, &end, 10);
		if (*end != '\n')
			return false;
		if (wanted(c->name))
			v->count++;
		text = end + 1;
	}
	return true;
}

bool vmstat_read(struct vmstat *v)
{
	static char text[1 << 16];

	if (read_file("/proc/vmstat", text, sizeof(text)) < 0) {
		complain("cannot read /proc/vmstat (%s): mount /proc", strerror(errno));
		return false;
	}
	if (!vmstat_parse(text, v)) {
		complain("/proc/vmstat has an unknown form: this kernel is too new for this tool");
		return false;
	}
	return true;
}

const uint64_t *vmstat_find(const struct vmstat *v, const char *name)
{
	for (size_t i = 0; i < v->count; i++)
		if (!strcmp(v->counters[i].name, name))
			return &v->counters[i].value;
	return NULL;
}

void vmstat_delta(const struct vmstat *before, const struct vmstat *later, struct vmstat *delta)
{
	*delta = *later;
	for (size_t i = 0; i < delta->count; i++) {
		const uint64_t *old = vmstat_find(before, delta->counters[i].name);

		delta->counters[i].value -= old ? *old : 0;
	}
}
