// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "proof.h"

/* Written aside: a file that is there is whole. */
struct proof {
	char *path, *aside;
	FILE *out;
};

static void make_folders(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		if (mkdir(path, 0777) && errno != EEXIST)
			check_fail(__FILE__, __LINE__, "%s: %s", path, strerror(errno));
		*slash = '/';
	}
}

struct proof *proof_open(const char *path)
{
	struct proof *p = calloc(1, sizeof(*p));

	CHECK(p);
	CHECK(asprintf(&p->path, "%s", path) > 0);
	CHECK(asprintf(&p->aside, "%s.new", path) > 0);
	make_folders(p->path);
	p->out = fopen(p->aside, "w");
	if (!p->out)
		check_fail(__FILE__, __LINE__, "%s: %s", p->aside, strerror(errno));
	return p;
}

void proof_add(struct proof *p, const char *key, double value, u64 seed, const char *bound, ...)
{
	va_list args;

	fprintf(p->out, "{\"key\": \"%s\", \"value\": %.12g, \"seed\": %llu, \"bound\": \"", key,
		value, (unsigned long long)seed);
	va_start(args, bound);
	vfprintf(p->out, bound, args);
	va_end(args);
	fputs("\"}\n", p->out);
}

void proof_close(struct proof *p)
{
	CHECK(!fclose(p->out));
	CHECK(!rename(p->aside, p->path));
	free(p->path);
	free(p->aside);
	free(p);
}
