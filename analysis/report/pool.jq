# SPDX-License-Identifier: GPL-2.0-or-later
# From poolwriter's lines one for each layout and policy, for pool.awk: median, smallest and largest of moves
# over the minimum; medians, for a frame, of flushed lines, fences, bytes copied and instructions; frames
# cleared and wanted, of all seeds.
def median: sort | (.[(length - 1) / 2 | floor] + .[length / 2 | floor]) / 2;
def figures: if length == 0 then [0, 0, 0, 0, 0, 0, 0] else
	[(map(.moves / .minimum) | median, min, max),
	 (map(.flushes / .cleared) | median), (map(.fences / .cleared) | median),
	 (map(.copied / .cleared) | median), (map(.ns / .cleared) | median)] end;
group_by([.layout, .policy])[] |
[.[0].layout, .[0].policy] + (map(select(.minimum > 0)) | figures) +
[(map(.cleared) | add), (map(.wanted) | add)] | @tsv
