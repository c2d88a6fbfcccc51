// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>
#include "phases.h"

char *phase_room(struct phase_reader *r, size_t *room)
{
	*room = sizeof(r->buffer) - r->used;
	return r->buffer + r->used;
}

bool phase_next(struct phase_reader *r, char name[PHASE_NAME_MAX])
{
	char *newline = memchr(r->buffer, '\n', r->used);
	size_t length = newline ? (size_t)(newline - r->buffer) : r->used;
	size_t taken = newline ? length + 1 : length;

	if (!newline && r->used < sizeof(r->buffer))
		return false;
	snprintf(name, PHASE_NAME_MAX, "%.*s", (int)length, r->buffer);
	r->used -= taken;
	memmove(r->buffer, r->buffer + taken, r->used);
	return true;
}
