# SPDX-License-Identifier: GPL-2.0-or-later
# What the text tells of the values: KEY<tab>VALUE on stdout.  After values.awk.

# A row's smallest and largest figure among the main layouts, and where
function extent(row, figure, format, scale,    l, d, key, a, b, where_a, where_b) {
	for (l = 1; l <= n_layouts; l++)
		for (d = 1; d <= 3; d++) {
			key = main_at(main_layouts[l], demands[d], row, figure)
			if (!(key in value) || value[key] == "-")
				continue
			if (where_a == "" || value[key] < a) { a = value[key]; where_a = main_layouts[l] " at " demands[d] " %" }
			if (where_b == "" || value[key] > b) { b = value[key]; where_b = main_layouts[l] " at " demands[d] " %" }
		}
	if (where_a == "")
		return
	print "least." name(row) "." figure, sprintf(format, a * scale)
	print "most." name(row) "." figure, sprintf(format, b * scale)
	print "least-where." name(row) "." figure, where_a
	print "most-where." name(row) "." figure, where_b
	a = sprintf(format, a * scale)
	b = sprintf(format, b * scale)
	print "range." name(row) "." figure, a == b ? a : a " (" where_a ") to " b " (" where_b ")"
}

# The largest share of its instructions that a row spends on choosing
function tell_choosing(row,    l, d, key, all, most) {
	most = -1
	for (l = 1; l <= n_layouts; l++)
		for (d = 1; d <= 3; d++) {
			key = main_at(main_layouts[l], demands[d], row, "choosing/cleared")
			all = main_at(main_layouts[l], demands[d], row, "insns/cleared")
			if ((key in value) && (all in value) && value[all] > 0 && value[key] / value[all] > most)
				most = value[key] / value[all]
		}
	if (most >= 0)
		print "choosing." name(row), sprintf("%.1f %%", 100 * most)
}

# What a row spends in all for each page that it moves: the least and the most among the main layouts
function tell_price(row,    l, d, all, moved, price, least, most) {
	for (l = 1; l <= n_layouts; l++)
		for (d = 1; d <= 3; d++) {
			all = main_at(main_layouts[l], demands[d], row, "insns/cleared")
			moved = main_at(main_layouts[l], demands[d], row, "moves/cleared")
			if (!((all in value) && (moved in value) && value[moved] > 0))
				continue
			price = value[all] / value[moved]
			if (!most || price < least) least = price
			if (!most || price > most) most = price
		}
	if (most)
		print "price." name(row), sprintf("%.0f", least) (sprintf("%.0f", least) == sprintf("%.0f", most) ? "" : sprintf(" to %.0f", most))
}

# Least squares through the row's cells: instructions against pages, both per cleared frame.
function fit(row,    l, d, x, y, k, n, sx, sy, sxx, sxy, syy, x_spread, y_spread, both, slope) {
	for (l = 1; l <= n_layouts; l++)
		for (d = 1; d <= 3; d++) {
			k = main_at(main_layouts[l], demands[d], row, "insns/cleared")
			if (!(k in value))
				continue
			y = value[k]
			x = value[main_at(main_layouts[l], demands[d], row, "moves/cleared")]
			n++; sx += x; sy += y; sxx += x * x; sxy += x * y; syy += y * y
		}
	x_spread = n * sxx - sx * sx
	y_spread = n * syy - sy * sy
	both = n * sxy - sx * sy
	if (n < 3 || x_spread <= 0)
		return
	slope = both / x_spread
	print "fit." name(row) ".slope", sprintf("%.0f", slope)
	print "fit." name(row) ".fixed", sprintf("%.0f", (sy - slope * sx) / n)
	r2_of[row] = y_spread > 0 ? both / x_spread * both / y_spread : 1
	print "fit." name(row) ".r2", sprintf("%.3f", r2_of[row])
	slope_of[row] = slope
}

# A row's smallest and largest figure in a regime, of one group or of all: "A to B"
function tell_extent(what, regime, only, row, figure, format, scale,    c, key, a, b) {
	a = b = ""
	for (c = 1; c <= cells; c++) {
		key = at(regime, cell_group[c], cell_demand[c], row, figure)
		if (cell_regime[c] != regime || (only != "" && cell_group[c] != only) || !(key in value) || value[key] == "-")
			continue
		if (a == "" || value[key] < a) a = value[key]
		if (b == "" || value[key] > b) b = value[key]
	}
	if (a == "")
		return
	a = sprintf(format, a * scale)
	b = sprintf(format, b * scale)
	print what, a == b ? a : a " to " b
}

# The largest share in the whole system
function tell_most(what, row, figure,    c, key, most) {
	for (c = 1; c <= cells; c++) {
		key = at("system", cell_group[c], cell_demand[c], row, figure)
		if (cell_regime[c] == "system" && (key in value) && value[key] != "-" && value[key] >= most + 0)
			most = value[key]
	}
	if (most != "")
		print what, sprintf("%.1f %%", 100 * most)
}

# Worst requests: Linux's beside bucket's on the main layouts, and where bucket's is the worst
function tell_requests(    l, d, c, mine, linux, other, tried, ratio, least, most, where_least, where_most, worst, where) {
	for (l = 1; l <= n_layouts; l++)
		for (d = 1; d <= 3; d++) {
			mine = main_at(main_layouts[l], demands[d], "llfree/bucket", "worst-request")
			linux = main_at(main_layouts[l], demands[d], "buddy", "worst-request")
			if (!(mine in value && linux in value) || !(value[mine] > 0 && value[linux] > 0))
				continue
			ratio = value[linux] / value[mine]
			if (!least || ratio < least) { least = ratio; where_least = main_layouts[l] " at " demands[d] " %" }
			if (!most || ratio > most) { most = ratio; where_most = main_layouts[l] " at " demands[d] " %" }
		}
	if (least) {
		print "request.least", sprintf("%.1f (%s)", least, where_least)
		print "request.most", sprintf("%.1f (%s)", most, where_most)
	}
	for (c = 1; c <= cells; c++) {
		mine = at("request", cell_group[c], cell_demand[c], "llfree/bucket", "worst-request")
		if (cell_regime[c] == "request" && (mine in value) && (!worst || value[mine] > value[worst])) {
			worst = mine
			where = c
		}
	}
	if (!worst)
		return
	other = at("request", cell_group[where], cell_demand[where], "llfree/address", "worst-request")
	linux = at("request", cell_group[where], cell_demand[where], "buddy", "worst-request")
	tried = at("request", cell_group[where], cell_demand[where], "llfree/bucket", "sources/needed")
	# Told where it looks at many frames that it cannot have
	if (!(other in value && linux in value && tried in value) || value[other] >= value[worst] || value[tried] < 2)
		return
	print "request.worst", sprintf("%.1f", value[worst] / 1e6)
	print "request.worst-where", cell_group[where] " at " cell_demand[where] " %"
	print "request.worst-address", sprintf("%.1f", value[other] / 1e6)
	print "request.worst-Linux", sprintf("%.1f", value[linux] / 1e6)
	print "request.worst-sources", sprintf("%.1f", value[tried])
}

# How far the bound for folios that move whole lies above the minimum, at most
function tell_whole(    c, r, n, own, a, b, most) {
	n = split(rows["request"], own, "\t")
	for (c = 1; c <= cells; c++)
		for (r = 1; r <= n; r++) {
			a = at("request", cell_group[c], cell_demand[c], own[r], "moves/whole")
			b = at("request", cell_group[c], cell_demand[c], own[r], "moves/minimum")
			if (cell_regime[c] == "request" && (a in value) && (b in value) && value[a] > 0 && value[b] / value[a] > most)
				most = value[b] / value[a]
		}
	if (most)
		print "whole.above", sprintf("%.1f %%", 100 * (most - 1))
}

# Where a row isolated more pages in vain than it moved in all, most of all
function tell_vain(    c, r, key, most, where) {
	for (c = 1; c <= cells; c++)
		for (r = 1; r <= n_rows; r++) {
			key = at("request", cell_group[c], cell_demand[c], main_rows[r], "in-vain/moved")
			if (cell_regime[c] != "request" || !(key in value) || value[key] <= (most ? value[most] : 1))
				continue
			most = key
			where = "`" name(main_rows[r]) "` on " cell_group[c] " at " cell_demand[c] " %"
		}
	if (most)
		print "vain.above", where
}

# How many frames a row chose for each that the first demand needed, with the seed of the most, in the whole system on bands
function tell_ahead(row,    key) {
	key = at("system", "bands", 10, row, "sources/needed")
	if ((key in value) && hi[key] >= 1.5)
		print "ahead", sprintf("%.1f", hi[key])
}

END {
	tell_requests()
	tell_whole()
	tell_vain()
	tell_ahead("llfree/occupancy")
	tell_extent("run.Linux", "request", "", "buddy", "worst-run", "%.1f", 1e-6)
	tell_extent("run.bucket", "request", "", "llfree/bucket", "worst-run", "%.1f", 1e-6)
	tell_extent("bound.churn", "system", "churn", "llfree/occupancy", "minimum/window", "%.1f", 1)
	tell_most("freed.Linux", "buddy", "freed/moved")
	tell_most("freed.bucket", "llfree/bucket", "freed/moved")
	for (r = 1; r <= n_rows; r++) {
		extent(main_rows[r], "moves/minimum", "%.2f", 1)
		extent(main_rows[r], "insns/linux", "%.2f", 1)
		extent(main_rows[r], "delivered", "%.1f %%", 100)
		tell_choosing(main_rows[r])
		fit(main_rows[r])
		tell_price(main_rows[r])
	}
	for (c = 1; c <= cells; c++) {
		key = at("request", cell_group[c], cell_demand[c], "buddy", "delivered")
		if (cell_regime[c] == "request" && (key in value) && value[key] + 0 < 1)
			linux_short = 1
	}
	if (linux_short)
		print "linux-short", 1
}
