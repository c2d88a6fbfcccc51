// SPDX-License-Identifier: GPL-2.0-or-later
/* `frameshift record` around its session, which sees nothing here: exit status and output. */
#include <json-c/json.h>
#include <signal.h>
#include <sys/resource.h>
#include "session.h"
#include "verb.h"

static char path[80], marker[80], touch_marker[96];

struct session *session_open(struct record *r, bool verbose)
{
	(void)r, (void)verbose;
	return (struct session *)said;
}

bool session_phase(struct session *s, const char *name)
{
	(void)s, (void)name;
	return true;
}

bool session_collect(struct session *s)
{
	(void)s;
	return true;
}

void session_close(struct session *s)
{
	(void)s;
}

void record_free(struct record *r)
{
	(void)r;
}

#define RECORD(...) verb(record_main, "record", (const char *const[]){__VA_ARGS__, NULL}, NULL)

static void put(const char *text)
{
	FILE *file = fopen(path, "w");

	CHECK(file && fputs(text, file) >= 0 && !fclose(file));
}

/* The file holds one record, or this. */
static void check_file(const char *text)
{
	size_t length;
	char *got = contents(path, &length);
	struct json_object *o = json_tokener_parse(got);

	CHECK(text ? !strcmp(got, text) : o && length == strlen(got) && got[length - 1] == '\n');
	json_object_put(o);
	free(got);
	unlink(path);
}

static bool there(const char *file)
{
	return !access(file, F_OK);
}

static void written(void)
{
	static char old[10000];

	CHECK(!RECORD("-o", path, "--", "true"));
	check_file(NULL);
	memset(old, 'x', sizeof(old) - 1);
	put(old);
	CHECK(RECORD("-o", path, "--", "sh", "-c", "exit 3") == 3);
	check_file(NULL);
	CHECK(!RECORD("true") && strstr(output, "\"record\""));
	CHECK(!RECORD("-o", "/dev/null", "true") && there("/dev/null"));
}

static void not_writable(void)
{
	CHECK(RECORD("-o", "/nonexistent/record", "--", "sh", "-c", touch_marker) == 1);
	CHECK(strstr(output, "cannot write /nonexistent/record: ") && !there(marker));
	CHECK(!RECORD("-o", path, "--", "sh", "-c", touch_marker) && there(marker));
	unlink(path);
	CHECK(RECORD("-o", "/dev/full", "true") == 1 && there("/dev/full"));
	CHECK(strstr(output, "cannot write /dev/full: "));
}

/* There is room for a hundred bytes: none of them are left. */
static void no_room(void)
{
	struct rlimit limit, all;

	signal(SIGXFSZ, SIG_IGN);
	CHECK(!getrlimit(RLIMIT_FSIZE, &all));
	limit = all;
	limit.rlim_cur = 100;
	CHECK(!setrlimit(RLIMIT_FSIZE, &limit));
	CHECK(RECORD("-o", path, "true") == 1 && !there(path));
	CHECK(!setrlimit(RLIMIT_FSIZE, &all));
}

/* The command's status tells why there is no record; what was there before stays. */
static void no_record(void)
{
	CHECK(RECORD("-o", path, "--from", "never", "--", "true") == 1 && !there(path));
	CHECK(strstr(output, "the command ended before phase 'never'"));
	CHECK(RECORD("--from", "never", "--", "sh", "-c", "exit 3") == 3);
	CHECK(RECORD("--from", "never", "--", "/nonexistent") == 127);
	CHECK(RECORD("--", "/nonexistent") == 127);
	put("old\n");
	CHECK(RECORD("-o", path, "--from", "never", "--", "true") == 1);
	check_file("old\n");
}

static void options(void)
{
	CHECK(RECORD("--nonsense", "true") == 2);
	CHECK(RECORD("-o", path) == 2 && strstr(output, "which command?") && !there(path));
	CHECK(RECORD("--hold", "true", "true") == 2 && strstr(output, "--hold needs --from"));
	CHECK(!RECORD("-h") && strstr(output, "Usage: frameshift record [OPTION...] -- COMMAND"));
	/* The command's own */
	CHECK(RECORD("sh", "-c", "exit 5", "-h") == 5);
}

int main(void)
{
	char folder[] = "/tmp/frameshift-record-XXXXXX";

	CHECK(mkdtemp(folder));
	verb_begin(folder);
	snprintf(path, sizeof(path), "%s/record", folder);
	snprintf(marker, sizeof(marker), "%s/marker", folder);
	snprintf(touch_marker, sizeof(touch_marker), ">%s", marker);
	written();
	not_writable();
	no_room();
	no_record();
	options();
	unlink(marker);
	verb_end();
	rmdir(folder);
	return 0;
}
