# SPDX-License-Identifier: GPL-2.0-or-later
# The data of the report's figures, files in the folder, and how far their axes go as facts.  After
# values.awk, facts.awk and tables.awk.  -v dir=FOLDER
# Linux's background is told by its number in figures
function mark_name(row) {
	row = name(row)
	sub(/^Linux, proactiveness /, "Linux, ", row)
	return row
}

# Data of marks.gp: a line a row, value and extremes at each demand.  Notes what there is to draw.
function draw_marks(what, regime, layout, list, figure,    file, n, r, d, key, line, any, own) {
	n = split(list, own, "\t")
	file = dir "/" what "-" layout
	for (r = 1; r <= n; r++) {
		line = r
		for (d = 1; d <= 3; d++) {
			key = at(regime, layout, demands[d], own[r], figure)
			if (!(key in value) || value[key] + 0 <= 0) {
				line = line OFS "NaN" OFS "NaN" OFS "NaN"
				continue
			}
			any = 1
			line = line OFS value[key] OFS run_lo[key] OFS run_hi[key]
			if (!(what in marks_top) || run_hi[key] + 0 > marks_top[what])
				marks_top[what] = run_hi[key] + 0
			if (!(what in marks_low) || run_lo[key] + 0 < marks_low[what])
				marks_low[what] = run_lo[key] + 0
		}
		print line, mark_name(own[r]) >file
	}
	close(file)
	if (any)
		marks_layouts[what] = marks_layouts[what] (marks_layouts[what] == "" ? "" : " ") layout
	marks_rows[what] = n
}

function tell_marks(what) {
	if (!(what in marks_layouts))
		return
	print "plot." what, marks_layouts[what]
	print "plot." what ".rows", marks_rows[what]
	print "plot." what ".low", sprintf("%.3g", marks_low[what] * 0.9)
	print "plot." what ".top", sprintf("%.3g", marks_top[what] * 1.1)
}

function draw_split(layout, demand,    file, r, any) {
	file = dir "/split-" layout
	for (r = 1; r <= n_rows; r++) {
		if (!(main_at(layout, demand, main_rows[r], "insns/cleared") in value)) {
			print r, "NaN", "NaN", "NaN", "NaN", name(main_rows[r]) >file
			continue
		}
		split_of(layout, demand, main_rows[r])
		print r, must, more, chosen, total, name(main_rows[r]) >file
		any = 1
		if (total > top_split)
			top_split = total
	}
	close(file)
	if (any)
		with_split = with_split " " layout
}

function draw_pages(    l, d, r, kx, ky, tail, pair, file) {
	split("buddy llfree/bucket", pair, " ")
	for (r = 1; r <= 2; r++) {
		file = dir "/pages-" (r == 1 ? "buddy" : "bucket")
		printf "" >file
		for (l = 1; l <= n_layouts; l++)
			for (d = 1; d <= 3; d++) {
				kx = main_at(main_layouts[l], demands[d], pair[r], "moves/cleared")
				ky = main_at(main_layouts[l], demands[d], pair[r], "insns/cleared")
				if (!(kx in value && ky in value))
					continue
				print value[kx], value[ky] / 1e6 >file
				if (value[kx] > wide_pages)
					wide_pages = value[kx]
			}
		close(file)
	}
	file = dir "/pages-arrows"
	printf "" >file
	for (l = 1; l <= n_layouts; l++) {
		kx = main_at(main_layouts[l], 50, "buddy", "moves/cleared")
		tail = main_at(main_layouts[l], 50, "llfree/bucket", "moves/cleared")
		if (!(kx in value && tail in value))
			continue
		print value[kx], value[main_at(main_layouts[l], 50, "buddy", "insns/cleared")] / 1e6, value[tail],
			value[main_at(main_layouts[l], 50, "llfree/bucket", "insns/cleared")] / 1e6, main_layouts[l] >file
		with_pages = 1
	}
	close(file)
}

END {
	for (l = 1; l <= n_layouts; l++) {
		draw_marks("moves", "request", main_layouts[l], main_list(), "moves/minimum")
		draw_marks("system", "system", main_layouts[l], linux_first(rows["system"]), "moves/delivered")
		draw_split(main_layouts[l], 50)
	}
	draw_pages()
	tell_marks("moves")
	tell_marks("system")
	if (with_split != "") {
		print "plot.split", substr(with_split, 2)
		print "plot.split.rows", n_rows
		print "plot.split.top", sprintf("%.3g", top_split * 1.1)
	}
	if (with_pages && slope_of["llfree/bucket"])
		print "plot.pages.wide", sprintf("%.3g", wide_pages * 1.1)
}
