# SPDX-License-Identifier: GPL-2.0-or-later
# Demand by page faults: some get no huge page, whatever is free. Each one asks for a
# huge page, those after it and those for the frames that it did not get as well.
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
# step K FIELD
step() {
	sed -n "s/.*\"step\":$1,.*\"$2\":\([0-9]*\).*/\1/p" /tmp/thp/steps.jsonl
}
missing=$(($(step 2 requested_chunks) - $(step 1 delivered_chunks)))
faults=$(($(step 1 requested_chunks) + missing))
echo "$fallbacks of $faults page faults fell back"
# Linux may have deferred compaction for failures before this test
[ $fallbacks -ge 2 ] || fail "no fault asked after the first one"
[ $((faults - fallbacks)) = "$(step 2 delivered_chunks)" ] ||
	fail "$(step 2 delivered_chunks) frames are not those of the others"
