# SPDX-License-Identifier: GPL-2.0-or-later
# lib/test_free_pages.c frees high orders page by page behind a raised
# reference, a million times. As much memory is free as before.
module=/lib/modules-fs/test_free_pages.ko
[ -e $module ] || skip "there is no $module"
# Pages on buddy's per-CPU lists are in no zone's count
free_pages() {
	echo 1 >/proc/sys/vm/stat_refresh
	awk '$1 " " $2 == "pages free" { n += $3 } $1 == "count:" { n += $2 } END { print n }' /proc/zoneinfo
}
before=$(free_pages)
insmod $module || fail "insmod: $?"
rmmod test_free_pages
after=$(free_pages)
echo "$before pages free before, $after after"
# Of each million rounds, not one may lose a page; insmod itself costs some
[ $((before - after)) -lt 512 ] || fail "$((before - after)) pages did not come back"
