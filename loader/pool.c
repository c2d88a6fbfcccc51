// SPDX-License-Identifier: GPL-2.0-or-later
/* frameshift pool: persistent page pools, on their devices and in images. */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pool_device.h"
#include "pool_options.h"
#include "subcommands.h"
#include "util.h"

#define JSON                                                                     \
	{                                                                        \
		"json", 'j', NULL, 0, "Print one JSON object instead of text", 0 \
	}
#define OFFSET(what)                               \
	{                                          \
		"offset", 'o', "BYTES", 0, what, 0 \
	}
#define FIND "Image: the pool begins there; without it, its header is looked for"
#define FILES                                                                               \
	"FILE is the character device of a pool (/dev/llfree_pool0) or an image: a file "   \
	"that holds a pool, or the file behind an NVDIMM that has one somewhere. An image " \
	"is never written: what is shown is what opening its pool would find.\n\n"
#define SIZES "BYTES may end in K, M, G or T.\n\n"

static const struct argp_option read_table[] = {JSON, OFFSET(FIND), {0}};

static const struct argp_option format_table[] = {
	{"size", 's', "BYTES", 0, "Of the pool with everything [all of FILE]", 0},
	{"slots", 'n', "N", 0, "How many allocations there can be at a time [one a page]", 0},
	OFFSET("Image: begin the pool there [0]"),
	{"force", 'f', NULL, 0, "Even where there is a pool, or other data: it is lost", 0},
	{0},
};

static const struct argp_option compact_table[] = {
	{"frames", 'k', "N", 0, "Empty so many frames (of order 10: pairs) [as many as can be]", 0},
	{"policy", 'p', "NAME", 0,
	 "Policy, of those in /sys/kernel/mm/llfree/compact [the one chosen there]", 0},
	{"order", 'O', "N", 0, "9: frames; 10: pairs of them [9]", 0},
	JSON,
	{0},
};

static uint64_t number(struct argp_state *state, const char *option, const char *text, uint64_t min,
		       uint64_t max)
{
	static const char units[] = "KMGT";
	unsigned long long n;
	const char *unit;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 0);
	unit = *end ? strchr(units, *end) : NULL;
	if (unit) {
		unsigned int shift = 10 * (unit - units + 1);

		if (n << shift >> shift != n)
			errno = ERANGE;
		n <<= shift;
		end++;
	}
	if (*text < '0' || *text > '9' || *end || errno || n < min || n > max)
		argp_error(state, "--%s takes a number from %" PRIu64 " to %" PRIu64 ", not '%s'",
			   option, min, max, text);
	return n;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct pool_options *o = state->input;

	switch (key) {
	case 'j':
		o->json = true;
		return 0;
	case 'f':
		o->force = true;
		return 0;
	case 'o':
		o->offset = number(state, "offset", arg, 0, INT64_MAX);
		if (o->offset % 4096)
			argp_error(state, "--offset is a multiple of 4096, not '%s'", arg);
		o->has_offset = true;
		return 0;
	case 's':
		o->size = number(state, "size", arg, 1, INT64_MAX);
		return 0;
	case 'n':
		o->slots = number(state, "slots", arg, 1, INT64_MAX);
		return 0;
	case 'k':
		o->frames = number(state, "frames", arg, 1, INT64_MAX);
		return 0;
	case 'O':
		o->order = number(state, "order", arg, 9, LLFREE_IOC_MAX_ORDER);
		return 0;
	case 'p':
		if (strlen(arg) >= LLFREE_IOC_POLICY_LEN)
			argp_error(state, "there is no policy '%s'", arg);
		o->policy = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (o->file)
			argp_error(state, "'%s' is too much", arg);
		o->file = arg;
		return 0;
	case ARGP_KEY_END:
		if (!o->file)
			argp_error(state, "which pool?");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

#define VERB(what, does, table, text)                                                 \
	{                                                                             \
#what, pool_##what, does,                                             \
		{                                                                     \
			.options = table, .parser = parse_option, .args_doc = "FILE", \
			.doc = does ".\v" text                                        \
		}                                                                     \
	}

static const struct {
	const char *name;
	int (*run)(const struct pool_options *o);
	const char *help;
	struct argp argp;
} verbs[] = {
	VERB(check, "Say whether a pool is sound, and if not, where", read_table,
	     FILES "In an image, everything is looked at: header, slots, tags, that each page has "
		   "one owner and is allocated, and what recovery makes of it. On a device: that "
		   "the handles fit, and what they leave is free.\n\n" SIZES
		   "Exit status: 0 if it is sound (what a crash may leave is: opening the pool "
		   "repairs that), 1 if it is damaged or cannot be read, 2 for wrong options."),
	VERB(info, "Show what a pool is and how full", read_table,
	     FILES SIZES "Exit status: 0, 1 with a sentence why not, 2 for wrong options."),
	VERB(ls, "List the handles of a pool", read_table,
	     FILES SIZES "Exit status: 0, 1 with a sentence why not, 2 for wrong options."),
	VERB(format, "Make an empty pool", format_table,
	     "FILE is the character device of a pool (this needs root), or a file, which is made "
	     "if it does not exist. No pool and no data is lost without --force; of a device, "
	     "the first 4 KiB say whether there is any.\n\n" SIZES
	     "Exit status: 0, 1 with a sentence why not, 2 for wrong options."),
	VERB(compact, "Empty frames of 2 MiB by moving what is in them", compact_table,
	     "FILE is the character device of a pool. Programs that have its pages mapped go on "
	     "meanwhile.\n\n"
	     "Exit status: 0 (even if fewer frames were emptied), 1 with a sentence why not, 2 "
	     "for wrong options."),
};

static void usage(FILE *out)
{
	fputs("Usage: frameshift pool VERB [OPTION...] FILE\n\n", out);
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		fprintf(out, "  %-8s %s\n", verbs[i].name, verbs[i].help);
	fputs("\n`frameshift pool VERB --help` describes a verb.\n", out);
}

int pool_main(int argc, char **argv)
{
	struct pool_options o = {.order = 9};
	char name[64];

	if (argc < 2) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		usage(stdout);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (strcmp(argv[1], verbs[i].name))
			continue;
		snprintf(name, sizeof(name), "frameshift pool %s", argv[1]);
		parse_options(&verbs[i].argp, name, argc - 1, argv + 1, 0, &o);
		if (o.has_offset && pool_is_device(o.file)) {
			complain("--offset is for images, and %s is a device", o.file);
			return EXIT_USAGE;
		}
		return verbs[i].run(&o);
	}
	complain("no verb 'pool %s': see `frameshift pool --help`", argv[1]);
	return EXIT_USAGE;
}
