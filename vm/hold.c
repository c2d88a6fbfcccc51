// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stop here, under vm/run --freeze, then run the SCRIPT of vm/run --then.
 *
 * The emulator stops at an instruction, but may let its clock jump to the next timer then, or a
 * little further. What follows begins at a tenth of a second of the clock, so that this is the same
 * each time.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PANIC_PORT 0x505 /* of the emulator's device for panics, which knows what to do */
#define TENTH 100000000L
#define BLOCK 4096
#define SCRIPT_BYTES (15 * BLOCK) /* behind the NVDIMM's first block */

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

int main(void)
{
	int port = open("/dev/port", O_WRONLY), script = open("/dev/pmem0", O_RDONLY | O_DIRECT);
	char *text = aligned_alloc(BLOCK, SCRIPT_BYTES + BLOCK);
	struct timespec now;

	if (port < 0 || script < 0 || !text)
		fail("hold");
	if (pwrite(port, "\1", 1, PANIC_PORT) != 1)
		fail("hold: the port of panics");
	clock_gettime(CLOCK_MONOTONIC, &now);
	now.tv_nsec += 2 * TENTH - now.tv_nsec % TENTH;
	now.tv_sec += now.tv_nsec / 1000000000;
	now.tv_nsec %= 1000000000;
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &now, NULL);
	if (pread(script, text, SCRIPT_BYTES, BLOCK) != SCRIPT_BYTES)
		fail("hold: the script");
	text[SCRIPT_BYTES] = '\0';
	execl("/bin/sh", "sh", "-c", text, NULL);
	fail("hold: sh");
}
