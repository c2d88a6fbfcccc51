/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reserve and steal: two processes take pages and whole frames of several
 * classes from TREES trees, reserve trees, demote and steal them, drain each other's
 * reservations and free into any tree, for ever.  Inlines have the names of
 * the functions of core.c that they model.
 *
 * Abstractions.  A tree has one frame of TREE_PAGES pages, and its child word
 * is only the count (frame.h has the rest).  The ranks of trees decide only
 * the order in which a search asks them, so trees are asked in any order, and
 * a search may stop early; of get_other() only what it changes is left.  The
 * row in a local word is a hint and left out.  The per-CPU counts of puts are
 * a flag for each CPU that somebody's went up since it looked, as sum_puts()
 * before a pass and after it cover the pass.
 *
 * While a CPU keeps a reservation, its gets make the local count smaller and
 * the others' frees the tree's larger, until somebody levels the two.  Only the
 * sum matters, and only modulo the width of the narrower count, so that counts
 * may wrap: here they do.
 *
 * At rest every sum is that of the child words, and a tree is reserved exactly
 * if one slot of its class holds it.  A get of one page that gives up did so
 * at an instant at which no page was free that a completed put had given.
 */
#define CPUS	2
#ifndef TREES
#define TREES	2
#endif
#ifndef RESERVE
#define RESERVE	1		/* llfree.reserve */
#endif
#define TREE_PAGES 2
#define MAX_SCANS 2

/*
 * What each process asks for, as bits of classes, and whether it drains too.
 * Two on one CPU are more than a get or put and an interrupt in it can do.
 */
#ifndef WANTS_0
#define WANTS_0	2
#endif
#ifndef WANTS_1
#define WANTS_1	4
#endif
#ifndef DRAINS
#define DRAINS	1
#endif
#ifndef CPU_1
#define CPU_1	1
#endif
#define WANTS(class) (((_pid == 0 -> WANTS_0 : WANTS_1) >> (class)) & 1)

#define UNMOVABLE 0
#define MOVABLE	1
#define FRAMES	2		/* LLFREE_HUGE */
#define CLASSES	3
#define NONE	7

#define RESERVED		1
#define COUNT_MASK		7
#define signed(count)		((((count) & COUNT_MASK) ^ 4) - 4)
#define tree_free(w)		signed((w) >> 3)
#define tree_class(w)		(((w) >> 1) & 3)
#define tree_word(free, class, reserved) \
	(((free) & COUNT_MASK) * 8 + (class) * 2 + (reserved))

#define PRESENT			1
#define local_free(w)		signed((w) >> 4)
#define local_tree(w)		(((w) >> 1) & 7)
#define local_word(free, tree)	(((free) & COUNT_MASK) * 16 + (tree) * 2 + PRESENT)
#define drifted(w)		(tree_free(w) > TREE_PAGES || tree_free(w) < -TREE_PAGES)
#define holds(w, t)		(((w) & PRESENT) && local_tree(w) == (t))

byte tree[TREES] = 20;		/* tree_word(TREE_PAGES, FRAMES, 0) */
byte slot[CPUS * CLASSES];
byte child[TREES] = TREE_PAGES;
short counted = TREES * TREE_PAGES;	/* NR_FREE_PAGES */
bool put_since[CPUS];

/* What no code sees */
byte taken[TREES];		/* pages that clients have */
byte uncounted;			/* given to a child, the put is not counted yet */
bool was_empty[CPUS];		/* since this CPU's get began */
byte busy;

#if TREES == 2
#define FREE_PAGES	(child[0] + child[1])
#else
#define FREE_PAGES	(child[0] + child[1] + child[2])
#endif
#define NOTE_EMPTY \
	if \
	:: FREE_PAGES <= uncounted -> was_empty[0] = true; was_empty[1] = true \
	:: else \
	fi

#define HELD(s, t)	(holds(slot[s], t) -> local_free(slot[s]) : 0)
#define HOLDS(s, t)	(holds(slot[s], t) -> 1 : 0)
/* A holder of another class is a stranger. */
#define RIGHT(s, t)	(!holds(slot[s], t) || tree_class(tree[t]) == (s) % CLASSES)
#define HOLDERS(t)	(HOLDS(0, t) + HOLDS(1, t) + HOLDS(2, t) + \
			 HOLDS(3, t) + HOLDS(4, t) + HOLDS(5, t))
#define CHECK_TREE(t) \
	assert(signed(tree_free(tree[t]) + HELD(0, t) + HELD(1, t) + HELD(2, t) + \
	       HELD(3, t) + HELD(4, t) + HELD(5, t)) == child[t]); \
	assert(HOLDERS(t) == (tree[t] & RESERVED)); \
	assert(RIGHT(0, t) && RIGHT(1, t) && RIGHT(2, t) && \
	       RIGHT(3, t) && RIGHT(4, t) && RIGHT(5, t)); \
	assert(child[t] + taken[t] == TREE_PAGES)
#define AT_REST \
	if \
	:: busy == 0 -> \
		CHECK_TREE(0); \
		CHECK_TREE(1); \
		CHECK_TREE(TREES - 1); \
		assert(counted == FREE_PAGES && uncounted == 0) \
	:: else \
	fi

/* Add to a tree's free pages, drop a flag; a free tree is anybody's again. */
inline tree_add(t, pages, drop)
{
	old = tree[t];
	do
	:: atomic {
		tree[t] == old ->
#ifdef RELEASE_STORES
		new = (drop -> tree_word(pages, tree_class(old), 0) :
			       (old + 8 * (pages)) & 63);
#else
		new = (old + 8 * (pages)) & 63 & ~(drop);
#endif
		if
		:: !(new & RESERVED) && tree_free(new) == TREE_PAGES ->
			new = tree_word(TREE_PAGES, FRAMES, 0)
		:: else
		fi;
		tree[t] = new;
		drift = !(drop) && drifted(new);
		new = 0;
		break
	   }
	:: atomic { tree[t] != old -> old = tree[t] }
	od
}

/* Give back what was just taken out of a slot. */
inline release()
{
	if
	:: word & PRESENT -> tree_add(local_tree(word), local_free(word), RESERVED)
	:: else
	fi
}

/* A tree's drift to the holder's count, or back if nobody holds it any longer */
inline level()
{
	word = tree[t];
	do
	:: !(word & RESERVED) || !drifted(word) -> break
	:: atomic {
		(word & RESERVED) && drifted(word) ->
		if
		:: tree[t] == word ->
			tree[t] = tree_word(0, tree_class(word), RESERVED);
			drift = true;
			break
		:: else -> word = tree[t]
		fi
	   }
	od;
	s = tree_class(word);
	do
	:: !drift || s >= CPUS * CLASSES -> break
	:: drift && s < CPUS * CLASSES ->
		old = slot[s];
		do
#ifdef LEVEL_ANY_SLOT
		:: !(old & PRESENT) -> break
#else
		:: !holds(old, t) -> break
#endif
		:: atomic {
#ifdef LEVEL_ANY_SLOT
			(old & PRESENT) ->
#else
			holds(old, t) ->
#endif
			if
			:: slot[s] == old ->
				slot[s] = (old + 16 * tree_free(word)) & 127;
				drift = false;
				break
			:: else -> old = slot[s]
			fi
		   }
		od;
		s = s + CLASSES
	od;
	if
#ifdef LEVEL_LOSES
	:: drift
#else
	:: drift -> tree_add(t, tree_free(word), 0)
#endif
	:: !drift
	fi;
	drift = false
}

inline account(pages)
{
	word = tree[t];
	counted = counted + (pages);
	done = false;
	if
	:: word & RESERVED ->
		s = cpu * CLASSES + tree_class(word);
		old = slot[s];
		do
#ifdef ACCOUNT_ANY_SLOT
		:: !(old & PRESENT) -> break
#elif defined(ACCOUNT_WAITS)
		:: atomic { !holds(old, t) && (tree[t] & RESERVED) -> old = slot[s] }
		:: atomic { !holds(old, t) && !(tree[t] & RESERVED) -> break }
#else
		:: !holds(old, t) -> break
#endif
		:: atomic {
#ifdef ACCOUNT_ANY_SLOT
			(old & PRESENT) ->
#else
			holds(old, t) ->
#endif
			if
			:: slot[s] == old ->
				slot[s] = (old + 16 * (pages)) & 127;
				done = true;
				break
			:: else -> old = slot[s]
			fi
		   }
		od
	:: else
	fi;
	if
	:: done
	:: !done -> tree_add(t, pages, 0)
	fi;
	if
	:: atomic { drift -> drift = false }; level()
	:: !drift
	fi
}

/* Its place in the order of steps is that of frame.h. */
inline child_give()
{
	atomic {
		child[t] = child[t] + nr;
		assert(child[t] <= TREE_PAGES);
		uncounted = uncounted + nr;
		NOTE_EMPTY
	};
	atomic {
		uncounted = uncounted - nr;
		put_since[0] = true;
		put_since[1] = true
	};
	account(nr)
}

/* nr becomes 0 where the frame has not so many. */
inline tree_get()
{
	seen = child[t];
	do
	:: seen < nr -> break
	:: atomic {
		seen >= nr ->
		if
		:: child[t] == seen ->
			child[t] = seen - nr;
			NOTE_EMPTY;
			got = true;
			break
		:: else -> seen = child[t]
		fi
	   }
	od;
	seen = 0;
	if
	:: got -> account(-nr)
	:: !got
	fi
}

inline tree_adopt()
{
	/* A run of pages found elsewhere does not end the reservation. */
	if
	:: reserve = RESERVE
	:: atomic { nr == 1 -> reserve = RESERVE && !(slot[cpu * CLASSES + class] & PRESENT) }
	fi;
	old = tree[t];
#ifdef ADOPT_LOOKS_ONCE
	if
	:: old & RESERVED -> reserve = false; class = NONE
	:: else
	fi;
#define is_reserved(w)	false
#else
#define is_reserved(w)	((w) & RESERVED)
#endif
	do
	:: is_reserved(old) || tree_class(old) < class ||
	   (!reserve && tree_class(old) == class) -> reserve = false; break
	:: atomic {
		!(is_reserved(old) || tree_class(old) < class ||
		  (!reserve && tree_class(old) == class)) ->
		if
		:: tree[t] == old ->
#ifdef ADOPT_KEEPS_COUNT
			tree[t] = tree_word(tree_free(old), class, reserve);
#else
			tree[t] = (reserve -> tree_word(0, class, RESERVED) :
					      tree_word(tree_free(old), class, 0));
#endif
			break
		:: else -> old = tree[t]
		fi
	   }
	od;
	if
	:: reserve ->
		atomic {
			assert(HOLDERS(t) == 0);
			word = slot[cpu * CLASSES + class];
			slot[cpu * CLASSES + class] = local_word(tree_free(old), t)
		};
		release()
	:: !reserve
	fi
}

/* A tree's rank, as far as it decides what is done with it */
#define rank_none(w)	(!((w) & RESERVED) && tree_free(w) < nr)
#define rank_reserved(w) (((w) & RESERVED) && tree_class(w) == class)
#define rank_other(w)	(((w) & RESERVED) -> tree_class(w) != class : \
			 (tree_class(w) != class && tree_class(w) != FRAMES))

/* Stages of llfree_get(): get_reserved(), get_search(), get_other(), get_exhaustive() */
#define OWN	0
#define SEARCH	1
#define OTHER	2
#define SCAN	3
#define FAILED	4
#if LAST_RESORT
#define LAST	SCAN
#else
#define LAST	FAILED
#endif

#ifdef GIVE_UP_EARLY
#define GIVE_UP	|| true
#else
#define GIVE_UP
#endif

inline llfree_get()
{
	stage = OWN;
	do
	:: got || stage == FAILED -> break
	:: !got && stage == OWN ->
		atomic { word = slot[cpu * CLASSES + class]; stage = SEARCH };
		if
		:: !(word & PRESENT)
		:: (word & PRESENT) ->
			t = local_tree(word);
			if
			:: local_free(word) >= nr -> tree_get()
			:: local_free(word) < nr && local_free(word) + tree_free(tree[t]) >= nr ->
				tree_get()
			:: local_free(word) < nr && local_free(word) + tree_free(tree[t]) < nr
			fi
		fi
	:: !got && (stage == SEARCH || stage == OTHER) ->
		if
		:: stage == OTHER ->
			s = class + 1;
			do
			:: s == CLASSES -> break
			:: s < CLASSES ->
				atomic {
					word = slot[cpu * CLASSES + s];
					slot[cpu * CLASSES + s] = 0
				};
				release();
				s++
			od
		:: stage == SEARCH
		fi;
		/* The trees one after the other, from any on */
		atomic { if :: t = 0 :: t = 1 :: t = TREES - 1 fi; i = 0 };
		do
		:: got || i == TREES -> break
		:: !got && i < TREES ->
			word = tree[t];
			if
			:: rank_none(word) || (rank_other(word) && stage == SEARCH)
			:: !(rank_none(word) || (rank_other(word) && stage == SEARCH)) ->
				adopt = !rank_reserved(word);
				tree_get();
				if
				:: got && adopt -> tree_adopt()
				:: else
				fi
			fi;
			atomic {
				i++;
				if
				:: !got -> t = (t + 1) % TREES
				:: else
				fi
			}
		od;
		stage = (stage == SEARCH -> OTHER : LAST)
	:: !got && stage == SCAN ->
		pass = 0;
		do
		:: got || pass == MAX_SCANS -> stage = FAILED; break
		:: !got && pass < MAX_SCANS ->
			atomic { put_since[cpu] = false; i = 0 };
			do
			:: got || i == TREES -> break
			:: !got && i < TREES ->
				t = (cpu + i) % TREES;
				tree_get();
				i++
			od;
			pass++;
			if
			:: got
			:: atomic {
				!got && (nr > 1 || !put_since[cpu] GIVE_UP) ->
				assert(nr > 1 || was_empty[cpu]);
				pass = MAX_SCANS
			   }
			:: !got && !(nr > 1 || !put_since[cpu] GIVE_UP)
			fi
		od
	od
}

/* Of the slots of any CPU */
inline llfree_drain()
{
	s = 0;
	do
	:: s == CLASSES -> break
	:: s < CLASSES ->
		atomic { word = slot[i * CLASSES + s]; slot[i * CLASSES + s] = 0 };
		release();
		s++
	od
}

#define FORGET \
	t = 0; nr = 0; class = 0; stage = 0; i = 0; s = 0; pass = 0; seen = 0; \
	word = 0; old = 0; new = 0; got = false; done = false; adopt = false; \
	reserve = false; drift = false

/* Calls of each process, 0: for ever */
#ifndef CALLS
#define CALLS	3
#endif
#if CALLS
#define MORE	(calls < CALLS)
#define ONE_LESS calls++
#else
#define MORE	true
#define ONE_LESS skip
#endif

active [2] proctype client()
{
#if CALLS
	byte calls;
#endif
	byte cpu = (_pid == 0 -> 0 : CPU_1), t, nr, class, stage, i, s, pass, seen;
	short word, old, new;
	bool got, done, adopt, reserve, drift;

	do
	:: atomic {
		MORE ->
		if
		:: WANTS(UNMOVABLE) -> class = UNMOVABLE; nr = 1
		:: WANTS(MOVABLE) -> class = MOVABLE; nr = 1
		:: WANTS(FRAMES) -> class = FRAMES; nr = TREE_PAGES
		fi;
		busy++;
		was_empty[cpu] = false;
		NOTE_EMPTY
	   };
		llfree_get();
progress_get:	atomic {
			if
			:: got -> taken[t] = taken[t] + nr
			:: else
			fi;
			FORGET;
			ONE_LESS;
			busy--;
			AT_REST
		}
	:: if
	   :: atomic { MORE && taken[0] -> t = 0; nr = 1; busy++; taken[0]-- }
	   :: atomic { MORE && taken[1] -> t = 1; nr = 1; busy++; taken[1]-- }
	   :: atomic {
		MORE && taken[1] == TREE_PAGES ->
		t = 1;
		nr = TREE_PAGES;
		busy++;
		taken[1] = 0
	      }
	   fi;
		child_give();
progress_put:	atomic { FORGET; ONE_LESS; busy--; AT_REST }
	:: atomic { MORE && DRAINS == _pid -> busy++; if :: i = 0 :: i = 1 fi };
		llfree_drain();
progress_drain:	atomic { FORGET; ONE_LESS; busy--; AT_REST }
	:: !MORE -> break
	od
}
