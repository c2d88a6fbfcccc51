/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef POOL_CHECK_H
#define POOL_CHECK_H

#include "pool_options.h"

/* What a pool can be asked while the kernel has it open; returns the exit status. */
int pool_check_device(const struct pool_options *o);

#endif
