#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# analysis/compare with a guest that only hands out the fixture: what is run, kept, shown, refused.
#   compare.sh FSANALYZE
# shellcheck disable=SC2181 # check looks at the command before it
set -u

# shellcheck source=tests/analysis/fake_tree.sh
. "$(dirname "$0")/fake_tree.sh"

compare() {
	: >"$work/boots"
	BUILD=$work/build RESULTS=${RESULTS:-$work/results} NAME=test KERNEL=$work/kernel IMAGE=$work/image \
		SEEDS="${SEEDS:-1 2}" ROWS="${ROWS:-buddy llfree/address}" WORKLOADS="${WORKLOADS:-bands}" \
		"$work/analysis/compare" >"$work/out" 2>&1
}

# What a guest with a policy in BPF is told
echo policy >"$work/mine.bpf.o"

boots() { grep -c -- --thaw "$work/boots"; }
steps() { wc -l <"$work/results/test/runs.jsonl"; }

BREAK=address-2 STATUS=125 compare
[ $? = 1 ] && [ "$(boots)" = 7 ] && [ "$(steps)" = 6 ]
check "a guest that fails leaves the others whole"
grep -q 'bands llfree/address seed 2: FAILED: detail run failed with status 125, broken on purpose' "$work/out" &&
	grep -q 'llfree/address seed 2 is missing' "$work/out"
check "and is shown"

BREAK=address-2 STATUS=126 compare
[ $? = 1 ] && [ "$(boots)" = 2 ] && [ "$(steps)" = 8 ] &&
	grep -q 'llfree/address seed 2 is invalid and not averaged: detail run: broken on purpose' "$work/out"
check "a complaint of the kernel makes an invalid run; finished runs are kept"

echo other >"$work/kernel"
compare
[ $? = 0 ] && [ "$(boots)" = 8 ] && [ "$(steps)" = 8 ] && ! grep -q invalid "$work/results/test/table.md"
check "another kernel starts afresh"

echo >>"$work/build/bin/fsanalyze"
rm "$work/results/test/runs.jsonl"
compare
[ $? = 0 ] && [ "$(boots)" = 0 ] && [ "$(steps)" = 8 ]
check "another fsanalyze computes anew from the same boots"

rm "$work"/results/test/runs/*.inputs "$work"/results/test/runs/*/*.done
compare
[ $? = 0 ] && [ "$(boots)" = 8 ] && [ "$(steps)" = 8 ]
check "runs of unknown origin are made anew"

REGIME=system compare
[ $? = 0 ] && [ "$(boots)" = 8 ]
check "another setting boots again"
cp "$work/boots" "$work/booted"
REGIME=system compare
[ $? = 0 ] && [ "$(boots)" = 0 ] && grep -q '4 of 4 runs are there already' "$work/out"
check "what is finished is not run again"

grep -q -- '--freeze .*--mem 2048 .*--seed 2 .*frameshift record .* -o record.json -- pfnlayout --layout bands --seed 2 ' \
	"$work/booted" && grep -q -- '--thaw .*--then .*echo address >.*echo light ' "$work/booted"
check "the guest gets its commands"
[ "$(grep -c -- '^--freeze' "$work/booted")" = 4 ] && [ -z "$(find "$work/results" -name 'frozen*')" ]
check "memory is laid out once for all runs of an allocator and a seed, and kept no longer"

mkdir "$work/my"
touch "$work/my/file"
RESULTS="$work/my results" compare
[ $? = 0 ] && [ "$(boots)" = 8 ] && [ -e "$work/my/file" ] && [ -z "$(find "$work/my results" -name 'frozen*')" ]
check "a space in a path's name: no other folder goes"
mkdir "$work/my results/test/frozen.old"
touch "$work/my results/memory"
ln -s "$work/my results/memory" "$work/my results/test/frozen.old/ram"
RESULTS="$work/my results" compare
[ $? = 0 ] && [ ! -e "$work/my results/memory" ] && [ -z "$(find "$work/my results" -name 'frozen*')" ]
check "a frozen guest of a call that was killed goes, and its memory"

POLICIES=$work/mine.bpf.o compare
[ $? = 0 ] && [ "$(boots)" = 8 ] &&
	[ "$(grep -c -- "^--thaw .*frameshift policy load /policies/mine.bpf.o .*--add $work/mine.bpf.o:/policies/mine.bpf.o " "$work/boots")" = 8 ] &&
	[ "$(grep -c 'echo address >/sys/kernel/mm/llfree/compact' "$work/boots")" = 4 ]
check "policies in BPF are loaded, and chosen in the guest"

for workload in 'churn 1024 churn' 'folios 2048 folios' 'folios-small 2048 folios --release small'; do
	name=${workload%% *} program=${workload#* }
	WORKLOADS=$name compare
	[ $? = 0 ] && [ "$(boots)" = 8 ] && grep -q -- "^--freeze .*--mem ${program%% *} .* -- ${program#* } --seed 2 " "$work/boots"
	check "$name is a program of its own"
done

echo stuck >"$work/kernel"
STUCK=address compare
[ $? = 1 ] && [ "$(steps)" = 4 ] &&
	grep -q 'bands buddy seed 1: FAILED: detail run is of buddy/address; see .*/record.json' "$work/out" &&
	grep -q 'llfree/address seed 2: ok' "$work/out"
check "a run of another policy than the row's fails"
STUCK=linux ROWS=llfree/address SEEDS=3 compare
[ $? = 1 ] && grep -q 'seed 3: FAILED: detail run is of llfree/linux; .*record.json' "$work/out"
check "... on LLFree, too"

mkdir "$work/broken"
ln -s /bin/false "$work/broken/mktemp"
PATH=$work/broken:$PATH SEEDS=4 compare
[ $? = 1 ] && [ "$(boots)" = 0 ] && grep -q '^.1/2. .*: FAILED: ended before' "$work/out" &&
	grep -q '^.2/2. .*: FAILED: ended before' "$work/out" && grep -q '^error: no run succeeded' "$work/out"
check "what ends before it could say why ends alone"

refused() { # SENTENCE
	[ $? = 2 ] && grep -q "^error: $1" "$work/out" && [ ! -s "$work/boots" ]
	check "refused: $1"
}
for steps in 50,10 10,10; do
	STEPS=$steps compare
	refused "STEPS: $steps do not ascend"
done
for steps in '10 50 90' 10,,50 '10,' x; do
	STEPS=$steps compare
	refused "STEPS: '$steps' is not a list like 10,50,90"
done
STEPS=50,101 compare
refused "STEPS: '101' is not a percentage"
for row in budy llfree linux/address llfree/ llfree/a/b; do
	ROWS="buddy $row" compare
	refused "ROWS: '$row' is not buddy or llfree/POLICY"
done
WORKLOADS="bands band" compare
refused "WORKLOADS: 'band' is not among uniform bands .* folios-small"
SEEDS=1,2 compare
refused "SEEDS: '1,2' is not a number"
SEEDS="1 1" compare
refused "SEEDS: '1' is there twice"
SEEDS=" " compare
refused "SEEDS is empty"
ROWS="buddy llfree/address buddy" compare
refused "ROWS: 'buddy' is there twice"
WORKLOADS="bands bands" compare
refused "WORKLOADS: 'bands' is there twice"
PERTURB="1 01" compare
refused "PERTURB: '01' is not a number"
DEMAND="thp none" compare
refused "DEMAND: 'thp none' is not hugetlb, thp or none"
SEEDS="1 4294967296" compare
refused "SEEDS: 4294967296 is more than 4294967295"
PERTURB=4294967296 compare
refused "PERTURB: 4294967296 is more than 4294967295"
PINS=1001 compare
refused "PINS: 1001 is more than 1000"
PREFLIGHT=no compare
refused "PREFLIGHT: 'no' is not 0 or 1"
TARGETS=radnom compare
refused "TARGETS: 'radnom' is not among own .* random"
ACCEL=qemu compare
refused "ACCEL: 'qemu' is not icount, tcg, kvm or auto"
REGIME=sytem compare
refused "REGIME: 'sytem' is not request or system"
JOBS=0 compare
refused "JOBS: 0 is less than 1"
JOBS=2.5 compare
refused "JOBS: '2.5' is not a number"
absent() { # SENTENCE
	[ $? = 1 ] && grep -q "^error: $1" "$work/out" && [ ! -s "$work/boots" ]
	check "absent: $1"
}
POLICIES="$work/mine.bpf.o $work/none.bpf.o" compare
absent "POLICIES: there is no $work/none.bpf.o: run 'make tools'"
rm "$work/kernel"
mkdir "$work/kernel"
compare
absent "there is no $work/kernel: run 'make compare'"

exit $failed
