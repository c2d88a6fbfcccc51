// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The searches for runs in a row, as formulas: bits.h is compiled twice, once as
 * it is and once with a u64 that notes what is done to it.  What comes out is
 * the term that the code computes from a row, whatever the row is, or one on each
 * path with the path's conditions; an SMT solver compares it with what a run, or
 * the best hole, is; see tests/models/run.
 *
 * The tie to the code: there is no second text of it.  That the notes say what
 * the compiler makes of it, `row check` shows on a million random rows, and
 * `row words ORDER` has the solver evaluate its own formula on some of them.
 */
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#define class class_ /* an argument's name in core.h */
#include "core.h"
#undef class

#ifndef BITS_H
#define BITS_H "bits.h"
#endif

unsigned long llfree_warnings;
bool llfree_watching;

namespace code
{
#include BITS_H
}

/* A term over one variable, the row; an index into all of them */
struct node {
	const char *op;
	int a, b;
	uint64_t value;
};
static std::vector<node> nodes;

struct term {
	int id;

	term() : term(0ull) {}
	term(unsigned long long value) : id(add({"const", -1, -1, value})) {}
	term(unsigned long value) : term((unsigned long long)value) {}
	term(unsigned int value) : term((unsigned long long)value) {}
	term(int value) : term((unsigned long long)value) {}
	term(const char *op, term a, term b) : id(add({op, a.id, b.id, 0})) {}
	term(const char *op, term a) : id(add({op, a.id, -1, 0})) {}
	explicit operator bool() const;

	static term variable() { return node{"row", -1, -1, 0}; }

private:
	term(node n) : id(add(n)) {}

	/* What is there already is one term: paths of a function share most. */
	static int add(node n)
	{
		for (size_t i = 0; i < nodes.size(); i++) {
			const node &o = nodes[i];

			if (!strcmp(o.op, n.op) && o.a == n.a && o.b == n.b && o.value == n.value)
				return i;
		}
		nodes.push_back(n);
		return nodes.size() - 1;
	}
};

static term operator~(term a) { return {"bvnot", a}; }
static term operator-(term a) { return {"bvneg", a}; }
static term operator&(term a, term b) { return {"bvand", a, b}; }
static term operator|(term a, term b) { return {"bvor", a, b}; }
static term operator+(term a, term b) { return {"bvadd", a, b}; }
static term operator-(term a, term b) { return {"bvsub", a, b}; }
static term operator>>(term a, unsigned int by) { return {"bvlshr", a, term(by)}; }
static term operator<<(term a, unsigned int by) { return {"bvshl", a, term(by)}; }
static term &operator&=(term &a, term b) { return a = a & b; }
static term &operator|=(term &a, term b) { return a = a | b; }
static bool operator!=(term a, term b) { return bool(term("bvxor", a, b)); }

/*
 * The path taken: what a condition is said to be, and the position that is
 * said to be found; and what the code asked for on it.  On a path of several
 * conditions, what each of them is said to be.
 */
static bool answer;
static int position;
static term asked, searched, stored;

struct condition {
	term t;
	bool nonzero;
};
static std::vector<bool> answers;
static std::vector<condition> conditions;

term::operator bool() const
{
	size_t i = conditions.size();

	asked = *this;
	conditions.push_back({*this, i < answers.size() ? answers[i] : answer});
	return conditions.back().nonzero;
}

static int __ffs64(term t)
{
	searched = t;
	return position;
}

static unsigned int hweight64(term) { return 0; }

template <class T> static bool store(T *, term, term value)
{
	stored = value;
	return true;
}
template <class T> static void write(T &, term) {}

#undef READ_ONCE
#undef WRITE_ONCE
#undef smp_load_acquire
#undef try_cmpxchg
#undef xchg
#define READ_ONCE(x) ((void)(x), term::variable())
#define WRITE_ONCE(x, value) write(x, value)
#define smp_load_acquire(p) ((void)(p), term::variable())
#define try_cmpxchg(p, old, value) store(p, term(*(old)), value)
#define xchg(p, value) write(*(p), value)
#undef _MM_LLFREE_BITS_H
#undef ROW_FULL
#define u64 term
namespace noted
{
#include BITS_H
}
#undef u64

static uint64_t evaluate(term t, uint64_t row)
{
	static std::vector<uint64_t> value;

	value.resize(nodes.size());
	for (int i = 0; i <= t.id; i++) {
		const node &n = nodes[i];
		uint64_t a = n.a < 0 ? 0 : value[n.a], b = n.b < 0 ? 0 : value[n.b];

		value[i] = !strcmp(n.op, "const")  ? n.value :
			   !strcmp(n.op, "row")	   ? row :
			   !strcmp(n.op, "bvnot")  ? ~a :
			   !strcmp(n.op, "bvneg")  ? -a :
			   !strcmp(n.op, "bvand")  ? a & b :
			   !strcmp(n.op, "bvor")   ? a | b :
			   !strcmp(n.op, "bvadd")  ? a + b :
			   !strcmp(n.op, "bvsub")  ? a - b :
			   !strcmp(n.op, "bvxor")  ? a ^ b :
			   !strcmp(n.op, "bvlshr") ? (b < 64 ? a >> b : 0) :
			   !strcmp(n.op, "bvshl")  ? (b < 64 ? a << b : 0) :
						     (abort(), 0);
	}
	return value[t.id];
}

/* xorshift64*, with rows from nearly empty to nearly full */
static uint64_t random_row()
{
	static uint64_t state = 0x9e3779b97f4a7c15;
	uint64_t row = 0;

	for (int i = 0; i < 4; i++) {
		state ^= state >> 12;
		state ^= state << 25;
		state ^= state >> 27;
		uint64_t r = state * 0x2545f4914f6cdd1d;

		row = i == 0 ? r : state >> 60 & 1 ? row | r : row & r;
	}
	return row;
}

/* The bits of which the lowest one set is where the code finds the run */
static term starts(unsigned int order)
{
	term row = term::variable();

	answer = true;
	(void)noted::row_find(row, order);
	if (asked.id != searched.id)
		exit((fprintf(stderr, "row_find() asks one term and searches another\n"), 1));
	term found = searched;

	answer = false;
	if (noted::row_find(row, order) != -1)
		exit((fprintf(stderr, "row_find() finds a run without one\n"), 1));
	return found;
}

/* A path of row_find_best(): its conditions, and what it returns */
struct path {
	std::vector<condition> conditions;
	term searched; /* where page is FOUND: that is its lowest bit */
	int page;
	unsigned int hole;
};
static const int FOUND = 99;

static int page_on(const path &p, uint64_t row)
{
	return p.page == FOUND ? __builtin_ctzll(evaluate(p.searched, row)) : p.page;
}

/* All of them: all conditions hold; then the last one that held does not, and so on */
static std::vector<path> best_paths(unsigned int order)
{
	std::vector<path> paths;

	answer = true;
	position = FOUND;
	answers.clear();
	for (;;) {
		path p;

		conditions.clear();
		p.page = noted::row_find_best(term::variable(), order, &p.hole);
		p.conditions = conditions;
		p.searched = searched;
		paths.push_back(p);

		while (!conditions.empty() && !conditions.back().nonzero)
			conditions.pop_back();
		if (conditions.empty())
			break;
		answers.clear();
		for (const condition &c : conditions)
			answers.push_back(c.nonzero);
		answers.back() = false;
	}
	answers.clear();
	return paths;
}

/* That a row takes this path */
static std::string is_taken(const path &p, const char *row)
{
	std::string all = "(and";
	char zero[32];

	snprintf(zero, sizeof(zero), "#x%016x", 0);
	for (const condition &c : p.conditions)
		all += std::string(c.nonzero ? " (distinct" : " (=") + " (t" +
		       std::to_string(c.t.id) + " " + row + ") " + zero + ")";
	return all + ")";
}

static bool is_aligned(int page, unsigned int order)
{
	return page % (1 << order) == 0;
}

static int check()
{
	const int rounds = 150000;

	for (unsigned int order = 0; order <= 6; order++) {
		term found = starts(order);

		for (int i = 0; i < rounds; i++) {
			uint64_t row = random_row(), noted = evaluate(found, row);
			int want = noted ? __builtin_ctzll(noted) : -1;

			if (code::row_find(row, order) == want)
				continue;
			fprintf(stderr, "order %u, row %016lx: %d, noted %d\n", order,
				(unsigned long)row, code::row_find(row, order), want);
			return 1;
		}
	}
	printf("%d\n", 7 * rounds);
	return 0;
}

/* The same for row_find_best(): the one path whose conditions a row meets */
static int check_best()
{
	const int rounds = 20000;

	for (unsigned int order = 0; order <= 6; order++) {
		std::vector<path> paths = best_paths(order);

		for (int i = 0; i < rounds; i++) {
			uint64_t row = random_row();
			unsigned int hole;
			int page = code::row_find_best(row, order, &hole), met = 0;

			for (const path &p : paths) {
				bool meets = true;

				for (const condition &c : p.conditions)
					meets = meets && !evaluate(c.t, row) == !c.nonzero;
				if (!meets)
					continue;
				met++;
				if (page != page_on(p, row) || hole != p.hole)
					met = 2;
			}
			if (met == 1)
				continue;
			fprintf(stderr, "order %u, row %016lx: %d in %u is not what is noted\n",
				order, (unsigned long)row, page, hole);
			return 1;
		}
	}
	return 0;
}

/* Every term up to this one, as functions of the row */
static void print_terms()
{
	for (size_t i = 0; i < nodes.size(); i++) {
		const node &n = nodes[i];

		printf("(define-fun t%zu ((row (_ BitVec 64))) (_ BitVec 64) ", i);
		if (!strcmp(n.op, "const"))
			printf("#x%016lx)\n", (unsigned long)n.value);
		else if (!strcmp(n.op, "row"))
			printf("row)\n");
		else if (n.b < 0)
			printf("(%s (t%d row)))\n", n.op, n.a);
		else
			printf("(%s (t%d row) (t%d row)))\n", n.op, n.a, n.b);
	}
}

/* That a term's lowest set bit is this one: a 1 and below it zeros */
static std::string lowest_is(term t, int bit, const char *row)
{
	return "(= ((_ extract " + std::to_string(bit) + " 0) (t" + std::to_string(t.id) + " " +
	       row + ")) #b1" + std::string(bit, '0') + ")";
}

/* That the pages of a run are zero, by what a run is */
static std::string run_is_free(int page, unsigned int order)
{
	int nr = 1 << order;

	return "(= ((_ extract " + std::to_string(page + nr - 1) + " " + std::to_string(page) +
	       ") row) #b" + std::string(nr, '0') + ")";
}

/* That this is the first aligned free run */
static std::string run_is_first(int page, unsigned int order)
{
	std::string all;

	for (int below = 0; below < page; below += 1 << order)
		all += " (not " + run_is_free(below, order) + ")";
	return "(and " + run_is_free(page, order) + all + ")";
}

/* Is there a row for which the search does not find the first aligned run? */
static void search(unsigned int order)
{
	term found = starts(order);

	print_terms();
	printf("(declare-const row (_ BitVec 64))\n(assert (or\n");
	printf("(xor (= (t%d row) #x%016x) (and true", found.id, 0);
	for (int page = 0; page < 64; page += 1 << order)
		printf(" (not %s)", run_is_free(page, order).c_str());
	printf("))\n");
	for (int page = 0; page < 64; page++)
		printf("(xor %s %s)\n", lowest_is(found, page, "row").c_str(),
		       is_aligned(page, order) ? run_is_first(page, order).c_str() : "false");
	printf("))\n");
}

/* Is there one in which taking a run sets other bits, or one that was set? */
static void take(unsigned int order)
{
	struct llfree_bitfield bits = {};
	std::vector<term> value;

	answer = true;
	for (position = 0; position < 64; position += 1 << order) {
		if (noted::bits_take_row(&bits, order, 0) != position)
			exit((fprintf(stderr, "bits_take_row() returns another page\n"), 1));
		value.push_back(stored);
	}
	print_terms();
	printf("(declare-const row (_ BitVec 64))\n(assert (or\n");
	for (int page = 0; page < 64; page += 1 << order) {
		int nr = 1 << order;
		std::string mask = std::string(64 - page - nr, '0') + std::string(nr, '1') +
				   std::string(page, '0');

		printf("(and %s (not (and (= (t%d row) (bvor row #b%s)) (= (bvand row #b%s) "
		       "#x%016x))))\n",
		       run_is_first(page, order).c_str(), value[page >> order].id, mask.c_str(),
		       mask.c_str(), 0);
	}
	printf("))\n");
}

/* Is there one for which bits_run_free() is wrong about a run? */
static void ask(unsigned int order)
{
	struct llfree_bitfield bits = {};
	std::vector<term> value;

	answer = true;
	for (int page = 0; page < 64; page++) {
		if (noted::bits_run_free(&bits, page, order))
			exit((fprintf(stderr, "bits_run_free() is true for a set bit\n"), 1));
		value.push_back(asked);
	}
	print_terms();
	printf("(declare-const row (_ BitVec 64))\n(assert (or\n");
	for (int page = 0; page < 64; page++)
		printf("(xor (= (t%d row) #x%016x) %s)\n", value[page].id, 0,
		       run_is_free(page - page % (1 << order), order).c_str());
	printf("))\n");
}

static std::string name(const char *what, int page, unsigned int order)
{
	return what + std::to_string(order) + "_" + std::to_string(page);
}

/* Holes, the free runs that are in no larger one, and the first of each order */
static void print_holes()
{
	for (unsigned int order = 0; order <= 6; order++) {
		std::string none = "true";

		for (int page = 0; page < 64; page += 1 << order) {
			int around = page & ~((2 << order) - 1);
			std::string hole = name("hole", page, order);
			std::string next = name("none", page, order);

			printf("(define-fun %s () Bool (and %s (not %s)))\n", hole.c_str(),
			       run_is_free(page, order).c_str(),
			       order < 6 ? run_is_free(around, order + 1).c_str() : "false");
			printf("(define-fun %s () Bool (and %s %s))\n",
			       name("first", page, order).c_str(), hole.c_str(), none.c_str());
			printf("(define-fun %s () Bool (and (not %s) %s))\n", next.c_str(),
			       hole.c_str(), none.c_str());
			none = next;
		}
		printf("(define-fun none%u () Bool %s)\n", order, none.c_str());
	}
}

/* That this is the first one of the smallest holes that have such a run */
static std::string hole_is_best(int page, unsigned int hole, unsigned int order)
{
	std::string smaller;

	if (!is_aligned(page, hole) || hole < order)
		return "false";
	for (; order < hole; order++)
		smaller += " none" + std::to_string(order);
	return "(and " + name("first", page, hole) + smaller + ")";
}

/* Is there one for which the search finds another hole than the best, or misses it? */
static void best(unsigned int order)
{
	std::vector<path> paths = best_paths(order);

	print_terms();
	printf("(declare-const row (_ BitVec 64))\n");
	print_holes();
	printf("(assert (or\n");
	for (const path &p : paths) {
		printf("(and %s", is_taken(p, "row").c_str());
		if (p.page == FOUND) {
			printf(" (or");
			for (int page = 0; page < 64; page++)
				printf(" (and %s (not %s))",
				       lowest_is(p.searched, page, "row").c_str(),
				       hole_is_best(page, p.hole, order).c_str());
			printf("))\n");
		} else if (p.page >= 0) {
			printf(" (not %s))\n", hole_is_best(p.page, p.hole, order).c_str());
		} else {
			printf(" (or");
			for (int page = 0; page < 64; page += 1 << order)
				printf(" %s", run_is_free(page, order).c_str());
			printf("))\n");
		}
	}
	printf("))\n");
}

/* Is there one of these words for which the formula is not what C computes? */
static void words(unsigned int order)
{
	term found = starts(order);
	std::vector<path> paths = best_paths(order);

	print_terms();
	printf("(assert (or\n");
	for (int i = 0; i < 200; i++) {
		uint64_t row = random_row();
		int page = code::row_find(row, order);
		char text[32];

		snprintf(text, sizeof(text), "#x%016lx", (unsigned long)row);
		if (page < 0)
			printf("(not (= (t%d %s) #x%016x))\n", found.id, text, 0);
		else
			printf("(not %s)\n", lowest_is(found, page, text).c_str());
		if (i % 10)
			continue;
		unsigned int hole;

		page = code::row_find_best(row, order, &hole);
		printf("(not (or");
		for (const path &p : paths)
			if (p.hole == hole && (p.page == FOUND ? page >= 0 : p.page == page))
				printf(" (and %s %s)", is_taken(p, text).c_str(),
				       p.page == FOUND ?
					       lowest_is(p.searched, page, text).c_str() :
					       "true");
		printf("))\n");
	}
	printf("))\n");
}

int main(int argc, char **argv)
{
	std::string query = argc > 1 ? argv[1] : "";
	unsigned int order = argc > 2 ? atoi(argv[2]) : 0;

	if (query == "check")
		return check() || check_best();
	if (argc != 3 || order > 6)
		return 2;
	if (query == "search")
		search(order);
	else if (query == "take")
		take(order);
	else if (query == "ask")
		ask(order);
	else if (query == "best")
		best(order);
	else if (query == "words")
		words(order);
	else
		return 2;
	printf("(check-sat)\n");
	return 0;
}
