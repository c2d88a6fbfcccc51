/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Order 10: pair_take() changes both child words of a pair at once, while CPUS
 * CPUs get, put and block each.  A frame is a count of pages; frame.h has the rest.
 */
#define PAGES	2		/* of a frame */
#define HUGE	4
#define BLOCKED	8
#ifdef PAIR_COMPARES_ONE
#define is_same	(child[0] == old)
#else
#define is_same	(child[0] == old && child[1] == other)
#endif
#define are_free (old == PAGES && other == PAGES)

byte child[2] = PAGES, taken[2], blocked[2];

/* By compare-and-exchange, where it may be; `then` is part of that step. */
#define CHANGE(may, new, then) \
	old = child[f]; \
	do \
	:: !(may) -> break \
	:: atomic { (may) && child[f] == old -> child[f] = new; then; break } \
	:: atomic { (may) && child[f] != old -> old = child[f] } \
	od
#define HAND_OUT(f, nr) \
	taken[f] = taken[f] + nr; assert(taken[f] <= PAGES && !blocked[f])
#define DONE	atomic { old = 0; other = 0; if :: f = 0 :: f = 1 fi }

active [CPUS] proctype client()
{
	byte f, old, other;

	do
	:: atomic { old = child[0]; other = child[1] };
		do
		:: !are_free -> break
		:: atomic {
			are_free && is_same ->
			child[0] = HUGE; child[1] = HUGE;
			HAND_OUT(0, PAGES); HAND_OUT(1, PAGES);
			break
		   }
		:: atomic { are_free && !is_same -> old = child[0]; other = child[1] }
		od;
progress_pair:	DONE
	:: CHANGE((old & 3) && !(old & BLOCKED), old - 1, HAND_OUT(f, 1));
progress_get:	DONE
	:: atomic { taken[f] -> taken[f]-- };
		CHANGE(old & HUGE, old & ~HUGE, skip);
		CHANGE(true, old + 1, skip);
progress_put:	DONE
	:: CHANGE(!(old & BLOCKED), old | BLOCKED, blocked[f] = 1);
progress_block:	DONE
	:: atomic { blocked[f] -> blocked[f] = 0 };
		CHANGE(true, old & ~BLOCKED, skip);
progress_open:	DONE
	od
}
