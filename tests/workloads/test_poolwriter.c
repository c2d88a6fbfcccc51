// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The writer of a persistent pool, on a pool of this process: its figures are
 * right, what it wrote is whole after any kill, and what is not whole is found.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "fakepool.h"
#include "pooldev.h"
#include "poolmode.h"

#define FRAMES 12u
#define SLOTS 6144u

static char said[1 << 16]; /* by the last mode, on both streams */
static const struct pool_mode *mode;

static int fill(void)
{
	return pool_fill(mode);
}

static int churn(void)
{
	return pool_churn(mode);
}

/* Run it in a process of its own, which is killed after some milliseconds unless 0. */
static int run(int (*what)(void), unsigned int milliseconds)
{
	int ends[2], status;
	size_t length = 0;
	ssize_t got;
	pid_t child;

	CHECK(!pipe(ends));
	fflush(NULL);
	child = fork();
	CHECK(child >= 0);
	if (!child) {
		setpgid(0, 0);
		dup2(ends[1], 1);
		dup2(ends[1], 2);
		close(ends[0]);
		close(ends[1]);
		exit(what());
	}
	close(ends[1]);
	setpgid(child, child);
	if (milliseconds) {
		usleep(1000 * milliseconds);
		kill(-child, SIGKILL);
	}
	while ((got = read(ends[0], said + length, sizeof(said) - 1 - length)) > 0)
		length += got;
	said[length] = '\0';
	close(ends[0]);
	CHECK(waitpid(child, &status, 0) == child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define EXPECT(status, what)                                                                     \
	do {                                                                                     \
		int _status = run(what, 0);                                                      \
                                                                                                 \
		if (_status != (status)) {                                                       \
			fprintf(stderr, "%s:%d: %s: status %d, not %d:\n%s", __FILE__, __LINE__, \
				#what, _status, status, said);                                   \
			exit(1);                                                                 \
		}                                                                                \
	} while (0)

static struct pool_mode defaults(void)
{
	return (struct pool_mode){
		.seed = 7,
		.orders = {0, 0, 0, 1, 3},
		.nr_orders = 5,
		.nr_policies = 1,
		.layout_name = "uniform",
		.percent = 50,
		.workers = 2,
		.objects = 40,
		.json = true,
	};
}

static uint64_t figure(const char *key)
{
	char quoted[32], *at;

	snprintf(quoted, sizeof(quoted), "\"%s\":", key);
	at = strstr(said, quoted);
	CHECK(at);
	return strtoull(at + strlen(quoted), NULL, 10);
}

static void empty(void)
{
	pooldev_format();
}

/* Single pages in order of occupancy: the minimum, and two fences a move. */
static void figures(void)
{
	static char *const policies[] = {"occupancy", "address", "mesh", "random"};
	struct pool_mode m = defaults();

	mode = &m;
	m.nr_orders = 1;
	empty();
	for (unsigned int i = 0; i < 4; i++) {
		m.policies[0] = policies[i];
		EXPECT(0, fill);
		CHECK_EQ(figure("wanted"), figure("feasible") / 2);
		CHECK(figure("wanted") >= 2);
		CHECK_EQ(figure("cleared"), figure("wanted"));
		CHECK_EQ(figure("given_up"), 0);
		CHECK_EQ(figure("copied"), 4096 * figure("moves"));
		CHECK(figure("moves") >= figure("minimum"));
		if (!i)
			CHECK_EQ(figure("moves"), figure("minimum"));
		CHECK(figure("fences") >= 2 * figure("moves"));
		EXPECT(0, pool_verify);
		CHECK(strstr(said, "whole: "));
	}

	/* So many can be emptied, and not one more. */
	m.policies[0] = policies[0];
	m.percent = 100;
	EXPECT(0, fill);
	CHECK_EQ(figure("cleared"), figure("feasible"));
	m.frames = figure("feasible") + 1;
	EXPECT(0, fill);
	CHECK_EQ(figure("cleared"), m.frames - 1);

	/* In a new pool, of which the policy knows since before anything was in it. */
	m.frames = 0;
	m.format = true;
	EXPECT(0, fill);
	CHECK(figure("moves") > 0);
	CHECK_EQ(figure("moves"), figure("minimum"));

	m.format = false;
	m.policies[1] = policies[1];
	m.nr_policies = 2;
	m.json = false;
	m.frames = 1;
	EXPECT(0, fill);
	CHECK(strstr(said, "\noccupancy            1        1 "));
	CHECK(strstr(said, "\naddress              1        1 "));
}

/* Objects of several orders survive compaction and a reboot; every flaw is found. */
static void fill_is_verified(void)
{
	struct pool_mode m = defaults();
	uint64_t cursor = 0, handle, *words, first;
	struct pooldev_place place;

	mode = &m;
	empty();
	EXPECT(0, fill);
	CHECK(figure("moves") > 0 && figure("copied") > 4096 * figure("moves"));
	fakepool_reboot();
	EXPECT(0, pool_verify);

	first = pooldev_next(&cursor);
	handle = pooldev_next(&cursor);
	CHECK(pooldev_lookup(handle, &place));
	words = pooldev_map(handle, 0);
	words[511] ^= 1;
	EXPECT(1, pool_verify);
	CHECK(strstr(said, "word 511"));
	words[511] ^= 1;
	words[0] ^= 1;
	EXPECT(1, pool_verify);
	words[0] ^= 1;
	EXPECT(0, pool_verify);
	pooldev_unmap(words, 0);

	pooldev_set_tag(handle, place.tag & ~OBJECT_COMPLETE);
	EXPECT(1, pool_verify);
	CHECK(strstr(said, "is not complete"));
	pooldev_set_tag(handle, place.tag);
	EXPECT(0, pool_verify);
	pooldev_free(first);
	EXPECT(1, pool_verify);
	CHECK(strstr(said, "digest"));
}

/* A pool with somebody else's data is left alone. */
static void foreign(void)
{
	struct pool_mode m = defaults();
	uint64_t handle;

	mode = &m;
	m.ops = 1;
	empty();
	EXPECT(1, pool_verify);
	CHECK(strstr(said, "nothing that this program wrote"));
	CHECK_EQ(pooldev_alloc(0, 5, &handle), 0);
	EXPECT(1, fill);
	CHECK(strstr(said, "holds what this program did not write"));
	EXPECT(1, churn);
	CHECK_EQ(writer_count(), 1);
	m.format = true;
	EXPECT(0, fill);
}

static uint64_t done(void)
{
	static struct worker workers[WRITER_MAX_WORKERS];
	uint64_t sum = 0;
	struct writer w;

	CHECK(writer_load(&w));
	for (uint32_t i = 0; i < w.workers; i++) {
		worker_load(&workers[i], &w, i);
		sum += workers[i].done;
		free(workers[i].state);
	}
	return sum;
}

static void churns(void)
{
	struct pool_mode m = defaults();
	struct writer w;

	mode = &m;
	empty();
	m.ops = 200;
	EXPECT(0, churn);
	CHECK_EQ(done(), 400);
	EXPECT(0, pool_verify);
	CHECK(strstr(said, "after 400 operations of 2 workers"));

	/* It goes on, or begins anew. */
	m.ops = 300;
	EXPECT(0, churn);
	CHECK(strstr(said, "worker 1 goes on after 200 operations"));
	CHECK_EQ(done(), 600);
	m.seed++;
	m.ops = 10;
	EXPECT(0, churn);
	CHECK(strstr(said, "worker 1 goes on after 0 operations"));
	EXPECT(0, pool_verify);

	/* Half of 6144 pages, at 2.6 each on average. */
	m.objects = 0;
	m.ops = 10;
	EXPECT(0, churn);
	CHECK(writer_load(&w) && w.objects == 590);
	m.objects = 100000;
	m.ops = 1000000;
	EXPECT(1, churn);
	CHECK(strstr(said, "there is no room for object"));
}

/* Killed at any time: nothing that was acknowledged is lost. */
static void kills(void)
{
	static const unsigned int orders[] = {0, 0, 2, 4, 6};
	struct pool_mode m = defaults();
	uint64_t before = 0, moves = 0, given_up = 0;

	mode = &m;
	memcpy(m.orders, orders, sizeof(orders));
	m.policies[0] = (char *)"occupancy";
	m.policies[1] = (char *)"random";
	m.nr_policies = 2;
	m.objects = 60;
	empty();
	m.ops = 1;
	EXPECT(0, churn);
	m.ops = 0;
	for (unsigned int i = 0; i < 20; i++) {
		CHECK_EQ(run(churn, 40 + 7 * i % 30), -1);
		moves += fakepool_moves();
		given_up += fakepool_given_up();
		fakepool_reboot();
		EXPECT(0, pool_verify);
	}
	before = done();
	printf("20 kills: %" PRIu64 " operations, %" PRIu64 " moves, %" PRIu64 " given up\n",
	       before, moves, given_up);
	CHECK(before > 40 && moves);
	/* The worker that mends goes on. */
	m.ops = before;
	EXPECT(0, churn);
	EXPECT(0, pool_verify);
}

/* The handle of some object that is complete, and not the next to change. */
static uint64_t some_object(struct pooldev_place *place, bool with_stamp)
{
	static struct worker workers[WRITER_MAX_WORKERS];
	uint64_t cursor = 0, handle, *words, stamp;
	struct writer w;
	bool next;

	CHECK(writer_load(&w));
	for (uint32_t i = 0; i < w.workers; i++)
		worker_load(&workers[i], &w, i);
	do {
		struct object o;

		handle = pooldev_next(&cursor);
		CHECK(handle && pooldev_lookup(handle, place));
		o = object_of(place->tag);
		next = worker_next(&workers[o.id / w.objects]).object.id == o.id;
		words = pooldev_map(handle, 0);
		stamp = words[2];
		pooldev_unmap(words, 0);
	} while (next || !!stamp != with_stamp);
	for (uint32_t i = 0; i < w.workers; i++)
		free(workers[i].state);
	return handle;
}

static void churn_is_verified(void)
{
	struct pool_mode m = defaults();
	struct pooldev_place place;
	uint64_t handle, other, *words;
	struct object o;

	mode = &m;
	empty();
	m.ops = 300;
	EXPECT(0, churn);
	handle = some_object(&place, true);
	o = object_of(place.tag);

	words = pooldev_map(handle, 0);
	words[2]++;
	EXPECT(1, pool_verify);
	CHECK(strstr(said, "has stamp"));
	words[2]--;
	EXPECT(0, pool_verify);
	words[100] = 0;
	pooldev_unmap(words, 0);
	EXPECT(1, pool_verify);

	/* A second one, one of another version, and a part of one. */
	pooldev_free(handle);
	EXPECT(1, pool_verify);
	CHECK(strstr(said, "is lost"));
	handle = some_object(&place, false);
	o = object_of(place.tag);
	other = object_put(o, 0);
	EXPECT(1, pool_verify);
	CHECK(strstr(said, "is there twice"));
	pooldev_free(other);
	other = object_put((struct object){o.id, o.version + 5}, 0);
	EXPECT(1, pool_verify);
	CHECK(strstr(said, "is there in version"));
	pooldev_set_tag(other, object_tag(o) & ~OBJECT_COMPLETE);
	EXPECT(1, pool_verify);
	CHECK(strstr(said, "is not complete"));
	pooldev_free(other);
	other = object_put((struct object){m.workers * m.objects, 1}, 0);
	EXPECT(1, pool_verify);
	CHECK(strstr(said, "which there is not"));
}

/* What the first worker does next, after this many operations. */
static struct op next_op(struct worker *k)
{
	static struct writer w;

	CHECK(writer_load(&w));
	worker_load(k, &w, 0);
	return worker_next(k);
}

static uint64_t find(struct object o)
{
	uint64_t cursor = 0, handle;
	struct pooldev_place place;

	while ((handle = pooldev_next(&cursor)))
		if (pooldev_lookup(handle, &place) && place.tag == object_tag(o))
			break;
	CHECK(handle);
	return handle;
}

/* Churn until the first worker is about to do this to an object that there is. */
static uint64_t stop_before(struct pool_mode *m, enum op_kind kind, struct op *op)
{
	struct object_state s;
	struct worker k;

	empty();
	for (m->ops = 50;; m->ops++) {
		EXPECT(0, churn);
		*op = next_op(&k);
		s = k.state[op->object.id];
		free(k.state);
		if (op->kind == kind && s.present)
			return find((struct object){op->object.id, s.version});
	}
}

/* The writer goes on: it mends what is there, and has then done the operation, or not. */
static void mended(uint64_t handles, unsigned int done_more)
{
	uint64_t before = done();

	EXPECT(0, pool_verify);
	EXPECT(0, churn);
	CHECK_EQ(done(), before + done_more);
	CHECK_EQ(writer_count(), handles);
	EXPECT(0, pool_verify);
}

/* Each state that an operation passes through. */
static void interrupted(void)
{
	struct pool_mode m = defaults();
	uint64_t old, handle, handles;
	struct op op;

	mode = &m;
	old = stop_before(&m, OP_PUT, &op);
	handles = writer_count();
	CHECK_EQ(pooldev_alloc(1, object_tag(op.object) & ~OBJECT_COMPLETE, &handle), 0);
	mended(handles, 0);
	handle = object_put(op.object, 0);
	object_put(op.object, 0);
	EXPECT(1, pool_verify);
	CHECK(strstr(said, "has more than it can"));
	pooldev_free(handle);
	mended(handles, 1);

	old = stop_before(&m, OP_PUT, &op);
	handles = writer_count();
	object_put(op.object, 0);
	pooldev_free(old);
	mended(handles, 1);

	old = stop_before(&m, OP_DELETE, &op);
	handles = writer_count();
	pooldev_free(old);
	mended(handles - 1, 1);

	old = stop_before(&m, OP_TOUCH, &op);
	object_touch(old, m.ops + 2);
	EXPECT(1, pool_verify);
	CHECK(strstr(said, "has stamp"));
	object_touch(old, m.ops + 1);
	mended(writer_count(), 0);
	m.ops++;
	EXPECT(0, churn);
	EXPECT(0, pool_verify);
}

int main(void)
{
	fakepool_make(FRAMES, SLOTS);
	figures();
	fill_is_verified();
	foreign();
	churns();
	churn_is_verified();
	interrupted();
	kills();
	return 0;
}
