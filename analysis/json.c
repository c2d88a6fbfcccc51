// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "json.h"
#include "util.h"

json_object *json_read(const char *path)
{
	json_object *o = json_object_from_file(path);
	const char *why = json_util_get_last_err();

	/* Its sentence ends in a newline. */
	if (!o)
		die("%s is not readable JSON: %.*s", path, (int)strcspn(why, "\n"), why);
	return o;
}

static bool ends_in(const char *text, const char *end)
{
	size_t length = strlen(text), tail = strlen(end);

	return length > tail && !strcmp(text + length - tail, end);
}

/* Read through a program; *pid is to be waited for. */
static FILE *open_through(const char *program, const char *path, pid_t *pid)
{
	int ends[2];

	if (access(path, R_OK))
		die("cannot read %s: %s", path, strerror(errno));
	if (pipe2(ends, O_CLOEXEC) || (*pid = fork()) < 0)
		die("cannot start %s: %s", program, strerror(errno));
	if (!*pid) {
		dup2(ends[1], STDOUT_FILENO);
		execlp(program, program, "-dc", "--", path, (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	return fdopen(ends[0], "r");
}

static FILE *open_lines(const char *path, pid_t *pid)
{
	*pid = 0;
	if (ends_in(path, ".gz"))
		return open_through("gzip", path, pid);
	if (ends_in(path, ".xz"))
		return open_through("xz", path, pid);
	return fopen(path, "r");
}

#define BLANK " \t\r\n"

/* The one object that a line holds, or NULL. */
static json_object *parse_line(const char *line, size_t length)
{
	json_tokener *tokener = json_tokener_new();
	json_object *o = json_tokener_parse_ex(tokener, line, (int)length);
	size_t end = json_tokener_get_parse_end(tokener);

	json_tokener_free(tokener);
	if (json_object_is_type(o, json_type_object) && end + strspn(line + end, BLANK) == length)
		return o;
	json_object_put(o);
	return NULL;
}

json_object *json_read_lines(const char *path)
{
	json_object *lines = json_object_new_array();
	size_t nr = 0, size = 0;
	char *line = NULL;
	ssize_t length;
	int status = 0;
	pid_t pid;
	FILE *file = open_lines(path, &pid);

	if (!file)
		die("cannot read %s: %s", path, strerror(errno));
	while ((length = getline(&line, &size, file)) > 0) {
		json_object *o;

		nr++;
		if (strspn(line, BLANK) == (size_t)length)
			continue;
		o = parse_line(line, length);
		if (!o)
			die("%s:%zu: not one JSON object", path, nr);
		json_object_array_add(lines, o);
	}
	if (ferror(file))
		die("cannot read %s: %s", path, strerror(errno));
	free(line);
	fclose(file);
	if (pid && (waitpid(pid, &status, 0) != pid || status))
		die("cannot decompress %s: %s", path,
		    WIFEXITED(status) && WEXITSTATUS(status) == 127 ? "gzip or xz is missing"
								    : "the file is damaged");
	return lines;
}

json_object *json_at(json_object *o, const char *path)
{
	json_object *value = NULL;

	return json_pointer_get(o, path, &value) ? NULL : value;
}

int64_t json_count(json_object *o, const char *path)
{
	return json_object_get_int64(json_at(o, path));
}

double json_real(json_object *o, const char *path)
{
	json_object *value = json_at(o, path);

	return value ? json_object_get_double(value) : NAN;
}

const char *json_text(json_object *o, const char *path)
{
	json_object *value = json_at(o, path);

	return value ? json_object_get_string(value) : "";
}

bool json_true(json_object *o, const char *path)
{
	return json_object_get_boolean(json_at(o, path));
}

size_t json_length(json_object *array)
{
	return json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;
}

int64_t json_need_count(json_object *o, const char *path, const char *where)
{
	if (!json_object_is_type(json_at(o, path), json_type_int))
		die("%s: no number at %s", where, path);
	return json_count(o, path);
}

const char *json_need_text(json_object *o, const char *path, const char *where)
{
	if (!json_object_is_type(json_at(o, path), json_type_string))
		die("%s: no text at %s", where, path);
	return json_text(o, path);
}

void json_need_object(json_object *o, const char *path, const char *where)
{
	if (!json_object_is_type(json_at(o, path), json_type_object))
		die("%s: no object at %s", where, path);
}

void json_put_count(json_object *o, const char *key, int64_t value)
{
	json_object_object_add(o, key, json_object_new_int64(value));
}

void json_put_real(json_object *o, const char *key, double value)
{
	json_object *number = NULL;

	if (value == rint(value) && fabs(value) < 0x1p53)
		number = json_object_new_int64((int64_t)value);
	else if (isfinite(value))
		number = json_object_new_double(value);
	json_object_object_add(o, key, number);
}

void json_put_text(json_object *o, const char *key, const char *value)
{
	json_object_object_add(o, key, json_object_new_string(value));
}

void json_put_shared(json_object *o, const char *key, json_object *value)
{
	json_object_object_add(o, key, json_object_get(value));
}
