# SPDX-License-Identifier: GPL-2.0-or-later
# Why goals are missed: table-why-GOAL.ROW, a line for each group of cells that misses one, with what the
# runs tell of it.  Nothing is told that the values do not show.  After values.awk and facts.awk.
# -v dir=FOLDER, in which the lines of goals.jq are: goals

# A figure of a row in the group at hand, "-" if there is none
function of(row, figure, what,    key) {
	key = at(regime, group, demand, row, figure)
	return key in what ? what[key] : "-"
}
function median(row, figure) { return of(row, figure, value) }
function digits(x, format, scale) { return x == "-" ? "-" : sprintf(format, x * scale) }
function plain(x) { return digits(x, "%.3f", 1) }
function percent_of(x) { return digits(x, "%.1f %%", 100) }
function also(text, more) { return text == "" ? more : text "; " more }
function or_unknown(text) { return text == "" ? "these runs do not tell" : text }

# The judged value, and how sure it is
function held(share,    a, b, c) {
	a = share ? percent_of(v) : plain(v)
	b = share ? percent_of(from) : plain(from)
	c = share ? percent_of(to) : plain(to)
	return kind == "control" ? (share ? percent_of(judged) : plain(judged)) ", the worst seed" : a " [" b " to " c "]"
}

function why_minimum(    minimum, over, beyond, vain, extra, why) {
	over = judged
	minimum = median(row, "minimum/cleared")
	vain = median(row, "in-vain/moved")
	extra = median(row, "cleared/needed")
	if (minimum != "-") {
		beyond = (over - 1) * minimum
		if (vain != "-")
			vain *= over * minimum
	} else
		beyond = vain = "-"
	if (vain != "-") {
		if (vain >= beyond)
			why = "frames that did not clear may be all of it"
		else if (row == "llfree/bucket" && beyond - vain <= 15)
			why = "no more than frames of one step of the index may differ by"
		else
			why = sprintf("at least %.1f pages more in frames that cleared", beyond - vain)
	}
	if (extra != "-" && extra > 1.005)
		why = also(why, sprintf("%.1f %% more frames cleared than needed", 100 * (extra - 1)))
	return held() " | " digits(beyond, "%.1f", 1) " | " digits(vain, "%.1f", 1) " | " plain(extra) " | " or_unknown(why)
}

function why_removed(    over, reached, linux, room, same, why) {
	over = median(row, "moves/minimum")
	reached = median(row, "reached/minimum")
	linux = median("buddy", "moves/minimum")
	same = median(row, "minimum/linux")
	# As a multiple of the row's own minimum
	room = linux == "-" || same == "-" || !same ? "-" : 1 + (1 - limit) * (linux - 1) / same
	if ((row, regime, group, demand) in off_minimum)
		why = "too far from the minimum, see there"
	else if (over != "-" && room != "-" && over > room)
		why = sprintf("near the minimum, but the goal leaves %.1f %% of it", 100 * (room - 1))
	else if (reached != "-" && room != "-" && reached > room && of(row, "zones", value) > 1) {
		why = "its first frames are not the emptiest of all zones: it empties one zone after the other"
		shown_why["zone by zone"]
	}
	return held(1) " | " plain(over) " | " plain(reached) " | " plain(linux) " | " plain(room) " | " or_unknown(why)
}

function why_more(    over, linux, same, why) {
	over = median(row, "moves/minimum")
	linux = median("buddy", "moves/minimum")
	same = median(row, "minimum/linux")
	if (same != "-" && same > 1.005)
		why = "more must move on the layout that it starts from"
	if (over != "-" && linux != "-" && over > linux)
		why = also(why, "further from its minimum than Linux")
	return held() " | " plain(same) " | " plain(over) " | " plain(linux) " | " or_unknown(why)
}

# Parts of a row's instructions as shares of Linux's
function why_insns(    all, choose, over, more, must, frame, linux, why) {
	all = median(row, "insns/cleared")
	choose = median(row, "choosing/cleared")
	over = median(row, "moves/minimum")
	must = median(row, "minimum/cleared")
	linux = median("buddy", "delivered")
	more = frame = "-"
	if (all == "-" || choose == "-" || over == "-" || must == "-")
		choose = must = "-"
	else {
		choose = judged * choose / all
		more = over > 1 ? (judged - choose) * (1 - 1 / over) : 0
		must = judged * page_price * must / all
		# A price that takes more than there is was not paid here
		if (!page_price || must > 1.02 * (judged - choose - more))
			must = "-"
		else
			frame = judged - choose - more - must
		if (must != "-" && must > limit)
			why = "out of reach"
		else if (judged - choose <= limit)
			why = "its choices"
		else if (judged - choose - more <= limit)
			why = "moves beyond the minimum" (choose > 0.005 ? ", and its choices" : "")
		else if (must != "-")
			why = "the price of a frame"
		shown_why[why]
		if (must != "-")
			shown_why["a price"]
	}
	if (linux != "-" && linux < 0.9995) {
		why = also(why, "Linux pays for " percent_of(linux) " of the demand")
		shown_why["short"]
	}
	return held() " | " sprintf("%.3f", limit) " | " plain(choose) " | " plain(more) " | " plain(frame) " | " plain(must) " | " or_unknown(why)
}

function why_delivered(    missing, tried, broken, why) {
	missing = of(row, "missing", run_hi)
	tried = of(row, "compactions", run_hi)
	broken = of(row, "compactions-failed", run_hi)
	if (missing != "-" && missing > 0 && broken != "-")
		why = broken > 0 ? "compactions failed" : "no compaction failed: what is missing was not compacted for"
	if (group ~ /, thp/)
		shown_why["thp"]
	return percent_of(judged) " | " percent_of(median(row, "delivered")) " | " digits(missing, "%.0f", 1) " | " \
		digits(tried, "%.0f", 1) " | " digits(broken, "%.0f", 1) " | " percent_of(of("buddy", "delivered", run_lo)) " | " or_unknown(why)
}

# Moves for nobody: where nothing is demanded, in the same layout
function idle(row,    key) {
	key = at("system idle", group, demand, row, "moves")
	return key in value ? value[key] : "-"
}

function why_system(    mine, linux, own, other, without, why) {
	mine = median(row, "freed/moved")
	linux = median(base, "freed/moved")
	without = mine == "-" || linux == "-" || linux == 1 ? "-" : judged * (1 - mine) / (1 - linux)
	own = idle(row)
	other = idle(base)
	if (v < limit)
		why = kind == "control" ? "not fewer with every seed" : "fewer, but not beyond doubt"
	else {
		if (without != "-" && without < limit)
			why = "pages moved that were freed before the demand"
		if (own != "-" && other != "-" && own > other)
			why = also(why, sprintf("its background moves %.0f pages where nothing is demanded, Linux %.0f", own, other))
		if (median(row, "delivered") != "-" && median(base, "delivered") != "-" &&
		    median(row, "delivered") > median(base, "delivered") + 0.005)
			why = also(why, "it delivers more")
	}
	return held() " | " digits(median(row, "moves/delivered"), "%.1f", 1) " | " digits(median(base, "moves/delivered"), "%.1f", 1) \
		" | " percent_of(mine) " | " percent_of(linux) " | " percent_of(median(row, "delivered")) " | " \
		percent_of(median(base, "delivered")) " | " or_unknown(why)
}

function explain(goal) {
	if (goal ~ /-minimum$/)
		return why_minimum()
	if (goal == "removed")
		return why_removed()
	if (goal == "never-more")
		return why_more()
	if (goal ~ /^insns/)
		return why_insns()
	if (goal == "delivered")
		return why_delivered()
	return why_system()
}

function head(goal) {
	if (goal ~ /-minimum$/)
		return "moves / minimum | pages beyond it, a frame | isolated in vain, a frame | frames cleared / needed"
	if (goal == "removed")
		return "removed | moves / minimum | for as many frames as Linux | Linux's | the goal leaves"
	if (goal == "never-more")
		return "moves / Linux's | minimum / Linux's | moves / minimum | Linux's"
	if (goal ~ /^insns/)
		return "instructions / Linux's | goal | choosing | moves beyond the minimum | frames | what must move"
	if (goal == "delivered")
		return "worst run | median | most missing frames of a run | compactions | failed | Linux's worst run"
	return "moves a frame / Linux's | moves a frame | Linux's | moved, then freed | Linux's | delivered | Linux's"
}

END {
	# What bucket pays for one page more, if its cells lie on a line
	page_price = r2_of["llfree/bucket"] >= 0.95 ? slope_of["llfree/bucket"] : 0
	while ((getline line <(dir "/goals")) > 0) {
		split(line, part, FS)
		if (part[1] != "miss")
			continue
		goal = part[2]; row = part[3]; limit = part[4] + 0; label = part[5]
		regime = part[6]; group = part[7]; demand = part[8]; base = part[9]
		v = part[10]; from = part[11]; to = part[12]; judged = part[13]; kind = part[14]; verdict = part[15]
		if (goal ~ /-minimum$/)
			off_minimum[row, regime, group, demand]
		file = dir "/table-why-" goal "." name(row)
		if (!(file in begun)) {
			begun[file]
			line = head(goal)
			print "| group | " line " | what the runs show |" >file
			gsub(/[^|]+/, "---", line)
			print "|---|" line "|---|" >file
		}
		sub(/^not decided/, "so far", verdict)
		note = verdict == "missed" ? "" : verdict
		if (kind == "control")
			note = "control" (note == "" ? "" : ", " note)
		print "| " label (note == "" ? "" : ", *" note "*") " | " explain(goal) " |" >file
	}
	if ("out of reach" in shown_why)
		print "out-of-reach", 1
	for (why in shown_why)
		if (why ~ /^its choices|^moves beyond/)
			avoidable = 1
	if (avoidable)
		print "avoidable-insns", 1
	if ("the price of a frame" in shown_why)
		print "dear-frames", 1
	if ("short" in shown_why)
		print "short-linux", 1
	if ("zone by zone" in shown_why)
		print "zone-by-zone", 1
	if ("thp" in shown_why)
		print "thp-short", 1
	if ("a price" in shown_why)
		print "price-of-a-page", sprintf("%.0f", page_price)
}
