# SPDX-License-Identifier: GPL-2.0-or-later
# lib/test_free_pages.c frees high orders page by page behind a raised
# reference, a million times. As much memory is free as before.
module=/lib/modules-fs/test_free_pages.ko
[ -e $module ] || skip "there is no $module"
# Caches come and go, KASAN holds back what was freed in them until they are
# shrunk, and pages on buddy's per-CPU lists are in no zone's count
free_pages() {
	echo 3 >/proc/sys/vm/drop_caches
	for cache in /sys/kernel/slab/*/shrink; do
		echo 1 >"$cache"
	done
	echo 1 >/proc/sys/vm/stat_refresh
	awk '$1 " " $2 == "pages free" { n += $3 } $1 == "count:" { n += $2 } END { print n }' /proc/zoneinfo
}
# What an idle guest's slabs differ by from one look to the next: 35 were seen
unchanged() {
	after=$(free_pages)
	[ $((before - after)) -lt 64 ] && [ $((after - before)) -lt 64 ]
}
free_pages >/dev/null
before=$(free_pages)
insmod $module || fail "insmod: $?"
rmmod test_free_pages
wait_for 20 unchanged || fail "$before pages were free, now $after"
echo "$before pages free before, $after after"
