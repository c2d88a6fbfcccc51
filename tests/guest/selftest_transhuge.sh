# SPDX-License-Identifier: GPL-2.0-or-later
# tools/testing/selftests/mm/transhuge-stress on a third of memory.
command -v transhuge-stress >/dev/null || skip "no transhuge-stress"
echo always >/sys/kernel/mm/transparent_hugepage/enabled
transhuge-stress -d 10 $(($(meminfo MemFree) / 3 / 1024)) || fail "transhuge-stress: status $?"
echo madvise >/sys/kernel/mm/transparent_hugepage/enabled
[ "$(counter thp_fault_alloc)" -gt 0 ] || fail "no huge page was allocated"
