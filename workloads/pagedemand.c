// SPDX-License-Identifier: GPL-2.0-or-later
/* Demand blocks of one order through the kernel module test_page_demand. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "phase.h"
#include "sys.h"

#define FILE_NAME "/sys/kernel/debug/page_demand"
#define MAX_ORDER 10

static const char help[] =
	"Usage: demand [OPTION]...\n"
	"Demand blocks of 2^ORDER pages from the kernel, print what was asked and got as one\n"
	"line of JSON, and give them back. Needs the module test_page_demand.\n"
	"\n"
	"  --order N           0 to 10 [9]\n"
	"  --class CLASS       movable or unmovable: how the allocator groups them [movable]\n"
	"  --count N           how many blocks [1]\n"
	"  --help              print this\n"
	"\n"
	"Exit status: 0 done, whatever was got; 1 the system refused; 2 wrong options.\n";

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"order", required_argument, NULL, 'o'},
		{"class", required_argument, NULL, 'c'},
		{"count", required_argument, NULL, 'n'},
		{"help", no_argument, NULL, 'h'},
		{},
	};
	unsigned int order = 9;
	unsigned long count = 1, asked, got;
	const char *class = "movable";
	char line[128];
	int option, fd;
	ssize_t len;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'o':
			order = (unsigned int)parse_number("--order", optarg, 0, MAX_ORDER);
			break;
		case 'c':
			class = optarg;
			break;
		case 'n':
			count = parse_number("--count", optarg, 0, 1UL << 32);
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
	if (strcmp(class, "movable") && strcmp(class, "unmovable"))
		usage("--class is movable or unmovable, not '%s'", class);

	fd = open(FILE_NAME, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		die("cannot open %s: %s (load the module test_page_demand, mount debugfs)",
		    FILE_NAME, strerror(errno));
	phase("demand");
	if (dprintf(fd, "%u %s %lu", order, class, count) < 0)
		die("cannot write to %s: %s", FILE_NAME, strerror(errno));
	phase("demand-end");
	len = pread(fd, line, sizeof(line) - 1, 0);
	if (len < 0)
		die("cannot read %s: %s", FILE_NAME, strerror(errno));
	line[len] = '\0';
	if (sscanf(line, "order %*u %*s asked %lu got %lu", &asked, &got) != 2)
		die("cannot understand '%s' from %s", line, FILE_NAME);
	printf("{\"type\":\"demand\",\"order\":%u,\"class\":\"%s\",\"asked\":%lu,\"got\":%lu}\n",
	       order, class, asked, got);

	/* The blocks go with the file. */
	close(fd);
	return 0;
}
