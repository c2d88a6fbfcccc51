// SPDX-License-Identifier: GPL-2.0-or-later
/* frameshift record: run a command under the probes and write one record. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "record.h"
#include "session.h"
#include "subcommands.h"
#include "util.h"

enum {
	EXIT_ERROR = 1,
	EXIT_INVALID = 3,
	EXIT_NO_EXEC = 127
};

/* Where the command finds its ends of the phase pipes: digits that any shell can redirect. */
enum {
	CHILD_WRITE = 8,
	CHILD_READ = 9
};

struct options {
	const char *output;
	const char *from; /* the phase to begin with; NULL: before the command */
	const char *hold;
	bool light, overhead, allow_loss, verbose;
	char **command;
};

/* The command and the pipes between it and us. */
struct command {
	pid_t pid;
	int pidfd;
	int go; /* written to once the record is armed */
	int requests; /* phase names from it */
	int answers;
};

/* A record in the making. */
struct recording {
	struct options *options;
	int output;
	struct record record;
	struct session *session; /* NULL before it begins */
};

static const struct argp_option option_table[] = {
	{"output", 'o', "FILE", 0, "Write the record to FILE instead of standard output", 0},
	{"light", 'l', NULL, 0,
	 "Attach only to the begin and end of compaction and to task switches: for instruction "
	 "counts",
	 0},
	{"from", 'f', "PHASE", 0, "Attach and begin only when COMMAND asks for PHASE", 0},
	{"hold", 'H', "PROGRAM", 0,
	 "With --from, run PROGRAM before that; if it prints \"light\", that is as --light", 0},
	{"allow-loss", 'a', NULL, 0, "Do not turn an invalid record into exit status 3", 0},
	{"overhead", 'p', NULL, 0, "Measure also how often and how long the probes run", 0},
	{"verbose", 'v', NULL, 0, "Show libbpf's and the verifier's messages", 0},
	{0},
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'o':
		o->output = arg;
		return 0;
	case 'l':
		o->light = true;
		return 0;
	case 'f':
		o->from = arg;
		return 0;
	case 'H':
		o->hold = arg;
		return 0;
	case 'a':
		o->allow_loss = true;
		return 0;
	case 'p':
		o->overhead = true;
		return 0;
	case 'v':
		o->verbose = true;
		return 0;
	case ARGP_KEY_ARG: /* the command, which has options of its own */
		o->command = state->argv + state->next - 1;
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which command?");
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options = option_table,
	.parser = parse_option,
	.args_doc = "-- COMMAND [ARGUMENT...]",
	.doc = "Run COMMAND and record what memory compaction does meanwhile, in the whole system, "
	       "as one JSON object.\v"
	       "COMMAND divides the record into phases: FRAMESHIFT_PHASE in its environment holds "
	       "\"WFD,RFD\"; when it writes a name and a newline to file descriptor WFD, a phase "
	       "of that name begins, and one byte comes back on RFD once it has. What precedes is "
	       "the phase \"start\".\n\n"
	       "A record is valid if no event was lost and /proc/vmstat agrees with what was "
	       "counted; \"invalid_why\" tells what did not hold.\n\n"
	       "Exit status: COMMAND's if that is not 0 (128 + N if signal N killed it, 127 if it "
	       "could not be started); else 3 if the record is invalid (not with --allow-loss); "
	       "else 0. If recording itself fails: 1; for wrong options: 2.",
};

static void run_child(struct command *c, int go, int requests, int answers, char **argv)
{
	char start, value[32];

	close(c->go);
	if (read(go, &start, 1) != 1)
		_exit(EXIT_ERROR); /* the recorder gave up */
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	/* Both may sit on the numbers wanted: move them away first. */
	requests = fcntl(requests, F_DUPFD_CLOEXEC, CHILD_READ + 1);
	answers = fcntl(answers, F_DUPFD_CLOEXEC, CHILD_READ + 1);
	snprintf(value, sizeof(value), "%d,%d", CHILD_WRITE, CHILD_READ);
	if (dup2(requests, CHILD_WRITE) < 0 || dup2(answers, CHILD_READ) < 0 ||
	    setenv(PHASE_VARIABLE, value, 1))
		_exit(EXIT_ERROR);
	execvp(argv[0], argv);
	complain("cannot run %s: %s", argv[0], strerror(errno));
	_exit(EXIT_NO_EXEC);
}

static bool start_command(struct command *c, char **argv)
{
	int go[2], requests[2], answers[2];

	if (pipe2(go, O_CLOEXEC) || pipe2(requests, O_CLOEXEC) || pipe2(answers, O_CLOEXEC))
		goto failed;
	/* The keyboard's signals are for the command; the record of it is kept. */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	c->go = go[1];
	c->requests = requests[0];
	c->answers = answers[1];
	c->pid = fork();
	if (!c->pid)
		run_child(c, go[0], requests[1], answers[0], argv);
	close(go[0]);
	close(requests[1]);
	close(answers[0]);
	if (c->pid < 0)
		goto failed;
	c->pidfd = pidfd_open(c->pid, 0);
	if (c->pidfd >= 0)
		return true;
failed:
	complain("cannot start a process: %s", strerror(errno));
	return false;
}

/* Run the program that holds the command up; true if it succeeded. */
static bool hold(struct options *o)
{
	FILE *program = popen(o->hold, "re");
	char line[16] = "";
	bool heard;

	if (!program) {
		complain("cannot run %s: %s", o->hold, strerror(errno));
		return false;
	}
	heard = fgets(line, sizeof(line), program);
	o->light |= heard && !strcmp(line, "light\n");
	if (!pclose(program))
		return true;
	complain("%s failed", o->hold);
	return false;
}

/* Attach, and begin with a phase of this name. */
static bool begin(struct recording *rec, const char *name)
{
	struct options *o = rec->options;

	if (o->hold && !hold(o))
		return false;
	rec->record.light = o->light;
	rec->record.overhead = o->overhead;
	rec->session = session_open(&rec->record, o->verbose);
	return rec->session && session_phase(rec->session, name);
}

/* Begin the phases that the command asks for. False if that failed. */
static bool serve(struct recording *rec, struct command *c, struct phase_reader *reader)
{
	char name[PHASE_NAME_MAX];
	size_t room;
	char *piece = phase_room(reader, &room);
	ssize_t got = read(c->requests, piece, room);

	if (got <= 0)
		return got == 0 || errno == EINTR;
	reader->used += got;
	while (phase_next(reader, name)) {
		if (rec->session ? !session_phase(rec->session, name)
				 : !strcmp(name, rec->options->from) && !begin(rec, name))
			return false;
		if (write(c->answers, "", 1) != 1)
			return true; /* nobody waits any more */
	}
	return true;
}

/* Follow the command to its end; returns its exit status as a shell tells it. */
static bool follow(struct recording *rec, struct command *c, int *status)
{
	struct pollfd fds[] = {
		{.fd = c->pidfd, .events = POLLIN},
		{.fd = c->requests, .events = POLLIN},
	};
	struct phase_reader reader = {};
	int wait_status;

	while (!(fds[0].revents & POLLIN)) {
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			return false;
		if ((fds[1].revents & POLLIN) && !serve(rec, c, &reader))
			return false;
		if (fds[1].revents & POLLHUP)
			fds[1].fd = -1;
	}
	if (waitpid(c->pid, &wait_status, 0) < 0)
		return false;
	*status = WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
	return true;
}

static bool output_fails(const struct options *o)
{
	complain("cannot write %s: %s", o->output ? o->output : "the record", strerror(errno));
	return false;
}

/* Before the command runs, lest that be in vain. What is in the file stays until there is more. */
static bool open_output(struct recording *rec)
{
	const struct options *o = rec->options;

	if (o->output)
		rec->output = open(o->output, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	return rec->output >= 0 || output_fails(o);
}

/* A pipe or a terminal has nothing to lose. */
static bool empty_output(struct recording *rec)
{
	return !rec->options->output || !ftruncate(rec->output, 0) || errno == EINVAL;
}

/* A file in which there is no record goes. */
static void close_output(struct recording *rec)
{
	struct stat file;

	if (!rec->options->output || rec->output < 0)
		return;
	if (!fstat(rec->output, &file) && S_ISREG(file.st_mode) && !file.st_size)
		unlink(rec->options->output);
	close(rec->output);
}

/* Write the record, or nothing; returns our exit status for it. */
static int write_record(struct recording *rec)
{
	struct json_object *json = record_to_json(&rec->record);
	bool valid = json_object_get_boolean(json_object_object_get(json, "valid"));
	const char *text = json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN);
	int status = valid || rec->options->allow_loss ? 0 : EXIT_INVALID;

	if (!empty_output(rec) || dprintf(rec->output, "%s\n", text) < 0) {
		output_fails(rec->options);
		empty_output(rec);
		status = EXIT_ERROR;
	}
	if (!valid)
		complain("the record is invalid: %s",
			 json_object_get_string(json_object_array_get_idx(
				 json_object_object_get(json, "invalid_why"), 0)));
	json_object_put(json);
	return status;
}

int record_main(int argc, char **argv)
{
	struct options o = {};
	struct recording rec = {.options = &o, .output = STDOUT_FILENO};
	struct command c = {};
	int command_status = 0, status = EXIT_ERROR;

	parse_options(&argp, "frameshift record", argc, argv, ARGP_IN_ORDER, &o);

	if (o.hold && !o.from) {
		complain("--hold needs --from");
		return EXIT_USAGE;
	}
	if (!open_output(&rec) || (!o.from && !begin(&rec, "start")))
		goto out;
	if (!start_command(&c, o.command) || write(c.go, "", 1) != 1 ||
	    !follow(&rec, &c, &command_status))
		goto out;
	if (!rec.session) {
		complain("the command ended before phase '%s'", o.from);
		status = command_status ? command_status : EXIT_ERROR;
	} else if (session_collect(rec.session)) {
		status = write_record(&rec);
	}
out:
	if (rec.session)
		session_close(rec.session);
	record_free(&rec.record);
	close_output(&rec);
	return status != EXIT_ERROR && command_status ? command_status : status;
}
