/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Blocks: BLOCKERS of the CPUS close a frame (isolate it or make it the source
 * of a compaction), ask if it is quiet, claim from it and open it again, while
 * the others get and put.  With a block held and nobody at work, no page of
 * the frame is in any count; quiet means that no get is inside any more.
 */
#include "frame.h"

#ifndef BLOCKERS
#define BLOCKERS 1
#endif

/* kind becomes what is held. */
inline llfree_block(wanted)
{
	old = child;
	do
	:: (old & BLOCKED) || (wanted == COMPACTING && (old & HUGE)) -> break
	:: atomic {
		!((old & BLOCKED) || (wanted == COMPACTING && (old & HUGE))) ->
		if
		:: child == old -> child = old | wanted; kind = wanted; break
		:: else -> old = child
		fi
	   }
	od;
	if
	:: !kind
	:: kind ->
#ifdef BLOCK_LOOKS_AGAIN
		old = child;
#endif
		if
		:: child_free(old) == FRAME_PAGES -> count_free_huge(-1)
		:: else
		fi;
		account(-child_free(old))
	fi
}

inline llfree_unblock()
{
	old = child;
	do
	:: atomic {
		child == old ->
		assert(old & kind);
		child = old & ~kind;
		kind = 0;
		break
	   }
	:: atomic { child != old -> old = child }
	od;
	account(child_free(old));
	if
	:: child_free(old) == FRAME_PAGES -> count_free_huge(1)
	:: else
	fi
}

/* The child, the rows, the child. */
inline llfree_quiet()
{
#ifdef QUIET_CHILD_LAST
	i = 0;
#else
	atomic { old = child; i = 0 };
#endif
	do
	:: i == ROWS -> break
	:: atomic { i < ROWS -> nr = nr + ROW_PAGES - ONES(row[i]); i++ }
	od;
#ifdef QUIET_CHILD_LAST
	old = child;
#endif
	atomic {
		if
		:: child == old && nr == child_free(old) -> assert(getting == 0)
		:: else -> assert(!alone)
		fi
	}
}

/* From a frame blocked for compaction; the pages stay out of every count. */
inline llfree_claim()
{
	atomic { nr = ORDER_PAGES(order); page = NONE };
#ifdef CLAIM_BITS_FIRST
	if
	:: order != FRAME -> bits_take_row(0)
	:: order == FRAME
	fi;
#endif
	old = child;
	do
	:: (old & HUGE) || child_free(old) < nr -> nr = 0; break
	:: atomic {
		!((old & HUGE) || child_free(old) < nr) ->
		if
		:: child == old ->
			child = (order == FRAME -> HUGE | COMPACTING : old - nr);
			inside = (order == FRAME -> inside : inside + nr);
			CHECK_FRAME;
			break
		:: else -> old = child
		fi
	   }
	od;
	if
	:: nr && order == FRAME -> bits_fill(ROW_FULL, 0); page = 0
#ifndef CLAIM_BITS_FIRST
	:: nr && order == PAIR -> bits_take_rows(0)
	:: nr && order != FRAME && order != PAIR -> bits_take_row(0)
#endif
	:: else
	fi;
	if
	:: nr && page == NONE ->
		old = child;
		do
		:: atomic {
			child == old ->
			child = old + nr;
			inside = inside - nr;
			CHECK_FRAME;
			break
		   }
		:: atomic { child != old -> old = child }
		od
	:: else
	fi;
	atomic {
		if
		:: page != NONE -> hand_out(page, order)
		:: else
		fi
	}
}

proctype blocker(byte cpu)
{
	LOCALS;
	byte kind;

	do
	:: atomic { !kind -> busy++; alone = false };
		if
		:: llfree_block(ISOLATED)
		:: llfree_block(COMPACTING)
		fi;
progress_block:	atomic { FORGET; busy--; AT_REST }
	:: atomic { kind -> busy++; alone = (busy == 1) };
		llfree_quiet();
progress_quiet:	atomic { FORGET; busy--; AT_REST }
	:: atomic { kind == COMPACTING -> busy++; alone = false; CHOOSE_ORDER };
		llfree_claim();
progress_claim:	atomic { FORGET; busy--; AT_REST }
	:: atomic { kind -> busy++; alone = false };
		llfree_unblock();
progress_unblock: atomic { FORGET; busy--; AT_REST }
	od
}

init {
	atomic {
		run blocker(0);
#if BLOCKERS == 2
		run blocker(1);
#else
		run client(1);
#endif
#if CPUS > 2
		run client(2)
#else
		skip
#endif
	}
}
