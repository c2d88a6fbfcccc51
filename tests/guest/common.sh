# SPDX-License-Identifier: GPL-2.0-or-later
# What the tests in the guest share. A test ends with exit 0 (passed), 1
# (failed) or 77 (skipped); its last line says why.

fail() {
	echo "FAILED: $*"
	exit 1
}

skip() {
	echo "skipped: $*"
	exit 77
}

# counter NAME: of /proc/vmstat
counter() {
	awk -v name="$1" '$1 == name { print $2 }' /proc/vmstat
}

# meminfo NAME: in KiB
meminfo() {
	awk -v name="$1:" '$1 == name { print $2 }' /proc/meminfo
}

# wait_for SECONDS COMMAND...
wait_for() {
	limit=$(($1 * 10)); shift
	until "$@"; do
		limit=$((limit - 1))
		[ $limit -gt 0 ] || return 1
		sleep 0.1
	done
}

# rounds MANY FEW: which, and with the locks' order checked, where all takes ten times as long
rounds() {
	zcat /proc/config.gz | grep -q ^CONFIG_PROVE_LOCKING=y && echo "$2" || echo "$1"
}

llfree() {
	grep -q '\[llfree\]' /sys/kernel/mm/llfree/allocator 2>/dev/null
}

# Nobody compacts or migrates any more, kcompactd included
settled() {
	echo 1 >/proc/sys/vm/stat_refresh
	[ "$(counter nr_isolated_anon)" = 0 ] && [ "$(counter nr_isolated_file)" = 0 ] || return 1
	! llfree || ! grep -q 'blocked [1-9]' /sys/kernel/debug/llfree/validate
}

# The books are in order: the state in which every test must leave the kernel
healthy() {
	wait_for 20 settled || {
		grep nr_isolated /proc/vmstat
		! llfree || cat /sys/kernel/debug/llfree/validate
		fail "pages stay isolated or frames blocked"
	}
	if llfree; then
		said=$(cat /sys/kernel/debug/llfree/validate)
		[ "${said##*violations }" = 0 ] || fail "$said"
	fi
	# Bad page, oops, warning
	[ $(($(cat /proc/sys/kernel/tainted) & 0x2a0)) = 0 ] || fail "the kernel is tainted"
}

# Huge pages through /proc: how many there are once it has been asked for $1
demand() {
	echo "$1" >/proc/sys/vm/nr_hugepages
	cat /proc/sys/vm/nr_hugepages
}

# insist COUNT DEMANDS: all of so many huge pages by so many demands
insist() {
	left=$2
	while [ "$(demand "$1")" != "$1" ]; do
		left=$((left - 1))
		[ $left -gt 0 ] || fail "$(demand "$1") huge pages of $1 after $2 demands"
		sleep 0.1
	done
	echo "$1 huge pages by $(($2 - left + 1)) demands"
}

# fragment_memory PERCENT PINS: a process that holds it; $! is its number
fragment_memory() {
	rm -f /tmp/fragmented
	fragment "$1" "$2" /tmp/fragmented &
	wait_for 120 test -e /tmp/fragmented || fail "memory was not fragmented in time"
}

# The fragmenting process found its pages as it left them
end_fragment() {
	kill -0 "$1" 2>/dev/null || fail "a page that was moved changed"
	kill -9 "$1"
	wait "$1" 2>/dev/null
	:
}

# A load that was to run for longer found nothing wrong until now
end_load() {
	kill "$1" || fail "load ended before"
	wait "$1"
	status=$?
	[ $status = 143 ] || fail "load: status $status"
}
