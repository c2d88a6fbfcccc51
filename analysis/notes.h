/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FS_NOTES_H
#define FS_NOTES_H

#include "block.h"

/* Sentences under a table, each once, with the demands that it holds for. */
struct notes {
	char **texts, **demands;
	size_t nr;
};

/* Whatever a reader of these runs must know: what is invalid, unpaired, missing, reclaimed. */
void notes_add(struct notes *notes, const char *demand, const struct block *b);
/* Print and free. */
void notes_print(struct notes *notes);

#endif
