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
#include <sys/wait.h>
#include <unistd.h>

#include "kinds.h"
#include "plugin.h"
#include "pool.h"

#define POOL 0xffff888100000000ull /* where the kernel has it */
/* Code: of the core, the pool, the maker of pools, the kernel, a program */
#define CORE 0xffffffff81000000ull
#define OURS 0xffffffff81001000ull
#define MAKER 0xffffffff81002000ull
#define OTHERS 0xffffffff82000000ull
#define PROGRAM 0x401000ull
#define ENTRY(kind) (OURS + 0x100 + (kind)*16ull)
#define STACK(task) (0xffffc90000003f00ull + (task)*0x4000ull)
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
	void *executed_data;
	qemu_plugin_accessed accessed;
	void *data;
};

struct qemu_plugin_tb {
	struct qemu_plugin_insn *insn;
};

static qemu_plugin_translated translated;
static qemu_plugin_ended ended;

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, qemu_plugin_translated cb)
{
	(void)id;
	translated = cb;
}

void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, qemu_plugin_executed cb,
					    enum qemu_plugin_cb_flags flags, void *data)
{
	(void)flags;
	insn->executed = cb;
	insn->executed_data = data;
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

/*
 * The machine
 */

static void run(unsigned int cpu, struct qemu_plugin_insn insn)
{
	struct qemu_plugin_tb tb = {.insn = &insn};

	translated(1, &tb);
	if (insn.executed)
		insn.executed(cpu, insn.executed_data);
	if (insn.address && insn.accessed)
		insn.accessed(cpu, insn.store, insn.address, insn.data);
}

#define RUN(cpu, length, at, ...) \
	run(cpu, (struct qemu_plugin_insn){.code = {__VA_ARGS__}, .size = length, .where = at})
#define RUN_ON(cpu, length, at, stores, to, ...)                  \
	run(cpu, (struct qemu_plugin_insn){.code = {__VA_ARGS__}, \
					   .size = length,        \
					   .where = at,           \
					   .store = stores,       \
					   .address = to})

static void store_from(uint64_t where, unsigned int cpu, uint64_t at, uint64_t value)
{
	memcpy(memory + at, &value, sizeof(value));
	RUN_ON(cpu, 3, where, true, POOL + at, 0x48, 0x89, 0x07);
}

static void store(unsigned int cpu, uint64_t at, uint64_t value)
{
	bool bits = at >= layout.bits && at < layout.slot;

	store_from(bits ? CORE : OURS, cpu, at, value);
}

static void write_back(unsigned int cpu, uint64_t at)
{
	RUN_ON(cpu, 2, OURS, false, POOL + at, 0x8a, 0x07);
	RUN(cpu, 4, OURS, 0x66, 0x0f, 0xae, 0x37);
}

static void fence(unsigned int cpu)
{
	RUN(cpu, 3, OURS, 0x0f, 0xae, 0xf8);
}

static void compare_and_swap(unsigned int cpu, uint64_t at, uint64_t value)
{
	memcpy(memory + at, &value, sizeof(value));
	RUN_ON(cpu, 5, OURS, true, POOL + at, 0xf0, 0x48, 0x0f, 0xb1, 0x17);
}

static void call(unsigned int cpu, uint64_t stack)
{
	RUN_ON(cpu, 5, OTHERS, true, stack, 0xe8);
}

static void ret(unsigned int cpu, uint64_t stack)
{
	RUN_ON(cpu, 1, OTHERS, false, stack, 0xc3);
}

static void enter(unsigned int cpu, unsigned int kind)
{
	RUN(cpu, 1, ENTRY(kind), 0x90);
}

/* As if the scheduler had switched to this task. */
static void switch_to(unsigned int cpu, unsigned int task)
{
	RUN_ON(cpu, 1, OTHERS, false, STACK(task) - 64, 0x5b);
}

/* Each CPU has a task of its number. */
static void begin(unsigned int cpu, unsigned int kind)
{
	call(cpu, STACK(cpu));
	enter(cpu, kind);
}

static void end(unsigned int cpu)
{
	ret(cpu, STACK(cpu));
}

/*
 * What the auditor finds
 */

static char report[] = "/tmp/audit-report-XXXXXX";

static char text[1 << 16], before[sizeof(text)]; /* of the last two reports */

static void read_report(void)
{
	FILE *file = fopen(report, "re");
	size_t length = file ? fread(text, 1, sizeof(text) - 1, file) : 0;

	text[length] = '\0';
	if (file)
		fclose(file);
}

/* The number after this key. */
static unsigned long number(const char *from, const char *key)
{
	from = strstr(from, key);
	return from ? strtoul(from + strlen(key), NULL, 10) : 9999;
}

/* How often that was found in operations of this kind. */
static unsigned long tally(const char *from, const char *what, const char *operation)
{
	unsigned long nr = 0;
	char finding[128];

	snprintf(finding, sizeof(finding), "{\"what\":\"%s\",\"operation\":\"%s\"", what,
		 operation);
	for (; (from = strstr(from, finding)); from++)
		nr += number(from, "\"times\":");
	return nr;
}

static int failed;

static void check(bool ok, const char *name)
{
	printf("%s %s\n", ok ? "ok  " : "FAIL", name);
	failed |= !ok;
}

/* So many more violations in all, and so many of them of this. */
static void expect_of(unsigned long all, unsigned long more, const char *what,
		      const char *operation, const char *name)
{
	ended(1, NULL);
	read_report();
	check(number(text, "\"violations\":") == number(before, "\"violations\":") + all &&
		      (!what ||
		       tally(text, what, operation) == tally(before, what, operation) + more),
	      name);
	memcpy(before, text, sizeof(text));
}

static void expect(unsigned long more, const char *what, const char *operation, const char *name)
{
	expect_of(more, more, what, operation, name);
}

#define SLOT (layout.slot + 64)
#define TAGS (layout.tag + 64)
#define BITS (layout.bits + 64)
#define WRITTEN_BACK(at) (write_back(0, at), fence(0))

/*
 * Operations as the pool has them, and with a defect
 */

enum defect {
	NONE,
	NO_LAST_LINE, /* of the bits */
	NO_TAG,
	NO_SLOT,
	NO_FENCE, /* before the slot */
	NO_LAST_FENCE,
};

static uint64_t owned(uint64_t page, unsigned int order, uint64_t generation)
{
	return page | (uint64_t)order << POOL_ORDER_SHIFT | POOL_VALID |
	       generation << POOL_GENERATION_SHIFT;
}

/* Of a run from the start of a frame on. */
static void set_bits(uint64_t page, unsigned int order, bool set)
{
	unsigned int words = order < 6 ? 1 : 1u << (order - 6);

	for (unsigned int i = 0; i < words; i++)
		store(0, layout.bits + page / 8 + i * 8ull,
		      !set	  ? 0
		      : order < 6 ? (1ull << (1u << order)) - 1
				  : ~0ull);
}

static void flush_bits(uint64_t page, unsigned int order, enum defect defect)
{
	unsigned int lines = order == 10 ? 2 : 1;

	for (unsigned int i = 0; i < lines; i++)
		if (i + 1 < lines || defect != NO_LAST_LINE)
			write_back(0, layout.bits + page / 8 + i * 64ull);
}

static uint64_t generation;

static void alloc(unsigned int order, enum defect defect)
{
	begin(0, ALLOC);
	set_bits(0, order, true);
	flush_bits(0, order, defect);
	store(0, TAGS, ++generation << POOL_GENERATION_SHIFT | 7);
	if (defect != NO_TAG)
		write_back(0, TAGS);
	if (defect != NO_FENCE)
		fence(0);
	store(0, SLOT, owned(0, order, generation));
	if (defect != NO_SLOT)
		write_back(0, SLOT);
	if (defect != NO_LAST_FENCE)
		fence(0);
	end(0);
}

static void release(unsigned int order, enum defect defect)
{
	begin(0, FREE);
	store(0, SLOT, generation << POOL_GENERATION_SHIFT);
	if (defect != NO_SLOT)
		write_back(0, SLOT);
	if (defect != NO_FENCE)
		fence(0);
	set_bits(0, order, false);
	end(0);
	/* For the next case, whatever was left out */
	begin(0, FREE);
	write_back(0, SLOT);
	flush_bits(0, order, NONE);
	fence(0);
	end(0);
}

/* From the first frames to the third and fourth. */
static void move(unsigned int kind, unsigned int order, enum defect defect)
{
	uint64_t to = 2ull * LLFREE_FRAME_PAGES, from = owned(0, order, generation),
		 moved = owned(to, order, generation);

	begin(0, kind);
	set_bits(to, order, true);
	flush_bits(to, order, defect);
	store(0, SLOT, from | POOL_MOVING | POOL_MOVE);
	if (defect != NO_FENCE)
		fence(0);
	store(0, SLOT, moved | POOL_MOVING | POOL_MOVE);
	if (defect != NO_SLOT)
		write_back(0, SLOT);
	if (defect != NO_LAST_FENCE)
		fence(0);
	store(0, SLOT, moved | POOL_MOVE);
	set_bits(0, order, false);
	end(0);
	/* It is where it was, durably, and nothing more is told. */
	begin(0, kind);
	set_bits(0, order, true);
	flush_bits(0, order, NONE);
	WRITTEN_BACK(SLOT);
	store(0, SLOT, from);
	WRITTEN_BACK(SLOT);
	set_bits(to, order, false);
	flush_bits(to, order, NONE);
	fence(0);
	end(0);
}

enum format_defect {
	FORMAT_NONE,
	FORMAT_NO_LINE,
	FORMAT_NO_FENCE, /* before the magic */
	FORMAT_NO_LAST,
	FORMAT_MAGIC_STAYS,
	FORMAT_NO_FIRST_FENCE,
};

/* What @made holds, as llfree_pool_format() made it elsewhere. */
static void format(const uint64_t *made, enum format_defect defect)
{
	uint64_t words = layout.data / 8;

	begin(0, FORMAT);
	if (defect != FORMAT_MAGIC_STAYS)
		store_from(MAKER, 0, 0, POOL_UNFINISHED);
	write_back(0, 0);
	if (defect != FORMAT_NO_FIRST_FENCE)
		fence(0);
	for (uint64_t i = 1; i < words; i++)
		store_from(MAKER, 0, i * 8, made[i]);
	for (uint64_t at = 0; at < layout.data; at += 64)
		if (defect != FORMAT_NO_LINE || at != (SLOT & ~63ull))
			write_back(0, at);
	if (defect != FORMAT_NO_FENCE)
		fence(0);
	store_from(MAKER, 0, 0, LLFREE_POOL_MAGIC);
	if (defect != FORMAT_NO_LAST)
		WRITTEN_BACK(0);
	end(0);
}

/* Some of the pool's words hold something else. */
static void use(void)
{
	begin(0, TAG);
	store(0, TAGS, ++generation);
	WRITTEN_BACK(TAGS);
	store(0, SLOT, ++generation << POOL_GENERATION_SHIFT);
	WRITTEN_BACK(SLOT);
	end(0);
}

/*
 * Tests
 */

static const char not_durable[] = "a store that is not durable";
static const char slot_early[] = "a slot before what it vouches for is durable";
static const char free_early[] = "pages that are free before the slot is durable";

/* How a store becomes durable. */
static void stores(void)
{
	begin(0, TAG);
	compare_and_swap(0, TAGS, 2);
	WRITTEN_BACK(TAGS);
	end(0);
	expect(0, NULL, NULL, "a store, its write-back, a fence");

	begin(0, TAG);
	compare_and_swap(0, TAGS, 3);
	end(0);
	expect(1, not_durable, "tag", "a store that is not written back");

	begin(0, TAG);
	store(0, TAGS, 4);
	write_back(0, TAGS);
	end(0);
	expect(1, not_durable, "tag", "a write-back without a fence");

	begin(0, TAG);
	store(0, TAGS, 5);
	fence(0);
	write_back(0, TAGS);
	end(0);
	expect(1, not_durable, "tag", "a fence before the write-back");

	begin(0, TAG);
	write_back(0, TAGS);
	store(0, TAGS, 6);
	fence(0);
	end(0);
	expect(1, not_durable, "tag", "a store after its write-back");

	begin(0, TAG);
	store(0, TAGS, 7);
	WRITTEN_BACK(TAGS + 64);
	end(0);
	expect(1, not_durable, "tag", "a write-back of another line");

	begin(0, TAG);
	store(0, TAGS, 8);
	switch_to(1, 1);
	write_back(1, TAGS);
	fence(1);
	end(0);
	expect(0, NULL, NULL, "a write-back by another CPU is as good");

	begin(0, TAG);
	store(0, TAGS, 10);
	write_back(0, TAGS);
	compare_and_swap(0, TAGS + 64, 1);
	WRITTEN_BACK(TAGS + 64);
	end(0);
	expect(0, NULL, NULL, "a locked instruction as the fence");

	begin(0, ALLOC);
	store(0, BITS, 0xff);
	end(0);
	expect(1, not_durable, "alloc", "a set bit that is not written back");

	begin(0, ALLOC);
	store(0, BITS, 0x0f);
	end(0);
	expect(0, NULL, NULL, "a cleared bit may wait");

	begin(0, ALLOC);
	store(0, BITS + 8, 1);
	store(0, BITS + 8, 0);
	end(0);
	expect(0, NULL, NULL, "a bit that was set and given back");

	begin(0, MOVE);
	store(0, SLOT, 12);
	WRITTEN_BACK(SLOT);
	store(0, SLOT, 12 | POOL_MOVING | POOL_MOVE);
	end(0);
	expect(0, NULL, NULL, "the mark of a move may wait");

	begin(0, MOVE);
	store(0, SLOT, 13 | POOL_MOVING);
	store(0, SLOT, 13);
	end(0);
	expect(1, not_durable, "move", "where it is now may not, mark or not");

	begin(0, RECOVERY);
	store(0, layout.child, 1);
	store(0, layout.data, 1);
	end(0);
	expect(0, NULL, NULL, "child words and data may be lost");
}

/* Where a store may come from. */
static void owners(void)
{
	begin(0, TAG);
	store_from(OTHERS, 0, SLOT, 14);
	WRITTEN_BACK(SLOT);
	end(0);
	expect(1, "a store from elsewhere", "tag", "a store from the kernel's code");

	begin(0, TAG);
	store_from(CORE, 0, SLOT, 15);
	WRITTEN_BACK(SLOT);
	end(0);
	expect(1, "a store from elsewhere", "tag", "a store to a slot from the core");

	begin(0, ALLOC);
	store_from(OURS, 0, BITS + 16, 1);
	WRITTEN_BACK(BITS + 16);
	end(0);
	expect(1, "a store from elsewhere", "alloc", "a store to bits from the pool's code");

	begin(0, ALLOC);
	store_from(OTHERS, 0, layout.child, 3);
	end(0);
	expect(1, "a store from elsewhere", "alloc", "a store to child words from elsewhere");

	store(0, SLOT, 16);
	WRITTEN_BACK(SLOT);
	expect(1, "a store outside of any operation", "none", "a store outside of any operation");
}

/* Which task runs, and when its operation ends. */
static void tasks(void)
{
	begin(0, TAG);
	store(0, TAGS, 20);
	call(0, STACK(0) - 32);
	ret(0, STACK(0) - 32);
	WRITTEN_BACK(TAGS);
	end(0);
	expect(0, NULL, NULL, "a call in an operation is not its end");

	begin(0, TAG);
	store(0, TAGS, 21);
	switch_to(0, 5);
	call(0, STACK(5));
	ret(0, STACK(5));
	switch_to(0, 0);
	WRITTEN_BACK(TAGS);
	end(0);
	expect(0, NULL, NULL, "nor is what another task does meanwhile");

	begin(0, TAG);
	store(0, TAGS, 25);
	RUN_ON(0, 2, OURS, false, POOL + TAGS, 0x8a, 0x07);
	switch_to(0, 5);
	call(0, STACK(5));
	enter(0, FREE);
	WRITTEN_BACK(SLOT);
	ret(0, STACK(5));
	switch_to(0, 0);
	RUN(0, 4, OURS, 0x66, 0x0f, 0xae, 0x37);
	fence(0);
	end(0);
	expect(0, NULL, NULL, "nor does its write-back change the line of one under way");

	begin(0, TAG);
	store(0, TAGS, 22);
	switch_to(0, 5);
	call(0, STACK(5));
	enter(0, ROOT);
	store(0, POOL_ROOTS_AT, 1);
	ret(0, STACK(5));
	switch_to(0, 0);
	WRITTEN_BACK(TAGS);
	end(0);
	expect(1, not_durable, "root", "an operation of a task that preempts another one's");

	begin(0, TAG);
	store(0, TAGS, 23);
	switch_to(0, 5);
	store(0, TAGS + 8, 1);
	switch_to(0, 0);
	WRITTEN_BACK(TAGS);
	end(0);
	expect(1, "a store outside of any operation", "none", "a store of a task that preempts it");

	begin(0, COMPACT);
	RUN_ON(0, 2, OTHERS, true, STACK(0) - 8, 0x41, 0x57);
	call(0, STACK(0) - 16);
	enter(0, MOVE);
	store(0, SLOT, 30);
	ret(0, STACK(0) - 16);
	WRITTEN_BACK(SLOT);
	end(0);
	expect(1, not_durable, "move", "an operation in another one");

	call(0, STACK(0));
	call(0, STACK(0) - 16);
	ret(0, STACK(0) - 16);
	enter(0, TAG); /* by a jump */
	store(0, TAGS, 24);
	end(0);
	expect(1, not_durable, "tag", "an operation that another function jumped to");

	begin(0, TAG);
	call(0, STACK(0));
	ret(0, STACK(0));
	expect(1, "an operation without an end", "tag", "an operation without an end");
}

static void each_kind(void)
{
	char name[64];

	for (unsigned int kind = 0; kind < NR_KINDS; kind++) {
		if (kind == FORMAT)
			continue;
		begin(0, kind);
		store(0, TAGS, 100 + kind);
		end(0);
		snprintf(name, sizeof(name), "%s with a word that is not written back",
			 kind_names[kind]);
		expect(1, not_durable, kind_names[kind], name);
		begin(0, kind);
		store(0, TAGS, 200 + kind);
		WRITTEN_BACK(TAGS);
		end(0);
		snprintf(name, sizeof(name), "%s with a word that is", kind_names[kind]);
		expect(0, NULL, NULL, name);
	}
}

/* A whole line of words, or as many as the order has. */
static unsigned int words_of(unsigned int order, unsigned int most)
{
	unsigned int words = order < 6 ? 1 : 1u << (order - 6);

	return words < most ? words : most;
}

static void each_order(void)
{
	char name[64];

	for (unsigned int order = 0; order <= LLFREE_MAX_ORDER; order++) {
		alloc(order, NONE);
		move(MOVE, order, NONE);
		move(COMPACT, order, NONE);
		release(order, NONE);
		snprintf(name, sizeof(name), "order %u", order);
		expect(0, NULL, NULL, name);

		/* What is told of twice was not durable at the end, either. */
		alloc(order, NO_LAST_LINE);
		release(order, NONE);
		snprintf(name, sizeof(name), "... alloc without its last line of bits");
		expect_of(2 * words_of(order, 8), words_of(order, 8), not_durable, "alloc", name);

		alloc(order, NO_FENCE);
		release(order, NONE);
		snprintf(name, sizeof(name), "... alloc without a fence before the slot");
		expect(1 + words_of(order, 16), slot_early, "alloc", name);

		alloc(order, NO_TAG);
		release(order, NONE);
		expect_of(2, 1, slot_early, "alloc",
			  "... alloc with a tag that is not written back");

		alloc(order, NO_SLOT);
		release(order, NONE);
		expect(1, not_durable, "alloc", "... alloc with a slot that is not written back");

		alloc(order, NO_LAST_FENCE);
		release(order, NONE);
		expect(1, not_durable, "alloc", "... alloc without its last fence");

		for (unsigned int kind = MOVE; kind <= COMPACT; kind++) {
			alloc(order, NONE);
			move(kind, order, NO_LAST_LINE);
			expect_of(2 * words_of(order, 8), words_of(order, 8), slot_early,
				  kind_names[kind], "... a move without its last line of bits");
			move(kind, order, NO_FENCE);
			expect(words_of(order, 16), slot_early, kind_names[kind],
			       "... a move without a fence before the slot");
			move(kind, order, NO_SLOT);
			expect_of(words_of(order, 16) + 1, words_of(order, 16), free_early,
				  kind_names[kind],
				  "... a move with a slot that is not written back");
			move(kind, order, NO_LAST_FENCE);
			expect_of(words_of(order, 16) + 1, 1, not_durable, kind_names[kind],
				  "... a move without its last fence");
			release(order, NONE);
			expect(0, NULL, NULL, "... free");
		}
		alloc(order, NONE);
		release(order, NO_SLOT);
		expect_of(words_of(order, 16) + 1, 1, not_durable, "free",
			  "... free with a slot that is not written back");
		alloc(order, NONE);
		release(order, NO_FENCE);
		expect_of(words_of(order, 16) + 1, words_of(order, 16), free_early, "free",
			  "... free without a fence before the bits");
	}
}

static void formats(const uint64_t *made)
{
	use();
	format(made, FORMAT_NONE);
	expect(0, NULL, NULL, "format");
	use();
	format(made, FORMAT_NO_LINE);
	expect_of(2, 1, not_durable, "format", "... with a line that is not written back");
	use();
	format(made, FORMAT_NO_FENCE);
	expect(2, "a magic before the rest is durable", "format",
	       "... without a fence before the magic");
	use();
	format(made, FORMAT_NO_LAST);
	expect(1, not_durable, "format", "... with a magic that is not written back");
	use();
	format(made, FORMAT_NO_FIRST_FENCE);
	ended(1, NULL);
	read_report();
	check(tally(text, "a change before the magic is gone", "format") >= 2,
	      "... without a fence after the magic has gone");
	memcpy(before, text, sizeof(text));
}

/* The whole counts by kind are in the report. */
static void counts(void)
{
	const char *alloc_counts;

	alloc(10, NONE);
	release(10, NONE);
	ended(1, NULL);
	read_report();
	alloc_counts = strstr(text, "\"alloc\":{\"begun\":");
	check(alloc_counts &&
		      number(alloc_counts, "\"begun\":") == number(alloc_counts, "\"ended\":") &&
		      number(alloc_counts, "\"begun\":") > 66,
	      "operations are counted by kind");
	check(alloc_counts && number(strstr(alloc_counts, "\"orders\":["), "[") == 10,
	      "allocations are counted by order");
	memcpy(before, text, sizeof(text));
}

static int install(const char *pool, const char *code, const char *more)
{
	char arguments[6][128], *argv[6];

	snprintf(arguments[0], sizeof(arguments[0]), "pool=%#llx", POOL);
	snprintf(arguments[1], sizeof(arguments[1]), "memory=%s", pool);
	snprintf(arguments[2], sizeof(arguments[2]), "offset=%d", OFFSET);
	snprintf(arguments[3], sizeof(arguments[3]), "code=%s", code);
	snprintf(arguments[4], sizeof(arguments[4]), "report=%s", report);
	snprintf(arguments[5], sizeof(arguments[5]), "%s", more ? more : "");
	for (int i = 0; i < 6; i++)
		argv[i] = arguments[i];
	return qemu_plugin_install(1, NULL, more ? 6 : 5, argv);
}

/* What is wrong with the code's file ends the machine before it begins. */
static void refused(const char *pool, const char *wrong, const char *name)
{
	char path[] = "/tmp/audit-wrong-XXXXXX";
	int file = mkstemp(path), status;
	pid_t child;

	if (file < 0 || write(file, wrong, strlen(wrong)) < 0)
		exit(1);
	close(file);
	child = fork();
	if (!child) {
		freopen("/dev/null", "w", stderr);
		_exit(install(pool, path, NULL) ? 1 : 0);
	}
	check(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 1,
	      name);
	unlink(path);
}

/* The machine dies after the third store of moves, whatever else stores. */
static void kills(const char *pool, const char *code)
{
	int status;
	pid_t child;

	alloc(0, NONE);
	child = fork();
	if (!child) {
		if (install(pool, code, "kill=move:3"))
			_exit(1);
		move(COMPACT, 0, NONE);
		move(MOVE, 0, NONE);
		_exit(0);
	}
	check(waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
		      WTERMSIG(status) == SIGKILL,
	      "a kill at a chosen store");
	read_report();
	check(strstr(text, "\"killed\":{\"operation\":\"move\",\"store\":3,") != NULL,
	      "... which the report names");
	check(*(uint64_t *)(memory + SLOT) ==
		      (owned(2ull * LLFREE_FRAME_PAGES, 0, generation) | POOL_MOVING | POOL_MOVE),
	      "... and after which nothing was stored");
}

int main(void)
{
	char file[] = "/tmp/audit-pool-XXXXXX", code[] = "/tmp/audit-code-XXXXXX";
	struct llfree_pool_geometry geometry = {.frames = 4, .slots = 64, .page_shift = 12};
	const uint64_t id[2] = {1, 2};
	int pool = mkstemp(file), codes = mkstemp(code), out = mkstemp(report);
	uint64_t *made;

	if (pool < 0 || codes < 0 || out < 0 || !llfree_pool_layout(&geometry, &layout) ||
	    ftruncate(pool, (off_t)layout.bytes + OFFSET) ||
	    dprintf(codes,
		    "code %llx 1000 bits\ncode %llx 1000 roots,slots,tags\n"
		    "code %llx 1000 header,roots,bits,slots,tags\n",
		    CORE, OURS, MAKER) < 0)
		return 1;
	for (unsigned int kind = 0; kind < NR_KINDS; kind++)
		dprintf(codes, "operation %s %llx\n", kind_names[kind], ENTRY(kind));
	memory = mmap(NULL, layout.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, pool, OFFSET);
	made = aligned_alloc(4096, layout.bytes);
	if (memory == MAP_FAILED || !made || llfree_pool_format(made, layout.bytes, &geometry, id))
		return 1;

	refused(file, "", "no code");
	refused(file, "code 1000 10 bits\noperation alloc 1000\n", "operations that are not there");
	refused(file, "code 1000 10 bytes\n", "a part that there is not");
	refused(file, "code 1000 10 bits\noperation allocate 1000\n", "a kind that there is not");
	if (install(file, code, NULL))
		return 1;
	ended(1, NULL);
	read_report();
	memcpy(before, text, sizeof(text));

	store(0, SLOT, 1);
	expect(0, NULL, NULL, "before there is a pool nothing is audited");
	format(made, FORMAT_NO_LINE);
	expect_of(16, 8, not_durable, "format",
		  "but the making of the first one, all of its words");
	format(made, FORMAT_NONE);
	expect(0, NULL, NULL, "and of the next one");

	stores();
	owners();
	tasks();
	each_kind();
	use();
	format(made, FORMAT_NONE);
	expect(0, NULL, NULL, "a new pool");
	each_order();
	formats(made);
	counts();
	kills(file, code);

	unlink(file);
	unlink(code);
	unlink(report);
	free(made);
	return failed;
}
