# SPDX-License-Identifier: GPL-2.0-or-later
# A figure of each row: a panel a layout, a line a row, a mark a demand, bars from the best run to the worst.
#   dir, name (of the data), layouts, rows (number of), heading, note, axis, tics, low, top, out
load "common.gp"
lines = (words(layouts) + 1) / 2
height = 150 + 285 * lines
set terminal svg size 900, height font "DejaVu Sans,13" background "#FFFFFF"
set output out
set multiplot layout lines, 2 title heading . "\n{/*0.8 " . note . "; bars: from the best run to the worst}" \
	margins 0.11, 0.97, 75.0 / height, 1 - 125.0 / height spacing 0.13, 110.0 / height
set logscale x
set xrange [low:top]
set yrange [rows + 0.6:0.4]
eval "set xtics (" . tics . ")"
set arrow 1 from 1, graph 0 to 1, graph 1 nohead lc rgb "#555555" lw 1
set xlabel axis . " (logarithmic)"
do for [n = 1:words(layouts)] {
	layout = word(layouts, n)
	set title about(layout) offset 0, -0.6
	set key off
	if (n == 1) {
		set key at screen 0.5, 1 - 62.0 / height center top maxrows 1 samplen 1.5 width 3
	}
	plot dir . "/" . name . "-" . layout using 2:($1 - 0.22):3:4 with xerrorbars pt 7 ps 0.6 lc rgb "#6BAED6" title "demand 10 %", \
		"" using 5:1:6:7:ytic(11) with xerrorbars pt 9 ps 0.7 lc rgb "#2171B5" title "demand 50 %", \
		"" using 8:($1 + 0.22):9:10 with xerrorbars pt 5 ps 0.6 lc rgb "#08306B" title "demand 90 %"
}
unset multiplot
