/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Move and crash: the persistent pool's protocol.  MOVERS movers and two owners,
 * who allocate, write to and free a page each, work on three pages; the power may
 * fail at any step, so what is durable must be whole at every one.  What a
 * crash leaves meets CHECK_SAFE, and recover.pml starts from every image that
 * does.
 *
 * A move is: take the target, its bit written back; mark the slot as moving, with
 * a new count of moves, so that who looks it up keeps off; close the page to
 * mappings, or give up if somebody writes; copy, and fence, for the bit as well;
 * compare-and-exchange the owner's slot and persist it (the commit); take the mark
 * off; free the source; let mappings in.  An owner writes by way of a mapping, and
 * waits while it is closed, or looks the slot up and waits for nobody: it makes
 * durable what a mover may have committed and takes the mark off, and with it the
 * commit away.
 *
 * Persistency.  A line has what CPUs see (seen) and what is durable (safe).
 * CLWB notes a line, FENCE makes the noted lines durable; without a FENCE a
 * CLWB promises nothing, and no other instruction counts as one.  A line may be
 * written back at any time, so each line's durable state is a prefix of its
 * stores, and lines are in no order (Px86).  For the bits, a FENCE waits until
 * the cache has written the line back since the CLWB, as a mover goes on between
 * the two.  For the others it follows the CLWB at once, so making durable what is
 * seen at the FENCE loses no state.  A line of data may be written back or not at
 * the crash, so both states of it are checked.
 *
 * Abstractions.  A page is two lines, so that a copy can tear, and its content
 * is its owner and a version that the owner writes once.  An owner slot is
 * page, mark, count of moves and generation in one word.  Counters, which
 * recovery makes anew, are left out, and get is the step that sets the bit, a
 * mover's CLWB of it included.
 * Writers are one CPU a page; by way of a mapping they wait while it is closed,
 * so for them progress is that a mover that stops does so by a crash or has
 * opened the page.
 */
#ifndef CALLS
#define CALLS	2		/* of each owner */
#endif
#ifndef CALLS_1
#define CALLS_1	CALLS		/* of the second one */
#endif
#ifndef MOVERS
#define MOVERS	1
#endif
#ifndef MOVES
#define MOVES	1		/* of each mover */
#endif

#define PAGES	3
#define BITS	0		/* the lines */
#define SLOT(o)	(1 + (o))
#define HEAD(p)	(3 + 2 * (p))
#define TAIL(p)	(4 + 2 * (p))
#define LINES	9

#define page_of(slot)	((slot) & 3)	/* and 1, or 0: none */
#define MOVING	4
#define COUNT	8
#define COUNTS	(3 * COUNT)
#define GEN	32
#define slot_word(page, gen) ((page) + GEN * (gen))
#define gen_of(slot)	((slot) / GEN)
#ifdef NO_COUNT
#define marked(slot)	((slot) | MOVING)
#else
#define marked(slot)	(((slot) & ~COUNTS) | (((slot) + COUNT) & COUNTS) | MOVING)
#endif
#define content(o, version) (4 * ((o) + 1) + (version))

byte seen[LINES];
byte safe[LINES];
byte owed;			/* processes whose CLWB of the bits is under way */
bool closed[2];			/* faults on this owner's page wait */
bool inside[2];			/* this owner looks up, and writes to, its page */
byte map[2];			/* the page (and 1) writers reach without a fault */

/* What the owners were promised */
#define NOTHING	0
#define EITHER	1
#define HAS	2
#define FREED	3
byte promise[2];
byte version[2];		/* written and persisted */
byte writing[2];		/* begun */

#define CLWB(line)	noted = noted | (1 << (line))
#define CLWB_BITS	owed = owed | (1 << _pid)
#define PERSIST(line) \
	if \
	:: noted & (1 << (line)) -> safe[line] = seen[line] \
	:: else \
	fi
inline fence()
{
	atomic {
		!(owed & (1 << _pid)) ->
		PERSIST(1); PERSIST(2); PERSIST(3); PERSIST(4);
		PERSIST(5); PERSIST(6); PERSIST(7); PERSIST(8);
		noted = 0
	}
}

/* page is 0 where none is free */
inline get()
{
	atomic {
		if
		:: !(seen[BITS] & 1) -> page = 1
		:: !(seen[BITS] & 2) -> page = 2
		:: !(seen[BITS] & 4) -> page = 3
		:: else -> page = 0
		fi;
		if
		:: page -> seen[BITS] = seen[BITS] | (1 << (page - 1))
		:: else
		fi
	}
}

inline put(which)
{
	atomic {
		assert(seen[BITS] & (1 << ((which) - 1)));
		seen[BITS] = seen[BITS] & ~(1 << ((which) - 1))
	}
}

#define OPEN(o)	closed[o] = false

/* Unless somebody did. */
inline unmark(word)
{
	atomic {
		if
		:: seen[SLOT(o)] == word -> seen[SLOT(o)] = word & ~MOVING
		:: else
		fi
	}
}

inline freeze()
{
	atomic {
		if
		:: closed[o] || inside[o] -> won = false
		:: else -> won = true; closed[o] = true; map[o] = 0
		fi
	}
}

inline copy()
{
	seen[HEAD(page - 1)] = seen[HEAD(source - 1)];
	seen[TAIL(page - 1)] = seen[TAIL(source - 1)];
#ifndef NO_FLUSH_COPY
	CLWB(HEAD(page - 1));
	CLWB(TAIL(page - 1));
#endif
#ifndef NO_FENCE_COPY
	fence()
#endif
}

inline settle()
{
#ifdef UNMARK_EARLY
	unmark(old);
#endif
#ifndef NO_FLUSH_SLOT
	CLWB(SLOT(o));
#endif
#ifndef NO_FENCE_SLOT
	fence();
#endif
#ifndef UNMARK_EARLY
	unmark(old)
#endif
}

proctype mover()
{
	byte page, source, old, o, moves;
	short noted;
	bool won;

	do
	:: moves < MOVES ->
		moves++;
		if
		:: o = 0
		:: o = 1
		fi;
		atomic {
			old = seen[SLOT(o)];
			source = ((old & MOVING) -> 0 : page_of(old))
		};
		if
		:: !source -> page = 0
#ifdef NO_FLUSH_BIT
		:: source -> get()
#else
		:: source -> atomic { get(); CLWB_BITS }
#endif
		fi;
		if
		:: !page
		:: page ->
#ifdef FREEZE_FIRST
			freeze();
			atomic {
				if
				:: won && seen[SLOT(o)] == old ->
					old = marked(old);
					seen[SLOT(o)] = old
				:: won && seen[SLOT(o)] != old -> OPEN(o); won = false
				:: !won
				fi
			};
#else
			atomic {
				won = (seen[SLOT(o)] == old);
				if
				:: won -> old = marked(old); seen[SLOT(o)] = old
				:: else
				fi
			};
			if
			:: won ->
				freeze();
				if
				:: won
				:: !won -> unmark(old)
				fi
			:: !won
			fi;
#endif
			if
			:: !won -> put(page)
			:: won ->
				copy();
				atomic {
#ifdef NO_GENERATION
					won = (seen[SLOT(o)] % GEN == old % GEN);
#else
					won = (seen[SLOT(o)] == old);
#endif
					if
					:: won ->
						old = (old & ~3) | page;
						seen[SLOT(o)] = old
					:: else
					fi
				};
				if
				:: won ->
#ifdef READMIT_EARLY
					OPEN(o);
#endif
#ifdef FREE_EARLY
					put(source);
#endif
					settle();
#ifndef FREE_EARLY
					put(source);
#endif
#ifndef READMIT_EARLY
					OPEN(o)
#else
					skip
#endif
				:: !won ->
#ifndef STAYS_CLOSED
					OPEN(o);
#endif
					put(page)
				fi
			fi
		fi;
progress_move:		atomic {
			page = 0; source = 0; old = 0; o = 0; won = false;
			owed = owed & ~(1 << _pid)
		}
	:: moves == MOVES -> break
	od
}

/* A store or flush by way of the mapping; a fault waits while it is closed. */
#define THROUGH_MAP(what) \
	do \
	:: atomic { map[o] -> page = map[o]; what; break } \
	:: atomic { !map[o] && !closed[o] -> map[o] = page_of(seen[SLOT(o)]) } \
	od

#define MY_CALLS	(o -> CALLS_1 : CALLS)

/* Look the page up; a mover's mark keeps nobody waiting. */
inline admit()
{
	old = seen[SLOT(o)];
	do
	:: !(old & MOVING) -> break
	:: old & MOVING ->
#ifndef ADMIT_TRUSTS
		CLWB(SLOT(o));
		fence();
#endif
		atomic {
			if
			:: seen[SLOT(o)] == old -> old = old & ~MOVING; seen[SLOT(o)] = old
			:: else -> old = seen[SLOT(o)]
			fi
		}
	od;
	page = page_of(old)
}

proctype owner(byte o)
{
	byte page, old, calls;
	short noted;

	do
	:: atomic { calls < MY_CALLS && !page_of(seen[SLOT(o)]) -> calls++ };
		get();
		if
		:: !page
		:: page ->
			seen[HEAD(page - 1)] = content(o, 0);
			seen[TAIL(page - 1)] = content(o, 0);
			CLWB(HEAD(page - 1));
			CLWB(TAIL(page - 1));
#ifndef NO_FLUSH_NEW_BIT
			CLWB_BITS;
#endif
			fence();
			atomic {
				promise[o] = EITHER;
				version[o] = 0;
				writing[o] = 0;
				seen[SLOT(o)] = slot_word(page, gen_of(seen[SLOT(o)]) + 1)
			};
			CLWB(SLOT(o));
			fence();
			promise[o] = HAS
		fi;
progress_alloc:		page = 0
	:: atomic {
		calls < MY_CALLS && page_of(seen[SLOT(o)]) && !version[o] ->
		calls++;
		writing[o] = 1
	   };
		if
		:: THROUGH_MAP(seen[HEAD(page - 1)] = content(o, 1));
			THROUGH_MAP(CLWB(HEAD(page - 1)));
			fence();
			version[o] = 1
		:: inside[o] = true;
			admit();
			seen[HEAD(page - 1)] = content(o, 1);
			CLWB(HEAD(page - 1));
			fence();
			atomic { version[o] = 1; inside[o] = false; old = 0 }
		fi;
progress_write:		page = 0
	:: atomic { calls < MY_CALLS && page_of(seen[SLOT(o)]) -> calls++; promise[o] = EITHER };
		old = seen[SLOT(o)];
		do
		:: atomic {
			seen[SLOT(o)] == old ->
			seen[SLOT(o)] = slot_word(0, gen_of(old));
			map[o] = 0;
			break
		   }
		:: atomic { seen[SLOT(o)] != old -> old = seen[SLOT(o)] }
		od;
#ifdef FREE_BEFORE_CLEAR
		put(page_of(old));
		CLWB(SLOT(o));
		fence();
#else
		CLWB(SLOT(o));
		fence();
		put(page_of(old));
#endif
progress_free:		atomic { promise[o] = FREED; old = 0 }
	:: calls == MY_CALLS -> break
	od
}

/* Lines of which every state may be written back */
#define EVICT(line) atomic { seen[line] != safe[line] -> safe[line] = seen[line] }
#define EVICT_BITS \
	atomic { seen[BITS] != safe[BITS] || owed -> safe[BITS] = seen[BITS]; owed = 0 }
proctype cache()
{
end:	do
	:: EVICT_BITS
	:: EVICT(SLOT(0))
	:: EVICT(SLOT(1))
	od
}

#define REFERS(o)	page_of(safe[SLOT(o)])
#define MARK(o)		(REFERS(o) -> 1 << (REFERS(o) - 1) : 0)
#define OLD_OR_NEW(line, o) \
	((line) == content(o, version[o]) || (line) == content(o, writing[o]))
#define OWNER_SAFE(o) \
	((promise[o] != HAS || REFERS(o)) && \
	 (promise[o] != FREED || !REFERS(o)) && \
	 (MARK(o) & safe[BITS]) == MARK(o) && \
	 (!REFERS(o) || \
	  (safe[TAIL(REFERS(o) - 1)] == content(o, 0) && \
	   seen[TAIL(REFERS(o) - 1)] == content(o, 0) && \
	   OLD_OR_NEW(safe[HEAD(REFERS(o) - 1)], o) && \
	   OLD_OR_NEW(seen[HEAD(REFERS(o) - 1)], o))))
/* Promises kept, whole contents, one owner a page, referenced is allocated */
#define CHECK_SAFE \
	((!REFERS(0) || REFERS(0) != REFERS(1)) && OWNER_SAFE(0) && OWNER_SAFE(1))

/* The power may fail now. */
proctype power()
{
end:	atomic { !CHECK_SAFE -> assert(false) }
}

init {
	atomic {
		/* The first owner has the first page. */
		seen[BITS] = 1; safe[BITS] = 1;
		seen[SLOT(0)] = 1; safe[SLOT(0)] = 1;
		seen[HEAD(0)] = content(0, 0); safe[HEAD(0)] = content(0, 0);
		seen[TAIL(0)] = content(0, 0); safe[TAIL(0)] = content(0, 0);
		promise[0] = HAS;
		run mover();
#if MOVERS > 1
		run mover();
#endif
		run owner(0);
		run owner(1);
		run cache();
		run power()
	}
}
