// SPDX-License-Identifier: GPL-2.0-or-later
#include "perturb.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clutter.h"
#include "pagemap.h"
#include "rng.h"
#include "sys.h"

#define OBJECTS 256
#define FILES 64
#define FILE_PAGES 32

static int make_file(struct rng *rng)
{
	static const char page[PAGE_BYTES];
	int fd = memfd_create("perturb", MFD_CLOEXEC);

	if (fd < 0)
		die("cannot create a file in memory: %s", strerror(errno));
	for (unsigned int i = rng_below(rng, FILE_PAGES) + 1; i; i--) {
		if (write(fd, page, sizeof(page)) != (ssize_t)sizeof(page))
			die("cannot write a file in memory: %s", strerror(errno));
	}
	return fd;
}

void perturb(uint64_t number)
{
	struct rng rng = rng_seed(number);
	struct clutter *clutter;
	int files[FILES];

	if (!number)
		return;
	clutter = clutter_create(OBJECTS);
	for (int i = 0; i < FILES; i++) {
		files[i] = make_file(&rng);
		for (int j = 0; j < OBJECTS / FILES; j++)
			clutter_add(clutter, &rng);
	}
	/* About half stays until the process ends. */
	for (int i = 0; i < FILES; i++) {
		if (rng_below(&rng, 2))
			close(files[i]);
	}
	for (unsigned int i = rng_below(&rng, OBJECTS); i; i--)
		clutter_drop(clutter, &rng);
}
