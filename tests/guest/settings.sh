# SPDX-License-Identifier: GPL-2.0-or-later
# A workload that is killed puts back what it changed of the system.
settings() {
	cat /proc/sys/vm/compaction_proactiveness /proc/sys/vm/watermark_boost_factor \
		/proc/sys/vm/nr_hugepages /sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs
}
# killed DEMAND COMMAND...: once COMMAND succeeds
killed() {
	demand=$1
	shift
	before=$(settings)
	pfnlayout --layout uniform --demand $demand --out /tmp >/dev/null &
	pid=$!
	wait_for 120 "$@" || fail "$demand: it did not come so far"
	kill $pid
	wait $pid
	status=$?
	[ $status = 143 ] || fail "$demand: status $status"
	[ "$(settings)" = "$before" ] || fail "$demand: it left" $(settings)
}
quiet() {
	[ "$(cat /proc/sys/vm/compaction_proactiveness)" = 0 ]
}
has_huge_pages() {
	[ "$(cat /proc/sys/vm/nr_hugepages)" != 0 ]
}
scans_later() {
	[ "$(cat /sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs)" = 4294967295 ]
}
killed hugetlb quiet
killed hugetlb has_huge_pages
killed thp scans_later
