/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ZONES_H
#define ZONES_H

#include <stddef.h>

/*
 * The name of zone number @index of node @nid, out of the text of
 * /proc/zoneinfo, which lists a node's zones in their order, empty ones
 * included. "?" if it is not there.
 */
void zone_name(const char *zoneinfo, unsigned int nid, unsigned int index, char *name, size_t size);

#endif
