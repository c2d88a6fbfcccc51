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
		SEEDS="1 2" ROWS="buddy llfree/address" WORKLOADS="${WORKLOADS:-bands}" \
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

exit $failed
