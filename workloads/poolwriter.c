// SPDX-License-Identifier: GPL-2.0-or-later
/* A user of a persistent page pool that can tell whether the pool kept its promises. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pooldev.h"
#include "poolmode.h"
#include "sys.h"

static const char help[] =
	"Usage: poolwriter [OPTION]...\n"
	"Fill a persistent pool with objects that check themselves, free some by a layout, have\n"
	"the pool empty frames by each policy, and verify every object. A row a policy: frames\n"
	"wanted and cleared, moves, their pages and the fewest that would do, and what a cleared\n"
	"frame took: cache lines flushed, fences, bytes copied.\n"
	"\n"
	"  --device FILE       of the pool [/dev/llfree_pool0]\n"
	"  --seed N            seed of everything random [42]\n"
	"  --orders N,N,...    orders of the objects, each as likely [0,0,0,0,1,2,3]\n"
	"  --policy NAME,...   policies [the one in /sys/kernel/mm/llfree/compact]\n"
	"  --layout LAYOUT     uniform, bands, powerlaw, ascending or descending [uniform]\n"
	"  --percent P         ask for P percent of the frames that can be emptied, 1 to 100 [50]\n"
	"  --frames N          ask for N frames instead\n"
	"  --format            start each policy in a new pool: all in it is lost\n"
	"  --json              print a line of JSON a policy\n"
	"\n"
	"  --run-until-killed  replace, change and delete objects while the pool is compacted, by\n"
	"                      one policy after the other; goes on where a run of the same\n"
	"                      settings ended, after verifying what it left\n"
	"  --ops N             ... only until each worker has done N operations, over all runs\n"
	"  --workers N         processes [2]\n"
	"  --objects N         of each worker [as many as fill half of the pool]\n"
	"\n"
	"  --verify            whatever it wrote before, now or before a reboot: is it all there?\n"
	"  --help              print this\n"
	"\n"
	"Exit status: 0 done and whole, 1 something is lost or the system refused, 2 wrong "
	"options.\n";

/* Split a list; the parts stay in a copy. */
static unsigned int split(const char *option, const char *list, char *parts[MAX_NAMES])
{
	char *rest = strdup(list), *part;
	unsigned int nr = 0;

	while ((part = strsep(&rest, ","))) {
		if (nr == MAX_NAMES)
			usage("%s takes at most %u, not '%s'", option, MAX_NAMES, list);
		if (!*part)
			usage("%s takes a list, not '%s'", option, list);
		parts[nr++] = part;
	}
	return nr;
}

static void parse_orders(struct pool_mode *m, const char *list)
{
	char *parts[MAX_NAMES];

	m->nr_orders = split("--orders", list, parts);
	for (unsigned int i = 0; i < m->nr_orders; i++)
		m->orders[i] =
			(unsigned int)parse_number("--orders", parts[i], 0, POOLDEV_MAX_ORDER);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"device", required_argument, NULL, 'd'},
		{"seed", required_argument, NULL, 's'},
		{"orders", required_argument, NULL, 'o'},
		{"policy", required_argument, NULL, 'p'},
		{"layout", required_argument, NULL, 'l'},
		{"percent", required_argument, NULL, 'P'},
		{"frames", required_argument, NULL, 'k'},
		{"format", no_argument, NULL, 'F'},
		{"json", no_argument, NULL, 'j'},
		{"run-until-killed", no_argument, NULL, 'r'},
		{"ops", required_argument, NULL, 'n'},
		{"workers", required_argument, NULL, 'w'},
		{"objects", required_argument, NULL, 'O'},
		{"verify", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},
		{},
	};
	struct pool_mode m = {
		.seed = 42,
		.nr_policies = 1,
		.layout_name = "uniform",
		.workers = 2,
	};
	const char *device = "/dev/llfree_pool0";
	const char *of_fill = NULL, *of_churn = NULL; /* the last option for that alone */
	bool churn = false, verify = false;
	int option, at;

	parse_orders(&m, "0,0,0,0,1,2,3");
	opterr = 0;
	while ((option = getopt_long(argc, argv, "", options, &at)) != -1) {
		if (strchr("lPkFj", option))
			of_fill = options[at].name;
		if (strchr("nwO", option))
			of_churn = options[at].name;
		switch (option) {
		case 'd':
			device = optarg;
			break;
		case 's':
			m.seed = parse_number("--seed", optarg, 0, UINT64_MAX);
			break;
		case 'o':
			parse_orders(&m, optarg);
			break;
		case 'p':
			m.nr_policies = split("--policy", optarg, m.policies);
			break;
		case 'l':
			m.layout_name = optarg;
			break;
		case 'P':
			m.percent = (unsigned int)parse_number("--percent", optarg, 1, 100);
			break;
		case 'k':
			m.frames = parse_number("--frames", optarg, 1, 1ULL << 32);
			break;
		case 'F':
			m.format = true;
			break;
		case 'j':
			m.json = true;
			break;
		case 'r':
			churn = true;
			break;
		case 'n':
			m.ops = parse_number("--ops", optarg, 1, UINT64_MAX);
			break;
		case 'w':
			m.workers =
				(uint32_t)parse_number("--workers", optarg, 1, WRITER_MAX_WORKERS);
			break;
		case 'O':
			m.objects =
				(uint32_t)parse_number("--objects", optarg, 1, WRITER_MAX_OBJECTS);
			break;
		case 'v':
			verify = true;
			break;
		case 'h':
			fputs(help, stdout);
			return 0;
		default:
			usage("'%s' is no option, or lacks its value", argv[optind - 1]);
		}
	}
	if (optind < argc)
		usage("unexpected argument '%s'", argv[optind]);
	if (!layout_find(m.layout_name, &m.layout))
		usage("--layout: there is no layout '%s'", m.layout_name);
	if (churn && verify)
		usage("--run-until-killed and --verify exclude each other");
	if ((churn || verify) && of_fill)
		usage("--%s is not for %s", of_fill, churn ? "--run-until-killed" : "--verify");
	if (!churn && of_churn)
		usage("--%s is for --run-until-killed", of_churn);
	if (m.frames && m.percent)
		usage("--frames and --percent exclude each other");
	if (!m.percent)
		m.percent = 50;

	pooldev_open(device);
	if (churn)
		return pool_churn(&m);
	return verify ? pool_verify() : pool_fill(&m);
}
