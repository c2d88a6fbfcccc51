# SPDX-License-Identifier: GPL-2.0-or-later
# From the lines of cells.jq, what the text tells of the runs: KEY<tab>VALUE.
BEGIN { FS = OFS = "\t" }

function list(items, n,    i, j, x, text) {
	for (i = 2; i <= n; i++) {
		x = items[i]
		for (j = i - 1; j >= 1 && items[j] + 0 > x + 0; j--)
			items[j + 1] = items[j]
		items[j + 1] = x
	}
	for (i = 1; i <= n; i++)
		text = text (i > 1 ? ", " : "") items[i]
	return text
}

!($1 in cell) { cell[$1]; cells++ }
!($2 in seed) { seed[$2]; seeds[++n_seeds] = $2 }
!($3 in disturbed) { disturbed[$3]; perturbations[++n_perturbations] = $3 }
!($4 in kernel) { kernel[$4]; kernels = kernels (kernels == "" ? "" : ", ") $4 }
!($6 in source) { source[$6]; source_names[++sources] = $6 }
!(($6, $1) in cell_of) { cell_of[$6, $1]; cells_of[$6]++ }
!($8 in sample) { sample[$8] = $6; samples++ }
sample[$8] != $6 && !($8 in mixed) { mixed[$8]; mixed_samples++ }
!($9 in memory) { memory[$9]; sizes[++n_sizes] = $9 / 1024 }
{ with[$10]; with[$11] }
$5 == "false" { invalid++; if (!($1 in spoilt)) { spoilt[$1]; spoilt_cells++ } }
$7 != "true" { timed++ }

END {
	print "cells", cells
	print "steps", NR
	print "invalid", invalid + 0
	print "invalid-cells", spoilt_cells + 0
	print "seeds", list(seeds, n_seeds)
	print "n-seeds", n_seeds
	print "perturbations", list(perturbations, n_perturbations)
	print "kernels", kernels
	for (i = 1; i <= sources; i++)
		named = named (i > 1 ? ", " : "") "`" source_names[i] "` (" cells_of[source_names[i]] " cells)"
	print "sources", sources
	print "source-names", named
	if (sources > 1)
		print "sources-differ", 1
	print "samples", samples
	print "mixed-samples", mixed_samples + 0
	print "memory", list(sizes, n_sizes) " GiB"
	for (word in with)
		print "with." word, 1
	if (timed)
		print "timed", timed
}
