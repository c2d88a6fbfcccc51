// SPDX-License-Identifier: GPL-2.0-or-later
/* The options of the verbs that are about the running kernel. */
#include "session.h"
#include "verb.h"

struct session *session_open(struct record *r, bool verbose)
{
	(void)r, (void)verbose;
	return NULL;
}

void session_close(struct session *s)
{
	(void)s;
}

void record_free(struct record *r)
{
	(void)r;
}

#define POLICY(...) verb(policy_main, "policy", (const char *const[]){__VA_ARGS__, NULL}, NULL)
#define CHECKS(...) verb(check_main, "check", (const char *const[]){__VA_ARGS__, NULL}, NULL)

static void wrong(void)
{
	CHECK(POLICY(NULL) == 2 && strstr(output, "load, unload or list?"));
	CHECK(POLICY("mend") == 2 && strstr(output, "'mend' is not load, unload or list"));
	CHECK(POLICY("load") == 2 && strstr(output, "load what?"));
	CHECK(POLICY("unload", "a", "b") == 2 && strstr(output, "'b' is too much"));
	CHECK(POLICY("list", "a") == 2 && strstr(output, "'a' is too much"));
	CHECK(POLICY("--select", "list") == 2 && strstr(output, "--select is for load"));
	CHECK(POLICY("unload", "a", "-s") == 2 && strstr(output, "--select is for load"));
	CHECK(POLICY("--nonsense") == 2);
	CHECK(CHECKS("--nonsense") == 2);
	CHECK(CHECKS("surplus") == 2);
}

static void help(void)
{
	CHECK(!POLICY("-h") && strstr(output, "Usage: frameshift policy [OPTION...] load FILE"));
	CHECK(!CHECKS("-j", "-h") && strstr(output, "Usage: frameshift check [OPTION...]"));
}

/* Whatever kernel this is, and whoever asks: it has no such policy, in one sentence. */
static void unload(void)
{
	CHECK(POLICY("unload", "nope") == 1);
	CHECK(strchr(output, '\n') == output + strlen(output) - 1);
}

int main(void)
{
	char folder[] = "/tmp/frameshift-options-XXXXXX";

	CHECK(mkdtemp(folder));
	verb_begin(folder);
	wrong();
	help();
	unload();
	verb_end();
	rmdir(folder);
	return 0;
}
