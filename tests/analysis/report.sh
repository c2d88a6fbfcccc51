#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# analysis/report/make: the same runs give the same report, other runs another one, and docs/report is
# that of docs/data.
#   report.sh FSANALYZE
# shellcheck disable=SC2016,SC2181 # backquotes are the report's; result gets the status of all that is asked
set -u

fsanalyze=${1:?usage: report.sh FSANALYZE}
# shellcheck source=tests/analysis/result.sh
. "$(dirname "$0")/result.sh"
# shellcheck source=tests/analysis/fake_study.sh
. "$here/fake_study.sh"
top=$(cd "$here/../.." && pwd)

mkdir -p "$work/build/bin"
cp "$fsanalyze" "$work/build/bin/fsanalyze"
export BUILD="$work/build"

report() { # DIR RUNS: nothing may be said
	"$top/analysis/report/make" "$work/$1" "$2" >"$work/out" 2>&1 && [ "$(cat "$work/out")" = "$work/$1/report.md" ]
}
holds() { # DIR TEXT: it is in the report
	grep -qF -e "$2" "$work/$1/report.md"
}

study seeds=3 runs=1 >"$work/runs.jsonl"
report one "$work/runs.jsonl"
result $? "a report of runs" "$work/out"
for figure in moves system split pages; do
	holds one "($figure.svg)" && grep -q '</svg>' "$work/one/$figure.svg"
	result $? "its figure: $figure"
done
holds one 'not decided (3 seeds)'
result $? "too few seeds are told"
xz -k "$work/runs.jsonl"
report two "$work/runs.jsonl.xz" && diff -r "$work/one" "$work/two" >"$work/out"
result $? "the same runs give the same report" "$work/out"

# One run that moved a fifth more; it shows in the text and in the figure.
sed '/"policy":"bucket".*"mode":"bands".*"seed":2.*"demand_pct":50/s/"pages_moved":[0-9]*,"optimal/"pages_moved":1234,"optimal/' \
	"$work/runs.jsonl" >"$work/other.jsonl"
report two "$work/other.jsonl"
! cmp -s "$work/one/report.md" "$work/two/report.md" && ! cmp -s "$work/one/moves.svg" "$work/two/moves.svg" &&
	cmp -s "$work/one/pages.svg" "$work/two/pages.svg" && holds two '[1.03-1.23]' && ! holds one '[1.03-1.23]'
result $? "another number gives another report" "$work/out"

study >"$work/runs.jsonl"
report three "$work/runs.jsonl"
holds three '`bucket`, at most 1.05: **holds**; 9 of 9 groups hold' && ! holds three '`bucket` is above' &&
	holds three 'at most 1.02 | occupancy | **holds** | 9 of 9 | 9 |'
result $? "verdicts" "$work/out"
study insns=0.4 full=2400 >"$work/runs.jsonl"
report three "$work/runs.jsonl"
holds three '`bucket`, 1/3: **missed**; 0 of 4 groups hold' && holds three '`bucket` is above 1/3 in bands at 50 % (0.400);' &&
	holds three '`on-free` does not move fewer in bands at 50 %, Linux at proactiveness 100 (' &&
	holds three '| bands | 50 % | 0.333 | 0.400 |'
result $? "... and where and why a goal was missed" "$work/out"
study only=bands | grep '"policy":"bucket"' | grep '"regime":"request"' >"$work/runs.jsonl"
report three "$work/runs.jsonl" && holds three 'No cell of this regime has run yet.' && holds three '**no data**'
result $? "a part of a study has a report, too" "$work/out"

printf 'known\t1\n' >"$work/facts"
fill() { awk -v dir="$work" -f "$top/analysis/report/fill.awk" "$work/facts" "$work/template" >"$work/out" 2>&1; }
printf '%s\n' 'a {{known}}' '{{#if unknown}}' 'b {{unknown}}' '{{#else}}' 'c' '{{#end}}' '{{>facts}}' >"$work/template"
fill && printf 'a 1\nc\nknown\t1\n' | diff - "$work/out" >/dev/null
result $? "a template is filled in" "$work/out"
for line in '{{unknown}}' '{{>nothing}}' '{{#end}}' '{{#if known}}'; do
	echo "$line" >"$work/template"
	! fill
	result $? "refused: $line"
done

report committed "$top/docs/data/study.jsonl.xz" && diff -r "$top/docs/report" "$work/committed" >"$work/out"
result $? "docs/report is the report of docs/data; else: make report" "$work/out"

exit $failed
