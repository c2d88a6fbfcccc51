// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An auditor of the persistent pool, as a plugin of QEMU: it sees every store of the guest's kernel
 * to the pool's metadata, every write-back and every fence, and reports
 *
 *  - a store from elsewhere than the pool's own code,
 *  - a store that is not durable (its line written back after it, and a fence after that) when its
 *    CPU runs a program's next instruction: the operation has returned.
 *
 * What may be lost at any time (pool.h) is not audited: child words, which recovery makes anew,
 * bits that were only cleared, and the mark of a move in an owner slot.
 *
 * A plugin of this version is told neither values nor registers. A value is read from the NVDIMM's
 * file, which the guest's memory is; only one CPU may run at a time for that (icount, or
 * thread=single). The line that CLWB writes back is that of the last load from the pool: a kernel
 * with CONFIG_LLFREE_POOL_AUDIT loads from a line before it writes it back.
 *
 * Arguments: pool=ADDRESS (where the kernel has the pool's start), memory=FILE (of the NVDIMM),
 * offset=BYTES (of the pool in it), text=FILE (lines "START LENGTH" of the pool's code),
 * report=FILE (a JSON object), kill=N (if wanted: the machine dies, as by SIGKILL, right after the
 * Nth store).
 */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "plugin.h"
#include "pool.h"

#define LINE_WORDS 8u
#define LINE (LINE_WORDS * 8)
#define KERNEL (1ull << 63)
#define MAX_CPUS 16
#define MAX_PENDING 65536 /* of a CPU: recovery is one operation */
#define MAX_RANGES 4096
#define MAX_FINDINGS 16

/* What a CPU stored and is not known to be durable. */
struct store {
	uint64_t word; /* index of it */
	uint64_t value; /* of the bitfields: the bits that were set */
	uint64_t code;
};

/* A line that a CPU is writing back: durable with its next fence. */
struct write_back {
	uint64_t line, turn;
	uint64_t words[LINE_WORDS];
};

struct cpu {
	struct store stores[MAX_PENDING];
	size_t nr_stores;
	struct write_back write_backs[MAX_PENDING];
	size_t nr_write_backs;
	uint64_t loaded; /* line of the last load from the pool */
};

struct finding {
	const char *what;
	uint64_t code, at;
};

struct range {
	uint64_t start, end;
};

static struct {
	uint64_t pool, offset;
	uint64_t kill; /* after so many stores; 0: never */
	const char *file, *report;
	const uint64_t *memory; /* the pool's metadata, as it is */
	uint64_t *seen; /* ... after the last store to each word */
	uint64_t *durable; /* ... that survives a power cut for certain */
	uint64_t *turns; /* which write-back made a line durable; in order */
	uint64_t turn;
	struct pool_layout layout;
	uint64_t length; /* of the memory */
	bool open; /* there is a pool to audit */
	struct cpu cpus[MAX_CPUS];
	struct range ranges[MAX_RANGES];
	size_t nr_ranges;
	uint64_t stores, lazy, flushes, fences, violations;
	struct finding findings[MAX_FINDINGS];
} audit;

PLUGIN_EXPORT int qemu_plugin_version = PLUGIN_VERSION;

__attribute__((noreturn)) static void give_up(const char *what)
{
	fprintf(stderr, "audit: %s\n", what);
	exit(1);
}

static void found(const char *what, uint64_t code, uint64_t at)
{
	if (audit.violations < MAX_FINDINGS)
		audit.findings[audit.violations] = (struct finding){what, code, at};
	audit.violations++;
}

static bool is_ours(uint64_t code)
{
	size_t low = 0, high = audit.nr_ranges;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (code < audit.ranges[middle].start)
			high = middle;
		else if (code >= audit.ranges[middle].end)
			low = middle + 1;
		else
			return true;
	}
	return false;
}

static bool is_bits(uint64_t word)
{
	return word * 8 >= audit.layout.bits && word * 8 < audit.layout.child;
}

/* The part of a word that has to be durable. */
static uint64_t mask(uint64_t word)
{
	bool slot = word * 8 >= audit.layout.slot && word * 8 < audit.layout.tag;

	return slot ? ~(POOL_MOVING | POOL_MOVES) : ~0ull;
}

static bool is_durable(const struct store *s)
{
	if (is_bits(s->word))
		return !(s->value & ~audit.durable[s->word]);
	return !((s->value ^ audit.durable[s->word]) & mask(s->word));
}

/* It may be undone, or overwritten, before its operation ends: then it is another one's. */
static bool stands(const struct store *s)
{
	if (is_bits(s->word))
		return s->value & audit.memory[s->word] & ~audit.durable[s->word];
	return !((s->value ^ audit.memory[s->word]) & mask(s->word));
}

/* The pool's length and layout are known once it is formatted. */
static bool open_pool(void)
{
	struct llfree_pool_geometry geometry;
	size_t bytes;

	if (audit.open || llfree_pool_probe(audit.memory, audit.length, &geometry) ||
	    !llfree_pool_layout(&geometry, &audit.layout))
		return audit.open;
	bytes = audit.layout.data;
	audit.seen = malloc(bytes);
	audit.durable = malloc(bytes);
	audit.turns = calloc(bytes / LINE, sizeof(*audit.turns));
	if (!audit.seen || !audit.durable || !audit.turns)
		give_up("out of memory");
	memcpy(audit.seen, audit.memory, bytes);
	memcpy(audit.durable, audit.memory, bytes);
	audit.open = true;
	return true;
}

static void stored(struct cpu *cpu, uint64_t at, uint64_t code)
{
	struct store s = {.word = at / 8, .value = audit.memory[at / 8], .code = code};
	uint64_t before = audit.seen[s.word];

	audit.seen[s.word] = s.value;
	if (++audit.stores == audit.kill)
		kill(getpid(), SIGKILL);
	if (!is_ours(code))
		found("a store from elsewhere", code, at);
	if (is_bits(s.word))
		s.value &= ~before;
	if (is_bits(s.word) ? !s.value : !((s.value ^ before) & mask(s.word))) {
		audit.lazy++;
		return;
	}
	if (cpu->nr_stores == MAX_PENDING)
		give_up("too many stores in an operation");
	cpu->stores[cpu->nr_stores++] = s;
}

static void accessed(unsigned int cpu, qemu_plugin_meminfo_t info, uint64_t address, void *code)
{
	uint64_t at = address - audit.pool;

	if (address < audit.pool || at >= audit.length || cpu >= MAX_CPUS || !open_pool() ||
	    at >= audit.layout.data || (at >= audit.layout.child && at < audit.layout.slot))
		return;
	if (qemu_plugin_mem_is_store(info))
		stored(&audit.cpus[cpu], at, (uint64_t)(uintptr_t)code);
	else
		audit.cpus[cpu].loaded = at / LINE;
}

static void written_back(unsigned int index, void *data)
{
	struct cpu *cpu = &audit.cpus[index];
	struct write_back *w;

	(void)data;
	if (!audit.open || index >= MAX_CPUS)
		return;
	if (cpu->nr_write_backs == MAX_PENDING)
		give_up("too many write-backs without a fence");
	audit.flushes++;
	w = &cpu->write_backs[cpu->nr_write_backs++];
	w->line = cpu->loaded;
	w->turn = ++audit.turn;
	memcpy(w->words, audit.memory + w->line * LINE_WORDS, LINE);
}

/* Locked instructions order a CPU's write-backs as well. */
static void fenced(unsigned int index, void *data)
{
	struct cpu *cpu = &audit.cpus[index];
	size_t left = 0;

	(void)data;
	if (!audit.open || index >= MAX_CPUS)
		return;
	audit.fences++;
	for (size_t i = 0; i < cpu->nr_write_backs; i++) {
		const struct write_back *w = &cpu->write_backs[i];

		if (audit.turns[w->line] > w->turn)
			continue;
		audit.turns[w->line] = w->turn;
		memcpy(audit.durable + w->line * LINE_WORDS, w->words, LINE);
	}
	cpu->nr_write_backs = 0;
	for (size_t i = 0; i < cpu->nr_stores; i++)
		if (!is_durable(&cpu->stores[i]))
			cpu->stores[left++] = cpu->stores[i];
	cpu->nr_stores = left;
}

static void returned(unsigned int index, void *data)
{
	struct cpu *cpu = &audit.cpus[index];

	(void)data;
	if (index >= MAX_CPUS)
		return;
	for (size_t i = 0; i < cpu->nr_stores; i++) {
		const struct store *s = &cpu->stores[i];

		if (!is_durable(s) && stands(s))
			found("a store that is not durable", s->code, s->word * 8);
	}
	cpu->nr_stores = 0;
}

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

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	(void)id;
	if (qemu_plugin_tb_vaddr(tb) < KERNEL) {
		qemu_plugin_register_vcpu_tb_exec_cb(tb, returned, QEMU_PLUGIN_CB_NO_REGS, NULL);
		return;
	}
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		const uint8_t *code = qemu_plugin_insn_data(insn);
		size_t size = qemu_plugin_insn_size(insn);

		if (is_write_back(code, size))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, written_back,
							       QEMU_PLUGIN_CB_NO_REGS, NULL);
		else if (is_fence(code, size) || code[0] == 0xf0)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, fenced, QEMU_PLUGIN_CB_NO_REGS,
							       NULL);
		qemu_plugin_register_vcpu_mem_cb(insn, accessed, QEMU_PLUGIN_CB_NO_REGS,
						 QEMU_PLUGIN_MEM_RW,
						 (void *)(uintptr_t)qemu_plugin_insn_vaddr(insn));
	}
}

static void ended(qemu_plugin_id_t id, void *data)
{
	FILE *file = fopen(audit.report, "we");
	size_t shown = audit.violations < MAX_FINDINGS ? audit.violations : MAX_FINDINGS;

	(void)id, (void)data;
	if (!file)
		give_up("the report cannot be written");
	fprintf(file,
		"{\"stores\":%" PRIu64 ",\"lazy\":%" PRIu64 ",\"flushes\":%" PRIu64
		",\"fences\":%" PRIu64 ",\"violations\":%" PRIu64 ",\"findings\":[",
		audit.stores, audit.lazy, audit.flushes, audit.fences, audit.violations);
	for (size_t i = 0; i < shown; i++)
		fprintf(file, "%s{\"what\":\"%s\",\"code\":\"%#" PRIx64 "\",\"at\":%" PRIu64 "}",
			i ? "," : "", audit.findings[i].what, audit.findings[i].code,
			audit.findings[i].at);
	fputs("]}\n", file);
	fclose(file);
}

static void read_ranges(const char *path)
{
	FILE *file = fopen(path, "re");
	uint64_t start, length;

	while (file && audit.nr_ranges < MAX_RANGES &&
	       fscanf(file, "%" SCNx64 " %" SCNx64, &start, &length) == 2)
		audit.ranges[audit.nr_ranges++] = (struct range){start, start + length};
	if (!audit.nr_ranges)
		give_up("text= names no ranges of code");
	fclose(file);
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
}

PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++) {
		char *value = strchr(argv[i], '=');

		if (!value)
			give_up("an argument without a value");
		*value++ = '\0';
		if (!strcmp(argv[i], "pool"))
			audit.pool = strtoull(value, NULL, 0);
		else if (!strcmp(argv[i], "offset"))
			audit.offset = strtoull(value, NULL, 0);
		else if (!strcmp(argv[i], "kill"))
			audit.kill = strtoull(value, NULL, 0);
		else if (!strcmp(argv[i], "memory"))
			audit.file = strdup(value);
		else if (!strcmp(argv[i], "report"))
			audit.report = strdup(value);
		else if (!strcmp(argv[i], "text"))
			read_ranges(value);
		else
			give_up("an argument is none of pool, offset, memory, text, report, kill");
	}
	if (!audit.pool || !audit.file || !audit.report || !audit.nr_ranges)
		give_up("pool=, memory=, text= and report= are needed");
	map_pool();
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, ended, NULL);
	return 0;
}
