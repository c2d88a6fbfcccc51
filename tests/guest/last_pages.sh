# SPDX-License-Identifier: GPL-2.0-or-later
# Four CPUs with fewer than 64 free pages in their zone: every allocation is
# an exhaustive search, and none may fail, for that would be an OOM kill.
llfree ||
	skip "buddy's per-CPU lists hide more pages than that from other CPUs: OOM by design"
saved=$(cat /proc/sys/vm/min_free_kbytes /proc/sys/vm/watermark_scale_factor)
kills=$(counter oom_kill)
# A minimum of 16 pages in all zones together, and kswapd's marks near by
echo 64 >/proc/sys/vm/min_free_kbytes
echo 1 >/proc/sys/vm/watermark_scale_factor
lastpages DMA32 30 4 500
status=$?
echo "${saved#*
}" >/proc/sys/vm/watermark_scale_factor
echo "${saved%
*}" >/proc/sys/vm/min_free_kbytes
[ $status = 0 ] || fail "lastpages: status $status"
[ "$(counter oom_kill)" = "$kills" ] || fail "an allocation failed with free pages left"
