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

END {
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
