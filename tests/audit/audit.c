// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An auditor of the persistent pool, as a plugin of QEMU: it sees every store of the guest's kernel
 * to the pool's metadata, every write-back and every fence, and where operations begin and end. It
 * reports
 *
 *  - a store from code that may not store there, or outside of any operation,
 *  - a store that is not durable (its line written back after it, and a fence after that) when its
 *    operation returns,
 *  - an owner slot that is written before the bits and the tag that it vouches for are durable,
 *  - bits that are cleared before the slot is durable that gives the pages up,
 *  - formatting that changes anything before it is durable that the magic is gone, or writes the
 *    magic before everything else is durable,
 *  - an operation whose end was not seen.
 *
 * What may be lost at any time (pool.h) is not audited: child words, which recovery makes anew,
 * bits that were only cleared, and the mark of a move in an owner slot. So of recovery, which
 * stores nothing else and writes back only before it stores, any other store is reported.
 * Formatting may leave out nothing.
 *
 * Whose code it is follows from the kernel's line information (tests/audit/code): the ranges of
 * addresses that the compiler made of the pool's files, with what it inlined there, each with the
 * parts of the metadata that the file may store to. Names of functions say nothing but where an
 * operation begins; one that is missing or was inlined is noticed, by that script or because its
 * stores are outside of any operation then.
 *
 * An operation ends when the return address is loaded that its caller pushed. A plugin of this
 * version is told neither values nor registers; but each call, return, push and pop tells where
 * the stack is, and so which task runs, whoever preempted it. A value is read from the NVDIMM's
 * file, which the guest's memory is; only one CPU may run at a time for that (icount, or
 * thread=single). The line that CLWB writes back is that of its task's last load from the pool: a
 * kernel with CONFIG_LLFREE_POOL_AUDIT loads from a line before it writes it back.
 *
 * Arguments: pool=ADDRESS (where the kernel has the pool's start), memory=FILE (of the NVDIMM),
 * offset=BYTES (of the pool in it), code=FILE (what tests/audit/code prints), report=FILE (a JSON
 * object), kill=OPERATION:N (if wanted: the machine dies, as by SIGKILL, right after the Nth store
 * to the metadata in operations of this kind; child words count), overlook=N (to try the auditor:
 * the Nth write-back in operations of each kind counts for none).
 */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kinds.h"
#include "plugin.h"
#include "pool.h"

#define LINE_WORDS 8u
#define LINE (LINE_WORDS * 8)
#define CHUNK 4096u
#define KERNEL (1ull << 63)
#define MAX_CPUS 16
#define MAX_RANGES 256
#define MAX_FINDINGS 64
#define STACK_SHIFT 14 /* at least that a task's stack is aligned to */
#define MAX_FRAMES 1024
#define MAX_NESTED 4
#define TASK_BUCKETS 1024

/* Of the metadata; code may store to several. */
static const char *const part_names[] = {"header", "roots", "bits", "slots", "tags"};
enum part {
	HEADER = 1,
	ROOTS = 2,
	BITS = 4,
	SLOTS = 8,
	TAGS = 16,
};

/* What an operation stored and is not known to be durable. */
struct store {
	uint64_t word; /* index of it */
	uint64_t value; /* of the bitfields: the bits that were set */
	uint64_t code;
};

struct operation {
	enum kind kind;
	uint64_t frame; /* where its caller's address is */
	struct store *stores;
	size_t nr_stores, room;
};

/* Who runs on a stack, and may be preempted there. */
struct task {
	struct task *next;
	uint64_t stack;
	uint64_t loaded; /* line of the last load from the pool */
	uint64_t frames[MAX_FRAMES]; /* calls that have not returned */
	unsigned int nr_frames;
	struct operation operations[MAX_NESTED];
	unsigned int nr_operations;
};

/* A line that a CPU is writing back: durable with its next fence. */
struct write_back {
	uint64_t line, turn;
	uint64_t words[LINE_WORDS];
};

struct cpu {
	struct task *task;
	struct write_back *write_backs;
	size_t nr_write_backs, room;
};

/* The same from the same place is one. */
struct finding {
	const char *what, *operation;
	uint64_t code, at, times;
};

struct range {
	uint64_t start, end;
	unsigned int parts;
};

struct count {
	uint64_t begun, ended, stores, flushes;
	uint64_t orders[LLFREE_MAX_ORDER + 1]; /* of allocations taken, freed or moved */
};

static struct {
	uint64_t pool, offset;
	const char *file, *report;
	enum kind kill_in;
	uint64_t kill_at, killable; /* 0: never; how many there were */
	uint64_t overlook; /* 0: none */
	const uint64_t *memory; /* as it is */
	uint64_t *seen; /* ... after the last store to each word */
	uint64_t *durable; /* ... that survives a power cut for certain */
	uint64_t *turns; /* which write-back made a line durable; in order */
	uint64_t turn;
	struct pool_layout layout;
	uint64_t length; /* of the memory */
	bool open; /* there is a pool to audit */
	struct cpu cpus[MAX_CPUS];
	struct task *tasks[TASK_BUCKETS];
	struct range ranges[MAX_RANGES];
	size_t nr_ranges;
	uint64_t entries[NR_KINDS]; /* of the operations */
	struct count counts[NR_KINDS];
	uint64_t stores, lazy, flushes, fences, violations;
	struct finding findings[MAX_FINDINGS];
} audit;

PLUGIN_EXPORT int qemu_plugin_version = PLUGIN_VERSION;

__attribute__((noreturn)) static void give_up(const char *what)
{
	fprintf(stderr, "audit: %s\n", what);
	exit(1);
}

static void found(const char *what, const struct operation *o, uint64_t code, uint64_t at)
{
	const char *operation = o ? kind_names[o->kind] : "none";
	struct finding *f = audit.findings;

	audit.violations++;
	for (; f < audit.findings + MAX_FINDINGS && f->times; f++)
		if (f->what == what && f->operation == operation && f->code == code)
			break;
	if (f == audit.findings + MAX_FINDINGS)
		return;
	if (!f->times)
		*f = (struct finding){what, operation, code, at, 0};
	f->times++;
}

/* Make room for one more of @nr. */
static void *grow(void *array, size_t nr, size_t *room, size_t size)
{
	if (nr < *room)
		return array;
	*room = *room ? *room * 2 : 64;
	array = realloc(array, *room * size);
	if (!array)
		give_up("out of memory");
	return array;
}

/*
 * The pool's parts
 */

static unsigned int allowed(uint64_t code)
{
	for (size_t i = 0; i < audit.nr_ranges; i++)
		if (code >= audit.ranges[i].start && code < audit.ranges[i].end)
			return audit.ranges[i].parts;
	return 0;
}

static enum part part_of(uint64_t word)
{
	uint64_t at = word * 8;

	return at < POOL_ROOTS_AT	? HEADER
	       : at < audit.layout.bits ? ROOTS
	       : at < audit.layout.slot ? BITS
	       : at < audit.layout.tag	? SLOTS
					: TAGS;
}

static bool is_child(uint64_t word)
{
	return word * 8 >= audit.layout.child && word * 8 < audit.layout.slot;
}

/* While a pool is made, words are words: where its parts will be is not known. */
static bool is_raw(const struct operation *o)
{
	return o && o->kind == FORMAT;
}

static bool is_bits(const struct operation *o, uint64_t word)
{
	return !is_raw(o) && part_of(word) == BITS;
}

static bool is_slot(const struct operation *o, uint64_t word)
{
	return !is_raw(o) && part_of(word) == SLOTS;
}

/* The part of a word that has to be durable. */
static uint64_t mask(const struct operation *o, uint64_t word)
{
	return is_slot(o, word) ? ~(POOL_MOVING | POOL_MOVES) : ~0ull;
}

static bool is_durable(const struct operation *o, const struct store *s)
{
	if (is_bits(o, s->word))
		return !(s->value & ~audit.durable[s->word]);
	return !((s->value ^ audit.durable[s->word]) & mask(o, s->word));
}

/* It may be undone, or overwritten, before its operation ends: then it is another one's. */
static bool stands(const struct operation *o, const struct store *s)
{
	if (is_bits(o, s->word))
		return s->value & audit.memory[s->word] & ~audit.durable[s->word];
	return !((s->value ^ audit.memory[s->word]) & mask(o, s->word));
}

/* Take what is there from @from on for durable. */
static void take_memory(uint64_t from)
{
	for (uint64_t at = from & ~(uint64_t)(CHUNK - 1); at < audit.length; at += CHUNK) {
		uint64_t begin = at < from ? from : at;
		uint64_t end = at + CHUNK < audit.length ? at + CHUNK : audit.length;
		const void *memory = audit.memory + begin / 8;

		/* Most is zero, as these are: they take no memory then. */
		if (memcmp(audit.seen + begin / 8, memory, end - begin))
			memcpy(audit.seen + begin / 8, memory, end - begin);
		if (memcmp(audit.durable + begin / 8, memory, end - begin))
			memcpy(audit.durable + begin / 8, memory, end - begin);
	}
}

static void open_pool(void)
{
	struct llfree_pool_geometry geometry;

	audit.open = !llfree_pool_probe(audit.memory, audit.length, &geometry) &&
		     llfree_pool_layout(&geometry, &audit.layout);
}

/*
 * Operations
 */

static struct task *task_of(uint64_t at)
{
	uint64_t stack = at >> STACK_SHIFT;
	struct task **bucket = &audit.tasks[stack % TASK_BUCKETS], *task;

	for (task = *bucket; task; task = task->next)
		if (task->stack == stack)
			return task;
	task = calloc(1, sizeof(*task));
	if (!task)
		give_up("out of memory");
	task->stack = stack;
	task->next = *bucket;
	*bucket = task;
	return task;
}

static void runs_on(struct cpu *cpu, uint64_t at)
{
	if (!cpu->task || cpu->task->stack != at >> STACK_SHIFT)
		cpu->task = task_of(at);
}

static struct operation *operation_of(const struct cpu *cpu)
{
	struct task *task = cpu->task;

	return task && task->nr_operations ? &task->operations[task->nr_operations - 1] : NULL;
}

static void report_rest(struct operation *o, const char *what, unsigned int parts)
{
	for (size_t i = 0; i < o->nr_stores; i++) {
		const struct store *s = &o->stores[i];

		if ((is_raw(o) || part_of(s->word) & parts) && !is_durable(o, s) && stands(o, s))
			found(what, o, s->code, s->word * 8);
	}
}

static void end(struct operation *o)
{
	report_rest(o, "a store that is not durable", ~0u);
	o->nr_stores = 0;
	audit.counts[o->kind].ended++;
	if (o->kind == FORMAT)
		open_pool();
}

/* Calls up to here have returned, or are none any more. */
static void unwind(struct task *task, uint64_t frame, bool returns)
{
	while (task->nr_frames && task->frames[task->nr_frames - 1] <= frame)
		task->nr_frames--;
	while (task->nr_operations) {
		struct operation *o = &task->operations[task->nr_operations - 1];

		if (o->frame > frame)
			return;
		if (o->frame < frame || !returns)
			found("an operation without an end", o, 0, 0);
		end(o);
		task->nr_operations--;
	}
}

static void called(unsigned int index, qemu_plugin_meminfo_t info, uint64_t address, void *data)
{
	struct cpu *cpu = &audit.cpus[index];

	(void)data;
	if (index >= MAX_CPUS || !qemu_plugin_mem_is_store(info))
		return;
	runs_on(cpu, address);
	unwind(cpu->task, address, false);
	if (cpu->task->nr_frames == MAX_FRAMES)
		give_up("too many calls on a stack");
	cpu->task->frames[cpu->task->nr_frames++] = address;
}

static void returned(unsigned int index, qemu_plugin_meminfo_t info, uint64_t address, void *data)
{
	struct cpu *cpu = &audit.cpus[index];

	(void)data;
	if (index >= MAX_CPUS || qemu_plugin_mem_is_store(info))
		return;
	runs_on(cpu, address);
	unwind(cpu->task, address, true);
}

static void pushed(unsigned int index, qemu_plugin_meminfo_t info, uint64_t address, void *data)
{
	(void)data;
	if (index < MAX_CPUS && qemu_plugin_mem_is_store(info))
		runs_on(&audit.cpus[index], address);
}

static void popped(unsigned int index, qemu_plugin_meminfo_t info, uint64_t address, void *data)
{
	(void)data;
	if (index < MAX_CPUS && !qemu_plugin_mem_is_store(info))
		runs_on(&audit.cpus[index], address);
}

static void begun(unsigned int index, void *data)
{
	enum kind kind = (enum kind)(uintptr_t)data;
	struct operation *o;
	struct task *task;

	if (index >= MAX_CPUS)
		give_up("too many CPUs");
	task = audit.cpus[index].task;
	if (!task || !task->nr_frames || task->nr_operations == MAX_NESTED)
		give_up("an operation that nobody called");
	o = &task->operations[task->nr_operations++];
	o->kind = kind;
	/* Of whoever called it or the one that jumped to it */
	o->frame = task->frames[task->nr_frames - 1];
	o->nr_stores = 0;
	audit.counts[kind].begun++;
	/* A new pool's metadata may be where the old one's pages were, of which nothing is known.
	 */
	if (kind == FORMAT)
		take_memory(audit.open ? audit.layout.data : 0);
}

/*
 * Stores, write-backs, fences
 */

static void write_report(const struct operation *o, uint64_t code, uint64_t at);

/* Allocations by their order, as the slot's new word tells. */
static void count_order(const struct operation *o, uint64_t before, uint64_t now)
{
	bool was = before & POOL_VALID, is = now & POOL_VALID;
	uint64_t owned = is ? now : before;

	if ((was != is || (was && pool_page(before) != pool_page(now))) &&
	    pool_order(owned) <= LLFREE_MAX_ORDER)
		audit.counts[o->kind].orders[pool_order(owned)]++;
}

/* Is everything durable that has to be before this store? */
static void check_order(struct operation *o, const struct store *s, bool lazy)
{
	if (is_raw(o)) {
		if (!s->word && s->value == LLFREE_POOL_MAGIC)
			report_rest(o, "a magic before the rest is durable", ~0u);
		else if (s->word && o->nr_stores && !o->stores[0].word)
			report_rest(o, "a change before the magic is gone", ~0u);
	} else if (is_slot(o, s->word) && !lazy) {
		report_rest(o, "a slot before what it vouches for is durable", ~0u);
	} else if (is_bits(o, s->word) && lazy) {
		report_rest(o, "pages that are free before the slot is durable", SLOTS);
	}
}

static void stored(struct cpu *cpu, uint64_t at, uint64_t code)
{
	struct store s = {.word = at / 8, .value = audit.memory[at / 8], .code = code};
	uint64_t before = audit.seen[s.word];
	struct operation *o = operation_of(cpu);
	bool lazy;

	audit.seen[s.word] = s.value;
	if (!(allowed(code) & (is_raw(o) ? HEADER : part_of(s.word))))
		found("a store from elsewhere", o, code, at);
	if (!o) {
		found("a store outside of any operation", o, code, at);
		return;
	}
	if (audit.kill_at && o->kind == audit.kill_in && ++audit.killable == audit.kill_at) {
		write_report(o, code, at);
		kill(getpid(), SIGKILL);
	}
	if (!is_raw(o) && is_child(s.word))
		return;
	audit.stores++;
	audit.counts[o->kind].stores++;
	if (is_slot(o, s.word))
		count_order(o, before, s.value);
	if (is_bits(o, s.word))
		s.value &= ~before;
	lazy = is_bits(o, s.word) ? !s.value : !((s.value ^ before) & mask(o, s.word));
	check_order(o, &s, lazy);
	if (lazy) {
		audit.lazy++;
		return;
	}
	o->stores = grow(o->stores, o->nr_stores, &o->room, sizeof(*o->stores));
	o->stores[o->nr_stores++] = s;
}

static void accessed(unsigned int index, qemu_plugin_meminfo_t info, uint64_t address, void *code)
{
	uint64_t at = address - audit.pool;
	struct cpu *cpu = &audit.cpus[index];

	if (address < audit.pool || at >= audit.length || index >= MAX_CPUS)
		return;
	if (!is_raw(operation_of(cpu)) && (!audit.open || at >= audit.layout.data))
		return;
	if (qemu_plugin_mem_is_store(info))
		stored(cpu, at, (uint64_t)(uintptr_t)code);
	else if (cpu->task)
		cpu->task->loaded = at / LINE;
}

static void written_back(unsigned int index, void *data)
{
	struct cpu *cpu = &audit.cpus[index];
	struct operation *o;
	struct write_back *w;

	(void)data;
	if (index >= MAX_CPUS || !cpu->task)
		return;
	o = operation_of(cpu);
	if (!audit.open && !is_raw(o))
		return;
	audit.flushes++;
	if (o && ++audit.counts[o->kind].flushes == audit.overlook)
		return;
	cpu->write_backs = grow(cpu->write_backs, cpu->nr_write_backs, &cpu->room, sizeof(*w));
	w = &cpu->write_backs[cpu->nr_write_backs++];
	w->line = cpu->task->loaded;
	w->turn = ++audit.turn;
	memcpy(w->words, audit.memory + w->line * LINE_WORDS, LINE);
}

/* Locked instructions order a CPU's write-backs as well. */
static void fenced(unsigned int index, void *data)
{
	struct cpu *cpu = &audit.cpus[index];
	struct operation *o;
	size_t left = 0;

	(void)data;
	if (index >= MAX_CPUS)
		return;
	audit.fences++;
	if (!cpu->nr_write_backs)
		return;
	for (size_t i = 0; i < cpu->nr_write_backs; i++) {
		const struct write_back *w = &cpu->write_backs[i];

		if (audit.turns[w->line] > w->turn)
			continue;
		audit.turns[w->line] = w->turn;
		memcpy(audit.durable + w->line * LINE_WORDS, w->words, LINE);
	}
	cpu->nr_write_backs = 0;
	o = operation_of(cpu);
	for (size_t i = 0; o && i < o->nr_stores; i++)
		if (!is_durable(o, &o->stores[i]))
			o->stores[left++] = o->stores[i];
	if (o)
		o->nr_stores = left;
}

/*
 * Instructions
 */

/* CLWB and CLFLUSHOPT: 66 0F AE with a memory operand and /6 or /7, other prefixes between. */
static bool is_write_back(const uint8_t *code, size_t size)
{
	bool prefixed = false;
	size_t i = 0;

	for (; i < size && (code[i] == 0x66 || code[i] == 0x3e || (code[i] & 0xf0) == 0x40); i++)
		prefixed |= code[i] == 0x66;
	return prefixed && i + 2 < size && code[i] == 0x0f && code[i + 1] == 0xae &&
	       code[i + 2] >> 6 != 3 && (code[i + 2] >> 3 & 7) >= 6;
}

/* SFENCE and MFENCE. */
static bool is_fence(const uint8_t *code, size_t size)
{
	return size >= 3 && code[0] == 0x0f && code[1] == 0xae &&
	       (code[2] == 0xf8 || code[2] == 0xf0);
}

/* What an instruction says of the stack by what it loads or stores, or NULL. */
static qemu_plugin_accessed stack_use(const uint8_t *code, size_t size)
{
	size_t i = 0;

	while (i < size && (code[i] == 0x66 || code[i] == 0x2e || code[i] == 0x3e ||
			    code[i] == 0xf2 || code[i] == 0xf3 || (code[i] & 0xf0) == 0x40))
		i++;
	if (i == size)
		return NULL;
	switch (code[i]) {
	case 0xe8:
		return called;
	case 0xc2:
	case 0xc3:
		return returned;
	case 0x50 ... 0x57:
	case 0x68:
	case 0x6a:
		return pushed;
	case 0x58 ... 0x5f:
		return popped;
	case 0xff:
		if (i + 1 == size)
			return NULL;
		return (code[i + 1] >> 3 & 7) == 2   ? called
		       : (code[i + 1] >> 3 & 7) == 6 ? pushed
						     : NULL;
	}
	return NULL;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	(void)id;
	if (qemu_plugin_tb_vaddr(tb) < KERNEL)
		return;
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		const uint8_t *code = qemu_plugin_insn_data(insn);
		size_t size = qemu_plugin_insn_size(insn);
		uint64_t where = qemu_plugin_insn_vaddr(insn);
		qemu_plugin_accessed use = stack_use(code, size);

		for (uintptr_t kind = 0; kind < NR_KINDS; kind++)
			if (where == audit.entries[kind])
				qemu_plugin_register_vcpu_insn_exec_cb(
					insn, begun, QEMU_PLUGIN_CB_NO_REGS, (void *)kind);
		if (is_write_back(code, size))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, written_back,
							       QEMU_PLUGIN_CB_NO_REGS, NULL);
		else if (is_fence(code, size) || code[0] == 0xf0)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, fenced, QEMU_PLUGIN_CB_NO_REGS,
							       NULL);
		qemu_plugin_register_vcpu_mem_cb(insn, use ? use : accessed, QEMU_PLUGIN_CB_NO_REGS,
						 QEMU_PLUGIN_MEM_RW, (void *)(uintptr_t)where);
	}
}

/*
 * The report
 */

/* With the store after which the machine dies, or none. */
static void write_report(const struct operation *o, uint64_t code, uint64_t at)
{
	FILE *file = fopen(audit.report, "we");

	if (!file)
		give_up("the report cannot be written");
	fprintf(file,
		"{\"stores\":%" PRIu64 ",\"lazy\":%" PRIu64 ",\"flushes\":%" PRIu64
		",\"fences\":%" PRIu64 ",\"violations\":%" PRIu64 ",\"findings\":[",
		audit.stores, audit.lazy, audit.flushes, audit.fences, audit.violations);
	for (unsigned int i = 0; i < MAX_FINDINGS && audit.findings[i].times; i++) {
		const struct finding *f = &audit.findings[i];

		fprintf(file,
			"%s{\"what\":\"%s\",\"operation\":\"%s\",\"code\":\"%#" PRIx64
			"\",\"at\":%" PRIu64 ",\"times\":%" PRIu64 "}",
			i ? "," : "", f->what, f->operation, f->code, f->at, f->times);
	}
	fputs("],\"operations\":{", file);
	for (unsigned int kind = 0; kind < NR_KINDS; kind++) {
		const struct count *c = &audit.counts[kind];

		fprintf(file,
			"%s\"%s\":{\"begun\":%" PRIu64 ",\"ended\":%" PRIu64 ",\"stores\":%" PRIu64
			",\"orders\":[",
			kind ? "," : "", kind_names[kind], c->begun, c->ended, c->stores);
		for (unsigned int order = 0; order <= LLFREE_MAX_ORDER; order++)
			fprintf(file, "%s%" PRIu64, order ? "," : "", c->orders[order]);
		fputs("]}", file);
	}
	fputs("}", file);
	if (o)
		fprintf(file,
			",\"killed\":{\"operation\":\"%s\",\"store\":%" PRIu64
			",\"code\":\"%#" PRIx64 "\",\"at\":%" PRIu64 ",\"value\":\"%#" PRIx64 "\"}",
			kind_names[o->kind], audit.killable, code, at, audit.memory[at / 8]);
	fputs("}\n", file);
	fclose(file);
}

static void ended(qemu_plugin_id_t id, void *data)
{
	(void)id, (void)data;
	for (size_t i = 0; i < TASK_BUCKETS; i++)
		for (struct task *task = audit.tasks[i]; task; task = task->next)
			for (unsigned int j = 0; j < task->nr_operations; j++)
				found("an operation without an end", &task->operations[j], 0, 0);
	write_report(NULL, 0, 0);
}

/*
 * Arguments
 */

static enum kind find_kind(const char *name)
{
	for (unsigned int kind = 0; kind < NR_KINDS; kind++)
		if (!strcmp(name, kind_names[kind]))
			return kind;
	give_up("there is no such kind of operation");
}

static unsigned int find_parts(char *names)
{
	unsigned int parts = 0, part;
	char *name;

	while ((name = strsep(&names, ","))) {
		for (part = 0; strcmp(name, part_names[part]); part++)
			if (1u << part == TAGS)
				give_up("there is no such part of a pool");
		parts |= 1u << part;
	}
	return parts;
}

static void read_code(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[256], name[64], parts[128];
	uint64_t start, length;

	if (!file)
		give_up("code= is no file");
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "operation %63s %" SCNx64, name, &start) == 2)
			audit.entries[find_kind(name)] = start;
		else if (sscanf(line, "code %" SCNx64 " %" SCNx64 " %127s", &start, &length,
				parts) == 3 &&
			 audit.nr_ranges < MAX_RANGES)
			audit.ranges[audit.nr_ranges++] =
				(struct range){start, start + length, find_parts(parts)};
		else
			give_up("a line of code= is not understood");
	}
	fclose(file);
	if (!audit.nr_ranges)
		give_up("code= names no code");
	for (unsigned int kind = 0; kind < NR_KINDS; kind++)
		if (!audit.entries[kind])
			give_up("code= does not say where each operation begins");
}

static void *reserve(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		give_up("out of memory");
	return memory;
}

static void map_pool(void)
{
	int fd = open(audit.file, O_RDONLY | O_CLOEXEC);
	off_t length = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	void *memory;

	if (length <= (off_t)audit.offset)
		give_up("memory= is no file, or shorter than offset=");
	memory = mmap(NULL, (size_t)length - audit.offset, PROT_READ, MAP_SHARED, fd,
		      (off_t)audit.offset);
	if (memory == MAP_FAILED)
		give_up("memory= cannot be mapped");
	close(fd);
	audit.memory = memory;
	audit.length = (uint64_t)length - audit.offset;
	audit.seen = reserve(audit.length);
	audit.durable = reserve(audit.length);
	audit.turns = reserve(audit.length / LINE * sizeof(*audit.turns));
	take_memory(0);
	open_pool();
}

PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++) {
		char *value = strchr(argv[i], '='), *nth;

		if (!value)
			give_up("an argument without a value");
		*value++ = '\0';
		if (!strcmp(argv[i], "pool")) {
			audit.pool = strtoull(value, NULL, 0);
		} else if (!strcmp(argv[i], "offset")) {
			audit.offset = strtoull(value, NULL, 0);
		} else if (!strcmp(argv[i], "kill")) {
			nth = strchr(value, ':');
			if (!nth)
				give_up("kill= is not OPERATION:N");
			*nth++ = '\0';
			audit.kill_in = find_kind(value);
			audit.kill_at = strtoull(nth, NULL, 0);
		} else if (!strcmp(argv[i], "overlook")) {
			audit.overlook = strtoull(value, NULL, 0);
		} else if (!strcmp(argv[i], "memory")) {
			audit.file = strdup(value);
		} else if (!strcmp(argv[i], "report")) {
			audit.report = strdup(value);
		} else if (!strcmp(argv[i], "code")) {
			read_code(value);
		} else {
			give_up("an argument is none of pool, offset, memory, code, report, kill, "
				"overlook");
		}
	}
	if (!audit.pool || !audit.file || !audit.report || !audit.nr_ranges)
		give_up("pool=, memory=, code= and report= are needed");
	map_pool();
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, ended, NULL);
	return 0;
}
