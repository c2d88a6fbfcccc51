# SPDX-License-Identifier: GPL-2.0-or-later
# Blocks of 4 MiB from memory with hardly a free one: compaction clears pairs of frames.
insmod /lib/modules-fs/test_page_demand.ko || fail "there is no module test_page_demand"
fragment_memory 95 0
pid=$!
want=$(($(meminfo MemFree) / 4096 / 2))
before=$(counter pgmigrate_success)
got=$(command demand --order 10 --count $want | sed 's/.*"got":\([0-9]*\).*/\1/')
moved=$(($(counter pgmigrate_success) - before))
echo "$got blocks of $want, $moved pages moved"
[ "$got" -ge $((want / 2)) ] || fail "$got blocks of $want are too few"
[ $moved -gt $((got * 100)) ] || fail "$moved pages moved: memory was not fragmented"
rmmod test_page_demand
end_fragment $pid
