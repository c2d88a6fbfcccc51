// SPDX-License-Identifier: GPL-2.0-or-later
/* frameshift pool compact: empty frames of an open pool, and say what that took. */
#include <inttypes.h>
#include <json-c/json.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "pool_reader.h"
#include "util.h"

/* What it took, beside what it has to take at least (-1: that cannot be said). */
struct outcome {
	struct llfree_ioc_compact done;
	s64 minimum;
};

static bool compact(const struct pool_options *o, struct llfree_ioc_compact *request)
{
	int fd = pool_device_open(o->file, true), error;

	if (fd < 0)
		return false;
	*request = (struct llfree_ioc_compact){.frames = o->frames, .order = o->order};
	snprintf(request->policy, sizeof(request->policy), "%s", o->policy ? o->policy : "");
	error = ioctl(fd, LLFREE_IOC_COMPACT, request) ? errno : 0;
	close(fd);
	if (error == EINVAL && o->policy)
		complain("%s: there is no policy '%s'", o->file, o->policy);
	else if (error)
		complain("%s: %s", o->file, pool_device_explain(error));
	return !error;
}

static void print(const struct pool_options *o, const struct outcome *out)
{
	const struct llfree_ioc_compact *done = &out->done;
	double frames = done->cleared ? done->cleared : 1;

	printf("emptied      %" PRIu64 " %s", (u64)done->cleared,
	       o->order > LLFREE_FRAME_ORDER ? "pairs of frames" : "frames");
	if (o->frames)
		printf(" of %" PRIu64 " wanted", o->frames);
	printf("\nmoves        %" PRIu64 ", %" PRIu64 " given up\n", (u64)done->moves,
	       (u64)done->given_up);
	printf("copied       %" PRIu64 " bytes, %.0f a frame", (u64)done->copied,
	       done->copied / frames);
	if (out->minimum >= 0)
		printf("; %" PRId64 " had to be", out->minimum * LLFREE_IOC_PAGE_BYTES);
	printf("\n");
	printf("flushed      %" PRIu64 " lines, %.1f a frame\n", (u64)done->flushes,
	       done->flushes / frames);
	printf("fences       %" PRIu64 ", %.1f a frame\n", (u64)done->fences,
	       done->fences / frames);
}

static void print_json(const struct pool_options *o, const struct outcome *out)
{
	const struct llfree_ioc_compact *done = &out->done;
	struct json_object *json = pool_json("pool_compact", o->file);

	json_object_object_add(json, "policy",
			       o->policy ? json_object_new_string(o->policy) : NULL);
	pool_json_number(json, "wanted", o->frames);
	json_object_object_add(json, "order", json_object_new_int(o->order));
	pool_json_number(json, "cleared", done->cleared);
	pool_json_number(json, "moves", done->moves);
	if (out->minimum >= 0)
		pool_json_number(json, "minimum", out->minimum * LLFREE_IOC_PAGE_BYTES);
	pool_json_number(json, "given_up", done->given_up);
	pool_json_number(json, "copied", done->copied);
	pool_json_number(json, "flushes", done->flushes);
	pool_json_number(json, "fences", done->fences);
	pool_json_print(json);
}

int pool_compact(const struct pool_options *o)
{
	struct outcome out = {.minimum = -1};
	struct pool_facts before;
	struct pool_reader r;
	bool known;

	if (!pool_is_device(o->file)) {
		complain("%s is not the device of a pool: only an open pool can be compacted",
			 o->file);
		return 1;
	}
	if (!pool_reader_open(&r, o))
		return 1;
	known = pool_reader_facts(&r, &before);
	pool_reader_close(&r);
	if (!known || !compact(o, &out.done))
		return 1;
	if (o->order == LLFREE_FRAME_ORDER)
		out.minimum = pool_facts_minimum(&before, out.done.cleared);
	(o->json ? print_json : print)(o, &out);
	return 0;
}
