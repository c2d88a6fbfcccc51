// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "notes.h"
#include "util.h"

/* Owns the text. */
static void note(struct notes *notes, const char *demand, char *text)
{
	char *longer;

	for (size_t i = 0; i < notes->nr; i++)
		if (!strcmp(notes->texts[i], text)) {
			longer = xasprintf("%s, %s", notes->demands[i], demand);
			free(notes->demands[i]);
			notes->demands[i] = longer;
			free(text);
			return;
		}
	notes->texts = xresize(notes->texts, notes->nr + 1, sizeof(*notes->texts));
	notes->demands = xresize(notes->demands, notes->nr + 1, sizeof(*notes->demands));
	notes->texts[notes->nr] = text;
	notes->demands[notes->nr++] = xasprintf("%s", demand);
}

static void note_run(struct notes *notes, const char *demand, const char *who, json_object *run,
		     json_object *reference)
{
	json_object *told = json_at(run, "/invalid_why");
	int64_t reclaimed = json_count(run, "/pgsteal"), killed = json_count(run, "/oom_kill");
	double with =
		(json_real(run, "/pages_moved") + reclaimed) / json_real(run, "/optimal_moves");
	char *unpaired = reference ? layout_unpaired(run, reference) : NULL;

	for (size_t i = 0; i < json_length(told); i++)
		note(notes, demand,
		     xasprintf("%s is invalid and not averaged: %s", who,
			       json_object_get_string(json_object_array_get_idx(told, i))));
	if (unpaired)
		note(notes, demand, xasprintf("%s is unpaired: %s", who, unpaired));
	if (reclaimed)
		note(notes, demand,
		     xasprintf("%s: %" PRId64
			       " pages reclaimed, (moved + reclaimed) / minimum = %.2f",
			       who, reclaimed, with));
	if (killed)
		note(notes, demand, xasprintf("%s: %" PRId64 " OOM kills", who, killed));
	free(unpaired);
}

void notes_add(struct notes *notes, const char *demand, const struct block *b)
{
	for (size_t row = 0; row < b->rows.nr; row++)
		for (size_t s = 0; s < b->samples.nr; s++) {
			char *who =
				xasprintf("%s seed %s", b->rows.items[row], b->samples.items[s]);
			json_object *run = block_run(b, row, s);

			if (run)
				note_run(notes, demand, who, run, block_run(b, b->reference, s));
			else
				note(notes, demand, xasprintf("%s is missing", who));
			free(who);
		}
}

void notes_print(struct notes *notes)
{
	for (size_t i = 0; i < notes->nr; i++) {
		printf("* %s (at %s)\n", notes->texts[i], notes->demands[i]);
		free(notes->texts[i]);
		free(notes->demands[i]);
	}
	free(notes->texts);
	free(notes->demands);
}
