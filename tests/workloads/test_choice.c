// SPDX-License-Identifier: GPL-2.0-or-later
/* Choices in files like those of /sys are read, made, and taken back. */
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "choice.h"
#include "sys.h"

static char path[2][32] = {"/tmp/choice.XXXXXX", "/tmp/choice.XXXXXX"};

static void put(const char *file, const char *text)
{
	FILE *out = fopen(file, "w");

	CHECK(out);
	fputs(text, out);
	CHECK(!fclose(out));
}

static int chosen(const char *file, const char *want)
{
	char choice[16];

	choice_read(file, choice, sizeof(choice));
	return !strcmp(choice, want);
}

/* What the kernel was told last. */
static int told(const char *file, const char *want)
{
	char line[32];

	file_read_line(file, line, sizeof(line));
	return !strcmp(line, want);
}

static void test_read(void)
{
	put(path[0], "always [madvise] never\n");
	CHECK(chosen(path[0], "madvise"));
	put(path[0], "[a]\n");
	CHECK(chosen(path[0], "a"));
	put(path[0], "always madvise never\n");
	CHECK(chosen(path[0], "absent"));
	CHECK(chosen("/tmp/no/such/file", "absent"));
}

static void test_restore(void)
{
	put(path[0], "always [inherit] never\n");
	put(path[1], "[always] never\n");
	choice_set(path[0], "never");
	CHECK(told(path[0], "never"));
	/* Now the kernel would say "always inherit [never]": that is not what it was at first. */
	put(path[0], "always inherit [never]\n");
	choice_set(path[0], "always");
	choice_set(path[1], "never");
	CHECK(choices_restore());
	CHECK(told(path[0], "inherit"));
	CHECK(told(path[1], "always"));

	put(path[0], "always [never]\n");
	CHECK(choices_restore()); /* nothing is left to do */
	CHECK(told(path[0], "always [never]"));

	choice_set(path[0], "always");
	unlink(path[0]);
	CHECK(!choices_restore());
}

int main(void)
{
	for (int i = 0; i < 2; i++)
		CHECK(mkstemp(path[i]) >= 0);
	test_read();
	test_restore();
	unlink(path[1]);
	return 0;
}
