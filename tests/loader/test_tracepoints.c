// SPDX-License-Identifier: GPL-2.0-or-later
/* What the loader makes of a kernel's BTF, on BTF made to measure. */
#include <bpf/btf.h>
#include <string.h>
#include <unistd.h>
#include "tracepoints.h"
#include "test.h"
#include "util.h"

static void add_tracepoint(struct btf *btf, const char *name, int parameters)
{
	char typedef_name[80];
	int proto = btf__add_func_proto(btf, 0);

	for (int i = 0; i < parameters + 1; i++)
		CHECK(!btf__add_func_param(btf, "", 0));
	snprintf(typedef_name, sizeof(typedef_name), "btf_trace_%s", name);
	CHECK(btf__add_typedef(btf, typedef_name, btf__add_ptr(btf, proto)) > 0);
}

/* A kernel with all tracepoints but @name, which has @parameters, or none if negative. */
static struct btf *kernel(const char *name, int parameters)
{
	struct btf *btf = btf__new_empty();

	CHECK(btf);
	for (size_t i = 0; i < tracepoint_count; i++) {
		const struct tracepoint *t = &tracepoints[i];

		if (strcmp(t->name, name))
			add_tracepoint(btf, t->name, t->parameters);
		else if (parameters >= 0)
			add_tracepoint(btf, name, parameters);
	}
	return btf;
}

static bool suffices(const char *name, int parameters, bool light)
{
	struct btf *btf = kernel(name, parameters);
	bool ok = tracepoints_suffice(btf, light);

	btf__free(btf);
	return ok;
}

static void shapes(void)
{
	for (size_t i = 0; i < tracepoint_count; i++) {
		const struct tracepoint *t = &tracepoints[i];
		bool needless = t->need != TP_LIGHT;

		CHECK(tracepoint_find(t->name) == t);
		CHECK(suffices(t->name, t->parameters, false));
		CHECK(suffices(t->name, -1, false) == (t->need == TP_OPTIONAL));
		CHECK(!suffices(t->name, t->parameters + 1, false));
		CHECK(!suffices(t->name, t->parameters - 1, false));
		CHECK(suffices(t->name, -1, true) == needless);
		CHECK(suffices(t->name, t->parameters + 1, true) == needless);
	}
	CHECK(!tracepoint_find("mm_compaction"));
}

/* A typedef of that name that is no pointer to a function is no tracepoint. */
static void impostor(void)
{
	struct btf *btf = btf__new_empty();
	int number = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);

	CHECK(btf__add_typedef(btf, "btf_trace_a", number) > 0);
	CHECK(btf__add_typedef(btf, "btf_trace_b", btf__add_ptr(btf, number)) > 0);
	CHECK(tracepoint_parameters(btf, "a") == -1);
	CHECK(tracepoint_parameters(btf, "b") == -1);
	CHECK(tracepoint_parameters(btf, "c") == -1);
	btf__free(btf);
}

static void names(void)
{
	struct btf *btf = btf__new_empty();
	char *names[4];

	btf__add_enum(btf, "migrate_reason", 4);
	CHECK(!btf__add_enum_value(btf, "MR_COMPACTION", 0));
	CHECK(!btf__add_enum_value(btf, "MR_SYSCALL", 2));
	CHECK(!btf__add_enum_value(btf, "MR_FAR", 4));
	CHECK(!btf__add_enum_value(btf, "MR_NEGATIVE", -1));
	enum_names(btf, "migrate_reason", "MR_", names, ARRAY_SIZE(names));
	CHECK(!strcmp(names[0], "compaction"));
	CHECK(!strcmp(names[1], "1"));
	CHECK(!strcmp(names[2], "syscall"));
	CHECK(!strcmp(names[3], "3"));
	free_names(names, ARRAY_SIZE(names));

	enum_names(btf, "no_such_enum", "X_", names, ARRAY_SIZE(names));
	CHECK(!strcmp(names[3], "3"));
	free_names(names, ARRAY_SIZE(names));
	btf__free(btf);
}

int main(void)
{
	/* The sentences for the user are meant here: keep them off the log. */
	CHECK(freopen("/dev/null", "w", stderr) || !access("/dev/null", W_OK));
	shapes();
	impostor();
	names();
	return 0;
}
