/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _TESTS_CRASH_FORMAT_H
#define _TESTS_CRASH_FORMAT_H

#include "check.h"

/*
 * Crash in the middle of llfree_pool_format().  Exits with a report where what
 * is left is neither the old pool, nor none, nor the new one.
 * Return: the number of images looked at.
 */
u64 format_explore(u64 seed);

#endif /* _TESTS_CRASH_FORMAT_H */
