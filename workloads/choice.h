/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of /sys that list what can be chosen, the choice in brackets: "always [madvise] never". */
#ifndef CHOICE_H
#define CHOICE_H

#include <stdbool.h>
#include <stddef.h>

/* The choice made, cut to 'size'; "absent" where there is no such file, or none in brackets. */
void choice_read(const char *path, char *choice, size_t size);
/* Chooses, and remembers what it was at first; ends the program if the kernel does not take it. */
void choice_set(const char *path, const char *choice);
/* Everything as it was at first; false if the kernel refused some of it. */
bool choices_restore(void);

#endif
