// SPDX-License-Identifier: GPL-2.0-or-later
/* The parsers of /proc and /sys text, also on text that they must refuse. */
#include <string.h>
#include <unistd.h>
#include "test.h"
#include "util.h"
#include "vmstat.h"
#include "zones.h"

static struct vmstat v, later, delta;

static void vmstat(void)
{
	CHECK(vmstat_parse("nr_free_pages 12\npgmigrate_success 18446744073709551615\n"
			   "compact_stall 3\noom_kill 0\n",
			   &v));
	CHECK(v.count == 3);
	CHECK(!vmstat_find(&v, "nr_free_pages"));
	CHECK(*vmstat_find(&v, "pgmigrate_success") == UINT64_MAX);
	CHECK(*vmstat_find(&v, "compact_stall") == 3);
	CHECK(!vmstat_find(&v, "compact"));

	CHECK(vmstat_parse("compact_stall 10\nthp_new 4\npgmigrate_success 1\n", &later));
	vmstat_delta(&v, &later, &delta);
	CHECK(delta.count == 3);
	CHECK(*vmstat_find(&delta, "compact_stall") == 7);
	CHECK(*vmstat_find(&delta, "thp_new") == 4);
	CHECK(*vmstat_find(&delta, "pgmigrate_success") == 2); /* wrapped */

	CHECK(vmstat_parse("", &v) && !v.count);
	CHECK(!vmstat_parse("compact_stall", &v));
	CHECK(!vmstat_parse("compact_stall 3", &v));
	CHECK(!vmstat_parse("compact_stall x\n", &v));
	CHECK(!vmstat_parse("compact_stall -1\n", &v));
	CHECK(!vmstat_parse("compact_stall 1 2\n", &v));
	CHECK(!vmstat_parse(" 1\n", &v));
	CHECK(!vmstat_parse("\n", &v));
}

static void too_many_counters(void)
{
	static char text[VMSTAT_MAX * 16 + 64];
	char *end = text;

	for (int i = 0; i < VMSTAT_MAX; i++)
		end += sprintf(end, "thp_%d 1\n", i);
	CHECK(vmstat_parse(text, &v) && v.count == VMSTAT_MAX);
	strcpy(end, "thp_more 1\n");
	CHECK(!vmstat_parse(text, &v));
}

/* No input may lead outside the buffers: the sanitizers watch. */
static void damaged_vmstat(void)
{
	static const char alphabet[] = "thp_compact 0123456789\n\n  \x80";
	char text[64];

	srandom(1);
	for (int round = 0; round < 200000; round++) {
		size_t length = random() % sizeof(text);

		for (size_t i = 0; i < length; i++)
			text[i] = alphabet[random() % (sizeof(alphabet) - 1)];
		text[length] = '\0';
		vmstat_parse(text, &v);
	}
}

static void zones(void)
{
	static const char zoneinfo[] =
		"Node 0, zone      DMA\n  per-node stats\n  pages free     3968\n"
		"Node 0, zone    DMA32\n  pages free 5\n"
		"Node 0, zone  Movable\nNode 1, zone   Normal\n";
	char name[16];

	zone_name(zoneinfo, 0, 0, name, sizeof(name));
	CHECK(!strcmp(name, "DMA"));
	zone_name(zoneinfo, 0, 2, name, sizeof(name));
	CHECK(!strcmp(name, "Movable"));
	zone_name(zoneinfo, 1, 0, name, sizeof(name));
	CHECK(!strcmp(name, "Normal"));
	zone_name(zoneinfo, 1, 1, name, sizeof(name));
	CHECK(!strcmp(name, "?"));
	zone_name("", 0, 0, name, sizeof(name));
	CHECK(!strcmp(name, "?"));
	zone_name(NULL, 0, 0, name, sizeof(name));
	CHECK(!strcmp(name, "?"));

	CHECK(zones_end("Node 0, zone DMA\n        spanned  4095\n        present  3998\n"
			"  start_pfn:           1\n"
			"Node 0, zone DMA32\n        spanned  520190\n  start_pfn:           4096\n"
			"Node 0, zone Movable\n        spanned  0\n  start_pfn:           0\n") ==
	      524286);
	CHECK(!zones_end("") && !zones_end(NULL));
}

static void choices(void)
{
	char choice[8];

	bracketed("buddy [llfree]\n", choice, sizeof(choice));
	CHECK(!strcmp(choice, "llfree"));
	bracketed("[buddy] llfree", choice, sizeof(choice));
	CHECK(!strcmp(choice, "buddy"));
	bracketed("linux\n", choice, sizeof(choice));
	CHECK(!strcmp(choice, "linux"));
	bracketed("[occupancy] address", choice, sizeof(choice));
	CHECK(!strcmp(choice, "occupan"));
	bracketed("[open", choice, sizeof(choice));
	CHECK(!strcmp(choice, "open"));
	bracketed("", choice, sizeof(choice));
	CHECK(!*choice);
}

static void long_files(void)
{
	char path[] = "/tmp/frameshift-text-XXXXXX", *text;
	size_t length = (1 << 18) + 5;
	FILE *file = fdopen(mkstemp(path), "w");

	CHECK(file);
	for (size_t i = 0; i < length; i++)
		putc('a' + i % 26, file);
	CHECK(!fclose(file));
	text = read_long_file(path);
	CHECK(text && strlen(text) == length &&
	      text[length - 1] == (char)('a' + (length - 1) % 26));
	free(text);
	CHECK(!truncate(path, 0));
	text = read_long_file(path);
	CHECK(text && !*text);
	free(text);
	unlink(path);
	CHECK(!read_long_file(path));
}

int main(void)
{
	vmstat();
	too_many_counters();
	damaged_vmstat();
	zones();
	choices();
	long_files();
	return 0;
}
