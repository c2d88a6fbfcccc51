# SPDX-License-Identifier: GPL-2.0-or-later
# Instructions against pages moved, both per cleared frame: do they lie on a line?
#   dir, slope, fixed (of the line), wide (end of the x axis), out
load "common.gp"
set terminal svg size 900, 560 font "DejaVu Sans,13" background "#FFFFFF"
set output out
set title "Instructions follow the pages moved\n{/*0.8 a mark for each layout and demand; arrows: from Linux to bucket, demand 50 %}"
set grid y lc rgb "#DDDDDD" lt 1 lw 0.7
set xlabel "pages moved per cleared frame"
set ylabel "million instructions per cleared frame"
set xrange [0:wide]
set yrange [0:*]
set key top left Left reverse samplen 1.5
line(x) = (slope * x + fixed) / 1e6
plot dir . "/pages-arrows" using 1:2:($3 - $1):($4 - $2) with vectors filled head size screen 0.012, 20 lc rgb "#BBBBBB" lw 1.2 notitle, \
	line(x) lc rgb must_colour lw 1 dt 2 title sprintf("a line through bucket's marks: %.0f instructions a page", slope), \
	dir . "/pages-buddy" using 1:2 with points pt 7 ps 0.8 lc rgb linux_colour title "Linux", \
	dir . "/pages-bucket" using 1:2 with points pt 5 ps 0.8 lc rgb must_colour title "LLFree, bucket", \
	dir . "/pages-arrows" using 3:4:5 with labels right offset -0.9, 0.5 tc rgb must_colour font ",11" notitle
