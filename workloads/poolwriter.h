/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the writer of a pool left in it, and whether all of that is there.
 *
 * The pool itself is the log. Root slots say with which seed and settings the
 * writer ran, and for each worker how many of its operations are done; what
 * these were, and so which versions of which objects there have to be, follows
 * from the seed. A worker's next operation may have begun when the power went.
 */
#ifndef POOLWRITER_H
#define POOLWRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "poolobject.h"

#define WRITER_MAX_WORKERS 32u
#define WRITER_MAX_OBJECTS (OBJECT_IDS / WRITER_MAX_WORKERS) /* of each */

enum writer_mode {
	WRITER_FILL, /* fill, free by a layout, compact */
	WRITER_CHURN, /* replace, change and delete objects until killed */
};

struct writer {
	enum writer_mode mode;
	uint64_t seed;
	uint32_t workers; /* processes that churn */
	uint32_t objects; /* of each */
	uint64_t digest; /* of what there is after filling; 0: it was not finished */
};

/* Read what the roots say; false if no writer was here. */
bool writer_load(struct writer *w);

/* Say who is at work from now on; the pool was emptied, or is new. */
void writer_store(const struct writer *w);
void writer_store_digest(uint64_t digest);

/* Add a complete object to a digest. */
uint64_t writer_digest(uint64_t digest, uint64_t tag);

/* Free every handle there is; dies if they are not the writer's. */
void writer_empty(void);

/* How many handles there are. */
uint64_t writer_count(void);

enum op_kind {
	OP_PUT,
	OP_TOUCH,
	OP_DELETE,
};

struct op {
	enum op_kind kind;
	struct object object; /* as it is to be */
	uint64_t random; /* for what is not checked: the order */
};

/* An object of those that churn. */
struct object_state {
	bool present;
	uint32_t version; /* the last one, present or not */
	uint64_t stamp;
	uint64_t handle; /* 0: not known */
};

/* A worker's objects, and how many of its operations are done. */
struct worker {
	const struct writer *writer;
	uint32_t number;
	struct object_state *state;
	uint64_t done;
};

/* The operations that are done, repeated on the states alone. */
void worker_load(struct worker *k, const struct writer *w, uint32_t number);
struct op worker_next(const struct worker *k);

/* The next operation is done, durably. */
void worker_done(struct worker *k, const struct op *op);

/*
 * Does every handle hold what it has to, and is nothing missing? Complains about
 * each that is not so. With @mend, what the interrupted operations left is
 * finished or removed, and @workers know where their objects are.
 */
bool writer_verify(const struct writer *w, struct worker *workers, bool mend);

#endif
