/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a recorded command says where its phases begin: FRAMESHIFT_PHASE holds
 * "<wfd>,<rfd>"; writing "NAME\n" to wfd asks for a phase, and one byte comes
 * back on rfd when it is in force.
 */
#ifndef PHASES_H
#define PHASES_H

#include <stdbool.h>
#include <stddef.h>

#define PHASE_VARIABLE "FRAMESHIFT_PHASE"
#define PHASE_NAME_MAX 64

/* Lines out of the pieces in which they come from a pipe. */
struct phase_reader {
	size_t used;
	char buffer[1024];
};

/* Where the next piece goes, and the room there (never 0 once lines are taken). */
char *phase_room(struct phase_reader *r, size_t *room);

/*
 * Take the next complete line into @name, cut to PHASE_NAME_MAX - 1 bytes.
 * False if there is none yet. A line longer than the buffer is taken in parts.
 */
bool phase_next(struct phase_reader *r, char name[PHASE_NAME_MAX]);

#endif
