/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Are two runs a pair? By the layouts they started from and the watermarks they ran under. */
#ifndef FS_LAYOUT_H
#define FS_LAYOUT_H

#include "frames.h"
#include "json.h"

/*
 * Used pages of each frame from frame 0 up; null where there is no memory, or some of the kernel's:
 * that lies where each page allocator put it at boot, and no layout can change it.
 */
json_object *layout_of(const struct snapshot *s);

/*
 * Why two objects with "layout", "already_free" and "zones" are no pair, or NULL if they are one.
 * The caller frees the reason.
 */
char *layout_unpaired(json_object *a, json_object *b);

#endif
