// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "block.h"
#include "layout.h"
#include "util.h"

json_object *block_run(const struct block *b, size_t row, size_t sample)
{
	return row < b->rows.nr ? b->runs[row * b->samples.nr + sample] : NULL;
}

bool block_paired(const struct block *b, size_t row, size_t sample)
{
	return b->paired[row * b->samples.nr + sample];
}

/* Find the pairs of one sample and the frames that all of them reached. */
static void pair_sample(struct block *b, size_t sample, bool end_to_end)
{
	json_object *reference = block_run(b, b->reference, sample);
	size_t pairs = 0, reached = SIZE_MAX;

	if (!reference || !json_true(reference, "/valid"))
		return;
	for (size_t row = 0; row < b->rows.nr; row++) {
		json_object *run = block_run(b, row, sample);
		size_t delivered = run ? json_length(json_at(run, "/deliveries")) : 0;
		char *why;

		if (!run || !json_true(run, "/valid"))
			continue;
		why = end_to_end ? NULL : layout_unpaired(run, reference);
		if (!why) {
			b->paired[row * b->samples.nr + sample] = true;
			pairs++;
			reached = delivered < reached ? delivered : reached;
		}
		free(why);
	}
	b->reached[sample] = pairs > 1 ? reached : 0;
}

struct block block_make(json_object *runs, struct text_list rows, struct text_list samples,
			const char *reference, bool end_to_end)
{
	struct block b = {.rows = rows, .samples = samples, .reference = rows.nr};

	b.runs = xcalloc(rows.nr * samples.nr, sizeof(*b.runs));
	b.paired = xcalloc(rows.nr * samples.nr, sizeof(*b.paired));
	b.reached = xcalloc(samples.nr, sizeof(*b.reached));
	for (size_t row = 0; row < rows.nr; row++) {
		json_object *own = runs_where(runs, runs_row, rows.items[row]);

		if (!strcmp(rows.items[row], reference))
			b.reference = row;
		for (size_t s = 0; s < samples.nr; s++) {
			json_object *found = runs_where(own, runs_sample, samples.items[s]);

			if (json_length(found))
				b.runs[row * samples.nr + s] = json_object_array_get_idx(found, 0);
			json_object_put(found);
		}
		json_object_put(own);
	}
	for (size_t s = 0; s < samples.nr; s++)
		pair_sample(&b, s, end_to_end);
	return b;
}

void block_free(struct block *b)
{
	free(b->runs);
	free(b->paired);
	free(b->reached);
}
