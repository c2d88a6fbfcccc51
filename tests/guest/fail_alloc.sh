# SPDX-License-Identifier: GPL-2.0-or-later
# Every third page allocation of the compacting task fails, those for the
# targets of migration included. It ends, loses nothing, and works afterwards.
dir=/sys/kernel/debug/fail_page_alloc
[ -d $dir ] || skip "no fail_page_alloc"
fragment_memory 80 0
pid=$!
free=$(($(meminfo MemFree) / 2048))
echo Y >$dir/task-filter
echo N >$dir/ignore-gfp-wait
echo 0 >$dir/min-order
echo 0 >$dir/verbose
echo -1 >$dir/times
echo 33 >$dir/probability
failed=$(counter pgmigrate_fail)
# Only this task's: made to fail after the fork, before the write
for round in $(rounds "1 2 3" 1); do
	(echo 1 >/proc/self/make-it-fail; echo 1 >/proc/sys/vm/compact_memory) 2>/dev/null
	(echo 1 >/proc/self/make-it-fail; echo $((free / 2)) >/proc/sys/vm/nr_hugepages) 2>/dev/null
	(healthy) || fail "round $round"
	demand 0 >/dev/null
done
echo 0 >$dir/probability
failed=$(($(counter pgmigrate_fail) - failed))
echo "$failed pages did not move"
# Buddy isolates its targets, which no fault injection sees
! llfree || [ $failed -gt 0 ] ||
	fail "no target was refused"
# Linux defers compaction that failed for up to 64 demands.
stalls=$(counter compact_stall)
insist $((free / 2)) 130
echo "$(($(counter compact_stall) - stalls)) compactions"
demand 0 >/dev/null
end_fragment $pid
