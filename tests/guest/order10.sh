# SPDX-License-Identifier: GPL-2.0-or-later
# Blocks of 4 MiB from memory with hardly a free one: compaction clears pairs of
# frames. LLFree gets nearly all of them when it is asked once. Linux gives up on
# a block now and then, after 22 to 58 of 59 here, and the demand ends there. What
# it has cleared stays, and it compacts again after 64 demands at the latest.
insmod /lib/modules-fs/test_page_demand.ko || fail "there is no module test_page_demand"
fragment_memory 95 0
pid=$!
want=$(($(meminfo MemFree) / 4096 / 2))
least=$((want / 2)) asks=200
! llfree || least=$((want * 9 / 10)) asks=1
before=$(counter pgmigrate_success)
while
	got=$(command demand --order 10 --count $want | sed 's/.*"got":\([0-9]*\).*/\1/')
	moved=$(($(counter pgmigrate_success) - before))
	asks=$((asks - 1))
	[ "$got" -lt $least ] && [ $asks -gt 0 ]
do :; done
echo "$got blocks of $want, $moved pages moved, $asks demands left"
[ "$got" -ge $least ] || fail "$got blocks of $want are too few"
[ $moved -gt $((got * 100)) ] || fail "$moved pages moved: memory was not fragmented"
rmmod test_page_demand
end_fragment $pid
