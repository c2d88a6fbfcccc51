# SPDX-License-Identifier: GPL-2.0-or-later
# lib/test_free_pages.c frees high orders page by page behind a raised
# reference. MemFree must be what it was.
module=$(ls /lib/modules-fs/test_free_pages.ko 2>/dev/null) || skip "there is no test_free_pages.ko"
free_kib() {
	echo 1 >/proc/sys/vm/stat_refresh
	# Pages on buddy's per-CPU lists are in nobody's count
	echo 1 >/proc/sys/vm/compact_memory
	meminfo MemFree
}
before=$(free_kib)
insmod "$module" || fail "insmod: $?"
rmmod test_free_pages
after=$(free_kib)
echo "MemFree $before KiB before, $after KiB after"
# A lost page each time it loops would be gigabytes
[ $((before - after)) -lt 2048 ] || fail "$((before - after)) KiB did not come back"
