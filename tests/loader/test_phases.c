// SPDX-License-Identifier: GPL-2.0-or-later
/* Phase requests arrive in any pieces and come out as the same names. */
#include <string.h>
#include "phases.h"
#include "test.h"

static void feed(struct phase_reader *r, const char *piece, size_t length)
{
	size_t room;
	char *to = phase_room(r, &room);

	CHECK(room >= length);
	memcpy(to, piece, length);
	r->used += length;
}

/* @stream in pieces of @size bytes: the names, each followed by '|'. */
static void names(const char *stream, size_t size, char *out)
{
	struct phase_reader r = {};
	char name[PHASE_NAME_MAX];

	*out = '\0';
	for (size_t left = strlen(stream); left;) {
		size_t piece = left < size ? left : size;

		feed(&r, stream, piece);
		stream += piece;
		left -= piece;
		while (phase_next(&r, name)) {
			strcat(out, name);
			strcat(out, "|");
		}
	}
}

static void long_line(void)
{
	struct phase_reader r = {};
	char name[PHASE_NAME_MAX], piece[sizeof(r.buffer)];
	size_t room;

	memset(piece, 'x', sizeof(piece));
	feed(&r, piece, sizeof(piece) - 1);
	CHECK(!phase_next(&r, name));
	feed(&r, "x", 1);
	CHECK(phase_next(&r, name));
	CHECK(strlen(name) == PHASE_NAME_MAX - 1);
	phase_room(&r, &room);
	CHECK(room == sizeof(r.buffer));
}

int main(void)
{
	const char *stream = "layout\nstep-1\n\nstep 2\nunfinished";
	char out[256];

	for (size_t size = 1; size <= strlen(stream); size++) {
		names(stream, size, out);
		CHECK(!strcmp(out, "layout|step-1||step 2|"));
	}
	long_line();
	return 0;
}
