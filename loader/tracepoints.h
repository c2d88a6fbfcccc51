/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tracepoints that the BPF programs hang on, and what the running kernel
 * has of them. Decided by the kernel's BTF: a release number says nothing
 * about a patched kernel, and a program that expects other parameters would
 * be refused with a misleading error or read the wrong ones.
 */
#ifndef TRACEPOINTS_H
#define TRACEPOINTS_H

#include <stdbool.h>
#include <stddef.h>

#define BTF_PATH "/sys/kernel/btf/vmlinux"

struct btf;

struct tracepoint {
	const char *name;
	int parameters;
	enum {
		TP_LIGHT, /* all that light mode needs; always required */
		TP_DETAIL, /* required for detail mode */
		TP_OPTIONAL, /* detail mode, where the kernel has it */
	} need;
	const char *use;
};

extern const struct tracepoint tracepoints[];
extern const size_t tracepoint_count;

const struct tracepoint *tracepoint_find(const char *name);

/* The number of parameters the kernel's tracepoint has, -1 if there is none. */
int tracepoint_parameters(const struct btf *btf, const char *name);

/* To be attached in this mode? */
bool tracepoint_wanted(const struct tracepoint *t, bool light);

/* Can this mode run on the kernel of @btf? Complains about what is in the way. */
bool tracepoints_suffice(const struct btf *btf, bool light);

/* The kernel's BTF; complains and returns NULL if there is none. */
struct btf *kernel_btf(void);

/*
 * Names of an enum's values, in lower case and without @prefix, at their index:
 * taken from the kernel because they move between releases. A value without a
 * name is called by its number. To be freed with free_names().
 */
void enum_names(const struct btf *btf, const char *type, const char *prefix, char **names,
		size_t count);
void free_names(char **names, size_t count);

#endif
