# SPDX-License-Identifier: GPL-2.0-or-later
# lib/test_free_pages.c frees high orders page by page behind a raised
# reference, a million times. No page is lost by it.
module=/lib/modules-fs/test_free_pages.ko
[ -e $module ] || skip "there is no $module"
# Free pages, those on buddy's per-CPU lists too, and pages in whose use is told:
# an idle guest's slabs and threads come and go, and KASAN holds back what was
# freed. What is missing from the sum, the allocator has lost.
free_pages() {
	echo 3 >/proc/sys/vm/drop_caches
	echo 1 >/proc/sys/vm/stat_refresh
	cat /proc/zoneinfo /proc/vmstat /proc/meminfo | awk '
		$1 " " $2 == "pages free" { n += $3 }
		$1 == "count:" { n += $2 }
		/^nr_(slab_reclaimable|slab_unreclaimable|page_table_pages|anon_pages|file_pages) / { n += $2 }
		$1 == "nr_kernel_stack" || $1 == "VmallocUsed:" { n += $2 / 4 }
		END { print int(n) }'
}
# The reader itself is told of a moment later than the free pages
unchanged() {
	after=$(free_pages)
	[ $((before - after)) -lt 32 ] && [ $((after - before)) -lt 32 ]
}
free_pages >/dev/null
before=$(for turn in 1 2 3 4 5; do free_pages; done | sort -n | sed -n 3p)
insmod $module || fail "insmod: $?"
rmmod test_free_pages
wait_for 20 unchanged || fail "$before pages were free or in use, now $after"
echo "$before pages free or in use before, $after after"
