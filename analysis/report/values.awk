# SPDX-License-Identifier: GPL-2.0-or-later
# Read the lines of "fsanalyze values", for facts.awk, tables.awk and figures.awk, which come after it.
#   cells, cell_regime[], cell_group[], cell_demand[]    from 1, in order; rows[REGIME], parted by tabs
#   value[], lo[], ... by at(REGIME, GROUP, DEMAND, ROW, FIGURE)
BEGIN {
	FS = OFS = "\t"
	# The main layouts, in hugetlb demand on 2 GiB, are what the figures show.
	split("uniform bands powerlaw churn", main_layouts, " ")
	split("buddy llfree/address llfree/occupancy llfree/sample-16 llfree/bucket llfree/on-free", main_rows, " ")
	split("10 50 90", demands, " ")
	n_layouts = 4
	n_rows = 6
}

FNR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }

function get(name) { return $column[name] }
function number(name) { return get(name) == "-" ? "-" : get(name) + 0 }

{
	group = get("layout")
	regime = get("regime")
	# Nothing is demanded: a regime of its own, whose figure is the moves made for nobody
	if (get("demanded") == "none")
		regime = regime " idle"
	else if (get("demanded") != "hugetlb")
		group = group ", " get("demanded")
	if (get("memory_mib") && get("memory_mib") != 2048)
		group = group ", " get("memory_mib") " MiB"
	cell = regime SUBSEP group SUBSEP get("demand_pct")
	if (!(cell in seen)) {
		seen[cell] = 1
		cells++
		cell_regime[cells] = regime
		cell_group[cells] = group
		cell_demand[cells] = get("demand_pct")
	}
	row = get("row")
	if (!((regime, row) in row_seen)) {
		row_seen[regime, row] = 1
		rows[regime] = rows[regime] (rows[regime] == "" ? "" : "\t") row
	}
	key = cell SUBSEP row SUBSEP get("figure")
	value[key] = number("value")
	lo[key] = number("seeds_lo"); hi[key] = number("seeds_hi")
	run_lo[key] = number("runs_lo"); run_hi[key] = number("runs_hi")
	within[key] = number("within_seed"); between[key] = number("between_seeds")
	seeds[key] = get("seeds"); runs[key] = get("runs")
}

function name(row) { sub(/^llfree\//, "", row); sub(/^buddy/, "Linux", row); return row }
function at(regime, group, demand, row, figure) {
	return regime SUBSEP group SUBSEP demand SUBSEP row SUBSEP figure
}
function main_at(layout, demand, row, figure) { return at("request", layout, demand, row, figure) }

# "median [smallest-largest seed]"
function spread(key, format, scale, unit,    a, b) {
	if (!(key in value) || value[key] == "-")
		return "-"
	a = sprintf(format, lo[key] * scale)
	b = sprintf(format, hi[key] * scale)
	return a == b ? a unit : sprintf(format, value[key] * scale) " [" a "-" b "]" unit
}

# The rows that are always shown, the others, and Linux's first, by proactiveness
function main_list(    r, list) {
	for (r = 1; r <= n_rows; r++)
		list = list (r == 1 ? "" : "\t") main_rows[r]
	return list
}
function other_list(    n, i, own, list) {
	n = split(rows["request"], own, "\t")
	for (i = 1; i <= n; i++)
		if (index("\t" main_list() "\t", "\t" own[i] "\t") == 0)
			list = list (list == "" ? "" : "\t") own[i]
	return list
}
function linux_first(list,    n, i, own, low, high, rest) {
	n = split(list, own, "\t")
	for (i = 1; i <= n; i++)
		if (own[i] == "buddy")
			high = own[i] (high == "" ? "" : "\t" high)
		else if (own[i] == "buddy, proactiveness 0")
			low = own[i] "\t"
		else if (own[i] ~ /^buddy/)
			high = high (high == "" ? "" : "\t") own[i]
		else
			rest = rest "\t" own[i]
	return low high rest
}
