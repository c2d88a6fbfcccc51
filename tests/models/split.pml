/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Split: a frame is taken as a whole, or page by page and row by row, and is
 * freed in other sizes than it was taken in, by CPUS CPUs at once, for ever.
 */
#include "frame.h"

init {
	atomic {
		run client(0);
#if CPUS > 2
		run client(2);
#endif
		run client(1)
	}
}
