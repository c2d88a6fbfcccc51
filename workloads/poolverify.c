// SPDX-License-Identifier: GPL-2.0-or-later
#include "poolwriter.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "pooldev.h"
#include "rng.h"
#include "sys.h"

#define WRITER_MAGIC 0x3172657469727721u /* "!writer1" */
#define WRITER_EMPTYING 0x3172657469727740u /* what is left may go */

enum {
	ROOT_MAGIC,
	ROOT_SEED,
	ROOT_SHAPE,
	ROOT_DIGEST,
	ROOT_DONE = 8, /* of worker 0 */
};

bool writer_load(struct writer *w)
{
	uint64_t shape;

	if (pooldev_get_root(ROOT_MAGIC) != WRITER_MAGIC)
		return false;
	shape = pooldev_get_root(ROOT_SHAPE);
	*w = (struct writer){
		.mode = shape >> 56,
		.workers = shape >> 32 & 0xff,
		.objects = (uint32_t)shape,
		.seed = pooldev_get_root(ROOT_SEED),
		.digest = pooldev_get_root(ROOT_DIGEST),
	};
	return true;
}

void writer_store(const struct writer *w)
{
	pooldev_set_root(ROOT_SEED, w->seed);
	pooldev_set_root(ROOT_SHAPE,
			 (uint64_t)w->mode << 56 | (uint64_t)w->workers << 32 | w->objects);
	pooldev_set_root(ROOT_DIGEST, 0);
	for (unsigned int i = 0; i < WRITER_MAX_WORKERS; i++)
		pooldev_set_root(ROOT_DONE + i, 0);
	pooldev_set_root(ROOT_MAGIC, WRITER_MAGIC);
}

void writer_store_digest(uint64_t digest)
{
	pooldev_set_root(ROOT_DIGEST, digest);
}

uint64_t writer_digest(uint64_t digest, uint64_t tag)
{
	digest += hash64(1, tag);
	return digest ? digest : 1;
}

uint64_t writer_count(void)
{
	uint64_t cursor = 0, nr = 0;

	while (pooldev_next(&cursor))
		nr++;
	return nr;
}

static bool foreign(void)
{
	uint64_t magic = pooldev_get_root(ROOT_MAGIC);

	return magic != WRITER_MAGIC && magic != WRITER_EMPTYING && writer_count();
}

void writer_empty(void)
{
	uint64_t cursor = 0, handle;

	if (foreign())
		die("the pool holds what this program did not write: free it, or make a new pool");
	pooldev_set_root(ROOT_MAGIC, WRITER_EMPTYING);
	while ((handle = pooldev_next(&cursor)))
		pooldev_free(handle);
}

struct op worker_next(const struct worker *k)
{
	const struct writer *w = k->writer;
	uint64_t random = hash64(w->seed + ((uint64_t)k->number << 48), k->done);
	uint32_t chosen = (uint32_t)((random >> 32) * w->objects >> 32);
	const struct object_state *s = &k->state[chosen];
	unsigned int draw = random % 16;
	struct op op = {
		.kind = !s->present || draw < 8 ? OP_PUT
			: draw < 14		? OP_TOUCH
						: OP_DELETE,
		.object = {k->number * w->objects + chosen, s->version},
		.random = random >> 4,
	};

	if (op.kind == OP_PUT)
		op.object.version = (s->version + 1) % OBJECT_VERSIONS;
	return op;
}

static struct object_state *state_of(const struct worker *k, const struct op *op)
{
	return &k->state[op->object.id % k->writer->objects];
}

/* What the operation makes of the object, and the number of the next one. */
static void apply(struct worker *k, const struct op *op)
{
	struct object_state *s = state_of(k, op);

	k->done++;
	s->present = op->kind != OP_DELETE;
	s->version = op->object.version;
	s->stamp = op->kind == OP_TOUCH ? k->done : op->kind == OP_PUT ? 0 : s->stamp;
}

void worker_load(struct worker *k, const struct writer *w, uint32_t number)
{
	uint64_t done = pooldev_get_root(ROOT_DONE + number);

	*k = (struct worker){.writer = w, .number = number};
	k->state = calloc(w->objects, sizeof(*k->state));
	if (!k->state)
		die("out of memory");
	while (k->done < done) {
		struct op op = worker_next(k);

		apply(k, &op);
	}
}

void worker_done(struct worker *k, const struct op *op)
{
	apply(k, op);
	pooldev_set_root(ROOT_DONE + k->number, k->done);
}

/* A verification under way. */
struct pass {
	const struct writer *w;
	struct worker *workers;
	unsigned long wrong;
	uint64_t digest;
	struct { /* of each worker's next operation */
		struct op op;
		uint64_t part; /* an allocation that is not complete */
		uint64_t put; /* one that is */
	} next[WRITER_MAX_WORKERS];
};

static void __attribute__((format(printf, 2, 3))) wrong(struct pass *p, const char *format, ...)
{
	va_list args;

	p->wrong++;
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

/* An allocation of an object that churns; its contents are whole if it is complete. */
static void judge(struct pass *p, uint64_t handle, uint64_t tag, uint64_t stamp)
{
	struct object o = object_of(tag);
	uint32_t number = o.id / p->w->objects;
	struct object_state *s;
	bool is_next;

	if (number >= p->w->workers) {
		wrong(p, "handle 0x%012" PRIx64 " is of object %u, which there is not", handle,
		      o.id);
		return;
	}
	s = &p->workers[number].state[o.id % p->w->objects];
	is_next = p->next[number].op.object.id == o.id;
	if (is_next && p->next[number].op.kind == OP_PUT &&
	    p->next[number].op.object.version == o.version) {
		uint64_t *known =
			tag & OBJECT_COMPLETE ? &p->next[number].put : &p->next[number].part;

		if (*known || stamp)
			wrong(p, "object %u, version %u, has more than it can", o.id, o.version);
		*known = handle;
		return;
	}
	if (!(tag & OBJECT_COMPLETE)) {
		wrong(p, "object %u, version %u, is not complete", o.id, o.version);
		return;
	}
	if (!s->present || s->version != o.version) {
		wrong(p, "object %u is there in version %u, not %s%u", o.id, o.version,
		      s->present ? "" : "deleted after ", s->version);
		return;
	}
	if (s->handle)
		wrong(p, "object %u, version %u, is there twice", o.id, o.version);
	s->handle = handle;
	if (stamp != s->stamp && !(is_next && p->next[number].op.kind == OP_TOUCH &&
				   stamp == p->workers[number].done + 1))
		wrong(p, "object %u, version %u, has stamp %" PRIu64 ", not %" PRIu64, o.id,
		      o.version, stamp, s->stamp);
}

/* What is not there has to be missing for a reason. */
static void judge_missing(struct pass *p, const struct worker *k)
{
	const struct op *next = &p->next[k->number].op;

	for (uint32_t i = 0; i < k->writer->objects; i++) {
		const struct object_state *s = &k->state[i];
		uint32_t id = k->number * k->writer->objects + i;

		if (!s->present || s->handle)
			continue;
		if (next->object.id == id &&
		    (next->kind == OP_DELETE || (next->kind == OP_PUT && p->next[k->number].put)))
			continue;
		wrong(p, "object %u, version %u, is lost", id, s->version);
	}
}

/* Finish what the next operation began, or remove it. */
static void mend(struct pass *p, struct worker *k)
{
	struct op *op = &p->next[k->number].op;
	struct object_state *s = state_of(k, op);
	uint64_t put = p->next[k->number].put;

	if (p->next[k->number].part)
		pooldev_free(p->next[k->number].part);
	if (put && s->handle)
		pooldev_free(s->handle);
	if (put)
		s->handle = put;
	/* A stamp is written once more. */
	if (put || (op->kind == OP_DELETE && s->present && !s->handle))
		worker_done(k, op);
}

static void look(struct pass *p, uint64_t handle)
{
	struct pooldev_place place;
	uint64_t stamp = 0;

	if (!pooldev_lookup(handle, &place)) {
		wrong(p, "handle 0x%012" PRIx64 " is listed, but gone", handle);
		return;
	}
	if (place.tag & OBJECT_COMPLETE && !object_check(handle, &stamp)) {
		p->wrong++;
		return;
	}
	if (p->w->mode == WRITER_CHURN)
		judge(p, handle, place.tag, stamp);
	else if (place.tag & OBJECT_COMPLETE)
		p->digest = writer_digest(p->digest, place.tag);
	else if (p->w->digest)
		wrong(p, "handle 0x%012" PRIx64 " is not complete", handle);
}

bool writer_verify(const struct writer *w, struct worker *workers, bool mends)
{
	struct pass p = {.w = w, .workers = workers};
	uint64_t cursor = 0, handle;

	for (uint32_t i = 0; i < w->workers; i++)
		p.next[i].op = worker_next(&workers[i]);
	while ((handle = pooldev_next(&cursor)))
		look(&p, handle);
	for (uint32_t i = 0; i < w->workers; i++)
		judge_missing(&p, &workers[i]);
	if (w->mode == WRITER_FILL && w->digest && p.digest != w->digest)
		wrong(&p, "what there is has digest 0x%016" PRIx64 ", not 0x%016" PRIx64, p.digest,
		      w->digest);
	for (uint32_t i = 0; mends && !p.wrong && i < w->workers; i++)
		mend(&p, &workers[i]);
	return !p.wrong;
}
