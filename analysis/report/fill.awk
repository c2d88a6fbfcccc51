# SPDX-License-Identifier: GPL-2.0-or-later
# Fill in a template.  Arguments: FACTS (lines KEY<tab>VALUE), then the template; -v dir=FOLDER.
#   {{KEY}}                             the value; to be unknown is an error
#   {{#if KEY}} {{#else}} {{#end}}      each on a line of its own, not nested: is KEY known?
#   {{>NAME}}                           on a line of its own: the file of that name in the folder
BEGIN { FS = "\t"; shown = 1 }
function fail(why) {
	print "error: " FILENAME ":" FNR ": " why >"/dev/stderr"
	failed = 1
	exit 1
}
NR == FNR { fact[$1] = $2; next }
/^\{\{#if / { key = substr($0, 7, length($0) - 8); inside = 1; shown = (key in fact); next }
/^\{\{#else\}\}$/ { if (!inside) fail("else without if"); shown = !shown; next }
/^\{\{#end\}\}$/ { if (!inside) fail("end without if"); inside = 0; shown = 1; next }
!shown { next }
/^\{\{>/ {
	file = dir "/" substr($0, 4, length($0) - 5)
	while ((more = (getline line <file)) > 0)
		print line
	if (more < 0)
		fail("there is no " file)
	next
}
{
	while (match($0, /\{\{[^}]*\}\}/)) {
		key = substr($0, RSTART + 2, RLENGTH - 4)
		if (!(key in fact))
			fail("nothing is known of " key)
		$0 = substr($0, 1, RSTART - 1) fact[key] substr($0, RSTART + RLENGTH)
	}
	print
}
END { if (inside && !failed) fail("if without end") }
