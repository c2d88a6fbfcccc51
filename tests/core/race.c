// SPDX-License-Identifier: GPL-2.0-or-later

#include "bits.h"
#include "race.h"

#define MAX_FRAMES 96
#define KIND LLFREE_CHILD_COMPACTING

static const struct race *race;
static struct world world;
/* Bit by bit what the core's bitfields should be. */
static struct llfree_bitfield held[MAX_FRAMES];

/* The state after prepare(), from which every execution starts. */
static struct {
	struct world world;
	char metadata[256 * 1024];
	struct llfree_bitfield held[MAX_FRAMES];
} start;
static size_t metadata_bytes;

static s64 result[EXPLORE_ACTORS];
/* When, in this execution. */
static unsigned long now, begun[EXPLORE_ACTORS], returned[EXPLORE_ACTORS];
/* In any execution. */
static bool succeeded[EXPLORE_ACTORS];
static u64 bulk[EXPLORE_ACTORS][RACE_BULK_MAX];

struct world *race_world(void)
{
	return &world;
}

s64 race_result(unsigned int n)
{
	return result[n];
}

static u64 *held_row(u64 index)
{
	return &held[index / LLFREE_FRAME_PAGES].row[index % LLFREE_FRAME_PAGES / LLFREE_ROW_PAGES];
}

static void hold(u64 index, u64 nr)
{
	for (; nr; index++, nr--) {
		u64 bit = BIT_ULL(index % LLFREE_ROW_PAGES);

		if (*held_row(index) & bit)
			check_fail(__FILE__, __LINE__, "page %llu has two holders",
				   (unsigned long long)index);
		*held_row(index) |= bit;
	}
}

static void drop(u64 index, u64 nr)
{
	for (; nr; index++, nr--)
		*held_row(index) &= ~BIT_ULL(index % LLFREE_ROW_PAGES);
}

void race_free(u64 index, unsigned int order)
{
	CHECK_EQ(llfree_put(&world.a, 0, index, order), 0);
	drop(index, 1ull << order);
}

void race_take(u64 index, unsigned int order)
{
	CHECK_EQ(llfree_get_at(&world.a, 0, index, order), 0);
	hold(index, 1ull << order);
}

s64 race_get(unsigned int cpu, unsigned int order, enum llfree_class class)
{
	s64 index = llfree_get(&world.a, cpu, order, class, 0);

	CHECK(index >= 0);
	hold(index, 1ull << order);
	return index;
}

void race_block(u64 frame)
{
	CHECK_EQ(llfree_block(&world.a, 0, frame, KIND), 0);
}

void race_isolate(u64 frame)
{
	CHECK_EQ(llfree_block(&world.a, 0, frame, LLFREE_CHILD_ISOLATED), 0);
}

static unsigned int claimed_frames(const struct race_op *op)
{
	return op->order > LLFREE_FRAME_ORDER ? 2 : 1;
}

static s64 claim(const struct race_op *op)
{
	u64 frame = op->at / LLFREE_FRAME_PAGES;
	unsigned int frames = claimed_frames(op), blocked;
	bool quiet = true;
	s64 got = -EBUSY;

	for (blocked = 0; blocked < frames; blocked++)
		if (llfree_block(&world.a, op->cpu, frame + blocked, KIND))
			break;
	if (blocked == frames) {
		for (unsigned int i = 0; i < frames; i++)
			quiet &= llfree_quiet(&world.a, frame + i);
		if (quiet)
			got = llfree_claim(&world.a, frame, op->order, LLFREE_MOVABLE);
	}
	while (blocked--)
		llfree_unblock(&world.a, op->cpu, frame + blocked, KIND, false);
	return got;
}

/* No step of the explorer: as if at one instant. */
static u64 zero_bits(u64 frame)
{
	u64 zero = 0;

	for (unsigned int i = 0; i < LLFREE_FRAME_ROWS; i++)
		zero += hweight64(~world.a.bits[frame].row[i]);
	return zero;
}

static s64 get_best(const struct race_op *op)
{
	u64 frame = op->at / LLFREE_FRAME_PAGES, index;
	unsigned int hole;
	int page = bits_find_best(&world.a.bits[frame], op->order, &hole);

	if (page < 0)
		return -ENOMEM;
	index = frame * LLFREE_FRAME_PAGES + page;
	CHECK_EQ(index % (1ull << op->order), 0);
	return llfree_get_to(&world.a, op->cpu, index, op->order) ?: (s64)index;
}

static s64 perform(const struct race_op *op, u64 *pages)
{
	u64 frame = op->at / LLFREE_FRAME_PAGES;
	struct llfree *a = &world.a;

	switch (op->kind) {
	case RACE_GET:
		return llfree_get(a, op->cpu, op->order, op->class, 0);
	case RACE_GET_AT:
		return llfree_get_at(a, op->cpu, op->at, op->order) ?: (s64)op->at;
	case RACE_GET_FROM:
		return llfree_get_from(a, op->cpu, frame, op->order);
	case RACE_GET_BEST:
		return get_best(op);
	case RACE_GET_POISONED:
		return llfree_get_poisoned(a, op->cpu, op->at) ?: (s64)op->at;
	case RACE_BULK:
		return llfree_get_bulk(a, op->cpu, op->class, pages, op->order);
	case RACE_PUT:
		return llfree_put(a, op->cpu, op->at, op->order);
	case RACE_BLOCK:
		return llfree_block(a, op->cpu, frame, KIND);
	case RACE_ISOLATE:
		return llfree_block(a, op->cpu, frame, LLFREE_CHILD_ISOLATED);
	case RACE_UNBLOCK:
		llfree_unblock(a, op->cpu, frame, KIND, false);
		return 0;
	case RACE_UNISOLATE:
		llfree_unblock(a, op->cpu, frame, LLFREE_CHILD_ISOLATED, false);
		return 0;
	case RACE_SWING:
		for (unsigned int i = 0; i < 3; i++) {
			llfree_unblock(a, op->cpu, frame ^ (i & 1), KIND, false);
			CHECK_EQ(llfree_block(a, op->cpu, frame ^ 1 ^ (i & 1), KIND), 0);
		}
		return 0;
	case RACE_QUIET:
		CHECK_EQ(llfree_block(a, op->cpu, frame, KIND), 0);
		return llfree_quiet(a, frame) ? (s64)zero_bits(frame) : -EBUSY;
	case RACE_SHIFT:
		CHECK_EQ(llfree_put(a, op->cpu, op->at, 0), 0);
		return !llfree_get_at(a, op->cpu, op->to, 0);
	case RACE_CLAIM:
		return claim(op);
	case RACE_DRAIN:
		llfree_drain(a, op->cpu);
		return 0;
	case RACE_NOTHING:
		break;
	}
	return 0;
}

static void actor(unsigned int n)
{
	begun[n] = ++now;
	result[n] = perform(&race->op[n], bulk[n]);
	returned[n] = ++now;
}

static void actor0(void)
{
	actor(0);
}

static void actor1(void)
{
	actor(1);
}

static void actor2(void)
{
	actor(2);
}

static void restore(void)
{
	void *metadata = world.metadata;

	world = start.world;
	memcpy(metadata, start.metadata, metadata_bytes);
	memcpy(held, start.held, sizeof(held));
}

/*
 * Order 0 is linearizable: it fails only where no page was free at some instant
 * while it ran.
 */

/* Was a frame blocked, or could the operation block it? */
static bool closes(const struct race_op *op, u64 frame)
{
	u64 first = op->at / LLFREE_FRAME_PAGES;

	switch (op->kind) {
	case RACE_BLOCK:
	case RACE_ISOLATE:
	case RACE_QUIET:
		return frame == first;
	case RACE_SWING:
		return frame == first || frame == (first ^ 1);
	case RACE_CLAIM:
		return frame - first < claimed_frames(op);
	default:
		return false;
	}
}

static bool stays_open(u64 frame)
{
	const u16 *child =
		(u16 *)(start.metadata + ((char *)world.a.child - (char *)world.metadata));

	if (child[frame] & LLFREE_CHILD_BLOCKED)
		return false;
	for (unsigned int n = 0; n < EXPLORE_ACTORS; n++)
		if (closes(&race->op[n], frame))
			return false;
	return true;
}

static s64 taken_by(unsigned int n)
{
	switch (race->op[n].kind) {
	case RACE_GET:
	case RACE_GET_AT:
	case RACE_GET_FROM:
	case RACE_GET_BEST:
	case RACE_GET_POISONED:
		return result[n] < 0 ? 0 : 1ll << race->op[n].order;
	case RACE_BULK:
	case RACE_SHIFT:
		return result[n];
	default:
		return 0;
	}
}

static s64 given_by(unsigned int n)
{
	const struct race_op *op = &race->op[n];
	s64 pages = 0;

	if (op->kind != RACE_PUT && op->kind != RACE_SHIFT)
		return 0;
	for (u64 i = op->at; i < op->at + (op->kind == RACE_PUT ? 1ull << op->order : 1); i++)
		pages += stays_open(i / LLFREE_FRAME_PAGES);
	return pages;
}

/* Pages that were free, and to be had, all the while the n-th operation ran; at least. */
static s64 free_meanwhile(unsigned int n)
{
	s64 pages = 0;

	for (u64 frame = 0; frame < world.a.frames; frame++)
		for (unsigned int i = 0; i < LLFREE_FRAME_ROWS && stays_open(frame); i++)
			pages += hweight64(~start.held[frame].row[i]);
	for (unsigned int i = 0; i < EXPLORE_ACTORS; i++) {
		if (i == n || begun[i] > returned[n])
			continue;
		/* A shift gives before it takes. */
		if (returned[i] < begun[n] || race->op[i].kind == RACE_SHIFT)
			pages += given_by(i);
		pages -= taken_by(i);
	}
	return pages;
}

static void settle(unsigned int n)
{
	const struct race_op *op = &race->op[n];

	if (result[n] < 0) {
		CHECK(op->may_fail);
		if (op->kind == RACE_GET && !op->order && free_meanwhile(n) > 0)
			check_fail(__FILE__, __LINE__, "nothing was got though a page was free");
		return;
	}
	succeeded[n] = true;
	switch (op->kind) {
	case RACE_GET:
	case RACE_GET_AT:
	case RACE_GET_FROM:
	case RACE_GET_BEST:
	case RACE_GET_POISONED:
	case RACE_CLAIM:
		hold(result[n], 1ull << op->order);
		break;
	case RACE_BULK:
		CHECK(op->may_fail || result[n] == op->order);
		for (s64 i = 0; i < result[n]; i++)
			hold(bulk[n][i], 1);
		break;
	case RACE_PUT:
		drop(op->at, 1ull << op->order);
		break;
	case RACE_QUIET:
		/* Nobody was inside who could still take a page. */
		CHECK(zero_bits(op->at / LLFREE_FRAME_PAGES) >= (u64)result[n]);
		break;
	case RACE_SHIFT:
		drop(op->at, 1);
		hold(op->to, result[n]);
		break;
	default:
		break;
	}
}

/* Is there a free run of this order outside of blocked frames? */
static bool run_exists(unsigned int order)
{
	for (u64 i = 0; i < world.a.pages; i += 1ull << order) {
		u64 frame = i / LLFREE_FRAME_PAGES;

		if (llfree_free_order(&world.a, i) < (int)order ||
		    llfree_child(&world.a, frame) & LLFREE_CHILD_BLOCKED)
			continue;
		if (order < LLFREE_MAX_ORDER ||
		    !(llfree_child(&world.a, frame + 1) & LLFREE_CHILD_BLOCKED))
			return true;
	}
	return false;
}

static bool gives(const struct race_op *op)
{
	return op->kind == RACE_PUT || op->kind == RACE_SHIFT;
}

static void check(void)
{
	/* Puts first: another operation may have taken what they freed. */
	for (unsigned int n = 0; n < EXPLORE_ACTORS; n++)
		if (gives(&race->op[n]))
			settle(n);
	for (unsigned int n = 0; n < EXPLORE_ACTORS; n++)
		if (!gives(&race->op[n]))
			settle(n);
	if (memcmp(world.a.bits, held, world.a.frames * sizeof(*held)))
		check_fail(__FILE__, __LINE__, "a page is lost or given away");
	world_verify(&world);
	for (unsigned int order = 1; order <= LLFREE_MAX_ORDER; order++)
		if (!llfree_has_order(&world.a, order) && run_exists(order))
			check_fail(__FILE__, __LINE__, "a run of order %u is free and forgotten",
				   order);
	if (race->check)
		race->check();
}

static void open_race(const struct race *r)
{
	race = r;
	CHECK(r->frames <= MAX_FRAMES);
	world_open(&world, r->frames, r->cpus);
	metadata_bytes = llfree_metadata_bytes(world.a.pages, r->cpus);
	CHECK(metadata_bytes <= sizeof(start.metadata));
	memset(held, 0xff, sizeof(held));
	memset(result, 0, sizeof(result));
	memset(succeeded, 0, sizeof(succeeded));
	r->prepare();
	start.world = world;
	memcpy(start.metadata, world.metadata, metadata_bytes);
	memcpy(start.held, held, sizeof(held));
}

unsigned long race_accesses(const struct race *r)
{
	struct scenario scenario = {.setup = restore, .actors = {{actor0}}, .check = check};
	struct race alone = *r;
	unsigned long accesses;

	memset(&alone.op[1], 0, sizeof(alone.op) - sizeof(alone.op[0]));
	open_race(&alone);
	CHECK_EQ(explore(&scenario), 1);
	accesses = explore_accesses();
	world_close(&world);
	return accesses;
}

unsigned long race_explore(const struct race *r)
{
	struct scenario scenario = {
		.setup = restore,
		.actors = {{actor0}, {actor1}, {actor2}},
		.check = check,
		.preemptions = r->preemptions,
	};
	unsigned long executions;

	open_race(r);
	for (unsigned int n = 0; n < EXPLORE_ACTORS; n++) {
		scenario.actors[n].interrupt = r->op[n].interrupt;
		if (r->op[n].kind == RACE_NOTHING)
			scenario.actors[n].run = NULL;
	}
	executions = explore(&scenario);
	/* One way only would mean that the core's steps are not seen. */
	CHECK(executions > 2);
	for (unsigned int n = 0; n < EXPLORE_ACTORS; n++)
		if (r->op[n].kind != RACE_NOTHING && succeeded[n] == r->op[n].in_vain)
			check_fail(__FILE__, __LINE__, "operation %u %s", n,
				   succeeded[n] ? "is not in vain" : "never succeeds");
	world_close(&world);
	return executions;
}
