/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recovery of the persistent pool, from any image: mark what the owner slots
 * refer to, and only then free what nobody does, one bit at a time.  The power
 * may fail at any step, CRASHES times, and it begins anew.  An image in which
 * two slots refer to one page, or one to a free page, is refused unchanged.
 * CLWB, FENCE and the cache are those of move.pml; there is one line to write.
 */
#ifndef CRASHES
#define CRASHES	3
#endif
#ifndef PAGES
#define PAGES	3
#endif
#define ALL	((1 << PAGES) - 1)

byte seen, safe;		/* the line of bits */
byte slot[2];			/* page and 1, or 0 */
byte before;			/* bits in the image */
bool whole;			/* nothing is wrong with the image */

#define MARK(s)	(slot[s] -> 1 << (slot[s] - 1) : 0)
#define MARKS	(MARK(0) | MARK(1))

proctype cache()
{
end:	do
	:: atomic { seen != safe -> safe = seen }
	od
}

proctype recover()
{
	byte marks, i, crashes, noted;
	bool refuse;

	do
	:: atomic {
		/* What any crash leaves is still what the slots need. */
		crashes < CRASHES ->
		seen = safe;
		assert((safe & ~before) == 0);
		assert(!whole || (safe & MARKS) == MARKS);
		assert(whole || safe == before);
		marks = 0;
		i = 0;
		noted = 0;
		refuse = false;
		crashes++
	   }
	:: atomic {
		i < 2 ->
		if
		:: slot[i] && ((marks & MARK(i)) || !(seen & MARK(i))) -> refuse = true
		:: else -> marks = marks | MARK(i)
		fi;
		i++;
#ifdef SWEEP_BEFORE_MARK
		seen = seen & (marks | ~1)
#endif
	   }
	:: i == 2 && refuse -> break
	:: atomic {
		i >= 2 && i < 2 + PAGES && !refuse ->
		seen = seen & (marks | ~(1 << (i - 2)));
		i++
	   }
	:: i == 2 + PAGES ->
#ifndef NO_FLUSH_SWEEP
		noted = true;
#endif
		atomic {
			if
			:: noted -> safe = seen
			:: else
			fi
		};
		break
	od;
progress: atomic {
		assert(refuse == !whole);
		assert(safe == (whole -> MARKS : before))
	}
}

init {
	byte page;

	atomic {
		select(before: 0 .. ALL);
		select(page: 0 .. PAGES);
		slot[0] = page;
		select(page: 0 .. PAGES);
		slot[1] = page;
		seen = before;
		safe = before;
		whole = (!slot[0] || slot[0] != slot[1]) && (before & MARKS) == MARKS;
		run cache();
		run recover()
	}
}
