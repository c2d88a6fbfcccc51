# SPDX-License-Identifier: GPL-2.0-or-later
# Demand by page faults: some get no huge page, whatever is free. Each of the others
# asks for one, and the next step gets what was missing.
dir=/sys/kernel/debug/fail_page_alloc
[ -d $dir ] || skip "no fail_page_alloc"
echo N >$dir/task-filter
echo N >$dir/ignore-gfp-wait
echo N >$dir/ignore-gfp-highmem
echo 9 >$dir/min-order
echo 0 >$dir/verbose
# A fault may ask a node first and then all of them
echo 6 >$dir/times
before=$(counter thp_fault_fallback)
echo 100 >$dir/probability
rm -rf /tmp/thp
mkdir /tmp/thp
pfnlayout --layout bands --seed 3 --demand thp --steps 10,20 --out /tmp/thp
status=$?
echo 0 >$dir/probability
echo 1 >$dir/min-order
echo Y >$dir/ignore-gfp-highmem
[ $status = 0 ] || fail "pfnlayout: status $status"
fallbacks=$(($(counter thp_fault_fallback) - before))
echo "$fallbacks page faults fell back"
[ $fallbacks -ge 2 ] && [ $fallbacks -le 6 ] || fail "not 2 to 6"
# step K FIELD
step() {
	sed -n "s/.*\"step\":$1,.*\"$2\":\([0-9]*\).*/\1/p" /tmp/thp/steps.jsonl
}
[ $(($(step 1 requested_chunks) - $(step 1 delivered_chunks))) = $fallbacks ] ||
	fail "step 1 lacks not $fallbacks frames"
[ "$(step 2 requested_chunks)" = "$(step 2 delivered_chunks)" ] || fail "step 2 lacks frames"
