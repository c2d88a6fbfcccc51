/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One frame, scaled down: its child word and its bitfield, and the steps that
 * gets and puts take on them in core.c and bits.h.  An inline has the name of
 * the function it models, and one access to shared memory is one step: a
 * read, or a compare-and-exchange that leaves what it saw in `old`.
 *
 * Abstractions.  A row has ROW_PAGES pages instead of 64 and a frame ROWS
 * rows instead of 8; orders become the four cases the code tells apart:
 * a page (order 0), a row (6), a pair of rows (7), the frame (9).  What
 * bits_have() answers is a hint, so both answers are tried.  account() is one
 * atomic sum (tree.pml has its steps).  The marks (skip, reported, unmovable)
 * grant and account for no page and are left out.
 *
 * At every step that changes one of them, CHECK_FRAME is what core.c states:
 * unless the child says huge, the zero bits are the child's free pages and
 * those that somebody has taken and not set yet, or cleared and not given.
 */
#ifndef CPUS
#define CPUS	2
#endif
#ifndef ROWS
#define ROWS	2
#endif
#ifndef ROW_PAGES
#define ROW_PAGES 2
#endif
#define FRAME_PAGES	(ROWS * ROW_PAGES)
#define ROW_FULL	((1 << ROW_PAGES) - 1)

/* The child word */
#define CHILD_FREE	15
#define HUGE		16
#define ISOLATED	32
#define COMPACTING	64
#define BLOCKED		(ISOLATED | COMPACTING)
#define child_free(w)	((w) & CHILD_FREE)
#define child_is_free(w) (((w) & (CHILD_FREE | HUGE | BLOCKED)) == FRAME_PAGES)

/* Kinds of orders */
#define PAGE	0
#define ROW	1
#define PAIR	2
#define FRAME	3
#define ORDER_PAGES(order) \
	(order == PAGE -> 1 : (order == ROW -> ROW_PAGES : \
	(order == PAIR -> 2 * ROW_PAGES : FRAME_PAGES)))

/* Pages in a local count that a CPU may hold back, HUGE_BATCH in core.c */
#ifndef BATCH
#define BATCH	2
#endif

#define NONE	255

byte child = FRAME_PAGES;
byte row[ROWS];
short counted = FRAME_PAGES;	/* NR_FREE_PAGES, and the tree's count */
short free_huge = 1;
short huge_delta[CPUS];

/* What no code sees: whose the pages are, and who is at work */
byte owned;			/* a bit per page that a client has */
byte inside;			/* pages taken and not set, cleared and not given */
byte getting;			/* gets that took pages and have not set all */
byte busy;
bool alone;			/* quiet() found nobody at work */
short huge_told = 1;		/* to count_free_huge(): free_huge and all deltas */
#ifdef SPLIT_WAITS
bool splitting;
#endif

#define ONES(w)	(((w) & 1) + (((w) >> 1) & 1))
#if ROWS == 2
#define BITS_ZERO	(FRAME_PAGES - ONES(row[0]) - ONES(row[1]))
#define ROW_BITS	(row[0] | (row[1] << ROW_PAGES))
#else
#define BITS_ZERO	(FRAME_PAGES - ONES(row[0]) - ONES(row[1]) - ONES(row[2]) - ONES(row[3]))
#define ROW_BITS	(row[0] | (row[1] << ROW_PAGES) | \
			 (row[2] << (2 * ROW_PAGES)) | (row[3] << (3 * ROW_PAGES)))
#endif

#define CHECK_FRAME	assert((child & HUGE) || BITS_ZERO == child_free(child) + inside)

/* Nobody is at work: what llfree_validate() compares */
#define CHECK_REST \
	assert((child & HUGE) || BITS_ZERO == child_free(child)); \
	assert(!(child & HUGE) || (child_free(child) == 0 && BITS_ZERO == 0)); \
	assert(ROW_BITS == owned); \
	assert(counted == ((child & BLOCKED) -> 0 : child_free(child))); \
	assert(SUM_FREE_HUGE == (child_is_free(child) -> 1 : 0))
#define AT_REST \
	if \
	:: busy == 0 -> CHECK_REST \
	:: else \
	fi
#if CPUS == 2
#define SUM_FREE_HUGE	(free_huge + huge_delta[0] + huge_delta[1])
#else
#define SUM_FREE_HUGE	(free_huge + huge_delta[0] + huge_delta[1] + huge_delta[2])
#endif

#define PAGES_OF(page, order) \
	(((1 << ORDER_PAGES(order)) - 1) << (page))

/* While a delta goes to free_huge, too many frames are counted, never too few. */
#define CHECK_HUGE	assert(SUM_FREE_HUGE >= huge_told)

/* A get returns: nobody else may have these pages. */
inline hand_out(page, order)
{
	assert((owned & PAGES_OF(page, order)) == 0);
	owned = owned | PAGES_OF(page, order)
}

/* Local variables of all that follows */
#define LOCALS \
	byte order, page, old, w, i, nr; \
	short moved, sum; \
	bool done
#define FORGET \
	order = 0; page = 0; old = 0; w = 0; i = 0; nr = 0; moved = 0; sum = 0; done = false

inline account(pages)
{
	counted = counted + (pages)
}

inline count_free_huge(frames)
{
	atomic {
		huge_delta[cpu] = huge_delta[cpu] + (frames);
		huge_told = huge_told + (frames);
		CHECK_HUGE
	};
	moved = huge_delta[cpu];
	if
	:: moved < BATCH && moved > -BATCH
	:: else -> flush_free_huge()
	fi
}

#ifdef FLUSH_EMPTIES_FIRST
#define empties_first	true
#elif defined(FLUSH_EMPTIES_LAST)
#define empties_first	false
#else
#define empties_first	(moved < 0)
#endif
#define EMPTY_DELTA	atomic { huge_delta[cpu] = huge_delta[cpu] - moved; CHECK_HUGE }

inline flush_free_huge()
{
	sum = free_huge;
	if
	:: empties_first -> EMPTY_DELTA
	:: else
	fi;
	do
	:: atomic { free_huge == sum -> free_huge = sum + moved; CHECK_HUGE; break }
	:: atomic { free_huge != sum -> sum = free_huge }
	od;
	if
	:: empties_first
	:: else -> EMPTY_DELTA
	fi
}

#ifdef TAKE_LOOKS_ONCE
#define no_entry(w)	(w & HUGE)
#else
#define no_entry(w)	(w & (HUGE | BLOCKED))
#endif

/* nr is 0 where the child has not so many. */
inline child_take()
{
	old = child;
	do
	:: atomic { no_entry(old) || child_free(old) < nr -> nr = 0; break }
	:: atomic {
		!(no_entry(old) || child_free(old) < nr) ->
		if
		:: child == old ->
			child = old - nr;
			inside = inside + nr;
			getting++;
			CHECK_FRAME;
			break
		:: else -> old = child
		fi
	   }
	od;
	if
	:: nr && child_free(old) == FRAME_PAGES -> count_free_huge(-1)
	:: else
	fi
}

/* What an undo gives under UNDO_UNACCOUNTED was never taken from the sums. */
inline undo_take()
{
#ifdef UNDO_UNACCOUNTED
	child_give(nr, false, 1)
#else
	child_give(nr, true, 1)
#endif
}

inline child_give(pages, tell, undo)
{
	old = child;
	do
	:: atomic {
		child == old ->
		assert(!(old & HUGE) && child_free(old) + pages <= FRAME_PAGES);
		child = old + pages;
		inside = inside - pages;
		getting = getting - undo;
		CHECK_FRAME;
		break
	   }
	:: atomic { child != old -> old = child }
	od;
#ifdef GIVE_LOOKS_AGAIN
	old = (child & BLOCKED) | child_free(old);
#endif
	if
	:: (old & BLOCKED) || !tell
	:: else ->
		account(pages);
		if
		:: child_free(old) + pages == FRAME_PAGES -> count_free_huge(1)
		:: else
		fi
	fi
}

#define row_find(w, order) \
	(order == PAGE -> ((w & 1) == 0 -> 0 : \
			   (ROW_PAGES == 2 && (w & 2) == 0 -> 1 : NONE)) : \
			  (w == 0 -> 0 : NONE))
#define row_mask(pos, order)	((order == PAGE -> 1 : ROW_FULL) << (pos))
/* The search starts where this CPU found something last: anywhere. */
#define row_at(i)	((i + cpu) % ROWS)

/*
 * The bits of a page or of a row, for a get or a claim.  For a page
 * frame_get_small() asks until there is one: a zero bit is its own, though
 * others move it about.
 */
inline bits_take_row(get)
{
	i = 0;
	w = row[row_at(0)];
	do
	:: atomic { i == ROWS && (order != PAGE || !get) -> page = NONE; break }
	:: atomic { i == ROWS && order == PAGE && get -> i = 0; w = row[row_at(0)] }
	:: atomic {
		i < ROWS && row_find(w, order) == NONE ->
		i++;
		if
		:: i < ROWS -> w = row[row_at(i)]
		:: else
		fi
	   }
	:: atomic {
		i < ROWS && row_find(w, order) != NONE ->
		if
		:: row[row_at(i)] == w ->
			page = row_find(w, order);
			row[row_at(i)] = w | row_mask(page, order);
			page = row_at(i) * ROW_PAGES + page;
			inside = inside - nr;
			getting = getting - get;
			CHECK_FRAME;
			break
		:: else -> w = row[row_at(i)]
		fi
	   }
	od
}

/* Two whole rows, ascending, all or none; bits_set_rows() and its undo */
inline bits_take_rows(get)
{
	i = 0;
	page = NONE;
	do
	:: i == ROWS -> break
	:: i < ROWS && row[i + 1] != 0 -> i = i + 2
	:: i < ROWS && row[i + 1] == 0 ->
		if
		:: row[i] != 0 -> i = i + 2
		:: row[i] == 0 ->
			if
			:: atomic {
				row[i] == 0 ->
				row[i] = ROW_FULL;
				inside = inside - ROW_PAGES;
				CHECK_FRAME
			   };
				if
				:: atomic {
					row[i + 1] == 0 ->
					row[i + 1] = ROW_FULL;
					inside = inside - ROW_PAGES;
					getting = getting - get;
					page = i * ROW_PAGES;
					CHECK_FRAME
				   }
				:: atomic {
					row[i + 1] != 0 ->
#ifdef UNDO_NEXT_ROW
					row[i + 1] = 0;
#else
					row[i] = 0;
#endif
					inside = inside + ROW_PAGES;
					CHECK_FRAME
				   }
				fi
			:: row[i] != 0
			fi;
			break
		fi
	od
}

inline frame_get_small()
{
	atomic {
		nr = ORDER_PAGES(order);
		page = NONE;
		old = child		/* frame_get()'s caller reads it */
	};
	if
	:: (old & (HUGE | BLOCKED)) || child_free(old) < nr
	:: !((old & (HUGE | BLOCKED)) || child_free(old) < nr) ->
		if
		:: order != PAGE	/* bits_have() saw no run */
		:: true ->
			child_take();
			if
			:: nr == 0
			:: nr ->
				if
				:: order == PAIR -> bits_take_rows(1)
				:: order != PAIR -> bits_take_row(1)
				fi;
#ifdef UNDO_UNACCOUNTED
				if
				:: page != NONE -> account(-nr)
				:: else
				fi;
#else
				account(-nr);
#endif
				if
				:: page == NONE -> undo_take()
				:: else
				fi
			fi
		fi
	fi;
	atomic {
		if
		:: page != NONE -> hand_out(page, order)
		:: else
		fi
	}
}

inline frame_get_huge()
{
	page = NONE;
	old = child;
	do
	:: !child_is_free(old) -> break
	:: atomic {
		child_is_free(old) ->
		if
		:: child == old -> child = HUGE; getting++; page = 0; break
		:: else -> old = child
		fi
	   }
	od;
	if
	:: page == NONE
	:: page != NONE ->
		count_free_huge(-1);
		account(-FRAME_PAGES);
#ifndef NO_FILL
		bits_fill(ROW_FULL, 1);
#endif
		atomic { hand_out(0, FRAME) }
	fi
}

inline bits_fill(value, get)
{
	i = 0;
	do
	:: i == ROWS -> break
	:: atomic { i < ROWS -> row[i] = value; i++; getting = getting - (i == ROWS -> get : 0) }
	od
}

/* Free a frame that was allocated as a whole; done says if it was. */
inline put_huge()
{
	old = child;
	if
	:: !(old & HUGE)
	:: else ->
		done = true;
#ifdef GIVE_FRAME_FIRST
		give_frame();
		bits_fill(0, 0)
#else
		bits_fill(0, 0);
		give_frame()
#endif
	fi
}

inline give_frame()
{
	do
	:: atomic {
		child == old ->
		assert(old & HUGE);
		child = (old & ~HUGE) | FRAME_PAGES;
		CHECK_FRAME;
		break
	   }
	:: atomic { child != old -> old = child }
	od;
	if
	:: old & BLOCKED
	:: else ->
		account(FRAME_PAGES);
		count_free_huge(1)
	fi
}

/* A page of a whole frame goes: from now on the bits count. */
inline split_huge()
{
#ifdef SPLIT_WAITS
	do
	:: atomic { !splitting -> splitting = true; break }
	:: splitting
	od;
#endif
	old = child;
	do
	:: !(old & HUGE) -> break
	:: atomic {
		(old & HUGE) ->
		if
		:: child == old -> child = old & ~HUGE; CHECK_FRAME; break
		:: else -> old = child
		fi
	   }
	od
#ifdef SPLIT_WAITS
	; splitting = false
#endif
}

/* Row by row; to find a clear bit is -EINVAL, and here an error. */
#define clear_mask	(order == PAGE -> 1 << (page % ROW_PAGES) : ROW_FULL)
inline bits_clear()
{
	i = page / ROW_PAGES;
	do
	:: i * ROW_PAGES >= page + nr -> break
	:: i * ROW_PAGES < page + nr ->
		w = row[i];
		do
		:: atomic {
			row[i] == w ->
			assert((w & clear_mask) == clear_mask);
			row[i] = w & ~clear_mask;
			inside = inside + ONES(clear_mask);
			CHECK_FRAME;
			i++;
			break
		   }
		:: atomic { row[i] != w -> w = row[i] }
		od
	od
}

/* page, order: of a run that a client has; it is no longer the client's. */
inline llfree_put()
{
	nr = ORDER_PAGES(order);
	if
	:: order == FRAME -> put_huge()
	:: order != FRAME
	fi;
	if
	:: done
	:: !done ->
		split_huge();
#ifdef GIVE_FIRST
		child_give(nr, true, 0);
		bits_clear()
#else
		bits_clear();
		child_give(nr, true, 0)
#endif
	fi
}

/* A run that clients have, of whatever it was part: it is theirs no longer. */
#define LET_GO(p, o) \
	atomic { \
		(owned & PAGES_OF(p, o)) == PAGES_OF(p, o) -> \
		owned = owned & ~PAGES_OF(p, o); \
		page = p; \
		order = o; \
		busy++; \
		alone = false \
	}
#ifdef PAGES_ONLY
#define CHOOSE_RUN \
	if \
	:: LET_GO(0, PAGE) \
	:: LET_GO(1, PAGE) \
	fi
#define CHOOSE_ORDER order = PAGE
#elif ROWS == 2 && ROW_PAGES == 2
#define CHOOSE_RUN \
	if \
	:: LET_GO(0, PAGE) \
	:: LET_GO(1, PAGE) \
	:: LET_GO(2, PAGE) \
	:: LET_GO(3, PAGE) \
	:: LET_GO(0, ROW) \
	:: LET_GO(2, ROW) \
	:: LET_GO(0, FRAME) \
	fi
#define CHOOSE_ORDER if :: order = PAGE :: order = ROW :: order = FRAME fi
#elif ROWS == 4 && ROW_PAGES == 1
#define CHOOSE_RUN \
	if \
	:: LET_GO(0, PAGE) \
	:: LET_GO(1, PAGE) \
	:: LET_GO(2, PAGE) \
	:: LET_GO(3, PAGE) \
	:: LET_GO(0, PAIR) \
	:: LET_GO(2, PAIR) \
	:: LET_GO(0, FRAME) \
	fi
#define CHOOSE_ORDER if :: order = PAGE :: order = PAIR :: order = FRAME fi
#elif ROWS == 2 && ROW_PAGES == 1
#define CHOOSE_RUN \
	if \
	:: LET_GO(0, PAGE) \
	:: LET_GO(1, PAGE) \
	:: LET_GO(0, FRAME) \
	fi
#define CHOOSE_ORDER if :: order = PAGE :: order = FRAME fi
#endif

/* llfree_get() and llfree_put() of what anybody got, for ever */
proctype client(byte cpu)
{
	LOCALS;

	do
	:: atomic { busy++; alone = false; CHOOSE_ORDER };
		if
		:: order == FRAME -> frame_get_huge()
		:: order != FRAME -> frame_get_small()
		fi;
progress_get:	atomic { FORGET; busy--; AT_REST }
	:: CHOOSE_RUN;
		llfree_put();
progress_put:	atomic { FORGET; busy--; AT_REST }
	od
}
