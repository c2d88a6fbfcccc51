# SPDX-License-Identifier: GPL-2.0-or-later
# 0.1 % of the pages are pinned: at 512 pages a frame, 4 of 10 frames cannot be
# emptied. The demand ends, gets the others, and everything once they are gone.
fragment_memory 80 100
pid=$!
free=$(($(meminfo MemFree) / 2048))
got=$(demand $((free / 4)))
echo "$got huge pages of $((free / 4)), $free would fill the free memory"
[ "$got" -ge $((free / 8)) ] || fail "$got huge pages are too few"
echo 1 >/proc/sys/vm/compact_memory
demand 0 >/dev/null
end_fragment $pid
all=$(($(meminfo MemFree) * 8 / 10 / 2048))
got=$(demand $all)
[ "$got" = $all ] || fail "$got huge pages of $all without the pins"
demand 0 >/dev/null
