/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recovery of the persistent pool, from any image, and use of the pool after
 * it.  Owner slots are read and written back, as where only a kernel ended they
 * may be in the caches alone.  What they own is marked, in DRAM; an image in
 * which two slots own one page is refused unchanged.  Then the bits are replaced
 * by the marks, a row after the other, which frees what nobody owns and repairs
 * what is owned and free; marks of moves are taken off; none of this is flushed.
 * Then pages are allocated and freed.  At any step, CRASHES times, the power may
 * fail, or the kernel ends and the caches do not (kexec), and it begins anew.
 *
 * The first image is what the power left, or caches that hold the commit of a
 * move which is not durable yet.
 *
 * A row is a page here.  All rows are on one line, so what is durable of them is
 * a prefix of the stores; each slot is on a line of its own.  As in move.pml a
 * line may be written back at any time, and a flush with its fence is one step.
 * Nobody else has the slots until the pool is open: to read, to write back and to
 * mark all of them is one, too.
 */
#ifndef CRASHES
#define CRASHES	2
#endif
#ifndef PAGES
#define PAGES	3
#endif
#ifndef CALLS
#define CALLS	2		/* after each recovery, at most */
#endif

#define MOVING	8
#define page_of(slot) ((slot) & 7)	/* and 1, or 0: none */
#define bit(slot) (page_of(slot) -> 1 << (page_of(slot) - 1) : 0)

byte seen, safe;		/* the line of bits */
byte slot[2], kept[2];		/* as CPUs see it, and durable */
byte before, first[2];		/* the image, what is durable of it */
bool damaged;			/* two slots own one page */
bool missing;			/* a page is owned and free: repaired, but when that is durable? */

/* What the owners were promised */
#define EITHER	0
#define HAS	1
#define FREED	2
byte promise[2];

#define KEPT(o) \
	((promise[o] != HAS || page_of(kept[o])) && (promise[o] != FREED || !page_of(kept[o])))
#define CHECK_SAFE \
	(damaged -> safe == before && kept[0] == first[0] && kept[1] == first[1] : \
	 KEPT(0) && KEPT(1) && (bit(kept[0]) & bit(kept[1])) == 0 && \
	 (missing || ((bit(kept[0]) | bit(kept[1])) & ~safe) == 0))

/* What recovery goes by, or what the power left, decides. */
#define DECIDE(o, word) \
	if \
	:: promise[o] == EITHER -> promise[o] = (page_of(word) -> HAS : FREED) \
	:: else \
	fi
#define WRITE_BACK	kept[0] = slot[0]; kept[1] = slot[1]

proctype cache()
{
end:	do
	:: atomic { seen != safe -> safe = seen }
	:: atomic { slot[0] != kept[0] -> kept[0] = slot[0] }
	:: atomic { slot[1] != kept[1] -> kept[1] = slot[1] }
	od
}

/* Steps: slots are read, rows and marks of moves are settled, then the pool is in use. */
#define ROWS	1
#define MOVES	(ROWS + PAGES)
#define OPEN	(MOVES + 2)
#define TAKEN	(OPEN + 1)
#define DURABLE	(OPEN + 2)
#define OWNED	(OPEN + 3)
#define CLEARED	(OPEN + 4)
#define GONE	(OPEN + 5)

#ifdef CLEARS_ONLY
#define settled(row) (seen & (marks | ~(1 << (row))))
#else
#define settled(row) ((seen & ~(1 << (row))) | (marks & (1 << (row))))
#endif

proctype pool()
{
	byte marks, step, crashes, calls, o, page;
#ifdef SWEEPS_LATE
	byte swept;
#endif

	do
	:: atomic {
		crashes < CRASHES ->
		assert(CHECK_SAFE);
		crashes++;
		if
		:: seen = safe;
			slot[0] = kept[0];
			slot[1] = kept[1];
			DECIDE(0, kept[0]);
			DECIDE(1, kept[1])
		:: skip		/* only the kernel ended */
		fi;
		marks = 0;
		step = 0;
		calls = 0;
		o = 0;
		page = 0;
#ifdef SWEEPS_LATE
		swept = 0
#endif
	   }
	:: atomic {
		step < ROWS ->
#if !defined(NO_WRITE_BACK) && !defined(WRITES_BACK_LATE)
		WRITE_BACK;
#endif
		marks = bit(slot[0]);
		if
		:: marks & bit(slot[1]) -> break	/* refused */
		:: else
		fi;
#ifdef SWEEPS_BEFORE_MARKS
		seen = seen & (marks | ~1);
#endif
		marks = marks | bit(slot[1]);
		step++
	   }
#ifdef SWEEPS_LATE
	:: atomic { step >= ROWS && step < MOVES -> step = MOVES }
	:: atomic { step >= OPEN && swept < PAGES -> seen = settled(swept); swept++ }
#else
	:: atomic { step >= ROWS && step < MOVES -> seen = settled(step - ROWS); step++ }
#endif
	:: atomic {
		step >= MOVES && step < OPEN ->
#ifdef WRITES_BACK_LATE
		WRITE_BACK;
#endif
		slot[step - MOVES] = page_of(slot[step - MOVES]);
		step++;
#ifndef SWEEPS_LATE
		assert(step < OPEN || seen == (bit(slot[0]) | bit(slot[1])));
#endif
		assert(step < OPEN || !((slot[0] | slot[1]) & MOVING));
		if
		:: step == OPEN -> DECIDE(0, slot[0]); DECIDE(1, slot[1])
		:: else
		fi
	   }
	/* llfree_pool_alloc() */
	:: atomic {
		step == OPEN && calls < CALLS && seen != (1 << PAGES) - 1 && (!slot[0] || !slot[1]) ->
		calls++;
		o = (slot[0] -> 1 : 0);
		page = 1;
		do
		:: seen & (1 << (page - 1)) -> page++
		:: else -> break
		od;
		assert(page_of(slot[1 - o]) != page);
		seen = seen | (1 << (page - 1));
		step = TAKEN
	   }
	:: atomic { step == TAKEN -> safe = seen; step = DURABLE }
	:: atomic { step == DURABLE -> promise[o] = EITHER; slot[o] = page; step = OWNED }
	:: atomic { step == OWNED -> kept[o] = slot[o]; promise[o] = HAS; step = OPEN }
	/* llfree_pool_free() */
	:: atomic {
		step == OPEN && calls < CALLS && (slot[0] || slot[1]) ->
		calls++;
		if
		:: slot[0] -> o = 0
		:: slot[1] -> o = 1
		fi;
		promise[o] = EITHER;
		page = page_of(slot[o]);
		slot[o] = 0;
		step = CLEARED
	   }
	:: atomic { step == CLEARED -> kept[o] = 0; promise[o] = FREED; step = GONE }
	:: atomic { step == GONE -> seen = seen & ~(1 << (page - 1)); step = OPEN }
	:: step == OPEN -> break
	od;
progress: atomic { assert((step < ROWS) == damaged); assert(CHECK_SAFE) }
}

init {
	byte page;

	atomic {
		select(before: 0 .. (1 << PAGES) - 1);
		select(page: 0 .. PAGES);
		first[0] = page;
		select(page: 0 .. PAGES);
		first[1] = page;
		if
		:: first[0] -> first[0] = first[0] | MOVING
		:: skip
		fi;
		damaged = (bit(first[0]) & bit(first[1])) != 0;
		missing = ((bit(first[0]) | bit(first[1])) & ~before) != 0;
		seen = before;
		safe = before;
		slot[0] = first[0];
		kept[0] = first[0];
		slot[1] = first[1];
		kept[1] = first[1];
		if
		:: !damaged && !missing && (first[0] & MOVING) ->
			select(page: 1 .. PAGES);
			if
			:: page != page_of(first[1]) && (before & bit(page)) ->
				slot[0] = page | MOVING
			:: else
			fi
		:: skip
		fi;
		promise[0] = (first[0] -> HAS : FREED);
		promise[1] = (first[1] -> HAS : FREED);
		run cache();
		run pool()
	}
}
