// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "frames.h"
#include "json.h"
#include "replay.h"
#include "run.h"
#include "util.h"

#define MAX_STEPS 16
#define MAX_ZONES 8

/* Requests that fail in a row before a zone is given up. */
#define PATIENCE 3

struct zone {
	char name[sizeof(((struct frame *)0)->zone)];
	struct state state;
	u64 histogram[LLFREE_FRAME_PAGES + 1];
};

struct replay {
	json_object *record, *vm, *header, *step[MAX_STEPS];
	unsigned int nr_steps, nr_zones;
	const struct llfree_target_rule *rule; /* that the guest was told; NULL: the policy's own */
	bool preflight;
	struct zone zone[MAX_ZONES];
};

static json_object *read_in(const char *dir, const char *name, bool lines)
{
	char *path = xasprintf("%s/%s", dir, name);
	json_object *o = lines ? json_read_lines(path) : json_read(path);

	free(path);
	return o;
}

static void read_steps(struct replay *p, const char *dir)
{
	json_object *lines = read_in(dir, "steps.jsonl", true);

	for (size_t i = 0; i < json_length(lines); i++) {
		json_object *line = json_object_array_get_idx(lines, i);
		const char *type = json_text(line, "/type");

		if (!strcmp(type, "header"))
			p->header = json_object_get(line);
		else if (!strcmp(type, "step") && p->nr_steps < MAX_STEPS)
			p->step[p->nr_steps++] = json_object_get(line);
	}
	json_object_put(lines);
	if (!p->header || !p->nr_steps)
		die("%s/steps.jsonl holds no step", dir);
}

static void open_zone(struct zone *z, const struct frame *frames, size_t nr)
{
	struct state_frame *own = xcalloc(nr, sizeof(*own));
	/* The instance begins at a multiple of its largest order. */
	const u64 base = ALIGN_DOWN(frames->pfn, (u64)LLFREE_ALIGN_PAGES);

	memcpy(z->name, frames->zone, sizeof(z->name));
	for (size_t i = 0; i < nr; i++) {
		const struct frame *f = &frames[i];

		own[i] = (struct state_frame){
			.frame = (f->pfn - base) / LLFREE_FRAME_PAGES,
			.used = f->movable + f->unmovable,
			.unmovable = f->unmovable,
			/* What the workload pinned it had got as movable. */
			.known = f->unmovable > f->pinned,
			.huge = f->huge,
		};
	}
	state_open_frames(&z->state, own, nr);
	run_count_groups(&z->state, 1, z->histogram);
	free(own);
}

static void read_zones(struct replay *p, const char *dir)
{
	char *path = xasprintf("%s/frames-0.tsv", dir);
	struct snapshot s = snapshot_read(path);

	snapshot_settle_unknown(&s, json_count(p->header, "/pcp_pages"),
				json_true(p->header, "/references_known"), NULL, 0);
	for (size_t from = 0, to; from < s.nr; from = to) {
		for (to = from; to < s.nr && !strcmp(s.frames[to].zone, s.frames[from].zone);)
			to++;
		if (p->nr_zones == MAX_ZONES)
			die("%s: more than %d zones", path, MAX_ZONES);
		open_zone(&p->zone[p->nr_zones++], &s.frames[from], to - from);
	}
	snapshot_free(&s);
	free(path);
}

/* Runs from before these were recorded did as the kernel does by itself. */
static void read_engine(struct replay *p, const char *dir)
{
	const char *targets = json_text(p->record, "/targets");
	json_object *preflight = json_at(p->record, "/preflight");

	p->preflight = !preflight || json_object_get_boolean(preflight);
	if (!*targets || !strcmp(targets, "own"))
		return;
	for (p->rule = llfree_target_rules; strcmp(p->rule->name, targets); p->rule++)
		if (!p->rule[1].name)
			die("%s: there is no rule of targets '%s'", dir, targets);
}

struct replay *replay_open(const char *dir)
{
	struct replay *p = xcalloc(1, sizeof(*p));
	char *vm = xasprintf("%s/vm.json", dir);

	p->record = read_in(dir, "record.json", false);
	if (!access(vm, F_OK))
		p->vm = json_read(vm);
	free(vm);
	read_engine(p, dir);
	read_steps(p, dir);
	read_zones(p, dir);
	return p;
}

/* A frame that is free, or one that is compacted for as direct compaction does. */
static bool request(struct run *r, struct state *s)
{
	if (llfree_get(&s->a, 0, LLFREE_FRAME_ORDER, LLFREE_HUGE, 0) >= 0)
		return true;
	return run_request(r, s, false) || run_request(r, s, true);
}

/* What one zone gave in each step, all accumulated from the first on. */
struct yield {
	u64 wanted, delivered, moved, minimum, decisions;
};

static u64 share(json_object *step, const char *zone)
{
	json_object *split = json_at(step, "/zone_split"), *count = NULL;

	return split && json_object_object_get_ex(split, zone, &count)
		       ? (u64)json_object_get_int64(count)
		       : 0;
}

static void replay_zone(struct replay *p, struct zone *z,
			const struct llfree_compact_policy *policy, struct yield *yields)
{
	struct run r = {
		.policy = policy,
		.rule = p->rule,
		.order = LLFREE_FRAME_ORDER,
		.preflight = p->preflight,
	};
	u64 delivered = 0, empty = z->histogram[0];
	unsigned int failed = 0;

	state_restore(&z->state);
	/* As the kernel, whose sequence of chance begins at 0. */
	run_open(&r, &z->state, 0);
	for (unsigned int i = 0; i < p->nr_steps; i++) {
		u64 wanted = share(p->step[i], z->name);
		struct yield *y = &yields[i];

		while (delivered < wanted && failed < PATIENCE) {
			bool got = request(&r, &z->state);

			delivered += got;
			failed = got ? 0 : failed + 1;
		}
		y->wanted += wanted;
		y->delivered += delivered;
		y->moved += r.moved;
		y->decisions += r.decisions;
		if (delivered > empty)
			y->minimum += run_least_moves(z->histogram, 1, delivered - empty);
	}
	run_close(&r, &z->state);
}

void replay_policy(struct replay *p, const struct llfree_compact_policy *policy, FILE *out)
{
	struct yield yields[MAX_STEPS] = {};
	u64 bytes = 0;

	for (unsigned int i = 0; i < p->nr_zones; i++) {
		replay_zone(p, &p->zone[i], policy, yields);
		bytes += p->zone[i].state.options.bytes;
	}
	for (unsigned int i = 0; i < p->nr_steps; i++) {
		const struct yield *y = &yields[i];
		json_object *o = json_object_new_object();

		json_put_text(o, "policy", policy->name);
		json_put_text(o, "targets", p->rule ? p->rule->name : "own");
		json_object_object_add(o, "preflight", json_object_new_boolean(p->preflight));
		json_put_count(o, "bucket_pages", 1 << simulate_bucket_shift);
		json_put_text(o, "state", "snapshot");
		json_put_shared(o, "workload", json_at(p->header, "/workload"));
		json_put_shared(o, "mode", json_at(p->header, "/mode"));
		json_put_shared(o, "demand", json_at(p->header, "/demand"));
		json_put_shared(o, "regime", json_at(p->header, "/regime"));
		json_put_shared(o, "seed", json_at(p->header, "/seed"));
		json_put_shared(o, "perturbation", json_at(p->header, "/perturbation"));
		json_put_shared(o, "pin_permille", json_at(p->header, "/pin_permille"));
		json_put_shared(o, "memory_mib", json_at(p->vm, "/mem_mib"));
		json_put_text(o, "snapshot_allocator", json_text(p->record, "/allocator"));
		json_put_text(o, "snapshot_policy", json_text(p->record, "/policy"));
		json_put_shared(o, "step", json_at(p->step[i], "/step"));
		json_put_shared(o, "demand_pct", json_at(p->step[i], "/demand_pct"));
		json_put_count(o, "bytes", bytes);
		json_put_count(o, "wanted", y->wanted);
		json_put_count(o, "delivered", y->delivered);
		json_put_count(o, "decisions", y->decisions);
		json_put_count(o, "pages_moved", y->moved);
		json_put_count(o, "optimal_moves", y->minimum);
		fprintf(out, "%s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
		json_object_put(o);
	}
}

void replay_close(struct replay *p)
{
	for (unsigned int i = 0; i < p->nr_zones; i++)
		state_close(&p->zone[i].state);
	for (unsigned int i = 0; i < p->nr_steps; i++)
		json_object_put(p->step[i]);
	json_object_put(p->header);
	json_object_put(p->record);
	json_object_put(p->vm);
	free(p);
}
