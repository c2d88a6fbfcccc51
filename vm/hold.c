// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stop here, under vm/run --freeze, then run the SCRIPT of vm/run --then.
 *
 * The emulator stops at an instruction, but now and then lets its clock jump to the next timer
 * then, by up to a tick. To be seen, that needs a stop when the ACPI timer has just begun a
 * PERIOD, which is longer. vm/run looks at that timer then, and begins anew after a jump.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <time.h>
#include <unistd.h>

#define PANIC_PORT 0x505 /* of the emulator's device for panics, which knows what to do */
#define TIMER_PORT 0x608 /* of the ACPI timer, of 3.58 MHz */
#define PERIOD (1 << 14) /* 4.6 ms; vm/run knows it */
#define TENTH 100000000L
#define BLOCK 4096
#define SCRIPT_BYTES (15 * BLOCK) /* behind the NVDIMM's first block */

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

/* Background work has at least a tenth of a second, and what follows begins at a whole one. */
static void rest(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	now.tv_nsec += 2 * TENTH - now.tv_nsec % TENTH;
	now.tv_sec += now.tv_nsec / 1000000000;
	now.tv_nsec %= 1000000000;
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &now, NULL);
}

int main(void)
{
	int script = open("/dev/pmem0", O_RDONLY | O_DIRECT);
	char *text = aligned_alloc(BLOCK, SCRIPT_BYTES + BLOCK);

	if (script < 0 || !text || iopl(3))
		fail("hold");
	/* An interrupt may hide a beginning: then the next one. */
	while (inl(TIMER_PORT) % PERIOD > 3)
		;
	outb(1, PANIC_PORT);
	rest();
	if (pread(script, text, SCRIPT_BYTES, BLOCK) != SCRIPT_BYTES)
		fail("hold: the script");
	text[SCRIPT_BYTES] = '\0';
	execl("/bin/sh", "sh", "-c", text, NULL);
	fail("hold: sh");
}
