# SPDX-License-Identifier: GPL-2.0-or-later
# Mappings and moves, and what is traced of these.
events=/sys/kernel/tracing/events/llfree
poolmap || fail "mappings"

echo >/sys/kernel/tracing/trace
for event in compact_begin compact_end move; do
	echo 1 >$events/llfree_pool_$event/enable
done
poolmap compactions || fail "compactions, traced"
echo 0 >$events/enable
trace=/sys/kernel/tracing/trace
grep -q 'compact_begin: pool=0 policy=bucket frames=10 order=9' $trace || fail "no begin of bucket's"
grep -q 'compact_end: pool=0 policy=bucket frames=10 cleared=10 moves=1[0-9] ' $trace ||
	fail "no end of bucket's"
# The pinned page was given up with EBUSY, others were not
grep -q 'pool_move: pool=0 handle=0x[0-9a-f]* order=0 from=[0-9]* to=-16$' $trace ||
	fail "no move that was given up"
moves=$(awk '/compact_begin/ { within = 1 } /compact_end/ { within = 0 }
	within && /pool_move: .* to=[0-9]/ { n++ } END { print n }' $trace)
counted=$(sed -n 's/.*compact_end:.* moves=\([0-9]*\) .*/\1/p' $trace | awk '{ n += $1 } END { print n }')
[ "$moves" = "$counted" ] || fail "$moves moves traced, $counted counted"
