# SPDX-License-Identifier: GPL-2.0-or-later
# 0.1 % of the pages are pinned: at 512 pages a frame, 4 of 10 frames cannot be
# emptied. The demand ends, gets the others, and everything once they are gone.
# LLFree may look at all pages of a frame before it moves the first one. Isolation
# for a direct request lets go of a block with a pinned page anyway, so that saves
# moves where everything is compacted.
preflight=/sys/kernel/mm/llfree/preflight
pinned() { # WHAT: 1, 0 or -
	[ $1 = - ] || echo $1 >$preflight || fail "$preflight takes no $1"
	fragment_memory 95 100
	pid=$!
	free=$(($(meminfo MemFree) / 2048))
	got=$(demand $((free / 4)))
	echo "$got huge pages of $((free / 4)), $free would fill the free memory"
	[ "$got" -ge $((free / 8)) ] || fail "$got huge pages are too few"
	before=$(counter pgmigrate_success)
	echo 1 >/proc/sys/vm/compact_memory
	moved=$(($(counter pgmigrate_success) - before))
	echo "look first: $1: $moved pages moved to compact everything"
	demand 0 >/dev/null
	end_fragment $pid
}

if llfree; then
	pinned 0
	for_nothing=$moved
	pinned 1
	[ $moved -lt $for_nothing ] || fail "looking first saves no moves"
else
	pinned -
fi
# Linux has freed pages on the lists of its processors, takes them back second by
# second, and compacts around them; LLFree has no such lists.
demands=200
! llfree || demands=1
insist $(($(meminfo MemFree) * 8 / 10 / 2048)) $demands
demand 0 >/dev/null
