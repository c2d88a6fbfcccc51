// SPDX-License-Identifier: GPL-2.0
/*
 * Compaction policies as BPF programs (struct_ops).
 *
 * A program chooses, the kernel does the rest: it checks that a source may be
 * emptied and that a target has room, and takes any other answer for none.
 * The verifier does not bound what a choice costs, so each one has a budget of
 * child words and of time.  A program that goes over it, or answers wrongly,
 * several times in a row is selected no longer.
 *
 * A compaction holds a reference from its first choice to its last, so a
 * program can be unloaded at any moment: what runs goes on with it, what
 * begins uses the built-in policy.
 */
#include <linux/bpf.h>
#include <linux/bpf_verifier.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/init.h>
#include <linux/refcount.h>
#include <linux/sched/clock.h>
#include <linux/slab.h>
#include "bpf_policy.h"
#include "select.h"

/* Every frame twice, and some. */
#define READS_PER_FRAME	2
#define READS_MIN	64

/* Of one choice, in ns; of the clock, whatever else runs meanwhile. */
#define CHOICE_NS	(10 * NSEC_PER_MSEC)

/* In a row, before the program is put aside. */
#define MAX_MISTAKES	4

/**
 * struct bpf_policy - a policy that was loaded
 * @loaded: as select.c sees it
 * @ops: the program's callbacks, in its map
 * @users: compactions, and the registration
 * @mistakes: in a row; a hint, as compactions race for it
 * @disabled: too many of them
 * @rcu: for the readers of the selection
 */
struct bpf_policy {
	struct llfree_loaded loaded;
	struct llfree_policy_ops *ops;
	refcount_t users;
	unsigned int mistakes;
	bool disabled;
	struct rcu_head rcu;
};

static struct bpf_policy *
bpf_policy(const struct llfree_compact_policy *policy)
{
	return container_of(policy, struct bpf_policy, loaded.policy);
}

static bool bpf_policy_get(const struct llfree_compact_policy *policy)
{
	struct bpf_policy *p = bpf_policy(policy);

	return !READ_ONCE(p->disabled) && refcount_inc_not_zero(&p->users);
}

static void bpf_policy_put(const struct llfree_compact_policy *policy)
{
	struct bpf_policy *p = bpf_policy(policy);

	if (!refcount_dec_and_test(&p->users))
		return;
	bpf_struct_ops_put(p->ops);
	kfree_rcu(p, rcu);
}

static void bpf_policy_begin(struct llfree_compact *c)
{
	struct llfree_bpf_run *run = c->bpf;

	atomic_long_inc(&llfree_policy_events[LLFREE_LOADED_RUN]);
	c->whole = true;
	run->c = c;
	run->ctx.frames = c->a->frames;
	run->ctx.group = c->frames;
	run->ctx.order = c->order;
	run->ctx.class = c->class;
	run->ctx.sync = c->sync;
	run->ctx.run = run;
	memset(run->ctx.state, 0, sizeof(run->ctx.state));
}

/* Start the clock of a choice. */
static u64 choice_begin(struct llfree_bpf_run *run)
{
	run->reads = READS_MIN + READS_PER_FRAME * run->ctx.frames;
	return local_clock();
}

/* A choice that was late or wrong is none. */
static bool choice_ok(struct bpf_policy *p, struct llfree_bpf_run *run,
		      u64 start, bool valid)
{
	const struct llfree_compact_policy *policy = &p->loaded.policy;
	bool late = local_clock() - start > CHOICE_NS;
	bool allowed = valid && run->reads >= 0;

	if (!late && allowed) {
		if (READ_ONCE(p->mistakes))
			WRITE_ONCE(p->mistakes, 0);
		return true;
	}

	/* Not everything was tried. */
	run->c->whole = false;
	atomic_long_inc(&llfree_policy_events[allowed ? LLFREE_LOADED_LATE :
							LLFREE_LOADED_MISTAKE]);
	WRITE_ONCE(p->mistakes, READ_ONCE(p->mistakes) + 1);
	if (READ_ONCE(p->mistakes) < MAX_MISTAKES || READ_ONCE(p->disabled))
		return false;

	WRITE_ONCE(p->disabled, true);
	llfree_policy_withdraw(policy);
	pr_info("llfree: policy %s is put aside: its last choice %s\n",
		policy->name, valid ? "took too long" : "was not allowed");
	return false;
}

/* A program says when it has no more, not what it passed by. */
static void count_marked(struct llfree_compact *c)
{
	u64 frame;

	c->skipped = 0;
	for (frame = 0; frame < c->a->frames; frame += c->frames) {
		struct llfree_group group = llfree_look(c->a, frame, c->frames);

		if (llfree_passed_by(c, &group))
			c->skipped++;
	}
	c->looked += c->a->frames;
}

static s64 bpf_policy_source(struct llfree_compact *c)
{
	struct bpf_policy *p = bpf_policy(c->policy);
	bool valid;
	u64 start;
	s64 frame;

	if (READ_ONCE(p->disabled)) {
		c->whole = false;
		return -1;
	}
	start = choice_begin(c->bpf);
	frame = p->ops->source(&c->bpf->ctx);
	valid = frame == -1 ||
		(frame >= 0 && frame < c->a->frames - (c->frames - 1) &&
		 !(frame % c->frames));
	if (!choice_ok(p, c->bpf, start, valid))
		return -1;
	if (frame < 0) {
		count_marked(c);
		return -1;
	}

	/* Perhaps others were faster; but not everything was tried. */
	c->looked += c->frames;
	if (llfree_look(c->a, frame, c->frames).source)
		return frame;
	c->whole = false;
	return -1;
}

static s64 bpf_policy_target(struct llfree_compact *c, unsigned int order)
{
	struct bpf_policy *p = bpf_policy(c->policy);
	bool valid;
	u64 start;
	s64 frame;

	if (READ_ONCE(p->disabled))
		return -1;
	start = choice_begin(c->bpf);
	frame = p->ops->target(&c->bpf->ctx, order);
	valid = frame == -1 || (frame >= 0 && frame < c->a->frames);
	if (!choice_ok(p, c->bpf, start, valid) || frame < 0)
		return -1;
	return llfree_fits(c, frame, order) ? frame : -1;
}

/*
 * What a program may ask
 */

__bpf_kfunc_start_defs();

static struct llfree_compact *may_read(struct llfree_policy_ctx *ctx, u64 frame,
				       unsigned int words)
{
	struct llfree_bpf_run *run = ctx->run;

	run->reads -= words;
	if (run->reads < 0 || frame >= ctx->frames)
		return NULL;
	run->c->looked += words;
	return run->c;
}

/**
 * llfree_policy_child() - a frame's child word
 * @ctx: the compaction
 * @frame: 0..@ctx->frames - 1
 *
 * Return: free pages (0..512) and LLFREE_CHILD_* flags; 0 outside of the zone,
 * and when the budget is spent.
 */
__bpf_kfunc u32 llfree_policy_child(struct llfree_policy_ctx *ctx, u64 frame)
{
	struct llfree_compact *c = may_read(ctx, frame, 1);

	return c ? llfree_child(c->a, frame) : 0;
}

/**
 * llfree_policy_cost() - what it costs to empty a group
 * @ctx: the compaction
 * @frame: its first frame, a multiple of @ctx->group
 *
 * Return: pages to move, at least 1; or -1 if it is no source: free already,
 * allocated as a whole, blocked, tried in vain lately, too dear for who does not
 * wait for it, not a group, or the budget is spent.
 */
__bpf_kfunc s32 llfree_policy_cost(struct llfree_policy_ctx *ctx, u64 frame)
{
	struct llfree_compact *c = may_read(ctx, frame, ctx->group);
	struct llfree_group group;

	if (!c || frame % c->frames || frame + c->frames > ctx->frames)
		return -1;
	group = llfree_look(c->a, frame, c->frames);
	return group.source && llfree_worth(c, group.used) ? group.used : -1;
}

/**
 * llfree_policy_fits() - has a frame room for a page?
 * @ctx: the compaction
 * @frame: 0..@ctx->frames - 1
 * @order: of the page
 *
 * Return: true if it may be a target: not blocked, not entirely free, and with
 * a free run of this order.
 */
__bpf_kfunc bool llfree_policy_fits(struct llfree_policy_ctx *ctx, u64 frame,
				    u32 order)
{
	struct llfree_compact *c = may_read(ctx, frame, 1);

	return c && order <= LLFREE_FRAME_ORDER && llfree_fits(c, frame, order);
}

__bpf_kfunc_end_defs();

BTF_KFUNCS_START(llfree_policy_kfuncs)
BTF_ID_FLAGS(func, llfree_policy_child, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, llfree_policy_cost, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, llfree_policy_fits, KF_TRUSTED_ARGS)
BTF_KFUNCS_END(llfree_policy_kfuncs)

BTF_ID_LIST_SINGLE(llfree_policy_ops_id, struct, llfree_policy_ops)
BTF_ID_LIST_SINGLE(llfree_policy_ctx_id, struct, llfree_policy_ctx)

/* For policies only: other users of struct_ops have no compaction to ask. */
static int llfree_policy_filter(const struct bpf_prog *prog, u32 kfunc_id)
{
	if (!btf_id_set8_contains(&llfree_policy_kfuncs, kfunc_id))
		return 0;
	return prog->type == BPF_PROG_TYPE_STRUCT_OPS &&
	       prog->aux->attach_btf_id == *llfree_policy_ops_id ? 0 : -EACCES;
}

static const struct btf_kfunc_id_set llfree_policy_kfunc_set = {
	.owner = THIS_MODULE,
	.set = &llfree_policy_kfuncs,
	.filter = llfree_policy_filter,
};

/*
 * Registration
 */

static bool policy_is_valid_access(int off, int size, enum bpf_access_type type,
				   const struct bpf_prog *prog,
				   struct bpf_insn_access_aux *info)
{
	return bpf_tracing_btf_ctx_access(off, size, type, prog, info);
}

/* Of its context a program may write the state. */
static int policy_struct_access(struct bpf_verifier_log *log,
				const struct bpf_reg_state *reg, int off,
				int size)
{
	if (reg->btf_id == *llfree_policy_ctx_id &&
	    off >= offsetof(struct llfree_policy_ctx, state) &&
	    off + size <= offsetofend(struct llfree_policy_ctx, state))
		return 0;
	bpf_log(log, "only the state of llfree_policy_ctx may be written\n");
	return -EACCES;
}

static const struct bpf_func_proto *
policy_func_proto(enum bpf_func_id id, const struct bpf_prog *prog)
{
	return bpf_base_func_proto(id, prog);
}

static const struct bpf_verifier_ops policy_verifier_ops = {
	.get_func_proto = policy_func_proto,
	.is_valid_access = policy_is_valid_access,
	.btf_struct_access = policy_struct_access,
};

static int policy_init(struct btf *btf)
{
	return 0;
}

static int policy_check_member(const struct btf_type *t,
			       const struct btf_member *member,
			       const struct bpf_prog *prog)
{
	return prog->sleepable ? -EINVAL : 0;
}

static int policy_init_member(const struct btf_type *t,
			      const struct btf_member *member, void *kdata,
			      const void *udata)
{
	struct llfree_policy_ops *ops = kdata;
	const struct llfree_policy_ops *from = udata;

	if (__btf_member_bit_offset(t, member) / 8 !=
	    offsetof(struct llfree_policy_ops, name))
		return 0;
	if (bpf_obj_name_cpy(ops->name, from->name, sizeof(ops->name)) <= 0)
		return -EINVAL;
	return 1;
}

static int policy_validate(void *kdata)
{
	const struct llfree_policy_ops *ops = kdata;

	return ops->source && ops->target && ops->name[0] ? 0 : -EINVAL;
}

static int policy_reg(void *kdata, struct bpf_link *link)
{
	struct llfree_policy_ops *ops = kdata;
	struct bpf_policy *p = kzalloc(sizeof(*p), GFP_KERNEL);
	int err;

	if (!p)
		return -ENOMEM;
	/* The program outlives its registration for as long as it runs. */
	if (!bpf_struct_ops_get(ops)) {
		kfree(p);
		return -EINVAL;
	}
	refcount_set(&p->users, 1);
	p->ops = ops;
	p->loaded.policy.name = ops->name;
	p->loaded.policy.begin = bpf_policy_begin;
	p->loaded.policy.source = bpf_policy_source;
	p->loaded.policy.target = bpf_policy_target;
	p->loaded.policy.get = bpf_policy_get;
	p->loaded.policy.put = bpf_policy_put;

	err = llfree_policy_add(&p->loaded);
	if (err) {
		bpf_struct_ops_put(ops);
		kfree(p);
	}
	return err;
}

static void policy_unreg(void *kdata, struct bpf_link *link)
{
	struct llfree_policy_ops *ops = kdata;
	struct llfree_loaded *loaded = llfree_policy_find_loaded(ops->name);

	if (WARN_ON_ONCE(!loaded))
		return;
	llfree_policy_remove(loaded);
	bpf_policy_put(&loaded->policy);
}

static s64 stub_source(struct llfree_policy_ctx *ctx)
{
	return -1;
}

static s64 stub_target(struct llfree_policy_ctx *ctx, u32 order)
{
	return -1;
}

static struct llfree_policy_ops policy_stubs = {
	.source = stub_source,
	.target = stub_target,
};

static struct bpf_struct_ops bpf_llfree_policy_ops = {
	.verifier_ops = &policy_verifier_ops,
	.init = policy_init,
	.check_member = policy_check_member,
	.init_member = policy_init_member,
	.validate = policy_validate,
	.reg = policy_reg,
	.unreg = policy_unreg,
	.cfi_stubs = &policy_stubs,
	.name = "llfree_policy_ops",
	.owner = THIS_MODULE,
};

static int __init llfree_bpf_policy_init(void)
{
	int err;

	err = register_btf_kfunc_id_set(BPF_PROG_TYPE_STRUCT_OPS,
					&llfree_policy_kfunc_set);
	return err ?: register_bpf_struct_ops(&bpf_llfree_policy_ops,
					      llfree_policy_ops);
}
late_initcall(llfree_bpf_policy_init);
