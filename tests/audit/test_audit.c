// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The auditor under a machine of this test's own: each case is a kernel's operation on a pool, one
 * instruction after the other, and what must be found of it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "plugin.h"
#include "pool.h"

#define POOL 0xffff888100000000ull /* where the kernel has it */
#define OURS 0xffffffff81000000ull
#define OTHERS 0xffffffff82000000ull
#define PROGRAM 0x401000ull
#define OFFSET 4096 /* of the pool in its file */

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv);

/* An instruction, and what it does to memory. */
struct qemu_plugin_insn {
	uint8_t code[8];
	size_t size;
	uint64_t where;
	bool store;
	uint64_t address;
	qemu_plugin_executed executed;
	qemu_plugin_accessed accessed;
	void *data;
};

struct qemu_plugin_tb {
	struct qemu_plugin_insn *insn;
	qemu_plugin_executed executed;
};

static qemu_plugin_translated translated;
static qemu_plugin_ended ended;

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, qemu_plugin_translated cb)
{
	(void)id;
	translated = cb;
}

void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, qemu_plugin_executed cb,
					  enum qemu_plugin_cb_flags flags, void *data)
{
	(void)flags, (void)data;
	tb->executed = cb;
}

void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, qemu_plugin_executed cb,
					    enum qemu_plugin_cb_flags flags, void *data)
{
	(void)flags, (void)data;
	insn->executed = cb;
}

void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn, qemu_plugin_accessed cb,
				      enum qemu_plugin_cb_flags flags, enum qemu_plugin_mem_rw rw,
				      void *data)
{
	(void)flags, (void)rw;
	insn->accessed = cb;
	insn->data = data;
}

void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, qemu_plugin_ended cb, void *data)
{
	(void)id, (void)data;
	ended = cb;
}

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb)
{
	(void)tb;
	return 1;
}

uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb)
{
	return tb->insn->where;
}

struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index)
{
	return tb->insn + index;
}

const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn)
{
	return insn->code;
}

size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn)
{
	return insn->size;
}

uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn)
{
	return insn->where;
}

bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t info)
{
	return info;
}

unsigned int qemu_plugin_mem_size_shift(qemu_plugin_meminfo_t info)
{
	(void)info;
	return 3;
}

static uint8_t *memory; /* the pool's */
static struct pool_layout layout;

static void run(unsigned int cpu, struct qemu_plugin_insn *insn)
{
	struct qemu_plugin_tb tb = {.insn = insn};

	translated(1, &tb);
	if (tb.executed)
		tb.executed(cpu, NULL);
	if (insn->executed)
		insn->executed(cpu, NULL);
	if (insn->address && insn->accessed)
		insn->accessed(cpu, insn->store, insn->address, insn->data);
}

static void store_from(uint64_t where, unsigned int cpu, uint64_t at, uint64_t value)
{
	struct qemu_plugin_insn insn = {{0x48, 0x89, 0x07}, 3,	  where, true,
					POOL + at,	    NULL, NULL,	 NULL};

	memcpy(memory + at, &value, sizeof(value));
	run(cpu, &insn);
}

static void store(unsigned int cpu, uint64_t at, uint64_t value)
{
	store_from(OURS, cpu, at, value);
}

static void write_back(unsigned int cpu, uint64_t at)
{
	struct qemu_plugin_insn load = {{0x8a, 0x07}, 2, OURS, false, POOL + at, NULL, NULL, NULL};
	struct qemu_plugin_insn clwb = {
		{0x66, 0x0f, 0xae, 0x37}, 4, OURS, false, 0, NULL, NULL, NULL};

	run(cpu, &load);
	run(cpu, &clwb);
}

static void fence(unsigned int cpu)
{
	struct qemu_plugin_insn insn = {{0x0f, 0xae, 0xf8}, 3, OURS, false, 0, NULL, NULL, NULL};

	run(cpu, &insn);
}

static void compare_and_swap(unsigned int cpu, uint64_t at, uint64_t value)
{
	struct qemu_plugin_insn insn = {
		{0xf0, 0x48, 0x0f, 0xb1, 0x17}, 5, OURS, true, POOL + at, NULL, NULL, NULL};

	memcpy(memory + at, &value, sizeof(value));
	run(cpu, &insn);
}

static void program(unsigned int cpu)
{
	struct qemu_plugin_insn insn = {{0x90}, 1, PROGRAM, false, 0, NULL, NULL, NULL};

	run(cpu, &insn);
}

/* What the auditor has found so far. */
static unsigned long violations(const char *path, const char *what)
{
	char text[4096];
	FILE *file;
	size_t length;
	char *number;

	ended(1, NULL);
	file = fopen(path, "re");
	length = file ? fread(text, 1, sizeof(text) - 1, file) : 0;
	text[length] = '\0';
	if (file)
		fclose(file);
	number = strstr(text, "\"violations\":");
	if (!number || (what && !strstr(text, what)))
		return 9999;
	return strtoul(number + strlen("\"violations\":"), NULL, 10);
}

#define SLOT (layout.slot + 64)
#define BITS (layout.bits + 64)
#define WRITTEN_BACK(at) (write_back(0, at), fence(0))

int main(void)
{
	char file[] = "/tmp/audit-pool-XXXXXX", text[] = "/tmp/audit-text-XXXXXX",
	     report[] = "/tmp/audit-report-XXXXXX", arguments[5][128];
	struct llfree_pool_geometry geometry = {.frames = 2, .slots = 64, .page_shift = 12};
	const uint64_t id[2] = {1, 2};
	int pool = mkstemp(file), ranges = mkstemp(text), out = mkstemp(report);
	char *argv[5];
	unsigned long known = 0;
	int failed = 0;

	if (pool < 0 || ranges < 0 || out < 0 || !llfree_pool_layout(&geometry, &layout) ||
	    ftruncate(pool, (off_t)layout.bytes + OFFSET) ||
	    dprintf(ranges, "%llx 1000\n", OURS) < 0)
		return 1;
	memory = mmap(NULL, layout.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, pool, OFFSET);
	if (memory == MAP_FAILED)
		return 1;
	snprintf(arguments[0], sizeof(arguments[0]), "pool=%#llx", POOL);
	snprintf(arguments[1], sizeof(arguments[1]), "memory=%s", file);
	snprintf(arguments[2], sizeof(arguments[2]), "offset=%d", OFFSET);
	snprintf(arguments[3], sizeof(arguments[3]), "text=%s", text);
	snprintf(arguments[4], sizeof(arguments[4]), "report=%s", report);
	for (int i = 0; i < 5; i++)
		argv[i] = arguments[i];
	if (qemu_plugin_install(1, NULL, 5, argv))
		return 1;

#define EXPECT(more, what, name)                               \
	do {                                                   \
		unsigned long now = violations(report, what);  \
		bool ok = now == known + (more);               \
                                                               \
		printf("%s %s\n", ok ? "ok  " : "FAIL", name); \
		failed |= !ok;                                 \
		known = now;                                   \
	} while (0)

	store(0, SLOT, 1);
	program(0);
	EXPECT(0, NULL, "before there is a pool nothing is audited");

	if (llfree_pool_format(memory, layout.bytes, &geometry, id))
		return 1;
	compare_and_swap(0, SLOT, 2);
	WRITTEN_BACK(SLOT);
	program(0);
	EXPECT(0, NULL, "a store, its write-back, a fence");

	compare_and_swap(0, SLOT, 3);
	program(0);
	EXPECT(1, "not durable", "a store that is not written back");

	store(0, SLOT, 4);
	write_back(0, SLOT);
	program(0);
	EXPECT(1, NULL, "a write-back without a fence");

	store(0, SLOT, 5);
	fence(0);
	write_back(0, SLOT);
	program(0);
	EXPECT(1, NULL, "a fence before the write-back");

	write_back(0, SLOT);
	store(0, SLOT, 6);
	fence(0);
	program(0);
	EXPECT(1, NULL, "a store after its write-back");

	store(0, SLOT, 7);
	WRITTEN_BACK(SLOT + 64);
	program(0);
	EXPECT(1, NULL, "a write-back of another line");

	store(0, SLOT, 8);
	write_back(1, SLOT);
	fence(1);
	program(0);
	EXPECT(0, NULL, "a write-back by another CPU is as good");

	store(0, SLOT, 9);
	program(1);
	WRITTEN_BACK(SLOT);
	program(0);
	EXPECT(0, NULL, "another CPU's program in the midst of an operation");

	store(0, SLOT, 10);
	write_back(0, SLOT);
	compare_and_swap(0, SLOT + 64, 1);
	WRITTEN_BACK(SLOT + 64);
	program(0);
	EXPECT(0, NULL, "a locked instruction as the fence");

	store(0, BITS, 0xff);
	program(0);
	EXPECT(1, NULL, "a set bit that is not written back");

	store(0, BITS, 0x0f);
	program(0);
	EXPECT(0, NULL, "a cleared bit may wait");

	store(0, BITS + 8, 1);
	store(0, BITS + 8, 0);
	program(0);
	EXPECT(0, NULL, "a bit that was set and given back");

	store(0, SLOT, 10 | POOL_MOVING | POOL_MOVE);
	program(0);
	EXPECT(0, NULL, "the mark of a move may wait");

	store(0, SLOT, 12 | POOL_MOVING);
	store(0, SLOT, 12);
	program(0);
	EXPECT(1, NULL, "where it is now may not, mark or not");

	store(0, layout.child, 1);
	store(0, layout.data, 1);
	program(0);
	EXPECT(0, NULL, "child words and data are not audited");

	store_from(OTHERS, 0, SLOT, 11);
	WRITTEN_BACK(SLOT);
	program(0);
	EXPECT(1, "from elsewhere", "a store from elsewhere");

	unlink(file);
	unlink(text);
	unlink(report);
	return failed;
}
