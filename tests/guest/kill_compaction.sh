# SPDX-License-Identifier: GPL-2.0-or-later
# SIGKILL in the middle of a compaction: nothing stays isolated or blocked.
fragment_memory 80 0
pid=$!
free=$(($(meminfo MemFree) / 2048))
stalls=$(counter compact_stall)
caught=0
for delay in $(rounds "01 03 08 21 55" "03 21"); do
	sh -c "echo $free >/proc/sys/vm/nr_hugepages" &
	sleep 0.$delay
	kill -9 $! 2>/dev/null
	wait $!
	[ $? = 137 ] && caught=$((caught + 1))
	(healthy) || fail "after a kill at 0.$delay s"
	demand 0 >/dev/null
	sh -c "echo 1 >/proc/sys/vm/compact_memory" &
	sleep 0.$delay
	kill -9 $! 2>/dev/null
	wait $!
	[ $? = 137 ] && caught=$((caught + 1))
	(healthy) || fail "after a kill at 0.$delay s of compact_memory"
	end_fragment $pid
	fragment_memory 80 0
	pid=$!
done
end_fragment $pid
[ $caught -gt 0 ] || fail "every compaction was over before it was killed"
[ "$(counter compact_stall)" -gt "$stalls" ] || fail "nothing was compacted"
