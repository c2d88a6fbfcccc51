// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Register and unregister a policy again and again, as fast as it goes: its
 * programs are loaded once, each turn makes a map of its own.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SYSFS "/sys/kernel/mm/llfree/compact"
#define VALUE "bpf_struct_ops_llfree_policy_ops"

static struct btf *btf;
static const struct btf_type *value_type;
static __u32 value_id;
static int object_btf; /* the kernel wants to see one */

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void choose(const char *name)
{
	FILE *file = fopen(SYSFS, "w");

	if (!file || fprintf(file, "%s\n", name) < 0 || fclose(file))
		die(SYSFS);
}

static const struct btf_member *data_member(void)
{
	return btf_members(value_type) + btf_vlen(value_type) - 1;
}

/* What the kernel wants to see: programs by their descriptors, and the name. */
static void *make_value(struct bpf_object *object)
{
	const struct btf_type *ops = btf__type_by_id(btf, data_member()->type);
	char *value = calloc(1, value_type->size), *data = value + data_member()->offset / 8;
	struct bpf_program *program;

	for (int i = 0; i < btf_vlen(ops); i++) {
		const char *name = btf__name_by_offset(btf, btf_members(ops)[i].name_off);
		char *member = data + btf_member_bit_offset(ops, i) / 8;

		if (!strcmp(name, "name"))
			strcpy(member, "policyload");
		bpf_object__for_each_program(
			program, object) if (!strcmp(name, bpf_program__name(program))) *
			(unsigned long *)member = bpf_program__fd(program);
	}
	return value;
}

static void turn(const void *value)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .btf_fd = object_btf,
		    .btf_vmlinux_value_type_id = value_id);
	__u32 zero = 0;
	int fd = bpf_map_create(BPF_MAP_TYPE_STRUCT_OPS, "policyload", sizeof(zero),
				value_type->size, 1, &options);

	if (fd < 0)
		die("bpf_map_create");
	if (bpf_map_update_elem(fd, &zero, value, 0))
		die("register");
	choose("policyload");
	/* Compactions begin with it. */
	sched_yield();
	if (bpf_map_delete_elem(fd, &zero))
		die("unregister");
	close(fd);
}

int main(int argc, char **argv)
{
	struct bpf_object *object;
	void *value;
	long turns;
	int id;

	if (argc != 3) {
		fprintf(stderr, "Usage: policyload TURNS OBJECT\n"
				"Registers the policy of OBJECT, selects it and unregisters it, "
				"TURNS times.\n");
		return 2;
	}
	turns = strtol(argv[1], NULL, 10);
	btf = btf__load_vmlinux_btf();
	object = bpf_object__open_file(argv[2], NULL);
	if (!btf || !object || bpf_object__load(object))
		die(argv[2]);
	id = btf__find_by_name_kind(btf, VALUE, BTF_KIND_STRUCT);
	if (id < 0)
		die(VALUE);
	value_id = id;
	value_type = btf__type_by_id(btf, id);
	object_btf = bpf_object__btf_fd(object);
	value = make_value(object);
	for (long i = 0; i < turns; i++)
		turn(value);
	printf("%ld turns\n", turns);
	return 0;
}
