# SPDX-License-Identifier: GPL-2.0-or-later
# From the objects of "fsanalyze goals --json" to tab-separated lines for goals.awk: of each goal and
# row one "goal", and one "group" for each of its groups.
# A group of cells as the tables name it: what is not as in most of the study stays in the name.
def cells: .workload | split(", ") |
	(.[0] | if startswith("pfnlayout ") then ltrimstr("pfnlayout ")
		elif . == "folios small" then "folios-small" else split(" ")[0] end) +
	(.[1] | if . == "hugetlb demand" then "" else ", " + rtrimstr(" demand") end) +
	(.[3:] | if . == [] or . == ["2048 MiB"] then "" else ", " + .[0] end);
def regime: .workload | split(", ")[2] | rtrimstr(" regime");
def linux:
	if .against == null or .against == "buddy" then "" else ", Linux at " + (.against | ltrimstr("buddy, ")) end;
def named($goal): cells + (if regime == "system" and $goal.id != "system" then ", whole system" else "" end) +
	" at " + .demand + linux;

. as $goal |
["goal", .id, .row, .goal, .figure, .hold, .main, .decided, .verdict] +
	(if .worst then .worst | [named($goal), .value, .interval.lo, .interval.hi, .seeds] else ["-", "-", "-", "-", "-"] end) +
	[.controls.hold, .controls.groups] + (.controls.worst | if . then [named($goal), .judged] else ["-", "-"] end) | @tsv,
($goal.groups[] | select(.holds | not) | ["miss", $goal.id, $goal.row, $goal.limit, named($goal), regime, cells,
	(.demand | rtrimstr(" %")), .against // "-", (.value, .interval.lo, .interval.hi, .judged | . // "-"),
	(if .control then "control" else "main" end), .verdict] | @tsv)
