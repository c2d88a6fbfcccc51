// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where a guest's kernel spends its instructions: a plugin of QEMU that counts what is executed of
 * each block of code.
 *
 * Arguments: report=FILE. Lines ADDRESS INSTRUCTIONS, of a block each, in no order; code below the
 * kernel's half of the address space is one block at 0. Counts of several processors may lose some.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin.h"

#define KERNEL (1ull << 63)
#define HASH_BITS 16

struct block {
	uint64_t address;
	uint64_t instructions;
	struct block *next;
};

static struct block *blocks[1 << HASH_BITS];
static const char *report;

PLUGIN_EXPORT int qemu_plugin_version = PLUGIN_VERSION;

/* The one at @address; NULL without memory for a new one. */
static struct block *find_block(uint64_t address)
{
	struct block **head = &blocks[address * 0x9e3779b97f4a7c15ull >> (64 - HASH_BITS)];
	struct block *block;

	for (block = *head; block; block = block->next)
		if (block->address == address)
			return block;
	block = calloc(1, sizeof(*block));
	if (block) {
		block->address = address;
		block->next = *head;
		*head = block;
	}
	return block;
}

/* Code may be translated more than once, into shorter blocks and longer ones. */
static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	uint64_t address = qemu_plugin_tb_vaddr(tb);
	struct block *block = find_block(address & KERNEL ? address : 0);

	(void)id;
	if (block)
		qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64,
							 &block->instructions,
							 qemu_plugin_tb_n_insns(tb));
}

static void ended(qemu_plugin_id_t id, void *data)
{
	FILE *out = fopen(report, "w");

	(void)id;
	(void)data;
	if (!out) {
		perror(report);
		return;
	}
	for (size_t i = 0; i < 1 << HASH_BITS; i++)
		for (const struct block *block = blocks[i]; block; block = block->next)
			fprintf(out, "%016" PRIx64 " %" PRIu64 "\n", block->address,
				block->instructions);
	fclose(out);
}

PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
	(void)info;
	if (argc != 1 || strncmp(argv[0], "report=", 7)) {
		fprintf(stderr, "profile: wants report=FILE\n");
		return -1;
	}
	report = strdup(argv[0] + 7);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, ended, NULL);
	return 0;
}
