# SPDX-License-Identifier: GPL-2.0-or-later
# From the lines of goals.jq to the report's table of goals (table-goals) and what the text tells of
# them (KEY<tab>VALUE on stdout).  What misses a goal is for why.awk.  -v dir=FOLDER
BEGIN {
	FS = OFS = "\t"
	table = dir "/table-goals"
	print "| goal | row | verdict | groups that hold | decided | worst group | value there [90 % interval] | seeds | controls that hold | worst control |" >table
	print "|---|---|---|---|---|---|---|---|---|---|" >table
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
	control = $16 ? $17 ": " shown($5, $18) : "-"
	printf "| %s | %s | **%s** | %s of %s | %s | %s | %s | %s | %s of %s | %s |\n", $4, name($3), $9, $6, $7, $8, $10, text, $14,
		$15, $16, control >table
	told = "**" $9 "**"
	if ($7)
		told = told "; " $6 " of " $7 " groups hold; worst: " $10 ", " text
	if ($16)
		told = told "; " $15 " of " $16 " controls hold; worst: " control
	print "goal." $2 "." name($3), told
}

# Of any row; the goals on instructions, and those on the minimum, are explained together
$1 == "miss" {
	key = $2
	missed[key "." name($3)]
	sub(/^insns-.*/, "insns", key)
	sub(/.*-minimum$/, "minimum", key)
	missed[key]
}

END {
	for (key in missed)
		print "misses." key, 1
}
