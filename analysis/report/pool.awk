# SPDX-License-Identifier: GPL-2.0-or-later
# The table of persistent pools.  After values.awk.  -v pool=FILE, the lines of pool.jq
function volatile(layout, policy, figure, format, scale) {
	return spread(main_at(layout, 50, "llfree/" policy, figure), format, scale, "")
}

END {
	print "| layout | policy | cleared | moves / minimum, volatile | persistent | flushes a frame | fences a frame | KiB copied a frame | M instructions a frame, volatile | persistent |"
	print "|---|---|---|---|---|---|---|---|---|---|"
	while ((getline line <pool) > 0) {
		split(line, run, "\t")
		low = sprintf("%.2f", run[4])
		high = sprintf("%.2f", run[5])
		printf "| %s | %s | %d of %d | %s | %s | %.0f | %.0f | %.0f | %s | %.2f |\n", run[1], run[2], run[10], run[11],
			volatile(run[1], run[2], "moves/minimum", "%.2f", 1),
			low == high ? low : sprintf("%.2f [%s-%s]", run[3], low, high), run[6], run[7], run[8] / 1024,
			volatile(run[1], run[2], "insns/cleared", "%.2f", 1e-6), run[9] / 1e6
	}
}
