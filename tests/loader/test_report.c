// SPDX-License-Identifier: GPL-2.0-or-later
/* `frameshift report` on a record, and on files that are none. */
#include "verb.h"

static char path[80];

#define RUN                                                                             \
	"{\"zone\":\"DMA32\",\"nid\":0,\"trigger\":\"direct\",\"runs\":3,\"moved\":90," \
	"\"status\":{\"success\":3}}"
#define RECORD(mode, why, phases)                                                    \
	"{\"type\":\"record\",\"schema\":1,\"mode\":\"" mode "\",\"phases\":" phases \
	",\"invalid_why\":" why "}"

static int report(const char *text)
{
	const char *const none[] = {NULL};
	FILE *file = fopen(path, "w");

	CHECK(file && fputs(text, file) >= 0 && !fclose(file));
	return verb(report_main, "report", none, path);
}

static void records(void)
{
	CHECK(!report(RECORD("detail", "[]",
			     "[{\"name\":\"start\",\"compaction\":[" RUN "],"
			     "\"deliveries\":[5,9]}]")));
	CHECK(strstr(output, "-/-, detail, valid\n") && strstr(output, " 90  success 3\n"));
	/* One by --light has no more in its phases. */
	CHECK(!report(RECORD("light", "[\"lost\"]", "[{\"compaction\":[" RUN "]}]")));
	CHECK(strstr(output, "light, INVALID\n  ! lost\n") && strstr(output, " 90  success 3\n"));
	CHECK(!report(RECORD("detail", "[]", "[]")));
}

static void others(void)
{
	static const char *const texts[] = {
		"",
		"5",
		"[]",
		"{\"type\":\"record\",\"schema\":1}",
		RECORD("detail", "[]", "{}"),
		RECORD("detail", "{}", "[]"),
		RECORD("detail", "[]", "[null]"),
		RECORD("detail", "[]", "[{\"deliveries\":[]}]"),
		RECORD("detail", "[]", "[{\"deliveries\":[],\"compaction\":{}}]"),
		RECORD("detail", "[]", "[{\"compaction\":[]}]"),
		RECORD("light", "[]", "[{\"compaction\":[{}]}]"),
		RECORD("light", "[]", "[{\"compaction\":[{\"status\":[]}]}]"),
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		CHECK(report(texts[i]) == 1);
		CHECK(strstr(output, "is not a record of schema 1\n"));
	}
}

static void options(void)
{
	const char *const none[] = {NULL};

	CHECK(verb(report_main, "report", none, "/nonexistent") == 1);
	CHECK(strstr(output, "frameshift: cannot read /nonexistent: No such file or directory\n"));
	CHECK(verb(report_main, "report", none, NULL) == 2 && strstr(output, "which record?"));
	CHECK(verb(report_main, "report", none, "--nonsense") == 2);
	CHECK(!verb(report_main, "report", none, "-h"));
	CHECK(strstr(output, "Usage: frameshift report [OPTION...] FILE..."));
}

int main(void)
{
	char folder[] = "/tmp/frameshift-report-XXXXXX";

	CHECK(mkdtemp(folder));
	verb_begin(folder);
	snprintf(path, sizeof(path), "%s/record", folder);
	records();
	others();
	options();
	unlink(path);
	verb_end();
	rmdir(folder);
	return 0;
}
