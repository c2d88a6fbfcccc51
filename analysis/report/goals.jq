# SPDX-License-Identifier: GPL-2.0-or-later
# From the objects of "fsanalyze goals --json" to tab-separated lines for goals.awk: of each goal and
# row one "goal", and one "group" for each of its groups.
def layout: split(",")[0] | split(" ") | if .[0] == "pfnlayout" then .[1] else .[0] end;
def plain: contains("hugetlb demand") and contains(" 2048 MiB");
# What is not as in most of the study stays in the name.
def short: sub("^pfnlayout "; "") | sub("^churn mixed"; "churn") | sub(", hugetlb demand"; "") |
	sub(", (request|system) regime"; "") | sub(", 2048 MiB"; "");
def named: (.workload | short) + " at " + .demand +
	(if .against == null or .against == "buddy" then "" else ", Linux at " + (.against | sub("buddy, "; "")) end);

. as $goal |
["goal", .id, .row, .goal, .figure, .hold, (.groups | length), .decided, .verdict] +
	(if .worst then .worst | [named, .value, .interval.lo, .interval.hi, .seeds] else ["-", "-", "-", "-", "-"] end) | @tsv,
($goal.groups[] | ["group", $goal.id, $goal.row, $goal.figure, $goal.limit, named, .value, .holds, .verdict,
	(if .workload | plain then .workload | layout else "-" end), (.demand | rtrimstr(" %"))] | @tsv)
