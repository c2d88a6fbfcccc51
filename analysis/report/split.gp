# SPDX-License-Identifier: GPL-2.0-or-later
# Instructions per cleared frame at one demand, split: a panel a layout, a bar a row.
#   dir, layouts, rows, top, demand, out
load "common.gp"
lines = (words(layouts) + 1) / 2
height = 150 + 285 * lines
set terminal svg size 900, height font "DejaVu Sans,13" background "#FFFFFF"
set output out
set multiplot layout lines, 2 title "Instructions for one cleared frame of 2 MiB, demand " . demand . " %\n{/*0.8 what Linux spends on searching is within its moves; under LLFree choosing is measured apart}" \
	margins 0.11, 0.97, 75.0 / height, 1 - 125.0 / height spacing 0.13, 110.0 / height
set xrange [0:top * 1.12]
set yrange [rows + 0.6:0.4]
set xlabel "million instructions per cleared frame"
set style fill solid 1 noborder
half = 0.34
do for [n = 1:words(layouts)] {
	layout = word(layouts, n)
	set title about(layout) offset 0, -0.6
	set key off
	if (n == 1) {
		set key at screen 0.5, 1 - 62.0 / height center top maxrows 1 samplen 1.5 width 1
	}
	plot dir . "/split-" . layout using (0):1:(0):2:($1 - half):($1 + half):ytic(6) with boxxyerror lc rgb must_colour title "moving what must move", \
		"" using 2:1:2:($2 + $3):($1 - half):($1 + half) with boxxyerror lc rgb more_colour title "moving more than that", \
		"" using ($2 + $3):1:($2 + $3):5:($1 - half):($1 + half) with boxxyerror lc rgb choosing_colour title "choosing frames", \
		"" using 5:1:(sprintf(" %.2f", $5)) with labels left offset 0.2, 0 font ",11" notitle
}
unset multiplot
