# SPDX-License-Identifier: GPL-2.0-or-later
# From the lines of goals.jq to the report's table of goals (table-goals), what the text tells of them
# (KEY<tab>VALUE on stdout), and the limits on instructions (limits).  -v dir=FOLDER
BEGIN {
	FS = OFS = "\t"
	table = dir "/table-goals"
	limits = dir "/limits"
	printf "" >limits
	print "| goal | row | verdict | groups that hold | decided | worst group | value there [90 % interval] | seeds |" >table
	print "|---|---|---|---|---|---|---|---|" >table
}

function shown(figure, value) {
	if (value == "-" || value == "")
		return "-"
	return figure == "removed" || figure == "delivered" ? sprintf("%.1f %%", 100 * value) : sprintf("%.3f", value)
}
function name(row) { sub(/^llfree\//, "", row); return row }

$1 == "goal" {
	text = shown($5, $11)
	if (text != "-")
		text = text " [" shown($5, $12) " to " shown($5, $13) "]"
	printf "| %s | %s | **%s** | %s of %s | %s | %s | %s | %s |\n", $4, name($3), $9, $6, $7, $8, $10, text, $14 >table
	key = $2 "." name($3)
	print "verdict." key, $9
	print "goal." key, $7 ? "**" $9 "**; " $6 " of " $7 " groups hold; worst: " $10 ", " text : "**" $9 "**"
}

$1 == "group" {
	key = $2 "." name($3)
	if ($8 == "false")
		missed[key] = missed[key] (missed[key] == "" ? "" : "; ") $6 " (" shown($4, $7) ")"
	if ($4 == "insns/linux" && $3 == "llfree/bucket" && $10 != "-")
		print $10, $11, $5 >limits
}

END {
	for (key in missed)
		print "misses." key, missed[key]
}
