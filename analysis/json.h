/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Short ways into json-c. A path is a JSON pointer such as "/vmstat/pgmigrate_success". */
#ifndef FS_JSON_H
#define FS_JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The one value in a file, or an array of an object a line, in a file that may end in .gz or .xz
 * and be compressed. Both die with a sentence on failure.
 */
json_object *json_read(const char *path);
json_object *json_read_lines(const char *path);

/* NULL when the path is missing or null. */
json_object *json_at(json_object *o, const char *path);
/* 0, NAN or "" when missing: for counters, where a missing one never counted. */
int64_t json_count(json_object *o, const char *path);
double json_real(json_object *o, const char *path);
const char *json_text(json_object *o, const char *path);
bool json_true(json_object *o, const char *path);
size_t json_length(json_object *array);

/* Dies naming 'where' if the path is missing, or something else is there. */
int64_t json_need_count(json_object *o, const char *path, const char *where);
const char *json_need_text(json_object *o, const char *path, const char *where);
void json_need_object(json_object *o, const char *path, const char *where);

/* Add a field. What is not finite becomes null, a whole number is written without a point. */
void json_put_count(json_object *o, const char *key, int64_t value);
void json_put_real(json_object *o, const char *key, double value);
void json_put_text(json_object *o, const char *key, const char *value);
/* Add a field that stays shared with where it came from. */
void json_put_shared(json_object *o, const char *key, json_object *value);

#endif
