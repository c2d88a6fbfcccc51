/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ZONES_H
#define ZONES_H

#include <stddef.h>
#include <stdint.h>

/*
 * The name of zone number @index of node @nid, out of the text of
 * /proc/zoneinfo, which lists a node's zones in their order, empty ones
 * included. "?" if it is not there, or the text is NULL.
 */
void zone_name(const char *zoneinfo, unsigned int nid, unsigned int index, char *name, size_t size);

/* Where the last zone ends, as a page frame number; 0 if the text tells no zone or is NULL. */
uint64_t zones_end(const char *zoneinfo);

#endif
