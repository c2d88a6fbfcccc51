#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# fsanalyze goals on studies that reach every goal, miss one, or are too small to tell.
#   goals.sh FSANALYZE
# shellcheck disable=SC2181 # result gets the status of all that is asked
set -u

fsanalyze=${1:?usage: goals.sh FSANALYZE}
# shellcheck source=tests/result.sh
. "$(dirname "$0")/../result.sh"
# shellcheck source=tests/analysis/fake_study.sh
. "$here/fake_study.sh"

verdicts() { # CHANGE...: a line each, "GOAL ROW VERDICT"
	study "$@" >"$work/runs.jsonl"
	"$fsanalyze" goals --json "$work/runs.jsonl" >"$work/json" || return
	jq -r '[.id, .row, .verdict] | join(" ")' "$work/json"
}

verdicts >"$work/all"
[ $? = 0 ] && [ "$(wc -l <"$work/all")" = 17 ] && ! grep -qv ' holds$' "$work/all"
result $? "every goal holds" "$work/all"

# What a change does: NAME CHANGE... -- GOAL ROW VERDICT, a line each; all other goals hold.
other() {
	name=$1
	shift
	changes=
	while [ "$1" != -- ]; do
		changes="$changes $1"
		shift
	done
	shift
	# shellcheck disable=SC2086
	verdicts $changes >"$work/out"
	diff "$work/all" "$work/out" | sed -n 's/^> //p' >"$work/changed"
	printf '%s\n' "$@" | diff -u - "$work/changed"
	result $? "$name"
}

other "occupancy at 1.03" occupancy=1030 -- "occupancy-minimum llfree/occupancy missed"
other "bucket at 1.06, a twentieth of Linux's avoidable moves" bucket=1060 -- \
	"bucket-minimum llfree/bucket missed" "removed llfree/bucket missed"
other "Linux at 1.2: no moves to remove" linux=1200 -- \
	"removed llfree/occupancy no data" "removed llfree/bucket no data"
other "more moves than Linux" linux=1020 -- "removed llfree/occupancy no data" "removed llfree/bucket no data" \
	"never-more llfree/bucket missed"
other "more moves than Linux, but not significantly" linux=1030 bucket=1031 occupancy=1000 spread=5 -- \
	"removed llfree/occupancy no data" "removed llfree/bucket no data"
other "instructions at 50 and 90 %" insns=0.34 -- "insns llfree/occupancy missed" "insns llfree/bucket missed"
other "instructions at 10 %" insns_few=0.51 -- "insns-few llfree/occupancy missed" "insns-few llfree/bucket missed"
other "instructions on uniform" insns_uniform=0.81 -- \
	"insns-uniform llfree/occupancy missed" "insns-uniform llfree/bucket missed"
other "half of the demand" delivered=1 only=bands -- "insns-uniform llfree/occupancy no data" \
	"insns-uniform llfree/bucket no data" "delivered llfree/occupancy missed" "delivered llfree/bucket missed"
other "pinned layouts may fail" delivered=1 only=churn -- "insns-uniform llfree/occupancy no data" \
	"insns-uniform llfree/bucket no data"
other "Linux with less background moves less" full=2400 -- "system llfree/occupancy missed" \
	"system llfree/bucket missed" "system llfree/on-free missed"
[ "$(jq -r 'select(.id == "system") | .worst.against' "$work/json" | sort -u)" = 'buddy, proactiveness 100' ]
result $? "... and is named"
study only=bands | grep -v '"allocator":"buddy".*"proactiveness":20' >"$work/runs.jsonl"
"$fsanalyze" goals --json "$work/runs.jsonl" |
	jq -r 'select(.id == "system" and .row == "llfree/on-free") | .verdict, .groups[].against' >"$work/out"
printf 'holds\nbuddy, proactiveness 0\nbuddy, proactiveness 100\n' | diff -u - "$work/out"
result $? "... also where the default has not run"
other "as many moves as Linux are not fewer" off=2500 spread=0 -- "system llfree/occupancy missed" \
	"system llfree/bucket missed" "system llfree/on-free missed"
other "layouts that are no pairs" apart=9 only=uniform -- "removed llfree/occupancy no data" \
	"removed llfree/bucket no data" "never-more llfree/occupancy no data" "never-more llfree/bucket no data" \
	"insns llfree/occupancy no data" "insns llfree/bucket no data" "insns-few llfree/occupancy no data" \
	"insns-few llfree/bucket no data" "insns-uniform llfree/occupancy no data" "insns-uniform llfree/bucket no data"
other "churn pairs by seed" apart=9 only=churn -- "insns-uniform llfree/occupancy no data" \
	"insns-uniform llfree/bucket no data"

# Too small to tell
verdicts seeds=9 occupancy=1030 >"$work/out"
[ $? = 0 ] && ! grep -qv ' not decided (9 seeds)$' "$work/out" &&
	[ "$(jq -r 'select(.id == "occupancy-minimum") | .hold, .decided, .worst.holds' "$work/json" | xargs)" = '0 0 false' ]
result $? "nine seeds decide nothing, nor against it" "$work/out"
verdicts runs=2 >"$work/out"
[ $? = 0 ] && ! grep -qv ' not decided (10 seeds, 0 with 3 runs)$' "$work/out"
result $? "nor do two perturbations" "$work/out"

# A group that misses a goal by far, with too few seeds, beside some that miss it for certain
{
	study bucket=1060 only=bands
	study bucket=1500 seeds=9 only=churn | grep -v '"regime":"system"'
} >"$work/runs.jsonl"
"$fsanalyze" goals --json "$work/runs.jsonl" | jq -r 'select(.id == "bucket-minimum") |
	[.verdict, .decided, (.groups | length), .worst.verdict, .worst.seeds] | join(" ")' >"$work/out"
echo 'missed 3 6 missed 10' | diff -u - "$work/out"
result $? "the worst group is one that misses for certain"

# Of ten seeds one run that delivered half
study only=bands >"$work/runs.jsonl"
sed -i '/"policy":"bucket".*"regime":"request".*"seed":7,"perturbation":2.*"demand_pct":50/s/"delivered_chunks":2/"delivered_chunks":1/' \
	"$work/runs.jsonl"
"$fsanalyze" goals --json "$work/runs.jsonl" | jq -r 'select(.id == "delivered") |
	[.row, .verdict, .hold, .worst.demand, .worst.judged, .worst.value] | join(" ")' >"$work/out"
printf 'llfree/occupancy holds 4 10 %% 1 1\nllfree/bucket missed 3 50 %% 0.5 1\n' | diff -u - "$work/out"
result $? "all delivered: the worst run counts"

# A seed short in one group; in another goal's groups nothing changes.
study >"$work/runs.jsonl"
sed -i '/"policy":"bucket".*"mode":"bands".*"regime":"request".*"seed":7,"perturbation":2.*"demand_pct":50/s/"valid":true/"valid":false/' \
	"$work/runs.jsonl"
"$fsanalyze" goals --json "$work/runs.jsonl" | jq -r '[.id, .row, .verdict] | join(" ")' >"$work/out"
[ "$(grep -c ' holds where decided$' "$work/out")" = 5 ] && [ "$(grep -c ' holds$' "$work/out")" = 12 ]
result $? "an invalid run is no run" "$work/out"
"$fsanalyze" goals --json "$work/runs.jsonl" | jq -c 'select(.id == "bucket-minimum") |
	[.hold, .decided, [.groups[] | select(.invalid > 0) | .workload, .demand, .seeds, .full_seeds, .runs, .invalid, .verdict]]' \
	>"$work/out"
echo '[9,8,["pfnlayout bands, hugetlb demand, request regime, 2048 MiB","50 %",10,9,29,1,"not decided (10 seeds, 9 with 3 runs)"]]' |
	diff -u - "$work/out"
result $? "... and is counted"

# Controls: what the study runs with three seeds.  Beside groups that all hold they decide nothing.
controls() { # SED CHANGE...: those of the request regime that CHANGE makes, and SED of them
	edit=$1
	shift
	{
		study only=bands
		study seeds=3 "$@" | grep '"regime":"request"' | sed "$edit"
	} >"$work/runs.jsonl"
	"$fsanalyze" goals --json "$work/runs.jsonl" >"$work/json"
}
told() { # GOAL ROW: verdict, main groups and those that hold, of the controls all, those that hold and that miss, and the worst
	jq -r --arg goal "$1" --arg row "llfree/$2" 'select(.id == $goal and .row == $row) | [.verdict, .main, .hold,
		.controls.groups, .controls.hold, .controls.missed, (.controls.worst | .judged * 1000 | round)] | join(" ")' "$work/json"
}
expect() { # GOAL ROW TEXT NAME
	told "$1" "$2" >"$work/out"
	echo "$3" | diff - "$work/out" >"$work/diff"
	result $? "controls: $4" "$work/diff"
}
controls '' memory=4096 only=bands
expect bucket-minimum bucket 'holds 3 3 3 3 0 1034' "that hold"
jq -r .verdict "$work/json" | sort -u >"$work/out"
printf 'holds\nno data\n' | diff - "$work/out" >"$work/diff"
result $? "... and change no verdict" "$work/diff"
controls '' memory=4096 only=bands bucket=1060
expect bucket-minimum bucket 'holds (controls: 3 of 3 miss) 3 3 3 0 3 1064' "that miss are told beside the verdict"
# Where pages are pinned not all can be delivered, and the study does not run it.
study delivered=1 only=bands | sed 's/"memory_mib"/"pin_permille":1,&/' >"$work/pinned.jsonl"
"$fsanalyze" goals --json "$work/pinned.jsonl" >"$work/out"
[ "$(jq -s '.[] | select(.id == "delivered") | .groups | length' "$work/out" | sort -u)" = 0 ] &&
	[ "$(jq -s '[.[].groups[] | select(.control | not)] | length' "$work/out")" = 0 ]
result $? "no goal is judged by runs with pinned pages" "$work/out"
"$fsanalyze" values "$work/pinned.jsonl" | cut -f 1 | sort -u >"$work/out"
printf 'bands-pins-1\nlayout\n' | diff -u - "$work/out"
result $? "... which are layouts of their own"

"$fsanalyze" goals --markdown "$work/runs.jsonl" >"$work/out"
grep -q '| llfree/bucket | 3 | 3 | 3 | holds (controls: 3 of 3 miss) | .* | 0 of 3 | pfnlayout bands, .* 4096 MiB, 10 % | 1.064 |$' "$work/out"
result $? "... also in the table" "$work/out"
"$fsanalyze" goals --groups "$work/runs.jsonl" | grep 'bucket-minimum.*4096' >"$work/out"
[ "$(grep -c ' yes .* missed$' "$work/out")" = 3 ]
result $? "... and of the groups" "$work/out"
controls '/"policy":"bucket".*"seed":2,.*"demand_pct":50/s/"pages_moved":[0-9]*,"optimal/"pages_moved":1100,"optimal/' \
	memory=4096 only=bands
expect bucket-minimum bucket 'holds (controls: 1 of 3 misses) 3 3 3 2 1 1100' "one seed of three misses"
controls '/"policy":"bucket".*"seed":2,"perturbation":1.*"demand_pct":50/s/"pages_moved":[0-9]*,"optimal/"pages_moved":1100,"optimal/' \
	memory=4096 only=bands
expect bucket-minimum bucket 'holds 3 3 3 3 0 1035' "a seed is the median of its runs"
controls '/"seed":3/d' memory=4096 only=bands bucket=1060
expect bucket-minimum bucket 'holds 3 3 3 0 0 1064' "two seeds decide nothing"
controls '' memory=4096 only=bands bucket=2010 linux=2000
expect never-more bucket 'holds (controls: 3 of 3 miss) 3 3 3 0 3 1005' "not a seed may move more"
controls '/"policy":"bucket".*"seed":2,"perturbation":1.*"demand_pct":50/s/"delivered_chunks":2/"delivered_chunks":1/' \
	only=bands kind=thp
expect delivered bucket 'holds (controls: 1 of 3 misses) 4 4 3 2 1 500' "not a run may fall short"

# They are what the study's matrix runs with few seeds.
"$here/../../analysis/study" --help | while read -r _ rows layouts seeds memory demand regime _; do
	case $seeds,$demand,$rows in
	all,hugetlb,*main* | few,hugetlb,*main* | few,hugetlb,*bucket* | few,thp,*main*) ;;
	*) continue ;;
	esac
	for layout in $(echo "$layouts" | tr , ' '); do
		study seeds=1 runs=1 only="$layout" memory="$memory" kind="$demand" | grep '"regime":"request"' |
			sed "s/\"request\",\"proactiveness\":0/\"$regime\",\"proactiveness\":20/" >"$work/runs.jsonl"
		echo "$layout $memory $demand $regime $seeds $("$fsanalyze" goals --json "$work/runs.jsonl" |
			jq -r '.groups[] | if .control then "few" else "all" end' | sort -u)"
	done
done >"$work/out"
[ "$(wc -l <"$work/out")" -gt 10 ] && ! awk '$5 != $6' "$work/out" | grep .
result $? "controls: what the study runs with few seeds" "$work/out"

# Figures, by hand: runs of 1030 + (seed % 3) + 1, 2, 3
study only=bands >"$work/runs.jsonl"
"$fsanalyze" goals --json "$work/runs.jsonl" | jq -c 'select(.id == "bucket-minimum") | .groups[0] |
	[(.value * 1000 | round), (.range.lo * 1000 | round), (.range.hi * 1000 | round), (.runs_range.lo * 1000 | round),
	(.runs_range.hi * 1000 | round), (.within_seed * 1e6 | round), .against]' >"$work/out"
echo '[1033,1032,1034,1031,1035,968,null]' | diff -u - "$work/out"
result $? "value, ranges and spread"
sed '/"policy":"bucket".*"regime":"request".*"seed":10,.*"demand_pct":10/s/"pages_moved":[0-9]*,"optimal/"pages_moved":2066,"optimal/' \
	"$work/runs.jsonl" >"$work/skewed.jsonl"
"$fsanalyze" goals --json "$work/skewed.jsonl" |
	jq -c 'select(.id == "bucket-minimum") | .groups[0] | (.value * 1000 | round)' >"$work/out"
echo 1107 | diff -u - "$work/out"
result $? "a geometric mean, 1.033 times the tenth root of 2"
"$fsanalyze" values "$work/runs.jsonl" >"$work/out"
[ $? = 0 ] && awk -F '\t' 'NR == 1 { columns = NF } NF != columns { bad = 1 }
	$1 == "bands" && $3 == "request" && $5 == 50 && $6 == "llfree/bucket" { value[$7] = $8 }
	END { exit bad || value["delivered"] != 1 || value["insns/linux"] != 0.3 || value["choosing/cleared"] != 1500 ||
		value["moves/minimum"] < 1.032 || value["moves/minimum"] > 1.034 || value["moves/cleared"] != 1333 ||
		value["words/decision"] != 4 || value["minimum/linux"] != 1 || value["cleared/needed"] != 1 ||
		value["reached/minimum"] < 1.032 || value["reached/minimum"] > 1.034 || value["zones"] != 1 ||
		value["compactions"] != 4 || value["missing"] != 0 }' "$work/out"
result $? "the same for other programs" "$work/out"

"$fsanalyze" goals --markdown "$work/runs.jsonl" >"$work/out"
grep -q '^| moves / minimum at most 1.05 | llfree/bucket | 3 | 3 | 3 | holds | pfnlayout bands, .* | 1.033 | 1.0.. to 1.0.. | 10 | 0 of 0 | - | - |$' \
	"$work/out"
result $? "a table" "$work/out"
"$fsanalyze" goals --groups "$work/runs.jsonl" >"$work/out"
grep -q '^delivered  *llfree/bucket .*90 %  *no  *100.0 % .* 10  *30  *0  *holds$' "$work/out"
result $? "... and of the groups" "$work/out"
"$fsanalyze" goals --json --markdown "$work/runs.jsonl" >"$work/out" 2>&1
[ $? = 2 ] && grep -q 'usage: fsanalyze goals' "$work/out"
result $? "refused: two formats at once" "$work/out"

exit $failed
