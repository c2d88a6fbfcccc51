// SPDX-License-Identifier: GPL-2.0-or-later
#include "choice.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sys.h"

#define CHOICES 16

static struct choice {
	char path[96], first[16];
} choices[CHOICES];
static size_t nr_choices;

void choice_read(const char *path, char *choice, size_t size)
{
	char line[128];
	char *start;

	snprintf(choice, size, "absent");
	if (access(path, R_OK))
		return;
	file_read_line(path, line, sizeof(line));
	start = strchr(line, '[');
	if (start)
		snprintf(choice, size, "%.*s", (int)strcspn(start + 1, "]"), start + 1);
}

static void remember(const char *path)
{
	struct choice *c = &choices[nr_choices];

	for (size_t i = 0; i < nr_choices; i++) {
		if (!strcmp(choices[i].path, path))
			return;
	}
	if (nr_choices == CHOICES || strlen(path) >= sizeof(c->path))
		die("no room to remember %s", path);
	choice_read(path, c->first, sizeof(c->first));
	snprintf(c->path, sizeof(c->path), "%s", path);
	nr_choices++;
}

void choice_set(const char *path, const char *choice)
{
	remember(path);
	if (!file_write_text(path, choice))
		die("cannot write %s to %s: %s", choice, path, strerror(errno));
}

bool choices_restore(void)
{
	bool clean = true;

	for (; nr_choices; nr_choices--) {
		struct choice *c = &choices[nr_choices - 1];

		clean &= file_write_text(c->path, c->first);
	}
	return clean;
}
