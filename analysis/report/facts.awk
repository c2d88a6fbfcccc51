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
}

# What a cell of the main layouts has: pages that had to move, and instructions for each page moved
function tell_cell(layout, demand, row,    key, moved) {
	key = main_at(layout, demand, row, "minimum/cleared")
	if (key in value)
		print "must." layout "." demand "." name(row), sprintf("%.0f", value[key])
	key = main_at(layout, demand, row, "insns/cleared")
	moved = main_at(layout, demand, row, "moves/cleared")
	if ((key in value) && (moved in value) && value[moved] > 0)
		print "price." layout "." demand "." name(row), sprintf("%.0f", value[key] / value[moved])
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
	print "fit." name(row) ".r2", sprintf("%.3f", y_spread > 0 ? both / x_spread * both / y_spread : 1)
	slope_of[row] = slope
}

END {
	for (r = 1; r <= n_rows; r++) {
		extent(main_rows[r], "moves/minimum", "%.2f", 1)
		extent(main_rows[r], "insns/linux", "%.2f", 1)
		extent(main_rows[r], "delivered", "%.1f %%", 100)
		fit(main_rows[r])
		for (l = 1; l <= n_layouts; l++)
			for (d = 1; d <= 3; d++)
				tell_cell(main_layouts[l], demands[d], main_rows[r])
	}
	for (c = 1; c <= cells; c++) {
		key = at("request", cell_group[c], cell_demand[c], "buddy", "delivered")
		if (cell_regime[c] == "request" && (key in value) && value[key] + 0 < 1)
			linux_short = 1
	}
	if (linux_short)
		print "linux-short", 1
}
