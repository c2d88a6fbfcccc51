// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Be frozen here, under vm/run --freeze, then run the SCRIPT of vm/run --then.
 *
 * A guest cannot stop itself without a chance that the emulator lets its clock jump to the next
 * timer meanwhile. So it says that it may be stopped, from outside, and is busy for a while: it
 * does the same wherever in that while it was stopped, and goes on.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <time.h>
#include <unistd.h>

/* Of the emulator's device for panics, which tells vm/run */
#define PORT 0x505
#define MAY_STOP 2 /* a kernel for crash dumps is loaded, by its name */
#define TOO_LATE 1 /* a panic: stops the guest if nobody else did; nothing once it goes on */
#define WHILE 50000000 /* ns */
#define TENTH 100000000L
#define BLOCK 4096
#define SCRIPT_BYTES (15 * BLOCK) /* behind the NVDIMM's first block */

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

/* Background work has at least a tenth of a second, and what follows begins at a whole one. */
static void rest(void)
{
	int64_t end = (now() / TENTH + 2) * TENTH;
	struct timespec t = {.tv_sec = end / 1000000000, .tv_nsec = end % 1000000000};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

int main(void)
{
	int script = open("/dev/pmem0", O_RDONLY | O_DIRECT);
	char *text = aligned_alloc(BLOCK, SCRIPT_BYTES + BLOCK);
	int64_t end;

	if (script < 0 || !text || iopl(3))
		fail("hold");
	outb(MAY_STOP, PORT);
	for (end = now() + WHILE; now() < end;)
		;
	outb(TOO_LATE, PORT);
	rest();
	if (pread(script, text, SCRIPT_BYTES, BLOCK) != SCRIPT_BYTES)
		fail("hold: the script");
	text[SCRIPT_BYTES] = '\0';
	execl("/bin/sh", "sh", "-c", text, NULL);
	fail("hold: sh");
}
