#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# analysis/study with a guest that only hands out the fixture: what it runs, skips, keeps, makes.
#   study.sh FSANALYZE
# shellcheck disable=SC2181 # check looks at the command before it
set -u

# shellcheck source=tests/analysis/fake_tree.sh
. "$(dirname "$0")/fake_tree.sh"
export BUILD="$work/build" RESULTS="$work/results" \
	KERNEL="$work/kernel" IMAGE="$work/image" OFFERED='[address] novel' PERTURB=1

# The kernel and the image that make builds
mkdir -p "$BUILD/obj/vm/arch/x86/boot"
ln -s "$KERNEL" "$BUILD/obj/vm/arch/x86/boot/bzImage"
ln -s "$IMAGE" "$BUILD/compare.cpio"

study() {
	: >"$work/boots"
	"$work/analysis/study" >"$work/out" 2>&1
}

boots() { grep -c -- --thaw "$work/boots"; }
steps() { wc -l <"$work/results/study/runs.jsonl"; }

PARTS=request WORKLOADS=bands SEEDS=11 study
[ $? = 0 ] && [ "$(boots)" = 6 ] && [ "$(steps)" = 6 ]
check "a row for buddy and each policy that the kernel offers, and no others"
grep -q 'skipped, not offered by this kernel.*llfree/occupancy .*llfree/just-enough' "$work/out" &&
	! grep -q 'skipped.*:.*llfree/address' "$work/out"
check "what it does not offer is named"
grep -q 'echo novel >' "$work/boots"
check "a policy that the matrix does not name runs with the others"
grep -q '^\[3/3\] request: bands .* seed 11.1: ok' "$work/out" && grep -q '\[1/3\].* left)' "$work/out"
check "progress with the time left"
for table in table versus end-to-end costs spread missing; do
	[ "$table" = missing ] || grep -q 'llfree/address' "$work/results/study/$table.md" || break
done
[ "$table" = missing ] && grep -q "no occupancy.md: there is no row 'llfree/occupancy'" "$work/out"
check "tables of all kinds, but of a row that did not run"

PARTS=request WORKLOADS=bands SEEDS=11 study
[ $? = 0 ] && [ ! -s "$work/boots" ] && grep -q '3 of 3 runs are there already' "$work/out"
check "what is finished is not run again, nor the kernel asked again"
PARTS=request WORKLOADS=bands SEEDS='11 14' study
[ $? = 0 ] && [ "$(boots)" = 4 ] && [ "$(steps)" = 10 ] && ! grep -q 'novel.*--seed 14' "$work/boots"
check "more seeds go on from there; the others get only the first"

PARTS='system proactive' ROWS=buddy WORKLOADS=bands SEEDS=12 study
grep -q 'echo 100 >/proc/sys/vm/compaction_proactiveness' "$work/boots" && [ "$(boots)" = 6 ]
check "filters by part and row; Linux's proactiveness is set"

# Killed in the middle: what was finished stays, the rest comes with the next call.
echo other >"$work/kernel"
: >"$work/boots"
SLOW=novel PARTS=request WORKLOADS=bands SEEDS=11 JOBS=1 "$work/analysis/study" >"$work/out" 2>&1 &
study=$!
while ! grep -q 'echo novel >' "$work/boots"; do
	sleep 0.05
done
kill "$study"
! wait "$study" && [ "$(boots)" = 5 ] && [ ! -e "$work/results/study/runs/request-bands-llfree-novel-11.1.jsonl" ]
check "another kernel runs all again; a killed run leaves no half result"
PARTS=request WORKLOADS=bands SEEDS=11 study
[ $? = 0 ] && [ "$(boots)" = 2 ] && [ "$(steps)" = 6 ]
check "a call after it does the rest alone"

# What another machine has run comes from its file, if it ran the same.
mkdir -p "$work/docs/data"
xz -c "$work/results/study/runs.jsonl" >"$work/docs/data/study.jsonl.xz"
rm -r "$work/results"
STEPS=50,100 PARTS=request WORKLOADS=bands SEEDS='11 14' study
[ $? = 0 ] && [ "$(boots)" = 4 ] && [ "$(steps)" = 10 ] && ! grep -q -- '--seed 11' "$work/boots"
check "a study goes on where another machine stopped"
echo changed >"$work/workloads/source"
STEPS=50,100 PARTS=request WORKLOADS=bands SEEDS=11 study
[ $? = 0 ] && [ "$(boots)" = 6 ]
check "runs of other sources are made anew"
rm -r "$work/results"
STEPS=50,100 ANY_SOURCES=1 PARTS=request WORKLOADS=bands SEEDS=11 study
[ $? = 0 ] && [ "$(boots)" = 0 ] && [ "$(steps)" = 6 ]
check "unless they are good enough"
for engine in TARGETS=random ACCEL=tcg "KERNEL=$work/workloads/source"; do
	(export STEPS=50,100 ANY_SOURCES=1 PARTS=request WORKLOADS=bands SEEDS=11 "${engine?}" && study)
	[ $? = 0 ] && [ "$(boots)" = 6 ]
	check "those of another engine are made anew: ${engine%%=*}"
	rm -r "$work/results"
done
STEPS=50,90 ANY_SOURCES=1 PARTS=request WORKLOADS=bands SEEDS=11 study
[ "$(boots)" = 6 ]
check "runs with other steps are other runs"
rm "$work/docs/data/study.jsonl.xz"

refused() { # STATUS SENTENCE
	[ "$?" = "$1" ] && grep -q "$2" "$work/out"
	check "refused: $2"
}
SEEDS=1 study
refused 2 "SEEDS: there is no '1' among 11 12"
ROWS=llfree/adress study
refused 2 "ROWS: there is no 'llfree/adress'"
PARTS=larg study
refused 2 "PARTS: there is no 'larg' among request large"
PERTURB=x study
refused 2 "PERTURB: 'x' is not a number"
PERTURB='1 1' study
refused 2 "PERTURB: '1' is there twice"
STEPS=50,10 study
refused 2 "STEPS: 50,10 do not ascend"
JOBS=x study
refused 2 "JOBS: 'x' is not a number"
ROWS=llfree/tree study
refused 2 "nothing to run"
KERNEL=$work/none study
refused 1 "there is no $work/none: run 'make study'"
rm "$work/results/study/policies"
OFFERED='' study
refused 1 "a guest could not be asked for its policies, status 125"

exit $failed
