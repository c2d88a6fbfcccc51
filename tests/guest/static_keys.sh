# SPDX-License-Identifier: GPL-2.0-or-later
# Keys in wakeups and allocations are switched while other CPUs run through them, as
# each trace event does that is enabled. Where QEMU is older than 8.1 the kernel dies
# of it within seconds if it does not write a patched instruction twice.
features=/sys/kernel/debug/sched/features
numa_stat=/proc/sys/vm/numa_stat
[ -e $features ] && [ -e $numa_stat ] || fail "no keys to switch"

yes | cat >/dev/null &
pids=$!
yes | cat >/dev/null &
pids="$pids $!"
trap 'kill $pids' EXIT
left=$(rounds 100 20)
while [ $left -gt 0 ]; do
	echo NO_WAKEUP_PREEMPTION >$features && echo 0 >$numa_stat &&
		echo WAKEUP_PREEMPTION >$features && echo 1 >$numa_stat || fail "a key was not switched"
	left=$((left - 1))
done
