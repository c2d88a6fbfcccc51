# SPDX-License-Identifier: GPL-2.0-or-later
# The report's tables, table-NAME in the folder, and the names of those that have something to show as
# facts.  After values.awk and facts.awk.  -v dir=FOLDER
# Is it of the main layouts, in hugetlb demand on 2 GiB?
function is_main(group,    l) {
	for (l = 1; l <= n_layouts; l++)
		if (main_layouts[l] == group)
			return 1
	return 0
}

# A line a cell, a column a row; the rows are those given that have the figure somewhere.  With "main" of the
# main layouts alone.
function table(file, regime, list, figure, format, scale, unit, which,    n, i, c, has, heads, under, line, any, text) {
	n = split(list, want, "\t")
	for (i = 1; i <= n; i++) {
		has[i] = 0
		for (c = 1; c <= cells; c++)
			if (cell_regime[c] == regime && (which != "main" || is_main(cell_group[c])) &&
			    (at(regime, cell_group[c], cell_demand[c], want[i], figure) in value))
				has[i] = 1
		if (has[i]) {
			heads = heads " " name(want[i]) " |"
			under = under "---|"
		}
	}
	file = dir "/table-" file
	printf "" >file
	if (heads == "")
		return 0
	print "| layout | demand |" heads >file
	print "|---|---|" under >file
	for (c = 1; c <= cells; c++) {
		if (cell_regime[c] != regime || (which == "main" && !is_main(cell_group[c])))
			continue
		line = "| " cell_group[c] " | " cell_demand[c] " % |"
		any = 0
		for (i = 1; i <= n; i++)
			if (has[i]) {
				text = spread(at(regime, cell_group[c], cell_demand[c], want[i], figure), format, scale, unit)
				any = any || text != "-"
				line = line " " text " |"
			}
		if (any)
			print line >file
	}
	close(file)
	return 1
}

# Before the first step: one line a layout
function table_dispersion(    file, c, linux, bucket, seen) {
	file = dir "/table-dispersion"
	print "| layout | on Linux | on LLFree (bucket) |" >file
	print "|---|---|---|" >file
	for (c = 1; c <= cells; c++) {
		if (cell_regime[c] != "request" || cell_group[c] in seen)
			continue
		seen[cell_group[c]]
		linux = at("request", cell_group[c], cell_demand[c], "buddy", "dispersion")
		bucket = at("request", cell_group[c], cell_demand[c], "llfree/bucket", "dispersion")
		print "| " cell_group[c] " | " spread(linux, "%.1f", 1, "") " | " spread(bucket, "%.1f", 1, "") " |" >file
	}
	close(file)
}

# Sets must, more, chosen and total: instructions per cleared frame for moves that had to be, for others,
# for choosing, and in all, in millions.
function split_of(layout, demand, row,    all, choose, over) {
	all = value[main_at(layout, demand, row, "insns/cleared")] / 1e6
	choose = value[main_at(layout, demand, row, "choosing/cleared")] / 1e6
	over = value[main_at(layout, demand, row, "moves/minimum")]
	must = over > 1 ? (all - choose) / over : all - choose
	more = all - choose - must
	total = all
	chosen = choose
}

function table_split(    file, l, d, r, n, only) {
	n = split("buddy\tllfree/address\tllfree/occupancy\tllfree/bucket", only, "\t")
	file = dir "/table-split"
	print "| layout | demand | row | M instructions | of these moving what must move | moving more | choosing | pages moved | minimum |" >file
	print "|---|---|---|---|---|---|---|---|---|" >file
	for (l = 1; l <= n_layouts; l++)
		for (d = 1; d <= 3; d++)
			for (r = 1; r <= n; r++) {
				if (!(main_at(main_layouts[l], demands[d], only[r], "insns/cleared") in value))
					continue
				split_of(main_layouts[l], demands[d], only[r])
				if (!total)
					continue
				printf "| %s | %s %% | %s | %.2f | %.0f %% | %.0f %% | %s | %.0f | %.0f |\n", main_layouts[l], demands[d],
					name(only[r]), total, 100 * must / total, 100 * more / total,
					only[r] == "buddy" ? "-" : sprintf("%.1f %%", 100 * chosen / total),
					value[main_at(main_layouts[l], demands[d], only[r], "moves/cleared")],
					value[main_at(main_layouts[l], demands[d], only[r], "minimum/cleared")] >file
			}
	close(file)
}

# What a row's moves beside the window's bound are made of
function table_bound(row,    file, c, f, n, figure, key, line) {
	n = split("moves/window\tminimum/window\tmoves/minimum\tsources/needed", figure, "\t")
	file = dir "/table-bound"
	print "| layout | demand | moves / bound | minimum / bound | moves / minimum | frames chosen / needed |" >file
	print "|---|---|---|---|---|---|" >file
	for (c = 1; c <= cells; c++) {
		if (cell_regime[c] != "system" || !(at("system", cell_group[c], cell_demand[c], row, figure[1]) in value))
			continue
		line = "| " cell_group[c] " | " cell_demand[c] " %"
		for (f = 1; f <= n; f++)
			line = line " | " spread(at("system", cell_group[c], cell_demand[c], row, figure[f]), "%.2f", 1, "")
		print line " |" >file
		any_bound = 1
	}
	close(file)
	return any_bound
}

function percent(key, what) { return what[key] == "-" || what[key] == "" ? "-" : sprintf("%.1f %%", 100 * what[key]) }

function table_spread(    file, c, r, n, only, f, m, figure, key) {
	n = split("buddy\tllfree/occupancy\tllfree/bucket", only, "\t")
	m = split("moves/minimum\tinsns/cleared", figure, "\t")
	file = dir "/table-spread"
	print "| layout | demand | row | seeds | runs | moves / minimum: within a seed | between seeds | instructions: within a seed | between seeds |" >file
	print "|---|---|---|---|---|---|---|---|---|" >file
	for (c = 1; c <= cells; c++)
		for (r = 1; r <= n && cell_regime[c] == "request"; r++) {
			key = at("request", cell_group[c], cell_demand[c], only[r], figure[1])
			if (!(key in value))
				continue
			line = "| " cell_group[c] " | " cell_demand[c] " % | " name(only[r]) " | " seeds[key] " | " runs[key]
			for (f = 1; f <= m; f++) {
				key = at("request", cell_group[c], cell_demand[c], only[r], figure[f])
				line = line " | " percent(key, within) " | " percent(key, between)
			}
			print line " |" >file
		}
	close(file)
}

END {
	table("moves", "request", main_list(), "moves/minimum", "%.2f", 1, "")
	if (table("moves-others", "request", other_list(), "moves/minimum", "%.2f", 1, ""))
		print "others", 1
	table("removed", "request", main_list(), "removed", "%.1f", 100, " %")
	table("insns", "request", main_list(), "insns/cleared", "%.2f", 1e-6, "")
	table("insns-linux", "request", main_list(), "insns/linux", "%.2f", 1, "")
	table("in-vain", "request", main_list(), "in-vain/moved", "%.1f", 100, " %")
	if (table("words", "request", main_list() "\t" other_list(), "words/decision", "%.1f", 1, ""))
		print "words", 1
	table("delivered", "request", main_list() "\t" other_list(), "delivered", "%.1f", 100, " %")
	if (table("none", "request idle", rows["request idle"], "moves", "%.0f", 1, ""))
		print "none", 1

	system_rows = linux_first(rows["system"])
	if (table("system", "system", system_rows, "moves/delivered", "%.1f", 1, ""))
		print "system", 1
	table("system-delivered", "system", system_rows, "delivered", "%.1f", 100, " %")
	if (table("system-window", "system", system_rows, "moves/window", "%.2f", 1, ""))
		print "window", 1
	if (table_bound("llfree/occupancy"))
		print "bound", 1
	if (table("idle", "system idle", linux_first(rows["system idle"]), "moves", "%.0f", 1, ""))
		print "idle", 1

	if (table("worst-request", "request", main_list(), "worst-request", "%.2f", 1e-6, ""))
		print "worst-request", 1
	if (table("system-worst-request", "system", system_rows, "worst-request", "%.2f", 1e-6, ""))
		print "system-worst-request", 1
	if (table("closed", "request", main_list(), "closed/cleared", "%.2f", 1e-6, "", "main"))
		print "closed", 1
	if (table("system-closed", "system", system_rows, "worst-closed", "%.2f", 1e-6, ""))
		print "system-closed", 1
	if (table("mappings", "request", main_list(), "mappings/moved", "%.3f", 1, "", "main"))
		print "mappings", 1
	if (table("freed", "system", system_rows, "freed/moved", "%.1f", 100, " %"))
		print "freed", 1
	if (table("whole", "request", main_list() "\t" other_list(), "moves/whole", "%.3f", 1, ""))
		print "whole", 1

	table_dispersion()
	table_split()
	table_spread()
}
