# SPDX-License-Identifier: GPL-2.0-or-later
# Four CPUs with fewer than 64 free pages in their zone: every allocation is
# an exhaustive search, and none may fail, for that would be an OOM kill.
# Buddy's per-CPU lists hide more pages than that from the other CPUs: there a
# kill may be, of this process and no other. So it is where KASAN holds back what
# was freed, and takes the very pages for it that this counts.
kasan() {
	zcat /proc/config.gz | grep -q ^CONFIG_KASAN=y
}
saved=$(cat /proc/sys/vm/min_free_kbytes /proc/sys/vm/watermark_scale_factor)
kills=$(counter oom_kill)
# A minimum of 16 pages in all zones together, and kswapd's marks near by
echo 64 >/proc/sys/vm/min_free_kbytes
echo 1 >/proc/sys/vm/watermark_scale_factor
(echo 1000 >/proc/self/oom_score_adj; exec lastpages DMA32 30 4 500)
status=$?
echo "${saved#*
}" >/proc/sys/vm/watermark_scale_factor
echo "${saved%
*}" >/proc/sys/vm/min_free_kbytes
kills=$(($(counter oom_kill) - kills))
if [ $status = 137 ] && [ $kills = 1 ] && { ! llfree || kasan; }; then
	echo "one kill, as may be here"
	exit 0
fi
[ $status = 0 ] || fail "lastpages: status $status"
[ $kills = 0 ] || fail "an allocation failed with free pages left"
