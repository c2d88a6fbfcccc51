# SPDX-License-Identifier: GPL-2.0-or-later
# What the figures share. Colours by Okabe and Ito, told apart by the colour-blind, too.
set encoding utf8
set datafile separator "\t"
linux_colour = "#D55E00"
must_colour = "#0072B2"
more_colour = "#E69F00"
choosing_colour = "#000000"
set border 3 lc rgb "#555555"
set tics nomirror out tc rgb "#222222"
set grid x lc rgb "#DDDDDD" lt 1 lw 0.7
about(layout) = layout eq "uniform" ? "uniform: half of every frame in use" : \
	layout eq "bands" ? "bands: frames 10, 45 or 90 % in use" : \
	layout eq "powerlaw" ? "powerlaw: most frames little in use, few full" : \
	layout eq "churn" ? "churn: after random replacement" : layout
