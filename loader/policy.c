// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * frameshift policy: compaction policies that are BPF programs.
 *
 * A loaded policy is held by the kernel, not by this process: it stays until it
 * is unloaded, and is found again by its name.
 */
#include <argp.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "subcommands.h"
#include "util.h"

#define SYSFS "/sys/kernel/mm/llfree/compact"
#define OPS "llfree_policy_ops"
#define MAX_POLICIES 64 /* of an object */

struct options {
	const char *verb, *name;
	bool verbose, select;
};

static const struct argp_option option_table[] = {
	{"select", 's', NULL, 0, "load: also use it from the next compaction on", 0},
	{"verbose", 'v', NULL, 0, "Show libbpf's and the verifier's messages", 0},
	{0},
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 's':
		o->select = true;
		return 0;
	case 'v':
		o->verbose = true;
		return 0;
	case ARGP_KEY_ARG:
		if (!o->verb)
			o->verb = arg;
		else if (!o->name)
			o->name = arg;
		else
			argp_error(state, "'%s' is too much", arg);
		return 0;
	case ARGP_KEY_END:
		if (!o->verb)
			argp_error(state, "load, unload or list?");
		if (strcmp(o->verb, "load") && strcmp(o->verb, "unload") && strcmp(o->verb, "list"))
			argp_error(state, "'%s' is not load, unload or list", o->verb);
		if (o->select && strcmp(o->verb, "load"))
			argp_error(state, "--select is for load");
		if (!strcmp(o->verb, "list") && o->name)
			argp_error(state, "'%s' is too much", o->name);
		if (strcmp(o->verb, "list") && !o->name)
			argp_error(state, "%s what?", o->verb);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options = option_table,
	.parser = parse_option,
	.args_doc = "load FILE\nunload NAME\nlist",
	.doc = "Load, unload or list compaction policies for LLFree that are BPF programs.\v"
	       "FILE is a BPF object with a policy; docs/policy-tutorial.md shows how to write "
	       "one. "
	       "A policy is chosen by its name in " SYSFS
	       ". After unloading, compactions that have begun go on with it, and new ones use "
	       "the built-in policy.\n\nExit status: 0, 1 with a sentence why not, 2 for wrong "
	       "options.",
};

static int silent(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

/* The policies' names, the current one in brackets. */
static bool policies(char *line, size_t size)
{
	if (read_file(SYSFS, line, size) > 0)
		return true;
	if (errno == ENOENT)
		complain("this kernel has no LLFree: %s does not exist", SYSFS);
	else
		complain("cannot read %s: %s", SYSFS, strerror(errno));
	return false;
}

static bool known(const char *line, const char *name)
{
	size_t length = strlen(name);

	while (*line) {
		line += strspn(line, " []\n");
		if (strcspn(line, " []\n") == length && !strncmp(line, name, length))
			return true;
		line += strcspn(line, " []\n");
	}
	return false;
}

static int list(void)
{
	char line[4096];

	if (!policies(line, sizeof(line)))
		return 1;
	fputs(line, stdout);
	return 0;
}

static int select_policy(const char *name)
{
	FILE *file = fopen(SYSFS, "w");

	if (!file || fprintf(file, "%s\n", name) < 0 || fclose(file)) {
		complain("cannot choose %s: %s", name, strerror(errno));
		return 1;
	}
	return 0;
}

/*
 * A field of the policy as the kernel holds it: the map's value is a struct
 * whose last member, data, is the kernel's struct.
 */
static const char *policy_name(const struct btf *btf, __u32 value_id, const void *value)
{
	const struct btf_type *type = btf__type_by_id(btf, value_id), *ops;
	const struct btf_member *data = btf_members(type) + btf_vlen(type) - 1;

	ops = btf__type_by_id(btf, btf__resolve_type(btf, data->type));
	for (int i = 0; i < btf_vlen(ops); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_members(ops)[i].name_off), "name"))
			return (const char *)value + data->offset / 8 +
			       btf_member_bit_offset(ops, i) / 8;
	return "";
}

/* The name of the policy in a map; empty if the map is none, or not in use. */
static void map_policy(int fd, const struct btf *btf, char *name, size_t size)
{
	struct bpf_map_info info = {};
	__u32 length = sizeof(info), zero = 0;
	const struct btf_type *type;
	void *value;

	name[0] = 0;
	if (bpf_obj_get_info_by_fd(fd, &info, &length) || info.type != BPF_MAP_TYPE_STRUCT_OPS)
		return;
	type = btf__type_by_id(btf, info.btf_vmlinux_value_type_id);
	if (!type || strcmp(btf__name_by_offset(btf, type->name_off), "bpf_struct_ops_" OPS))
		return;
	value = calloc(1, info.value_size);
	if (value && !bpf_map_lookup_elem(fd, &zero, value))
		snprintf(name, size, "%s", policy_name(btf, info.btf_vmlinux_value_type_id, value));
	free(value);
}

static int unload(const char *name)
{
	struct btf *btf = btf__load_vmlinux_btf();
	__u32 id = 0, zero = 0;
	char line[4096];
	int err = ENOENT;

	if (!btf) {
		complain("cannot read the kernel's BTF: %s", strerror(errno));
		return 1;
	}
	while (err && !bpf_map_get_next_id(id, &id)) {
		int fd = bpf_map_get_fd_by_id(id);
		char found[64];

		if (fd < 0)
			continue;
		map_policy(fd, btf, found, sizeof(found));
		if (!strcmp(found, name))
			err = bpf_map_delete_elem(fd, &zero) ? errno : 0;
		close(fd);
	}
	btf__free(btf);
	if (!err)
		return 0;
	if (geteuid())
		complain("unloading a policy needs root");
	else if (policies(line, sizeof(line)))
		complain(known(line, name) ? "%s is built in" : "no policy %s is loaded", name);
	return 1;
}

static const char *reason(int err)
{
	switch (err) {
	case EEXIST:
		return "a policy of this name exists already";
	case EPERM:
		return "this needs root";
	case ESRCH:
	case ENOTSUP:
	case 524: /* the kernel's ENOTSUPP */
		return "this kernel has no policies as BPF programs";
	case EACCES:
	case EINVAL:
		return "the kernel refuses it; --verbose shows why";
	default:
		return strerror(err);
	}
}

/* Register every policy of an object; none stays if one fails. */
static int register_policies(struct bpf_object *object, const char *file, bool use)
{
	struct bpf_link *links[MAX_POLICIES];
	struct bpf_map *map;
	int nr = 0, error = 0;

	bpf_object__for_each_map(map, object)
	{
		if (bpf_map__type(map) != BPF_MAP_TYPE_STRUCT_OPS)
			continue;
		if (nr == MAX_POLICIES)
			error = E2BIG;
		else if ((links[nr] = bpf_map__attach_struct_ops(map)))
			nr++;
		else
			error = errno;
		if (error)
			break;
	}
	if (error)
		complain("cannot load a policy of %s: %s", file, reason(error));
	for (int i = 0; i < nr; i++) {
		/* The kernel holds it from here on; else it goes with its link. */
		if (!error)
			bpf_link__disconnect(links[i]);
		bpf_link__destroy(links[i]);
	}
	if (error)
		return 1;
	if (!nr) {
		complain("%s holds no policy", file);
		return 1;
	}
	bpf_object__for_each_map(map, object)
	{
		struct btf *btf;
		char name[64];

		if (bpf_map__type(map) != BPF_MAP_TYPE_STRUCT_OPS)
			continue;
		btf = btf__load_vmlinux_btf();
		map_policy(bpf_map__fd(map), btf, name, sizeof(name));
		btf__free(btf);
		printf("%s\n", name);
		if (use && select_policy(name))
			return 1;
	}
	return 0;
}

static int load(const char *file, bool use)
{
	struct bpf_object *object;
	char line[4096];
	int status;

	if (!policies(line, sizeof(line)))
		return 1;
	if (access(file, R_OK)) {
		complain("cannot read %s: %s", file, strerror(errno));
		return 1;
	}
	object = bpf_object__open_file(file, NULL);
	if (!object) {
		complain("%s is not a BPF object", file);
		return 1;
	}
	if (bpf_object__load(object)) {
		complain("cannot load %s: %s", file, reason(errno));
		status = 1;
	} else {
		status = register_policies(object, file, use);
	}
	bpf_object__close(object);
	return status;
}

int policy_main(int argc, char **argv)
{
	struct options o = {};

	parse_options(&argp, "frameshift policy", argc, argv, 0, &o);

	if (!o.verbose)
		libbpf_set_print(silent);
	if (!strcmp(o.verb, "list"))
		return list();
	return !strcmp(o.verb, "load") ? load(o.name, o.select) : unload(o.name);
}
