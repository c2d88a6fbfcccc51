// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * simulate: every policy on synthetic states of any size, in user space.
 *
 * It compiles the allocator's core and the policies as the kernel does, and
 * stands in the place of the kernel's engine.  It is a part of the analysis, as
 * it measures and writes results, and not of the tests, as nothing in it passes
 * or fails; fsanalyze stays apart because it reads what guests measured.
 */
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "run.h"

#define MAX_LIST 32

struct list {
	char *item[MAX_LIST];
	unsigned int nr;
};

static struct {
	struct list bytes, policies, states, seeds, targets, pins;
	unsigned int percent;
	u64 frames;
	double seconds;
	const char *output;
} options = {.percent = 50, .frames = 500, .seconds = 10};

static void __attribute__((noreturn, format(printf, 1, 2))) usage_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("simulate: ", stderr);
	vfprintf(stderr, format, args);
	fputs(" (--help lists what there is)\n", stderr);
	va_end(args);
	exit(2);
}

static void help(void)
{
	printf("Usage: simulate [OPTION]...\n"
	       "\n"
	       "Run each compaction policy on each state and write one JSON object a run.\n"
	       "\n"
	       "  --bytes LIST     sizes of memory, K to T (4G,64G)\n"
	       "  --policies LIST  (all)\n"
	       "  --targets LIST   rules of targets; own: the policy's (own)\n"
	       "  --states LIST    (all)\n"
	       "  --pins LIST      0: all pages movable, 1: some not (0,1)\n"
	       "  --seeds LIST     (1,2,3)\n"
	       "  --percent N      of the frames that can be had, those free already apart (50)\n"
	       "  --frames N       demand at most so many frames (500)\n"
	       "  --seconds N      time for a run; what it has delivered then counts (10)\n"
	       "  --output FILE    replaced as a whole at the end (standard output)\n"
	       "  --help\n"
	       "\n"
	       "Lists are separated by commas or spaces.\n"
	       "Policies:");
	for (unsigned int i = 0; llfree_policies[i]; i++)
		printf(" %s", llfree_policies[i]->name);
	printf("\nTargets: own");
	for (unsigned int i = 0; llfree_target_rules[i].name; i++)
		printf(" %s", llfree_target_rules[i].name);
	printf("\nStates:");
	for (unsigned int i = 0; state_names[i]; i++)
		printf(" %s", state_names[i]);
	printf("\n");
}

static void parse_list(struct list *list, const char *text)
{
	char *copy = strdup(text), *item;

	list->nr = 0;
	for (item = strtok(copy, ", "); item; item = strtok(NULL, ", ")) {
		if (list->nr == MAX_LIST)
			usage_error("more than %d items: %s", MAX_LIST, text);
		list->item[list->nr++] = item;
	}
	if (!list->nr)
		usage_error("an empty list");
}

static u64 parse_number(const char *text, u64 least)
{
	char *end;
	u64 n = strtoull(text, &end, 10);

	if (end == text || *end || n < least)
		usage_error("not a number from %llu on: %s", (unsigned long long)least, text);
	return n;
}

static u64 parse_bytes(const char *text)
{
	static const char units[] = "KMGT";
	const char *unit;
	char *end;
	u64 n = strtoull(text, &end, 10);

	if (end != text && *end && (unit = strchr(units, *end))) {
		n <<= 10 * (unit - units + 1);
		end++;
	}
	if (end == text || *end || n < 64ull << 20 || n > 64ull << 40)
		usage_error("not a size from 64M to 64T: %s", text);
	return n;
}

static const struct llfree_compact_policy *find_policy(const char *name)
{
	for (unsigned int i = 0; llfree_policies[i]; i++)
		if (!strcmp(llfree_policies[i]->name, name))
			return llfree_policies[i];
	usage_error("no such policy: %s", name);
}

static const struct llfree_target_rule *find_rule(const char *name)
{
	if (!strcmp(name, "own"))
		return NULL;
	for (unsigned int i = 0; llfree_target_rules[i].name; i++)
		if (!strcmp(llfree_target_rules[i].name, name))
			return &llfree_target_rules[i];
	usage_error("no such rule of targets: %s", name);
}

static void check_state(const char *name)
{
	for (unsigned int i = 0; state_names[i]; i++)
		if (!strcmp(state_names[i], name))
			return;
	usage_error("no such state: %s", name);
}

static void parse_options(int argc, char **argv)
{
	static const struct option known[] = {{"bytes", required_argument, NULL, 'b'},
					      {"policies", required_argument, NULL, 'p'},
					      {"targets", required_argument, NULL, 't'},
					      {"states", required_argument, NULL, 's'},
					      {"pins", required_argument, NULL, 'i'},
					      {"seeds", required_argument, NULL, 'r'},
					      {"percent", required_argument, NULL, 'c'},
					      {"frames", required_argument, NULL, 'f'},
					      {"seconds", required_argument, NULL, 'x'},
					      {"output", required_argument, NULL, 'o'},
					      {"help", no_argument, NULL, 'h'},
					      {}};
	int option;

	parse_list(&options.bytes, "4G,64G");
	parse_list(&options.targets, "own");
	parse_list(&options.seeds, "1,2,3");
	parse_list(&options.pins, "0,1");
	for (unsigned int i = 0; llfree_policies[i]; i++)
		options.policies.item[options.policies.nr++] = (char *)llfree_policies[i]->name;
	for (unsigned int i = 0; state_names[i]; i++)
		options.states.item[options.states.nr++] = (char *)state_names[i];

	while ((option = getopt_long(argc, argv, "h", known, NULL)) != -1) {
		switch (option) {
		case 'b':
			parse_list(&options.bytes, optarg);
			break;
		case 'p':
			parse_list(&options.policies, optarg);
			break;
		case 't':
			parse_list(&options.targets, optarg);
			break;
		case 's':
			parse_list(&options.states, optarg);
			break;
		case 'i':
			parse_list(&options.pins, optarg);
			break;
		case 'r':
			parse_list(&options.seeds, optarg);
			break;
		case 'c':
			options.percent = parse_number(optarg, 1);
			if (options.percent > 100)
				usage_error("more than 100 percent: %s", optarg);
			break;
		case 'f':
			options.frames = parse_number(optarg, 1);
			break;
		case 'x':
			options.seconds = parse_number(optarg, 1);
			break;
		case 'o':
			options.output = optarg;
			break;
		case 'h':
			help();
			exit(0);
		default:
			exit(2);
		}
	}
	if (optind < argc)
		usage_error("what is %s?", argv[optind]);
	for (unsigned int i = 0; i < options.bytes.nr; i++)
		parse_bytes(options.bytes.item[i]);
	for (unsigned int i = 0; i < options.policies.nr; i++)
		find_policy(options.policies.item[i]);
	for (unsigned int i = 0; i < options.targets.nr; i++)
		find_rule(options.targets.item[i]);
	for (unsigned int i = 0; i < options.states.nr; i++)
		check_state(options.states.item[i]);
	for (unsigned int i = 0; i < options.seeds.nr; i++)
		parse_number(options.seeds.item[i], 0);
	for (unsigned int i = 0; i < options.pins.nr; i++)
		if (parse_number(options.pins.item[i], 0) > 1)
			usage_error("pins are 0 or 1");
}

static void print_run(FILE *out, const struct run *r, const char *state, bool pins, u64 bytes,
		      u64 seed)
{
	const struct llfree_target_rule *rule = r->rule ? r->rule : r->policy->rule;

	fprintf(out,
		"{\"policy\":\"%s\",\"targets\":\"%s\",\"state\":\"%s\",\"pins\":%s,"
		"\"bytes\":%llu,\"seed\":%llu,\"wanted\":%llu,\"delivered\":%llu,"
		"\"refused\":%llu,\"in_time\":%s,\"decisions\":%llu,\"source_decisions\":%llu,"
		"\"decision_ns\":%.0f,\"decision_ns_p99\":%.0f,\"source_decision_ns\":%.0f,"
		"\"cache_lines_per_decision\":%.1f,\"cache_lines_max\":%llu,"
		"\"pages_moved\":%llu,\"optimal_moves\":%llu,\"index_bytes\":%llu}\n",
		r->policy->name, rule ? rule->name : "own", state, pins ? "true" : "false",
		(unsigned long long)bytes, (unsigned long long)seed, (unsigned long long)r->wanted,
		(unsigned long long)r->delivered, (unsigned long long)r->refused,
		r->in_time ? "true" : "false", (unsigned long long)r->decisions,
		(unsigned long long)r->sources, r->ns, r->ns_99, r->source_ns, r->lines,
		(unsigned long long)r->lines_worst, (unsigned long long)r->moved,
		(unsigned long long)r->minimum, (unsigned long long)r->index_bytes);
}

/* Work done and to do, in frames of memory and in runs: no run is like another. */
static struct {
	double start, weight, done;
} progress;

static void show_progress(const char *what, double weight)
{
	double passed = now() - progress.start, left;

	progress.done += weight;
	left = passed / progress.done * (progress.weight - progress.done);
	fprintf(stderr,
		isatty(2) ? "\r%3.0f %%, about %.0f s left: %-40s"
			  : "%3.0f %%, about %.0f s left: %s\n",
		100 * progress.done / progress.weight, left, what);
}

static void run_state(FILE *out, const char *state, bool pins, u64 bytes, u64 seed)
{
	struct state s;

	state_open(&s, state, bytes, seed, pins);
	for (unsigned int p = 0; p < options.policies.nr; p++) {
		for (unsigned int t = 0; t < options.targets.nr; t++) {
			struct run r = {
				.policy = find_policy(options.policies.item[p]),
				.rule = find_rule(options.targets.item[t]),
				.percent = options.percent,
				.most = options.frames,
				.seconds = options.seconds,
			};

			state_restore(&s);
			run_policy(&r, &s, seed);
			print_run(out, &r, state, pins, bytes, seed);
		}
	}
	state_close(&s);
}

static double weight(u64 bytes)
{
	return 1 + bytes / (double)(256ull << 30);
}

static void run_all(FILE *out)
{
	unsigned int b, s, i, r;

	progress.start = now();
	for (b = 0; b < options.bytes.nr; b++)
		progress.weight += weight(parse_bytes(options.bytes.item[b])) * options.states.nr *
				   options.pins.nr * options.seeds.nr;
	for (b = 0; b < options.bytes.nr; b++) {
		u64 bytes = parse_bytes(options.bytes.item[b]);

		for (s = 0; s < options.states.nr; s++)
			for (i = 0; i < options.pins.nr; i++)
				for (r = 0; r < options.seeds.nr; r++) {
					char what[64];

					snprintf(what, sizeof(what), "%s, %s, pins %s, seed %s",
						 options.bytes.item[b], options.states.item[s],
						 options.pins.item[i], options.seeds.item[r]);
					run_state(out, options.states.item[s],
						  options.pins.item[i][0] == '1', bytes,
						  parse_number(options.seeds.item[r], 0));
					show_progress(what, weight(bytes));
				}
	}
	if (isatty(2))
		fputc('\n', stderr);
}

int main(int argc, char **argv)
{
	char name[4096];
	FILE *out = stdout;

	parse_options(argc, argv);
	if (options.output) {
		snprintf(name, sizeof(name), "%s.tmp", options.output);
		out = fopen(name, "w");
		if (!out) {
			perror(name);
			return 1;
		}
	}
	run_all(out);
	if (fflush(out) || ferror(out)) {
		perror("simulate");
		return 1;
	}
	if (options.output && (fclose(out) || rename(name, options.output))) {
		perror(options.output);
		return 1;
	}
	return 0;
}
