/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FS_BLOCK_H
#define FS_BLOCK_H

#include "runs.h"

/* All runs of one workload and demand. */
struct block {
	struct text_list rows, samples;
	json_object **runs; /* [row * samples.nr + sample]; NULL: no such run */
	bool *paired; /* valid, and a pair with the sample's reference run */
	size_t *reached; /* by sample: frames that every paired row delivered; 0: no comparison */
	size_t reference; /* row */
};

struct block block_make(json_object *runs, struct text_list rows, struct text_list samples);
void block_free(struct block *b);

json_object *block_run(const struct block *b, size_t row, size_t sample);
bool block_paired(const struct block *b, size_t row, size_t sample);

#endif
