// SPDX-License-Identifier: GPL-2.0-or-later
/* frameshift: the verbs and nothing else; each lives in the file of its name. */
#include <stdio.h>
#include <string.h>
#include "subcommands.h"
#include "util.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} subcommands[] = {
	{"record", record_main, "Run a command and record what compaction did meanwhile"},
	{"report", report_main, "Print records as tables"},
	{"check", check_main, "Show what this kernel offers for recording"},
	{"policy", policy_main, "Load, unload or list compaction policies in BPF"},
	{"pool", pool_main, "Check, show, format and compact persistent page pools"},
};

#define COUNT (sizeof(subcommands) / sizeof(*subcommands))

static void usage(FILE *out)
{
	fputs("Usage: frameshift VERB [OPTION...] [ARGUMENT...]\n\n", out);
	for (size_t i = 0; i < COUNT; i++)
		fprintf(out, "  %-8s %s\n", subcommands[i].name, subcommands[i].help);
	fputs("\n`frameshift VERB --help` describes a verb.\n", out);
}

static int run(int argc, char **argv)
{
	if (argc < 2) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		usage(stdout);
		return 0;
	}
	for (size_t i = 0; i < COUNT; i++)
		if (!strcmp(argv[1], subcommands[i].name))
			return subcommands[i].run(argc - 1, argv + 1);
	complain("no verb '%s': see `frameshift --help`", argv[1]);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	int status = run(argc, argv);

	/* A verb whose output is lost has failed. */
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	complain("the output could not be written");
	return status ? status : 1;
}
