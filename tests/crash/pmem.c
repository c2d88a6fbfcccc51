// SPDX-License-Identifier: GPL-2.0-or-later
#include "explore.h"
#include "pmem.h"

extern const struct pmem_site __start_pmem_sites[], __stop_pmem_sites[];

struct pmem *pmem_active;
int pmem_mutant = -1;

unsigned int pmem_nr_sites(void)
{
	return __stop_pmem_sites - __start_pmem_sites;
}

const struct pmem_site *pmem_site(unsigned int n)
{
	return &__start_pmem_sites[n];
}

bool pmem_dropped(const struct pmem_site *site)
{
	return pmem_mutant >= 0 && site == pmem_site(pmem_mutant);
}

/* Hashes of lines are added up, so that one line may be replaced. */

static u64 mix(u64 x)
{
	x ^= x >> 32;
	x *= 0x9e3779b97f4a7c15ull;
	x ^= x >> 29;
	return x;
}

static u64 line_hash(const char *line, size_t index)
{
	u64 hash = index * 0xd6e8feb86659fd93ull + 1, word;

	for (unsigned int i = 0; i < PMEM_LINE; i += sizeof(word)) {
		memcpy(&word, line + i, sizeof(word));
		hash = mix(hash ^ word) + word;
	}
	return mix(hash);
}

u64 pmem_hash(const void *memory, size_t bytes)
{
	u64 hash = 0;

	for (size_t i = 0; i < bytes / PMEM_LINE; i++)
		hash += line_hash((const char *)memory + i * PMEM_LINE, i);
	return hash;
}

void pmem_restart(struct pmem *p, const void *durable, u64 hash)
{
	memcpy(p->durable, durable, p->bytes);
	p->hash = hash;
	for (unsigned int i = 0; i < p->nr_lines; i++)
		p->place[p->line[i].index] = 0;
	p->nr_lines = p->nr_copies = p->nr_late = 0;
}

void pmem_start(struct pmem *p, void *memory, size_t bytes, u64 hash)
{
	CHECK(bytes <= PMEM_BYTES && bytes % PMEM_LINE == 0);
	p->memory = memory;
	p->bytes = bytes;
	pmem_restart(p, memory, hash ? hash : pmem_hash(memory, bytes));
}

static struct pmem_line *dirty_line(struct pmem *p, unsigned int index)
{
	struct pmem_line *line;

	if (p->place[index])
		return &p->line[p->place[index] - 1];
	CHECK(p->nr_lines < PMEM_DIRTY);
	line = &p->line[p->nr_lines++];
	p->place[index] = p->nr_lines;
	line->index = index;
	line->nr = 0;
	memset(line->flushed, 0, sizeof(line->flushed));
	memset(line->seen, 0, sizeof(line->seen));
	return line;
}

static void apply(const struct pmem_line *line, unsigned int nr, char *to)
{
	for (unsigned int i = 0; i < nr; i++)
		memcpy(to + line->store[i].offset, &line->store[i].value, line->store[i].bytes);
}

/* Bytes of a region are durable as of now. */
static void settle(struct pmem *p, size_t offset, const void *from, size_t bytes)
{
	size_t first = offset / PMEM_LINE, last = (offset + bytes - 1) / PMEM_LINE;

	for (size_t i = first; i <= last; i++)
		p->hash -= line_hash(p->durable + i * PMEM_LINE, i);
	memcpy(p->durable + offset, from, bytes);
	for (size_t i = first; i <= last; i++)
		p->hash += line_hash(p->durable + i * PMEM_LINE, i);
}

static void settle_stores(struct pmem *p, struct pmem_line *line, unsigned int nr)
{
	char content[PMEM_LINE];

	memcpy(content, p->durable + line->index * PMEM_LINE, PMEM_LINE);
	apply(line, nr, content);
	settle(p, line->index * PMEM_LINE, content, PMEM_LINE);
	line->nr -= nr;
	memmove(line->store, line->store + nr, line->nr * sizeof(*line->store));
	for (unsigned int i = 0; i < PMEM_THREADS; i++) {
		line->flushed[i] -= min(line->flushed[i], nr);
		line->seen[i] -= min(line->seen[i], nr);
	}
}

static void drop_clean_lines(struct pmem *p)
{
	for (unsigned int i = 0; i < p->nr_lines;) {
		if (p->line[i].nr) {
			i++;
			continue;
		}
		p->place[p->line[i].index] = 0;
		if (i != --p->nr_lines) {
			p->line[i] = p->line[p->nr_lines];
			p->place[p->line[i].index] = i + 1;
		}
	}
}

static bool inside(const struct pmem *p, const volatile void *at)
{
	return p && (const volatile char *)at >= p->memory &&
	       (const volatile char *)at < p->memory + p->bytes;
}

void pmem_stored(const volatile void *at, size_t bytes)
{
	struct pmem *p = pmem_active;
	struct pmem_line *line;
	struct pmem_store *store;
	size_t offset;

	if (!inside(p, at))
		return;
	offset = (const volatile char *)at - p->memory;
	if (offset >= p->ignored && offset < p->ignored_end)
		return;
	line = dirty_line(p, offset / PMEM_LINE);
	CHECK(line->nr < PMEM_STORES);
	store = &line->store[line->nr++];
	store->offset = offset % PMEM_LINE;
	store->bytes = bytes;
	store->value = 0;
	memcpy(&store->value, (const void *)at, bytes);
	if (p->strict) {
		if (p->before)
			p->before(p);
		settle_stores(p, line, line->nr);
		drop_clean_lines(p);
	}
}

void pmem_stored_plain(const volatile void *at, size_t bytes)
{
	struct pmem *p = pmem_active;

	if (inside(p, at) && p->plain)
		p->plain(p, (const volatile char *)at - p->memory);
	pmem_stored(at, bytes);
}

static int thread(void)
{
	return max(explore_actor(), 0);
}

/* Called before others get their turn. */
void pmem_accessed(const volatile void *at)
{
	struct pmem *p = pmem_active;
	unsigned int place;

	if (!inside(p, at))
		return;
	place = p->place[((const volatile char *)at - p->memory) / PMEM_LINE];
	if (place)
		p->line[place - 1].seen[thread()] = p->line[place - 1].nr;
}

static void flush(const void *from, size_t bytes, bool early)
{
	struct pmem *p = pmem_active;
	size_t first, last;

	if (!inside(p, from))
		return;
	first = ((const char *)from - p->memory) / PMEM_LINE;
	last = ((const char *)from - p->memory + bytes - 1) / PMEM_LINE;
	for (size_t i = first; i <= last; i++) {
		struct pmem_line *line = p->place[i] ? &p->line[p->place[i] - 1] : NULL;
		unsigned int *flushed = line ? &line->flushed[thread()] : NULL;

		if (line)
			*flushed = early ? max(*flushed, line->seen[thread()]) : line->nr;
	}
}

void pmem_flush(const void *from, size_t bytes)
{
	flush(from, bytes, false);
}

void pmem_flush_early(const void *from, size_t bytes)
{
	flush(from, bytes, true);
}

static void copied_half(struct pmem *p, char *to, const char *from, size_t bytes)
{
	CHECK(p->nr_copies < PMEM_COPIES);
	p->copy[p->nr_copies++] = (struct pmem_copied){
		.offset = to - p->memory, .bytes = bytes, .thread = thread(), .from = from};
}

void pmem_bypassed(void *to, size_t bytes)
{
	struct pmem *p = pmem_active;
	size_t half = ALIGN(bytes / 2, 8);

	if (!inside(p, to))
		return;
	/* Whoever copies keeps the target as it is until its fence. */
	copied_half(p, to, to, half);
	if (half < bytes)
		copied_half(p, (char *)to + half, (char *)to + half, bytes - half);
}

static void postpone(const void *from, size_t bytes, bool copied)
{
	struct pmem *p = pmem_active;

	if (!inside(p, from))
		return;
	CHECK(p->nr_late < PMEM_COPIES);
	p->late[p->nr_late++] = (struct pmem_late){
		.thread = thread(), .from = from, .bytes = bytes, .copied = copied};
}

void pmem_flush_late(const void *from, size_t bytes)
{
	postpone(from, bytes, false);
}

void pmem_bypassed_late(void *to, size_t bytes)
{
	postpone(to, bytes, true);
}

static void write_back_late(struct pmem *p)
{
	unsigned int left = 0;

	for (unsigned int i = 0; i < p->nr_late; i++) {
		struct pmem_late *l = &p->late[i];

		if (l->thread != thread())
			p->late[left++] = *l;
		else if (l->copied)
			pmem_bypassed((void *)l->from, l->bytes);
		else
			pmem_flush(l->from, l->bytes);
	}
	p->nr_late = left;
}

static bool fence_matters(const struct pmem *p)
{
	for (unsigned int i = 0; i < p->nr_lines; i++)
		if (p->line[i].flushed[thread()])
			return true;
	for (unsigned int i = 0; i < p->nr_copies; i++)
		if (p->copy[i].thread == thread())
			return true;
	return false;
}

static void settle_thread(struct pmem *p)
{
	unsigned int left = 0;

	if (p->before)
		p->before(p);
	for (unsigned int i = 0; i < p->nr_copies; i++) {
		struct pmem_copied *c = &p->copy[i];

		if (c->thread == thread())
			settle(p, c->offset, c->from, c->bytes);
		else
			p->copy[left++] = *c;
	}
	p->nr_copies = left;
	for (unsigned int i = 0; i < p->nr_lines; i++)
		if (p->line[i].flushed[thread()])
			settle_stores(p, &p->line[i], p->line[i].flushed[thread()]);
	drop_clean_lines(p);
}

void pmem_fence(void)
{
	struct pmem *p = pmem_active;

	if (!p)
		return;
	if (fence_matters(p))
		settle_thread(p);
	write_back_late(p);
}

u64 pmem_images(const struct pmem *p)
{
	u64 images = 1ull << p->nr_copies;

	for (unsigned int i = 0; i < p->nr_lines; i++)
		images *= p->line[i].nr + 1;
	return images;
}

static u64 stores_hash(const struct pmem_line *line, unsigned int nr)
{
	u64 hash = line->index;

	for (unsigned int i = 0; i < nr; i++)
		hash = mix(hash ^ line->store[i].value) + line->store[i].offset * 8 +
		       line->store[i].bytes;
	return mix(hash);
}

u64 pmem_state_hash(const struct pmem *p)
{
	u64 hash = p->hash;

	for (unsigned int i = 0; i < p->nr_lines; i++)
		hash += stores_hash(&p->line[i], p->line[i].nr);
	for (unsigned int i = 0; i < p->nr_copies; i++) {
		const struct pmem_copied *c = &p->copy[i];
		size_t offset = ALIGN_DOWN(c->offset, PMEM_LINE);

		hash += mix(pmem_hash(p->memory + offset,
				      ALIGN(c->offset - offset + c->bytes, PMEM_LINE)) +
			    c->offset);
	}
	return hash;
}

/* Choices: for a line the length of the prefix, for a copy 0 or 1. */

void pmem_compose(const struct pmem *p, const u8 *choice, void *image)
{
	memcpy(image, p->durable, p->bytes);
	for (unsigned int i = 0; i < p->nr_copies; i++)
		if (choice[p->nr_lines + i])
			memcpy((char *)image + p->copy[i].offset, p->copy[i].from,
			       p->copy[i].bytes);
	for (unsigned int i = 0; i < p->nr_lines; i++)
		apply(&p->line[i], choice[i], (char *)image + p->line[i].index * PMEM_LINE);
}

/* What a choice adds to the hash. */
static u64 difference(const struct pmem *p, unsigned int n, unsigned int choice)
{
	char content[PMEM_LINE];
	u64 hash = 0;

	if (!choice)
		return 0;
	if (n < p->nr_lines) {
		const struct pmem_line *line = &p->line[n];

		memcpy(content, p->durable + line->index * PMEM_LINE, PMEM_LINE);
		hash -= line_hash(content, line->index);
		apply(line, choice, content);
		hash += line_hash(content, line->index);
	} else {
		const struct pmem_copied *c = &p->copy[n - p->nr_lines];

		/* May share a line with another one: told apart, not exact. */
		for (size_t at = 0; at < c->bytes; at += 8) {
			u64 word;

			memcpy(&word, (const char *)c->from + at, 8);
			hash += mix(mix(word) ^ (c->offset + at));
		}
		hash |= 1;
	}
	return hash;
}

void pmem_carry(struct pmem *p, const struct pmem *from, const u8 *choice, void *memory)
{
	p->memory = memory;
	p->bytes = from->bytes;
	p->strict = from->strict;
	p->ignored = from->ignored;
	p->ignored_end = from->ignored_end;
	p->before = NULL;
	pmem_restart(p, from->durable, from->hash);
	for (unsigned int i = 0; i < from->nr_lines; i++) {
		const struct pmem_line *line = &from->line[i];
		struct pmem_line *carried;

		if (!choice[i])
			continue;
		carried = dirty_line(p, line->index);
		carried->nr = choice[i];
		memcpy(carried->store, line->store, choice[i] * sizeof(*line->store));
	}
	/* They are in no cache; the hash is as it is for an image. */
	for (unsigned int i = 0; i < from->nr_copies; i++) {
		const struct pmem_copied *c = &from->copy[i];

		if (!choice[from->nr_lines + i])
			continue;
		memcpy(p->durable + c->offset, c->from, c->bytes);
		p->hash += difference(from, from->nr_lines + i, 1);
	}
	pmem_compose(from, choice, memory);
}

u64 pmem_carried_hash(const struct pmem *from, const u8 *choice)
{
	u64 hash = from->hash;

	for (unsigned int i = 0; i < from->nr_lines; i++)
		if (choice[i])
			hash += stores_hash(&from->line[i], choice[i]);
	for (unsigned int i = 0; i < from->nr_copies; i++)
		hash += difference(from, from->nr_lines + i, choice[from->nr_lines + i]);
	return hash;
}

void pmem_each_image(const struct pmem *p,
		     void (*visit)(const struct pmem *p, u64 hash, const u8 *choice))
{
	static u64 table[3][PMEM_DIRTY + PMEM_COPIES][PMEM_STORES + 1];
	static unsigned int depth;
	unsigned int nr = p->nr_lines + p->nr_copies, n;
	u8 choice[PMEM_DIRTY + PMEM_COPIES] = {};
	u64 hash = p->hash;

	CHECK(depth < ARRAY_SIZE(table));
	for (n = 0; n < nr; n++) {
		unsigned int options = n < p->nr_lines ? p->line[n].nr : 1;

		for (unsigned int c = 0; c <= options; c++)
			table[depth][n][c] = difference(p, n, c);
	}
	depth++;
	for (;;) {
		visit(p, hash, choice);
		for (n = 0; n < nr; n++) {
			unsigned int options = n < p->nr_lines ? p->line[n].nr : 1;
			const u64 *t = table[depth - 1][n];

			hash -= t[choice[n]];
			if (choice[n] < options) {
				hash += t[++choice[n]];
				break;
			}
			choice[n] = 0;
		}
		if (n == nr)
			break;
	}
	depth--;
}
