#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# analysis/report/make: the same runs give the same report, other runs another one, and docs/report is
# that of docs/data.
#   report.sh FSANALYZE
# shellcheck disable=SC2016,SC2181 # backquotes are the report's; result gets the status of all that is asked
set -u

fsanalyze=${1:?usage: report.sh FSANALYZE}
# shellcheck source=tests/result.sh
. "$(dirname "$0")/../result.sh"
# shellcheck source=tests/analysis/fake_study.sh
. "$here/fake_study.sh"
top=$(cd "$here/../.." && pwd)

mkdir -p "$work/build/bin"
cp "$fsanalyze" "$work/build/bin/fsanalyze"
export BUILD="$work/build"

report() { # DIR RUNS [POOL]: nothing may be said
	"$top/analysis/report/make" "$work/$1" "$2" ${3:+"$3"} >"$work/out" 2>&1 && [ "$(cat "$work/out")" = "$work/$1/report.md" ]
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
holds one "Linux's is 12.0 (uniform at 10 %) to 12.0 (uniform at 10 %) times as long as" && holds one '| bands | 10 % | 3.00 | 0.25 | 0.25 |' &&
	holds one '**Mappings.**' && ! holds one '**Folios that move whole**'
result $? "honest costs, of what was measured"
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

# A table for each goal and row that some group misses, and no word on any other
why() { # DIR: as many tables as goals and rows are missed
	"$fsanalyze" goals --json "$work/runs.jsonl" | jq -s 'map(select(any(.groups[]; .holds | not))) | length' >"$work/out"
	[ "$(grep -c '| what the runs show |$' "$work/$1/report.md")" = "$(cat "$work/out")" ]
}
explains() { # DIR TEXT...: each is in what is said of the goals
	dir=$1
	shift
	for text; do
		sed '1,/^## Each goal/d; /^## What Linux/,$d' "$work/$dir/report.md" | grep -qF -e "$text" ||
			{ echo "nothing on: $text" >"$work/out"; return 1; }
	done
}
study >"$work/runs.jsonl"
report three "$work/runs.jsonl"
holds three '`bucket`, at most 1.05: **holds**; 9 of 9 groups hold' && holds three 'at most 1.02 | occupancy | **holds** | 9 of 9 | 9 |'
result $? "verdicts" "$work/out"
[ "$(grep -c '| what the runs show |$' "$work/three/report.md")" = 0 ] &&
	! sed '1,/^### Moves beside/d; /^## What Linux/,$d' "$work/three/report.md" | grep -v '^\* \|^#\|^$\|^On bands, powerlaw' >"$work/out"
result $? "... and no reason where nothing is missed" "$work/out"
study insns=0.4 full=2400 freed=300 >"$work/runs.jsonl"
report three "$work/runs.jsonl"
holds three '`bucket`, 1/3: **missed**; 0 of 4 groups hold' &&
	explains three '| bands at 50 % | 0.400 [0.400 to 0.400] | 0.333 |' \
		'| bands at 50 %, Linux at proactiveness 100 | 1.042 [1.041 to 1.042] |' \
		'| 12.0 % | 0.0 % | 100.0 % | 100.0 % | pages moved that were freed before the demand |' && why three
result $? "... and where and why a goal was missed" "$work/out"
study occupancy=2100 bucket=2200 linux=1400 insns=0.9 insns_few=0.9 insns_uniform=0.9 delivered=1 policies=5000 >"$work/runs.jsonl"
report three "$work/runs.jsonl" && why three && [ "$(cat "$work/out")" = 17 ] && ! grep -q '{{' "$work/three/report.md"
result $? "... every goal for every row" "$work/out"
study occupancy=1100 bucket=1012 linux=1290 insns=0.34 insns_few=0.6 insns_uniform=0.9 delivered=1 policies=2999 spread=5 vain=200 >"$work/runs.jsonl"
{
	study seeds=3 memory=4096 bucket=1060 linux=1040 vain=10
	study seeds=2 kind=thp only=bands bucket=1060 delivered=1 failed=1
} | grep '"regime":"request"' >>"$work/runs.jsonl"
report three "$work/runs.jsonl" && why three &&
	explains three '| frames that did not clear may be all of it |' 'pages more in frames that cleared |' \
		'| bands, 4096 MiB at 10 %, *control* | 1.064, the worst seed |' \
		'| bands, thp at 10 %, *control, so far (2 seeds)* | 1.064, the worst seed |' \
		'| further from its minimum than Linux |' '| compactions failed |' \
		'| no compaction failed: what is missing was not compacted for |' '| fewer, but not beyond doubt |'
result $? "reasons are those that the figures show" "$work/out"
holds three '| moves / minimum at most 1.05 | bucket | **holds (controls: 9 of 12 miss)** |' &&
	holds three '| 0 of 12 | bands, 4096 MiB at 10 %: 1.064 |' && holds three 'Guests of 2, 4 GiB.' && holds three 'says `thp`'
result $? "controls have a column of their own" "$work/out"
study reach=1 first=400 late=200 zones=2 >"$work/runs.jsonl"
report three "$work/runs.jsonl" && explains three 'it empties one zone after the other' '*One zone after the other*:' &&
	study reach=1 first=400 late=200 >"$work/runs.jsonl" && report three "$work/runs.jsonl" &&
	explains three '| these runs do not tell |' && ! explains three 'one zone after the other' >"$work/out"
result $? "... one zone after the other only where there are two" "$work/out"
! holds one '`ascending`' && ! holds one 'says `thp`' && holds one 'Guests of 2 GiB.' && holds one 'ran apart from these data'
result $? "what has not run is not described"
study seeds=1 only=ascending | sed 's/"seed"/"sources":"abc","seed"/' >"$work/runs.jsonl"
study seeds=2 only=ascending | grep '"seed":2' | sed 's/"seed"/"sources":"'"$(printf %s def)"'","seed"/' >>"$work/runs.jsonl"
sed -i '/"seed":2,"perturbation":1.*"demand_pct":50/s/"def"/"abc"/' "$work/runs.jsonl"
report three "$work/runs.jsonl"
holds three '`ascending` is denser' && ! holds three '`descending`' && holds three 'The cells come from 2 versions of what runs in the guests'
result $? "versions of the sources are told" "$work/out"
# Headings of docs/policies.md as GitHub links to them
for anchor in $(grep -o 'policies.md#[a-z0-9-]*' "$work/three/report.md" | sed 's/.*#//' | sort -u); do
	sed -n 's/^##* //p' "$top/docs/policies.md" | tr '[:upper:] ' '[:lower:]-' | tr -cd 'a-z0-9\n-' | grep -qx "$anchor"
	result $? "there is a heading: $anchor"
done
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

report committed "$top/docs/data/study.jsonl.xz" "$top/docs/data/pool.jsonl.xz" && diff -r "$top/docs/report" "$work/committed" >"$work/out"
result $? "docs/report is the report of docs/data; else: make report" "$work/out"

exit $failed
