/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Objects in a persistent pool that can tell whether they are whole.
 *
 * An object is known by its id, and each time it is replaced it has another
 * version. A version is one allocation; its tag holds both, and whether it is
 * complete: the tag is set so when all of it is durable. Every word of its pages
 * follows from the tag and the number of the page, but for a stamp in the first
 * page, which may be changed in place.
 */
#ifndef POOLOBJECT_H
#define POOLOBJECT_H

#include <stdbool.h>
#include <stdint.h>

#define OBJECT_IDS (1u << 24)
#define OBJECT_VERSIONS (1u << 23)
#define OBJECT_COMPLETE (1ULL << 47)

struct object {
	uint32_t id, version;
};

static inline uint64_t object_tag(struct object o)
{
	return OBJECT_COMPLETE | (uint64_t)o.version << 24 | o.id;
}

static inline struct object object_of(uint64_t tag)
{
	return (struct object){tag % OBJECT_IDS, tag >> 24 & (OBJECT_VERSIONS - 1)};
}

/*
 * A new version of an object, durable and complete on return, in an allocation
 * of this order or, where there is none, of a lower one. 0 if there is no room.
 */
uint64_t object_put(struct object o, unsigned int order);

/* Change the stamp of an allocation; durable on return. */
void object_touch(uint64_t handle, uint64_t stamp);

/*
 * Is the allocation what its tag says? Complains about the first word that is
 * not. *stamp is its stamp.
 */
bool object_check(uint64_t handle, uint64_t *stamp);

#endif
