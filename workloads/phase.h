/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tell `frameshift record` that a new phase of the workload starts.
 *
 * The recorder passes FRAMESHIFT_PHASE="WFD,RFD": a name written to WFD, ended by a newline, is in
 * force when one byte has come back on RFD. Without the variable nothing happens.
 */
#ifndef PHASE_H
#define PHASE_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sys.h"

static inline void phase(const char *name)
{
	const char *fds = getenv("FRAMESHIFT_PHASE");
	int wfd, rfd;
	char ack;

	if (!fds)
		return;
	if (sscanf(fds, "%d,%d", &wfd, &rfd) != 2)
		die("FRAMESHIFT_PHASE is '%s', not two file descriptors", fds);
	if (dprintf(wfd, "%s\n", name) < 0 || read(rfd, &ack, 1) != 1)
		die("the recorder did not answer to phase '%s'", name);
}

#endif
