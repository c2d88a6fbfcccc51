// SPDX-License-Identifier: GPL-2.0-or-later
#include "pins.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "pagemap.h"
#include "sys.h"

/* Pages that one pipe holds. */
#define PIPE_PAGES 256

static struct {
	int (*pipes)[2];
	size_t nr_pipes;
	size_t nr;
	struct pfn_list pfns;
} pins;

static void *resize(void *array, size_t size)
{
	array = realloc(array, size);
	if (!array)
		die("no memory to note pinned pages");
	return array;
}

static void open_pipe(void)
{
	int *fds;

	pins.pipes = resize(pins.pipes, (pins.nr_pipes + 1) * sizeof(*pins.pipes));
	fds = pins.pipes[pins.nr_pipes++];
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) ||
	    fcntl(fds[1], F_SETPIPE_SZ, PIPE_PAGES * PAGE_BYTES) < 0)
		die("cannot make a pipe for %d pinned pages: %s", PIPE_PAGES, strerror(errno));
}

void pin_page(char *page)
{
	struct iovec page_vec = {.iov_base = page, .iov_len = PAGE_BYTES};

	if (pins.nr % PIPE_PAGES == 0)
		open_pipe();
	if (vmsplice(pins.pipes[pins.nr_pipes - 1][1], &page_vec, 1, 0) != PAGE_BYTES)
		die("cannot pin a page: %s", strerror(errno));

	/* Read only now: until it was pinned the page could still move. */
	pins.pfns.pfns = resize(pins.pfns.pfns, (pins.nr + 1) * sizeof(*pins.pfns.pfns));
	pagemap_read(page, &pins.pfns.pfns[pins.nr++], 1);
	pins.pfns.nr = 0;
}

const struct pfn_list *pinned_pages(void)
{
	if (pins.pfns.nr != pins.nr) {
		qsort(pins.pfns.pfns, pins.nr, sizeof(*pins.pfns.pfns), pfn_compare);
		pins.pfns.nr = pins.nr;
	}
	return &pins.pfns;
}

void unpin_all(void)
{
	for (size_t i = 0; i < pins.nr_pipes; i++) {
		close(pins.pipes[i][0]);
		close(pins.pipes[i][1]);
	}
	free(pins.pipes);
	free(pins.pfns.pfns);
	memset(&pins, 0, sizeof(pins));
}
