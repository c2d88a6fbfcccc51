// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "util.h"

#define MAX_DIFFERENCE 8 /* pages a frame may differ by */
#define MAX_DIFFERENT 0.02 /* share of the frames that may differ by more */
#define MAX_FREE_DIFFERENCE 5 /* frames */

json_object *layout_of(const struct snapshot *s)
{
	json_object *layout = json_object_new_array();

	for (size_t i = 0; i < s->nr; i++) {
		const struct frame *f = &s->frames[i];

		if (f->unmovable == f->pinned && !f->unknown)
			json_object_array_put_idx(layout, f->pfn / FRAME_PAGES,
						  json_object_new_int64(FRAME_PAGES - f->free));
	}
	return layout;
}

/* Share of the frames in both that differ. */
static double different(json_object *a, json_object *b)
{
	size_t nr = json_length(a) < json_length(b) ? json_length(a) : json_length(b);
	size_t frames = 0, differ = 0;

	for (size_t i = 0; i < nr; i++) {
		json_object *x = json_object_array_get_idx(a, i);
		json_object *y = json_object_array_get_idx(b, i);
		int64_t difference = json_object_get_int64(x) - json_object_get_int64(y);

		if (!x || !y)
			continue;
		frames++;
		differ += llabs(difference) > MAX_DIFFERENCE;
	}
	return frames ? (double)differ / frames : 0;
}

static bool same_watermarks(json_object *a, json_object *b)
{
	static const char *const fields[] = {"/nid", "/zone", "/low", "/lowmem_reserve",
					     "/compact_gap"};

	if (json_length(a) != json_length(b))
		return false;
	for (size_t z = 0; z < json_length(a); z++)
		for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
			if (!json_object_equal(json_at(json_object_array_get_idx(a, z), fields[i]),
					       json_at(json_object_array_get_idx(b, z), fields[i])))
				return false;
	return true;
}

char *layout_unpaired(json_object *a, json_object *b)
{
	int64_t free_a = json_count(a, "/already_free"), free_b = json_count(b, "/already_free");
	double share = different(json_at(a, "/layout"), json_at(b, "/layout"));

	if (share > MAX_DIFFERENT)
		return xasprintf(
			"the layouts differ by more than %d pages in %.1f %% of the frames",
			MAX_DIFFERENCE, 100 * share);
	if (llabs(free_a - free_b) > MAX_FREE_DIFFERENCE)
		return xasprintf("%lld frames were free already here, %lld there",
				 (long long)free_a, (long long)free_b);
	if (!same_watermarks(json_at(a, "/zones"), json_at(b, "/zones")))
		return xasprintf("the watermarks differ");
	return NULL;
}
