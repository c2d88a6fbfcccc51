// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "world.h"

#define CPUS EXPLORE_ACTORS
#define LEVELS 2 /* of nested crashes */
#define STEPS 64 /* stores of a recovery */
#define USE_UP 256 /* after so many recoveries the pool is used up */

struct case_counts case_counts;
const struct pool_case *case_now;
struct case_state case_state[EXPLORE_ACTORS];
u64 case_handle[CASE_INITIAL], case_page[CASE_INITIAL];

/* The pool at work, what it starts from, and pools recovered from crashes. */
static struct place live, start, recovered[LEVELS];
static struct pmem media[LEVELS + 1];
/* Of a recovery with durable caches: what each of its stores found. */
static struct pmem step;
static char steps[STEPS][PMEM_BYTES] __aligned(64);
static u64 steps_hash[STEPS];
static unsigned int nr_steps;
static u64 start_hash;
static size_t region_bytes, memory_bytes;
static unsigned long clock_now;

/* The driver's: who writes, whose pages nobody may write to, and where they are mapped. */
static u64 writers[CASE_SLOTS];
static bool gate[CASE_SLOTS];
static u64 mapped[CASE_SLOTS]; /* a page, plus one */

/*
 * Sets of hashes
 */

struct set {
	u64 *key;
	u64 nr, size;
};

/*
 * What a crash was tried of: moments; images, and those that a crash in recovery
 * leaves; images with what of them is in caches.
 */
static struct set points, images, again, cached;

static bool set_add(struct set *s, u64 key)
{
	u64 i;

	key += !key;
	if (2 * s->nr >= s->size) {
		struct set old = *s;

		s->size = max(2 * old.size, 1ull << 16);
		s->key = calloc(s->size, sizeof(*s->key));
		CHECK(s->key);
		s->nr = 0;
		for (i = 0; i < old.size; i++)
			if (old.key[i])
				set_add(s, old.key[i]);
		free(old.key);
	}
	for (i = key % s->size; s->key[i]; i = (i + 1) % s->size)
		if (s->key[i] == key)
			return false;
	s->key[i] = key;
	s->nr++;
	return true;
}

static bool set_has(const struct set *s, u64 key)
{
	u64 i;

	key += !key;
	if (!s->size)
		return false;
	for (i = key % s->size; s->key[i]; i = (i + 1) % s->size)
		if (s->key[i] == key)
			return true;
	return false;
}

static void set_clear(struct set *s)
{
	if (s->size)
		memset(s->key, 0, s->size * sizeof(*s->key));
	s->nr = 0;
}

/*
 * Crashes
 */

/* What has been promised: images with the same promises need one look. */
static u64 promises(void)
{
	u64 hash = 0;

	for (unsigned int i = 0; i < EXPLORE_ACTORS; i++) {
		const struct case_state *s = &case_state[i];

		hash = (hash ^ !!s->begun ^ (u64) !!s->returned << 1 ^ s->value << 8) *
		       0x9e3779b97f4a7c15ull;
		hash = (hash ^ hash >> 31 ^ s->result) * 0xbf58476d1ce4e5b9ull;
	}
	return hash ^ hash >> 32;
}

static unsigned int level;
static u64 nested_before; /* this case */
static bool cut;
static bool kept; /* the first crash is of the kernel alone */
static u64 carried; /* then: what is durable and what is in caches */
static u64 promised;
static bool measuring; /* how long an operation is */

static void recover(struct place *place, bool strict)
{
	struct llfree_pool_config config = {
		.base = place->region,
		.bytes = region_bytes,
		.cpus = CPUS,
		.durable_caches = strict,
		.memory = place->memory,
		.scratch = place->scratch,
		.owner = &place->free,
	};
	int err;

	place->free = 0;
	err = llfree_pool_open(&place->pool, &config, &place->report);

	if (err)
		check_fail(__FILE__, __LINE__, "not recovered: %s", llfree_pool_explain(err));
}

/* All of a region but the child words, which mean nothing on media. */
static bool same(const struct place *a, const struct place *b)
{
	size_t child = media[0].ignored, end = media[0].ignored_end;

	return !memcmp(a->region, b->region, child) &&
	       !memcmp(a->region + end, b->region + end, region_bytes - end);
}

/* Has the case had its share of nested crashes? */
static bool nested_out(void)
{
	if (case_counts.nested - nested_before < case_now->nested)
		return false;
	case_counts.cut += !cut;
	cut = true;
	return true;
}

static void note_step(struct pmem *p)
{
	CHECK(nr_steps < STEPS);
	memcpy(steps[nr_steps], p->durable, p->bytes);
	steps_hash[nr_steps++] = p->hash;
}

static void crash(const struct pmem *p, u64 hash, const u8 *choice);

/* Crash in the recovery that @p has seen. */
static void crash_again(struct pmem *p)
{
	case_counts.reached += pmem_images(p) + nr_steps;
	for (unsigned int i = 0; i < nr_steps; i++) {
		pmem_restart(&step, steps[i], steps_hash[i]);
		pmem_each_image(&step, crash);
	}
	pmem_each_image(p, crash);
}

/*
 * What pages are given out by, the header and the slots, is durable, so that a
 * crash of all from now on ends as the recovery did.
 */
static void check_owners(const struct place *place, const char *image)
{
	size_t at = (const char *)place->pool.slot - place->region;

	CHECK(!memcmp(image, place->region, sizeof(struct llfree_pool_header)));
	for (unsigned int i = 0; i < CASE_SLOTS; i++, at += sizeof(u64)) {
		u64 word;

		memcpy(&word, image + at, sizeof(word));
		if ((word ^ place->pool.slot[i]) & ~POOL_MOVING)
			check_fail(__FILE__, __LINE__, "recovered by a slot that is not durable");
	}
}

/* Does an image have of them what is in caches alone? */
static bool owners_in_caches(const struct pmem *p, const u8 *choice)
{
	size_t slots = (char *)live.pool.slot - live.region, end = slots + CASE_SLOTS * sizeof(u64);

	for (unsigned int i = 0; i < p->nr_lines && !p->strict; i++) {
		size_t at = p->line[i].index * PMEM_LINE;

		if (choice[i] && (!at || (at + PMEM_LINE > slots && at < end)))
			return true;
	}
	return false;
}

/*
 * The kernel has ended, and power fails while its successor waits for its fence. If
 * that has stored nothing yet, this leaves what it might have left before.
 */
static void crash_at_fence(struct pmem *p)
{
	if (pmem_state_hash(p) == carried)
		return;
	pmem_active = NULL;
	level++;
	crash_again(p);
	level--;
	pmem_active = p;
}

/*
 * The kernel ends, as with kexec, and nothing else does.  After the fence a crash of
 * all finds the same slots, and bits some of which are settled: crash_again() has
 * tried that of an image that has as much of the others.
 */
static void crash_of_kernel(const struct pmem *p, const u8 *choice)
{
	struct place *place = &recovered[0];
	struct pmem *next = &media[1];

	if (!owners_in_caches(p, choice))
		return;
	carried = pmem_carried_hash(p, choice);
	if (!set_add(&cached, carried + promised))
		return;
	case_counts.kept++;
	pmem_carry(next, p, choice, place->region);
	memset(place->region + p->ignored, 0xa5, p->ignored_end - p->ignored);
	next->before = crash_at_fence;
	kept = true;
	pmem_active = next;
	recover(place, p->strict);
	pmem_active = NULL;
	oracle_judge(place, false);
	kept = false;
	check_owners(place, next->durable);
}

static void crash_of_all(const struct pmem *p, u64 hash, const u8 *choice)
{
	struct place *place = &recovered[level];
	struct pmem *next = &media[level + 1];
	u64 key = hash + promised;

	/* What a crash in recovery has left is recovered again if the first one does. */
	if (level && set_has(&images, key))
		return;
	if (!set_add(level ? &again : &images, key))
		return;
	case_counts.recovered += level || !set_has(&again, key);
	case_counts.nested += level;
	pmem_compose(p, choice, place->region);
	memset(place->region + p->ignored, 0xa5, p->ignored_end - p->ignored);

	next->memory = place->region;
	next->bytes = region_bytes;
	next->ignored = p->ignored;
	next->ignored_end = p->ignored_end;
	next->strict = p->strict;
	pmem_restart(next, place->region, hash);
	/* Durable caches keep the order of all stores. */
	next->before = p->strict && !level ? note_step : NULL;
	if (!level)
		nr_steps = 0;
	pmem_active = next;
	recover(place, p->strict);
	pmem_active = NULL;
	oracle_judge(place, false);
	/*
	 * Whatever became of the first recovery, the second ends the same: if all
	 * that the first found was durable.
	 */
	if (level && !kept)
		CHECK(same(place, place - 1));
	if (!level)
		case_counts.most_leaked = max(case_counts.most_leaked, place->report.swept);

	if (level + 1 < case_now->depth && !nested_out()) {
		level++;
		crash_again(next);
		level--;
	}
	if (case_counts.recovered % USE_UP == 0)
		oracle_use_up(place);
}

static void crash(const struct pmem *p, u64 hash, const u8 *choice)
{
	crash_of_all(p, hash, choice);
	if (!level)
		crash_of_kernel(p, choice);
}

static void crash_point(struct pmem *p)
{
	u64 nr;

	if (measuring || explore_again())
		return;
	nr = pmem_images(p);
	case_counts.reached += nr;
	case_counts.most_images = max(case_counts.most_images, nr);
	promised = promises();
	if (!set_add(&points, pmem_state_hash(p) + promised))
		return;
	pmem_active = NULL;
	explore_pause(true);
	pmem_each_image(p, crash);
	explore_pause(false);
	pmem_active = p;
}

/*
 * Operations
 */

/* Plain stores are for a user's data, and for the bits of who has all of a frame. */
static void plain_store(struct pmem *p, size_t offset)
{
	const struct llfree *pages = &live.pool.pages;
	size_t bits = (char *)pages->bits - p->memory, data = (char *)live.pool.data - p->memory;
	u64 frame = (offset - bits) / sizeof(*pages->bits);

	if (offset >= data)
		return;
	if (offset < bits || frame >= pages->frames || !(pages->child[frame] & LLFREE_CHILD_HUGE))
		check_fail(__FILE__, __LINE__, "a plain store to what threads share, at %zu",
			   offset);
}

/*
 * The driver of this pool.  What it does on its own is no step: it is not on
 * trial here.
 */
static int freeze(struct llfree_pool *pool, u64 handle, u64 page, unsigned int order)
{
	u32 slot = handle;
	bool busy = READ_ONCE(writers[slot]);

	(void)pool;
	(void)page;
	(void)order;
	if (busy || gate[slot])
		return -EBUSY;
	gate[slot] = true;
	mapped[slot] = 0;
	return 0;
}

static void thaw(struct llfree_pool *pool, u64 handle, s64 page, unsigned int order)
{
	u32 slot = handle;

	(void)pool;
	(void)order;
	gate[slot] = false;
	mapped[slot] = page < 0 ? 0 : page + 1;
}

static const struct llfree_pool_ops ops = {.freeze = freeze, .thaw = thaw};

static void count_writer(u64 handle, u64 n)
{
	u64 *count = &writers[(u32)handle], old = READ_ONCE(*count);

	while (!try_cmpxchg(count, &old, old + n))
		;
}

static void write_page(struct llfree_pool *pool, unsigned int n, u64 page)
{
	u64 *word = pool_data(pool, page);

	WRITE_ONCE(*word, case_content(n, 0, true));
	pmem_flush(word, sizeof(*word));
	pmem_fence();
}

static s64 write_first(struct llfree_pool *pool, unsigned int cpu, unsigned int n)
{
	bool moving;
	s64 page;

	count_writer(case_handle[n], 1);
	page = llfree_pool_lookup(pool, cpu, case_handle[n], NULL, &moving);
	if (page >= 0 && moving)
		page = llfree_pool_admit(pool, cpu, case_handle[n]);
	if (page >= 0)
		write_page(pool, n, page);
	count_writer(case_handle[n], -1);
	return page < 0 ? page : 0;
}

static s64 store(struct llfree_pool *pool, unsigned int n)
{
	u64 page;

	count_writer(case_handle[n], 1);
	page = READ_ONCE(mapped[(u32)case_handle[n]]);
	if (page)
		write_page(pool, n, page - 1);
	count_writer(case_handle[n], -1);
	return page ? 0 : -EBUSY;
}

static s64 compact(struct llfree_pool *pool, unsigned int cpu)
{
	struct llfree_compact c = {
		.policy = &llfree_policy_occupancy,
		.order = LLFREE_FRAME_ORDER,
		.class = LLFREE_HUGE,
		.sync = true,
		.whole = true,
	};

	return llfree_pool_compact(pool, cpu, &c, 1);
}

/* The core's operations on the pool's pages leave nothing behind. */

static s64 claim(struct llfree_pool *pool, unsigned int cpu, u64 frame, unsigned int order)
{
	struct llfree *pages = &pool->pages;
	unsigned int frames = order > LLFREE_FRAME_ORDER ? 2 : 1, i;
	bool quiet = true;
	s64 page = -1;

	for (i = 0; i < frames; i++)
		if (llfree_block(pages, cpu, frame + i, LLFREE_CHILD_COMPACTING))
			break;
	if (i == frames) {
		for (unsigned int j = 0; j < frames; j++)
			quiet &= llfree_quiet(pages, frame + j);
		if (quiet)
			page = llfree_claim(pages, frame, order, LLFREE_MOVABLE);
		if (page >= 0)
			CHECK_EQ(llfree_put(pages, cpu, page, order), 0);
	}
	while (i--)
		llfree_unblock(pages, cpu, frame + i, LLFREE_CHILD_COMPACTING, false);
	return 0;
}

static s64 take(struct llfree_pool *pool, unsigned int cpu, u64 frame)
{
	u64 page = frame * LLFREE_FRAME_PAGES;

	if (!llfree_get_at(&pool->pages, cpu, page, 0))
		CHECK_EQ(llfree_put(&pool->pages, cpu, page, 0), 0);
	return 0;
}

static s64 find_new(struct llfree_pool *pool, unsigned int cpu, u64 *found)
{
	u64 slot = 0, handle;

	while ((handle = llfree_pool_next(pool, cpu, &slot))) {
		bool initial = false;

		for (unsigned int n = 0; n < CASE_INITIAL; n++)
			initial |= case_handle[n] == handle;
		if (!initial)
			*found = handle;
	}
	return 0;
}

static s64 move_new(struct llfree_pool *pool, unsigned int cpu, u64 frame)
{
	u64 handle = 0;

	find_new(pool, cpu, &handle);
	return handle ? llfree_pool_move(pool, cpu, handle, frame) : 0;
}

static s64 perform(const struct case_op *op, unsigned int cpu, u64 *value)
{
	struct llfree_pool *pool = &live.pool;
	u64 handle = case_handle[op->on];

	switch (op->kind) {
	case CASE_ALLOC:
		return llfree_pool_alloc(pool, cpu, op->order, op->value, value);
	case CASE_FREE:
		return llfree_pool_free(pool, cpu, handle);
	case CASE_LOOKUP:
		return min(llfree_pool_lookup(pool, cpu, handle, NULL, NULL), 0);
	case CASE_SET_TAG:
		return llfree_pool_set_tag(pool, cpu, handle, op->value);
	case CASE_GET_TAG:
		return llfree_pool_get_tag(pool, cpu, handle, value);
	case CASE_SET_ROOT:
		return llfree_pool_set_root(pool, cpu, op->on, op->value);
	case CASE_GET_ROOT:
		return llfree_pool_get_root(pool, cpu, op->on, value);
	case CASE_WRITE:
		return write_first(pool, cpu, op->on);
	case CASE_STORE:
		return store(pool, op->on);
	case CASE_MOVE:
		return llfree_pool_move(pool, cpu, handle, op->value);
	case CASE_COMPACT:
		return compact(pool, cpu);
	case CASE_ADMIT:
		return llfree_pool_admit(pool, cpu, handle);
	case CASE_ISOLATE:
		if (!llfree_block(&pool->pages, cpu, op->value, LLFREE_CHILD_ISOLATED))
			llfree_unblock(&pool->pages, cpu, op->value, LLFREE_CHILD_ISOLATED, false);
		return 0;
	case CASE_BLOCK:
		return llfree_block(&pool->pages, cpu, op->value, LLFREE_CHILD_COMPACTING);
	case CASE_UNBLOCK:
		llfree_unblock(&pool->pages, cpu, op->value, LLFREE_CHILD_COMPACTING, false);
		return 0;
	case CASE_CLAIM:
		return claim(pool, cpu, op->value, op->order);
	case CASE_TAKE:
		return take(pool, cpu, op->value);
	case CASE_MAP:
		llfree_pool_map(pool, 0, pool->nr_slots);
		return 0;
	case CASE_NEXT:
		return find_new(pool, cpu, value);
	case CASE_MOVE_NEW:
		return move_new(pool, cpu, op->value);
	default:
		return 0;
	}
}

static void actor(unsigned int n)
{
	struct case_state *s = &case_state[n];
	s64 result;
	u64 value = 0;

	s->begun = ++clock_now;
	result = perform(&case_now->op[n], n, &value);
	s->result = result;
	s->value = value;
	s->returned = ++clock_now;
	/* Promises grow here. */
	crash_point(&media[0]);
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

const char *case_kind_name(enum case_kind kind)
{
	static const char *const names[CASE_ALL_KINDS] = {
		"nothing",  "alloc",   "free",	"lookup", "set_tag", "get_tag", "set_root",
		"get_root", "write",   "store", "move",	  "compact", "admit",	"isolate",
		"block",    "unblock", "claim", "take",	  "map",     "next",	"move_new"};

	return names[kind];
}

/*
 * Cases
 */

static void place_initial(unsigned int n)
{
	const struct case_initial *i = &case_now->initial[n];
	u64 *word;
	s64 page;

	case_handle[n] = 0;
	if (i->order < 0)
		return;
	CHECK_EQ(llfree_pool_alloc(&live.pool, 0, i->order, CASE_TAG(n), &case_handle[n]), 0);
	page = llfree_pool_lookup(&live.pool, 0, case_handle[n], NULL, NULL);
	if ((u64)page / LLFREE_FRAME_PAGES != i->frame) {
		page = llfree_pool_move(&live.pool, 0, case_handle[n], i->frame);
		CHECK(page >= 0);
	}
	case_page[n] = page;
	word = pool_data(&live.pool, page);
	for (u64 p = 0; p < 1ull << i->order; p++)
		word[p] = case_content(n, p, false);
}

static void prepare(void)
{
	const struct llfree_pool_geometry geometry = {
		.frames = case_now->frames, .slots = CASE_SLOTS, .page_shift = CASE_PAGE_SHIFT};
	static const u64 id[2] = {1, 2};
	struct pool_layout layout;

	CHECK(llfree_pool_layout(&geometry, &layout));
	region_bytes = layout.bytes;
	memory_bytes = llfree_pool_memory_bytes(&geometry, CPUS);
	CHECK(region_bytes <= PMEM_BYTES && memory_bytes <= PMEM_BYTES);
	CHECK(llfree_pool_scratch_bytes(&geometry) <= sizeof(live.scratch));
	memset(&live, 0, sizeof(live));
	CHECK_EQ(llfree_pool_format(live.region, region_bytes, &geometry, id), 0);
	memset(live.region + layout.data, 0xa5, region_bytes - layout.data);
	recover(&live, case_now->strict);
	live.pool.ops = &ops;
	for (unsigned int i = 0; i < LLFREE_POOL_ROOTS; i++)
		live.pool.root[i] = CASE_ROOT;
	for (unsigned int n = 0; n < CASE_INITIAL; n++)
		place_initial(n);
	for (unsigned int n = 0; n < EXPLORE_ACTORS; n++) {
		const struct case_op *op = &case_now->op[n];

		if (op->kind == CASE_UNBLOCK)
			CHECK_EQ(llfree_block(&live.pool.pages, 0, op->value,
					      LLFREE_CHILD_COMPACTING),
				 0);
		if (op->kind == CASE_MAP)
			memset(live.pool.owner, 0xff,
			       live.pool.pages.pages * sizeof(*live.pool.owner));
	}

	start = live;
	media[0].ignored = layout.child;
	media[0].ignored_end = layout.child + case_now->frames * sizeof(u16);
	media[0].strict = case_now->strict;
	media[0].before = crash_point;
	media[0].plain = plain_store;
	pmem_start(&media[0], live.region, region_bytes, 0);
	start_hash = media[0].hash;
	step = media[0];
}

static void setup(void)
{
	memcpy(live.region, start.region, region_bytes);
	memcpy(live.memory, start.memory, memory_bytes);
	live.pool = start.pool;
	live.free = start.free;
	memset(case_state, 0, sizeof(case_state));
	memset(writers, 0, sizeof(writers));
	memset(gate, 0, sizeof(gate));
	for (unsigned int n = 0; n < CASE_INITIAL; n++)
		if (case_handle[n])
			mapped[(u32)case_handle[n]] = case_page[n] + 1;
	clock_now = 0;
	pmem_restart(&media[0], start.region, start_hash);
	pmem_active = &media[0];
}

static void check(void)
{
	pmem_active = NULL;
	for (unsigned int n = 0; n < EXPLORE_ACTORS; n++)
		if (case_now->op[n].kind == CASE_BLOCK && !case_state[n].result)
			llfree_unblock(&live.pool.pages, 0, case_now->op[n].value,
				       LLFREE_CHILD_COMPACTING, false);
	oracle_judge(&live, true);
	oracle_linearize(&live);
}

static void announce(const struct pool_case *c)
{
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	CHECK(out);
	for (unsigned int n = 0; n < EXPLORE_ACTORS; n++)
		if (c->op[n].kind)
			fprintf(out, "%s%s(order %u, on %u, value %llu)", n ? " | " : "",
				case_kind_name(c->op[n].kind), c->op[n].order, c->op[n].on,
				(unsigned long long)c->op[n].value);
	fclose(out);
	check_context = text;
}

static void nothing(void)
{
}

static bool is_short(unsigned int n)
{
	static void (*const actors[])(void) = {actor0, actor1, actor2};
	struct scenario alone = {.setup = setup, .actors = {{actors[n]}}, .check = nothing};

	measuring = true;
	explore(&alone);
	measuring = false;
	return explore_accesses() <= CASE_SHORT;
}

void case_run(const struct pool_case *c)
{
	struct scenario scenario = {
		.setup = setup,
		.actors = {{actor0}, {actor1}, {actor2}},
		.check = check,
		.preemptions = c->preemptions,
	};
	bool any_short = false;

	CHECK(c->depth <= LEVELS);
	case_now = c;
	announce(c);
	prepare();
	for (unsigned int n = 0; n < EXPLORE_ACTORS; n++)
		if (c->op[n].kind == CASE_NOTHING)
			scenario.actors[n].run = NULL;
		else
			any_short |= is_short(n);
	if (any_short && c->short_preemptions > c->preemptions) {
		scenario.preemptions = c->short_preemptions;
		case_counts.short_cases++;
	}
	nested_before = case_counts.nested;
	cut = false;
	set_clear(&points);
	set_clear(&images);
	set_clear(&again);
	set_clear(&cached);
	case_counts.schedules += explore(&scenario);
	case_counts.cases++;
	pmem_active = NULL;
	free((char *)check_context);
	check_context = NULL;
}
