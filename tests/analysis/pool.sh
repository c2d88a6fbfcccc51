#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# analysis/pool with a guest that only says what poolwriter would: what is run, kept, shown, refused.
#   pool.sh FSANALYZE
# shellcheck disable=SC2016,SC2181 # the guest's own variables; result gets the status of all that is asked
set -u
unset SEEDS LAYOUTS POLICIES POOL_MIB JOBS # of whoever runs the tests

fsanalyze=${1:?usage: pool.sh FSANALYZE}
# shellcheck source=tests/result.sh
. "$(dirname "$0")/../result.sh"
# shellcheck source=tests/analysis/fake_study.sh
. "$here/fake_study.sh"

mkdir -p "$work/analysis" "$work/vm" "$work/build/bin"
cp -r "$here/../../analysis/pool" "$here/../../analysis/report" "$work/analysis/"
cp -r "$here/../../mk" "$work/"
cp "$fsanalyze" "$work/build/bin/fsanalyze"
echo kernel >"$work/kernel"
echo image >"$work/image"
study seeds=3 runs=1 >"$work/volatile.jsonl"
# `address` moves 2, 2.5 and 3 times the minimum with seeds 1, 2 and 3, others the minimum
cat >"$work/vm/run" <<'END'
#!/bin/bash
echo "${*//$'\n'/ }" >>"$BOOTS"
while [ "$1" != --out ]; do shift; done
out=$2
[[ "$*" =~ --layout\ ([a-z]+)\ --seed\ ([0-9]+)\ --policy\ ([a-z0-9,-]+) ]] || exit 2
layout=${BASH_REMATCH[1]} seed=${BASH_REMATCH[2]} policies=${BASH_REMATCH[3]}
[ "$layout-$seed" != "${BREAK:-}" ] || { echo "error: broken on purpose"; exit 126; }
for policy in ${policies//,/ }; do
	moves=1000
	[ "$policy" != address ] || moves=$((1500 + seed * 500))
	printf '{"type":"poolwriter","seed":%d,"layout":"%s","policy":"%s","feasible":20,"wanted":10,"cleared":10,"minimum":1000,' \
		$seed $layout $policy
	printf '"moves":%d,"given_up":0,"copied":%d,"flushes":%d,"fences":%d,"ns":%d}\n' \
		$moves $((moves * 4096)) $((moves * 2)) $((moves * 2)) $((moves * 2000))
done >"$out/runs.jsonl"
END
chmod +x "$work/vm/run"
export BOOTS="$work/boots"

pool() {
	: >"$BOOTS"
	BUILD=$work/build RESULTS=$work/results KERNEL=$work/kernel IMAGE=$work/image DATA=$work/volatile.jsonl \
		SEEDS="${SEEDS:-1 2 3}" LAYOUTS="${LAYOUTS:-bands uniform}" POLICIES="${POLICIES:-bucket address}" \
		POOL_MIB=${POOL_MIB:-32} \
		"$work/analysis/pool" >"$work/out" 2>&1
}
boots() { wc -l <"$BOOTS"; }
lines() { wc -l <"$work/results/pool/runs.jsonl"; }

BREAK=uniform-2 pool
[ $? = 1 ] && [ "$(boots)" = 6 ] && [ "$(lines)" = 10 ] && grep -q "uniform-2: failed; see .*/uniform-2/log" "$work/out" &&
	grep -q "error: 1 of 6 guests failed" "$work/out"
result $? "a guest that fails is told, and leaves the others whole" "$work/out"
pool
[ $? = 0 ] && [ "$(boots)" = 1 ] && [ "$(lines)" = 12 ]
result $? "... and is run again, and the others are not" "$work/out"
grep -q '^| bands | address | 30 of 30 | [^|]* | 2.50 \[2.00-3.00\] | 500 | 500 | 1000 | [^|]* | 0.50 |$' "$work/out" &&
	grep -q '^| bands | bucket | 30 of 30 | 1.03 | 1.00 | 200 | 200 | 400 |' "$work/out"
result $? "medians over seeds, beside volatile memory" "$work/out"
grep -q -- "--nvdimm .*/uniform-2/nvdimm --append llfree.pmem=dax1.0 --alloc llfree .*--layout uniform --seed 2 --policy bucket,address" "$BOOTS"
result $? "a pool is asked for" "$BOOTS"
[ -z "$(find "$work/results" -name nvdimm)" ]
result $? "no file of an NVDIMM stays"
POOL_MIB=48 pool
[ $? = 0 ] && [ "$(boots)" = 6 ]
result $? "another size is another run" "$work/out"
echo other >"$work/kernel"
POOL_MIB=48 pool
[ $? = 0 ] && [ "$(boots)" = 6 ]
result $? "... and another kernel" "$work/out"
refused() { # SENTENCE
	[ $? = 2 ] && grep -q "^error: $1" "$work/out" && [ "$(boots)" = 0 ]
	result $? "refused: $1" "$work/out"
}
POOL_MIB=0 pool
refused "POOL_MIB: 0 is less than 16"
POOL_MIB=20 pool
refused "POOL_MIB: 20 is not a multiple of 16"
POOL_MIB=x pool
refused "POOL_MIB: 'x' is not a number"
JOBS=0 pool
refused "JOBS: 0 is less than 1"
SEEDS="1 2 1" pool
refused "SEEDS: '1' is there twice"
SEEDS="1 -2" pool
refused "SEEDS: '-2' is not a number"
LAYOUTS="bands churn" pool
refused "LAYOUTS: 'churn' is not among uniform bands"
POLICIES="address address" pool
refused "POLICIES: 'address' is there twice"

exit $failed
