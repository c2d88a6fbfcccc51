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
#include "replay.h"
#include "run.h"

#define MAX_LIST 32
#define MAX_NUMBER UINT32_MAX /* of seeds, frames and seconds */

unsigned int simulate_bucket_shift = 5;

struct list {
	char *text; /* that the items are in */
	char *item[MAX_LIST];
	unsigned int nr;
};

static struct {
	struct list bytes, policies, states, seeds, targets, pins, folios, preflight, widths;
	unsigned int order;
	unsigned int percent;
	u64 frames;
	double seconds;
	bool bound, replay;
	char **dirs; /* with @replay */
	const char *output;
} options = {.order = LLFREE_FRAME_ORDER, .percent = 50, .frames = 500, .seconds = 10};

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
	       "       simulate --replay [--policies LIST] [--widths N] [--output FILE] DIR...\n"
	       "\n"
	       "Run each compaction policy on each state and write one JSON object a run.\n"
	       "With --replay the states are the first snapshots in run directories of guests,\n"
	       "rule of targets and pre-flight are those of the guest, and the demand is what was\n"
	       "delivered there, an object a step.\n"
	       "\n"
	       "  --bytes LIST     sizes of memory, K to T (4G,64G)\n"
	       "  --policies LIST  (all)\n"
	       "  --targets LIST   rules of targets; own: the policy's (own)\n"
	       "  --states LIST    (all)\n"
	       "  --pins LIST      0: all pages movable; 1: some frames have one that is not;\n"
	       "                   0.1%%: of all used pages so many are not (0,1)\n"
	       "  --folios LIST    none: single pages; mixed: folios of several orders "
	       "everywhere;\n"
	       "                   rare: in a few frames among single pages (none)\n"
	       "  --preflight LIST 1: look at all pages of a source before the first moves (1)\n"
	       "  --widths LIST    pages a bucket of the index spans: 16, 32, 64 (32)\n"
	       "  --order N        of a request: 9, 10 (4 MiB) or 12 (16 MiB) (9)\n"
	       "  --bound          with folios: the lower bound where they are not split\n"
	       "  --seeds LIST     (1,2,3)\n"
	       "  --percent N      of what can be had, what is free already apart (50)\n"
	       "  --frames N       demand at most so many runs of this order (500)\n"
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
	char *item;

	free(list->text);
	list->text = strdup(text);
	list->nr = 0;
	for (item = strtok(list->text, ", "); item; item = strtok(NULL, ", ")) {
		if (list->nr == MAX_LIST)
			usage_error("more than %d items: %s", MAX_LIST, text);
		list->item[list->nr++] = item;
	}
	if (!list->nr)
		usage_error("an empty list");
}

/* The number that text begins with, or UINT64_MAX; *end is what follows. */
static u64 read_number(const char *text, char **end)
{
	u64 n = strtoull(text, end, 10);

	/* It would take signs and white space, too. */
	return *text < '0' || *text > '9' ? UINT64_MAX : n;
}

static u64 parse_number(const char *text, u64 least, u64 most)
{
	char *end;
	u64 n = read_number(text, &end);

	if (*end || n < least || n > most)
		usage_error("not a number from %llu to %llu: %s", (unsigned long long)least,
			    (unsigned long long)most, text);
	return n;
}

static u64 parse_bytes(const char *text)
{
	static const char units[] = "KMGT";
	const u64 most = 64ull << 40;
	unsigned int shift = 0;
	const char *unit;
	char *end;
	u64 n = read_number(text, &end);

	if (*end && (unit = strchr(units, *end))) {
		shift = 10 * (unit - units + 1);
		end++;
	}
	if (*end || n > most >> shift || n << shift < 64ull << 20)
		usage_error("not a size from 64M to 64T: %s", text);
	return n << shift;
}

static struct state_options parse_pins(const char *text)
{
	char *end;
	double percent = strtod(text, &end);

	if (!strcmp(text, "0"))
		return (struct state_options){.pins = PINS_NONE};
	if (!strcmp(text, "1"))
		return (struct state_options){.pins = PINS_FRAMES};
	if (end == text || strcmp(end, "%") || !(percent >= 0 && percent <= 100))
		usage_error("pins are 0, 1 or a share such as 0.1%%: %s", text);
	return (struct state_options){.pins = PINS_SHARE, .share = percent / 100};
}

static const char *const folios_names[] = {
	[FOLIOS_NONE] = "none", [FOLIOS_MIXED] = "mixed", [FOLIOS_RARE] = "rare", NULL};

static enum folios parse_folios(const char *text)
{
	for (unsigned int i = 0; folios_names[i]; i++)
		if (!strcmp(text, folios_names[i]))
			return i;
	usage_error("folios are none, mixed or rare: %s", text);
}

static bool parse_flag(const char *text)
{
	if (strcmp(text, "0") && strcmp(text, "1"))
		usage_error("not 0 or 1: %s", text);
	return *text == '1';
}

/* As a shift. */
static unsigned int parse_width(const char *text)
{
	u64 width = parse_number(text, 16, 64);

	if (width != 16 && width != 32 && width != 64)
		usage_error("buckets span 16, 32 or 64 pages: %s", text);
	return __builtin_ctzll(width);
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
					      {"folios", required_argument, NULL, 'l'},
					      {"preflight", required_argument, NULL, 'e'},
					      {"widths", required_argument, NULL, 'w'},
					      {"order", required_argument, NULL, 'd'},
					      {"bound", no_argument, NULL, 'n'},
					      {"replay", no_argument, NULL, 'y'},
					      {"seeds", required_argument, NULL, 'r'},
					      {"percent", required_argument, NULL, 'c'},
					      {"frames", required_argument, NULL, 'f'},
					      {"seconds", required_argument, NULL, 'x'},
					      {"output", required_argument, NULL, 'o'},
					      {"help", no_argument, NULL, 'h'},
					      {}};
	const char *not_replayed = NULL;
	int option, at;

	parse_list(&options.bytes, "4G,64G");
	parse_list(&options.targets, "own");
	parse_list(&options.seeds, "1,2,3");
	parse_list(&options.pins, "0,1");
	parse_list(&options.folios, "none");
	parse_list(&options.preflight, "1");
	parse_list(&options.widths, "32");
	for (unsigned int i = 0; llfree_policies[i]; i++)
		options.policies.item[options.policies.nr++] = (char *)llfree_policies[i]->name;
	for (unsigned int i = 0; state_names[i]; i++)
		options.states.item[options.states.nr++] = (char *)state_names[i];

	while ((option = getopt_long(argc, argv, "h", known, &at)) != -1) {
		if (!strchr("?hpwyo", option))
			not_replayed = known[at].name;
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
		case 'l':
			parse_list(&options.folios, optarg);
			break;
		case 'e':
			parse_list(&options.preflight, optarg);
			break;
		case 'w':
			parse_list(&options.widths, optarg);
			break;
		case 'd':
			options.order = parse_number(optarg, 9, 12);
			if (options.order != 9 && options.order != 10 && options.order != 12)
				usage_error("a request is of order 9, 10 or 12: %s", optarg);
			break;
		case 'y':
			options.replay = true;
			break;
		case 'n':
			options.bound = true;
			break;
		case 'r':
			parse_list(&options.seeds, optarg);
			break;
		case 'c':
			options.percent = parse_number(optarg, 1, 100);
			break;
		case 'f':
			options.frames = parse_number(optarg, 1, MAX_NUMBER);
			break;
		case 'x':
			options.seconds = parse_number(optarg, 1, MAX_NUMBER);
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
	if (options.replay && optind == argc)
		usage_error("no directory of a run to replay");
	if (options.replay && not_replayed)
		usage_error("--%s is not for --replay", not_replayed);
	if (options.replay && options.widths.nr > 1)
		usage_error("a kernel has buckets of one width");
	if (!options.replay && optind < argc)
		usage_error("what is %s?", argv[optind]);
	options.dirs = argv + optind;
	for (unsigned int i = 0; i < options.bytes.nr; i++)
		if (parse_bytes(options.bytes.item[i]) % (4096ull << options.order))
			usage_error("not in runs of order %u: %s", options.order,
				    options.bytes.item[i]);
	for (unsigned int i = 0; i < options.policies.nr; i++)
		find_policy(options.policies.item[i]);
	for (unsigned int i = 0; i < options.targets.nr; i++)
		find_rule(options.targets.item[i]);
	for (unsigned int i = 0; i < options.states.nr; i++)
		check_state(options.states.item[i]);
	for (unsigned int i = 0; i < options.seeds.nr; i++)
		parse_number(options.seeds.item[i], 0, MAX_NUMBER);
	for (unsigned int i = 0; i < options.pins.nr; i++)
		parse_pins(options.pins.item[i]);
	for (unsigned int i = 0; i < options.folios.nr; i++)
		parse_folios(options.folios.item[i]);
	for (unsigned int i = 0; i < options.preflight.nr; i++)
		parse_flag(options.preflight.item[i]);
	for (unsigned int i = 0; i < options.widths.nr; i++)
		parse_width(options.widths.item[i]);
	if (options.bound && options.order != LLFREE_FRAME_ORDER)
		usage_error("--bound is for requests of order %d", LLFREE_FRAME_ORDER);
}

/* One run, and what is not of the run itself. */
struct cell {
	struct run r;
	unsigned int shift;
};

static void print_run(FILE *out, const struct cell *cell, const struct state *s, const char *pins)
{
	const struct run *r = &cell->r;
	const struct llfree_target_rule *rule = r->rule ? r->rule : r->policy->rule;
	char whole[24] = "null";

	if (r->whole)
		snprintf(whole, sizeof(whole), "%llu", (unsigned long long)r->whole);
	fprintf(out,
		"{\"policy\":\"%s\",\"targets\":\"%s\",\"state\":\"%s\",\"pins\":\"%s\","
		"\"folios\":\"%s\",\"preflight\":%s,\"bucket_pages\":%u,\"order\":%u,"
		"\"bytes\":%llu,\"seed\":%llu,\"wanted\":%llu,\"delivered\":%llu,"
		"\"refused\":%llu,\"in_time\":%s,\"decisions\":%llu,\"source_decisions\":%llu,"
		"\"decision_ns\":%.0f,\"decision_ns_p99\":%.0f,\"source_decision_ns\":%.0f,"
		"\"cache_lines_per_decision\":%.1f,\"cache_lines_max\":%llu,"
		"\"pages_moved\":%llu,\"moved_in_vain\":%llu,\"kept_offset\":%llu,"
		"\"folios_split\":%llu,\"optimal_moves\":%llu,\"optimal_moves_whole\":%s,"
		"\"index_bytes\":%llu}\n",
		r->policy->name, rule ? rule->name : "own", s->options.name, pins,
		folios_names[s->options.folios], r->preflight ? "true" : "false", 1u << cell->shift,
		r->order, (unsigned long long)s->options.bytes, (unsigned long long)s->options.seed,
		(unsigned long long)r->wanted, (unsigned long long)r->delivered,
		(unsigned long long)r->refused, r->in_time ? "true" : "false",
		(unsigned long long)r->decisions, (unsigned long long)r->sources, r->ns, r->ns_99,
		r->source_ns, r->lines, (unsigned long long)r->lines_worst,
		(unsigned long long)r->moved, (unsigned long long)r->in_vain,
		(unsigned long long)r->kept, (unsigned long long)r->splits,
		(unsigned long long)r->minimum, whole, (unsigned long long)r->index_bytes);
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

static void run_cell(struct cell *cell, struct state *s)
{
	simulate_bucket_shift = cell->shift;
	state_restore(s);
	run_policy(&cell->r, s, s->options.seed);
}

/* It takes long, so once for each number of frames that some run delivered. */
static void bound_cells(struct cell *cells, unsigned int nr, struct state *s)
{
	for (unsigned int i = 0; i < nr; i++) {
		for (unsigned int k = 0; k < i && !cells[i].r.whole; k++)
			if (cells[k].r.delivered == cells[i].r.delivered)
				cells[i].r.whole = cells[k].r.whole;
		if (cells[i].r.whole || !cells[i].r.delivered)
			continue;
		state_restore(s);
		run_whole_bound(&cells[i].r, s);
	}
}

static void run_state(FILE *out, const struct state_options *state, const char *pins)
{
	const unsigned int nr =
		options.policies.nr * options.targets.nr * options.preflight.nr * options.widths.nr;
	struct cell *cells = calloc(nr, sizeof(*cells));
	struct state s;

	CHECK(cells);
	state_open(&s, state);
	for (unsigned int i = 0; i < nr; i++) {
		unsigned int n = i;
		struct cell *cell = &cells[i];

		cell->shift = parse_width(options.widths.item[n % options.widths.nr]);
		n /= options.widths.nr;
		cell->r = (struct run){
			.preflight = parse_flag(options.preflight.item[n % options.preflight.nr]),
			.order = options.order,
			.percent = options.percent,
			.most = options.frames,
			.seconds = options.seconds,
		};
		n /= options.preflight.nr;
		cell->r.rule = find_rule(options.targets.item[n % options.targets.nr]);
		cell->r.policy = find_policy(options.policies.item[n / options.targets.nr]);
		run_cell(cell, &s);
	}
	if (s.order && options.bound)
		bound_cells(cells, nr, &s);
	for (unsigned int i = 0; i < nr; i++)
		print_run(out, &cells[i], &s, pins);
	state_close(&s);
	free(cells);
}

static double weight(u64 bytes)
{
	return 1 + bytes / (double)(256ull << 30);
}

static void run_all(FILE *out)
{
	unsigned int b, n,
		nr = options.states.nr * options.folios.nr * options.pins.nr * options.seeds.nr;

	progress.start = now();
	for (b = 0; b < options.bytes.nr; b++)
		progress.weight += weight(parse_bytes(options.bytes.item[b])) * nr;
	for (b = 0; b < options.bytes.nr; b++) {
		u64 bytes = parse_bytes(options.bytes.item[b]);

		for (n = 0; n < nr; n++) {
			unsigned int i = n / options.seeds.nr;
			const char *seed = options.seeds.item[n % options.seeds.nr];
			const char *pins = options.pins.item[i % options.pins.nr];
			struct state_options state = parse_pins(pins);
			char what[64];

			i /= options.pins.nr;
			state.folios = parse_folios(options.folios.item[i % options.folios.nr]);
			state.name = options.states.item[i / options.folios.nr];
			state.bytes = bytes;
			state.seed = parse_number(seed, 0, MAX_NUMBER);
			snprintf(what, sizeof(what), "%s, %s, pins %s, seed %s",
				 options.bytes.item[b], state.name, pins, seed);
			run_state(out, &state, pins);
			show_progress(what, weight(bytes));
		}
	}
	if (isatty(2))
		fputc('\n', stderr);
}

static void replay_all(FILE *out)
{
	simulate_bucket_shift = parse_width(options.widths.item[0]);
	for (char **dir = options.dirs; *dir; dir++) {
		struct replay *replay = replay_open(*dir);

		for (unsigned int i = 0; i < options.policies.nr; i++)
			replay_policy(replay, find_policy(options.policies.item[i]), out);
		replay_close(replay);
	}
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
	if (options.replay)
		replay_all(out);
	else
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
