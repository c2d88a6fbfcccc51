/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A table of text cells, printed for a terminal or as Markdown. */
#ifndef FS_GRID_H
#define FS_GRID_H

#include <stdbool.h>
#include <stddef.h>

struct grid {
	size_t columns, nr; /* nr: cells */
	char **cells;
};

/* The first row: as many texts as there are columns. */
void grid_head(struct grid *grid, const char *const *texts);
/* Append a cell and own its text; rows fill from the left. */
void grid_add(struct grid *grid, char *text);
/* Print and free the cells. */
void grid_print(struct grid *grid, bool markdown);

#endif
