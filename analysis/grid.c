// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grid.h"
#include "util.h"

void grid_add(struct grid *grid, char *text)
{
	grid->cells = xresize(grid->cells, grid->nr + 1, sizeof(*grid->cells));
	grid->cells[grid->nr++] = text;
}

void grid_head(struct grid *grid, const char *const *texts)
{
	for (size_t c = 0; c < grid->columns; c++)
		grid_add(grid, xasprintf("%s", texts[c]));
}

static void print_row(const struct grid *grid, size_t row, const size_t *width, bool markdown)
{
	for (size_t c = 0; c < grid->columns; c++) {
		const char *text = grid->cells[row * grid->columns + c];
		bool last = c + 1 == grid->columns;

		if (markdown)
			printf("| %s%s", text, last ? " |\n" : " ");
		else
			printf("%-*s%s", last ? 0 : (int)width[c], text, last ? "\n" : "  ");
	}
}

void grid_print(struct grid *grid, bool markdown)
{
	size_t *width = xcalloc(grid->columns, sizeof(*width));
	size_t rows = grid->nr / grid->columns;

	for (size_t i = 0; i < grid->nr; i++) {
		size_t len = strlen(grid->cells[i]), c = i % grid->columns;

		width[c] = len > width[c] ? len : width[c];
	}
	for (size_t r = 0; r < rows; r++) {
		print_row(grid, r, width, markdown);
		for (size_t c = 0; markdown && r == 0 && c < grid->columns; c++)
			printf(c + 1 < grid->columns ? "|---" : "|---|\n");
	}
	for (size_t i = 0; i < grid->nr; i++)
		free(grid->cells[i]);
	free(grid->cells);
	free(width);
	*grid = (struct grid){.columns = grid->columns};
}
