# SPDX-License-Identifier: GPL-2.0-or-later
# A guest with an odd memory map: all of its memory can be had, in small and in
# huge pages, and comes back.
grep -E '^Node|pages free|managed|spanned' /proc/zoneinfo
(healthy) || fail "right after boot"
mib=$(($(meminfo MemAvailable) / 1024 * 8 / 10))
hog $mib 0 || fail "$mib MiB of small pages are not to be had"
(healthy) || fail "after small pages"
free=$(($(meminfo MemFree) * 7 / 10 / 2048))
got=$(demand $free)
[ "$got" = $free ] || fail "$got huge pages of $free"
demand 0 >/dev/null
load $((mib / 2)) 4 5 || fail "load: status $?"
