/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FS_BLOCK_H
#define FS_BLOCK_H

#include "runs.h"

/* All runs of one workload and demand. */
struct block {
	struct text_list rows, samples;
	json_object **runs; /* [row * samples.nr + sample]; NULL: no such run */
	bool *paired; /* valid, and a pair with the sample's valid reference run */
	size_t *reached; /* by sample: frames that every paired row delivered; 0: no comparison */
	size_t reference; /* row; rows.nr: there is none */
};

/*
 * End to end, two valid runs of a sample are a pair whatever the layouts: what placement did before
 * the demand is part of the result. Without a row 'reference' there are no pairs.
 */
struct block block_make(json_object *runs, struct text_list rows, struct text_list samples,
			const char *reference, bool end_to_end);
void block_free(struct block *b);

json_object *block_run(const struct block *b, size_t row, size_t sample);
bool block_paired(const struct block *b, size_t row, size_t sample);

#endif
