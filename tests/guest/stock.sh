# SPDX-License-Identifier: GPL-2.0-or-later
# on-free keeps a stock of free frames ahead of requests; nobody else does, nor
# does it where proactive compaction is switched off.
llfree || skip "the stock is LLFree's"
compact=/sys/kernel/mm/llfree/compact
proactiveness=/proc/sys/vm/compaction_proactiveness

free_frames() {
	awk '$1 == "free_huge" { print $2 }' /sys/kernel/mm/llfree/stats
}

# Linux's own proactive compaction moves, too
stock_runs() {
	awk '$1 == "stock_runs" { print $2 }' /sys/kernel/mm/llfree/stats
}

# A third of the frames keeps a tenth of its pages, and nobody asks for frames.
# On one CPU: what moves while a page comes and goes would be no fault of ours.
moves_of() { # POLICY PROACTIVENESS
	echo $1 >$compact
	echo $2 >$proactiveness
	before=$(counter pgmigrate_success)
	runs=$(stock_runs)
	pfnlayout --layout bands --regime system --demand none --steps 50 --out /tmp ||
		fail "$1, $2: the workload"
	echo "$1, proactiveness $2: $(($(counter pgmigrate_success) - before)) pages moved," \
		"$(free_frames) frames free in the end"
	moved=$(($(counter pgmigrate_success) - before))
	runs=$(($(stock_runs) - runs))
}

moves_of on-free 0
[ $moved$runs = 00 ] || fail "the stock is kept though proactiveness is 0"
moves_of on-free 100
[ $moved -gt 1000 ] && [ $runs -gt 0 ] || fail "no stock was kept: $runs runs"
moves_of occupancy 100
[ $runs = 0 ] || fail "a stock was kept for occupancy"
echo 20 >$proactiveness
echo occupancy >$compact
