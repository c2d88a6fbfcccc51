/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The operations on a pool, as the auditor, its test and tests/audit/code name them. */
#ifndef KINDS_H
#define KINDS_H

enum kind {
	ALLOC,
	FREE,
	TAG,
	ROOT,
	FORMAT,
	MOVE,
	COMPACT,
	RECOVERY,
	NR_KINDS,
};

static const char *const kind_names[NR_KINDS] = {
	"alloc", "free", "tag", "root", "format", "move", "compact", "recovery",
};

#endif
