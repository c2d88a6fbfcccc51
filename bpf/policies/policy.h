/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For compaction policies written in BPF; docs/policy-tutorial.md shows how.
 * What the types and functions mean is in the kernel's mm/llfree/bpf_policy.[ch].
 */
#ifndef _POLICY_H
#define _POLICY_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#define FRAME_PAGES 512u

/* A child word: free pages of a frame, and flags */
#define CHILD_FREE 0x03ffu
#define CHILD_HUGE 0x0400u /* allocated as a whole */
#define CHILD_BLOCKED 0x1800u /* isolated, or the source of a compaction */
#define CHILD_SKIP 0x4000u /* compaction failed here lately */
#define CHILD_UNMOVABLE 0x8000u /* holds unmovable pages */

extern u32 llfree_policy_child(struct llfree_policy_ctx *ctx, u64 frame) __ksym;
extern s32 llfree_policy_cost(struct llfree_policy_ctx *ctx, u64 frame) __ksym;
extern bool llfree_policy_fits(struct llfree_policy_ctx *ctx, u64 frame, u32 order) __ksym;

/* The kernel's loop that a verifier need not unroll: for numbers from 0 to below n */
extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym;

/* The kernel passes arguments as an array of words. */
#define SOURCE(name)                                                           \
	static __always_inline s64 name##_body(struct llfree_policy_ctx *ctx); \
	SEC("struct_ops/" #name) s64 name(unsigned long long *args)            \
	{                                                                      \
		return name##_body((void *)args[0]);                           \
	}                                                                      \
	static __always_inline s64 name##_body(struct llfree_policy_ctx *ctx)

#define TARGET(name)                                                                      \
	static __always_inline s64 name##_body(struct llfree_policy_ctx *ctx, u32 order); \
	SEC("struct_ops/" #name) s64 name(unsigned long long *args)                       \
	{                                                                                 \
		return name##_body((void *)args[0], args[1]);                             \
	}                                                                                 \
	static __always_inline s64 name##_body(struct llfree_policy_ctx *ctx, u32 order)

#define POLICY(policy, source_fn, target_fn)         \
	SEC(".struct_ops")                           \
	struct llfree_policy_ops policy_##policy = { \
		.source = (void *)source_fn,         \
		.target = (void *)target_fn,         \
		.name = #policy,                     \
	};                                           \
	char _license[] SEC("license") = "GPL"

#endif /* _POLICY_H */
