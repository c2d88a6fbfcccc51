# SPDX-License-Identifier: GPL-2.0-or-later
# How much free memory is of no use to a request of some order: what the kernel
# says by a look at a part of a large zone's frames agrees with all free runs.
fragment_memory 50 0
pid=$!
awk '
	FNR == 1 { file++ }
	{ zone = $2 $4 }
	file == 1 { for (order = 0; order <= 10; order++) runs[zone, order] = $(5 + order) }
	file == 2 {
		pages = 0
		size = 1024
		for (order = 10; order >= 0; order--) {
			pages += runs[zone, order] * size
			usable[order] = pages
			size /= 2
		}
		if (pages < 16384)
			next
		for (order = 1; order <= 10; order++) {
			is = 1 - usable[order] / pages
			off = $(5 + order) - is
			printf "%s order %d: says %.3f, is %.3f\n", zone, order, $(5 + order), is
			if (off > 0.05 || off < -0.05)
				wrong++
			if (is > 0.1 && is < 0.9)
				between++
		}
	}
	END { exit wrong || !between }
' /proc/buddyinfo /sys/kernel/debug/extfrag/unusable_index || fail "of no use, or far from the truth"
end_fragment $pid
