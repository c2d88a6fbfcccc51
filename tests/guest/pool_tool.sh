# SPDX-License-Identifier: GPL-2.0-or-later
# frameshift pool on a device: its verbs agree with each other, with poolwriter
# and with the kernel's tracepoints, and a policy in BPF serves a pool by its name.
pool=/dev/llfree_pool0
[ -d /tests/bin/policies ] || skip "there are no policies"

# number NAME: the first one of that name in a line of JSON
number() {
	grep -o "\"$1\":[0-9]*" | head -n 1 | cut -d: -f2
}

info() {
	frameshift pool info --json $pool | number "$1"
}

free_frames() {
	frameshift pool info --json $pool | grep -o '"fill":\[\[0,[0-9]*' | cut -d, -f2
}

# stat NAME: of LLFree's counts
stat() {
	awk -v name="$1" '$1 == name { print $2 }' /sys/kernel/mm/llfree/stats
}

whole() { # WHEN
	poolwriter --verify || fail "$1: not all is there"
	frameshift pool check $pool || fail "$1: the pool is not sound"
}

# recorded PHASE ROW: in r.json there is for PHASE what the line of JSON in ROW says
recorded() {
	sed 's/{"name"/\n&/g' r.json | grep "^{\"name\":\"$1\"" | grep -o '"pool":{[^}]*}' >phase ||
		fail "no pool in phase $1"
	[ "$(number compactions <phase)" = 1 ] || fail "$1: $(number compactions <phase) compactions"
	for count in cleared moves given_up flushes fences copied; do
		[ "$(number $count <phase)" = "$(number $count <"$2")" ] ||
			fail "$1: $count: $(number $count <phase) recorded, $(cat "$2")"
	done
	[ $(($(number pages <phase) * 4096)) = "$(number copied <phase)" ] ||
		fail "$1: pages and bytes differ: $(cat phase)"
}

# Formatting
frameshift pool format $pool 2>said && fail "a pool was lost without --force"
grep -q -- --force said || fail "no word of --force: $(cat said)"
frameshift pool format --force --size 50M --slots 20000 $pool || fail "no pool of 50 MiB"
[ "$(info bytes)" = $((50 << 20)) ] && [ "$(info frames)" = 24 ] && [ "$(info slots)" = 20000 ] ||
	fail "it is not of 50 MiB"
[ "$(info allocations)" = 0 ] && [ "$(free_frames)" = 24 ] || fail "it is not empty"
frameshift pool check $pool || fail "an empty pool is not sound"

# What is in it
pages=$((24 * 512))
poolwriter --layout bands --seed 1 --policy address --json || fail "poolwriter"
frameshift pool ls $pool | awk 'NR > 1 { n++; p = 1; for (i = $2; i > 0; i--) p *= 2; pages += p }
	END { print n, pages }' >listed
read -r handles owned <listed
[ "$handles" -gt 1000 ] || fail "$handles handles: this test shows nothing"
[ "$(info allocations)" = "$handles" ] || fail "$handles handles listed, $(info allocations) in info"
[ $((pages - $(info free_pages))) = "$owned" ] || fail "$owned pages listed, $(info free_pages) free of $pages"
poolwriter --verify | grep -q "^whole: $handles allocations" || fail "$handles are not what poolwriter left"
frameshift pool check --json $pool | grep -q '"sound":true' || fail "not sound"

# A policy that is loaded, by its name and as it chooses. A choice that a busy host makes
# late is none, and a compaction may end with it: then once more.
frameshift pool compact --policy bpf_occupancy $pool 2>said && fail "compacted by a policy that is not loaded"
grep -q "no policy 'bpf_occupancy'" said || fail "no word of the policy: $(cat said)"
frameshift policy load /tests/bin/policies/bpf_occupancy.bpf.o || fail "bpf_occupancy does not load"
for turn in 1 2 3 4 5; do
	runs=$(stat loaded_runs) late=$(stat loaded_late)
	frameshift record -o r.json -- poolwriter --orders 2 --layout bands --seed 1 \
		--policy bpf_occupancy,random --json >rows || fail "poolwriter by bpf_occupancy"
	[ "$(stat loaded_late)" != "$late" ] || break
	[ $turn != 5 ] || fail "late in each of $turn turns"
done
cat rows
[ "$(stat loaded_runs)" = $((runs + 1)) ] || fail "$(($(stat loaded_runs) - runs)) compactions by bpf_occupancy"
head -n 1 rows >chosen
tail -n 1 rows >drawn
recorded "compact bpf_occupancy" chosen
recorded "compact random" drawn
for row in chosen drawn; do
	[ "$(number cleared <$row)" = "$(number wanted <$row)" ] || fail "$row: too few frames"
	[ "$(number flushes <$row)" -gt 0 ] && [ "$(number fences <$row)" -gt 0 ] || fail "$row: nothing flushed"
done
[ "$(number copied <chosen)" = $(($(number minimum <chosen) * 4096)) ] || fail "bpf_occupancy moves too much"
[ "$(number copied <drawn)" -gt $(($(number minimum <drawn) * 4096)) ] || fail "random moves as little"
frameshift report r.json | grep -q '^ *pool in' || fail "the report has no pool"

# The tool's own compaction
free=$(free_frames) moves=$(info moves)
frameshift record -o r.json -- frameshift pool compact --frames 3 --policy bpf_occupancy --json $pool >row ||
	fail "compact --json"
cat row
recorded start row
[ "$(free_frames)" = $((free + $(number cleared <row))) ] ||
	fail "$free frames were free, and $(free_frames) are after that"
[ "$(info moves)" = $((moves + $(number moves <row))) ] || fail "info counts other moves"
frameshift pool compact --policy occupancy $pool | tee said
grep -q '^emptied  *[1-9]' said || fail "compact emptied nothing"
whole "after compact"

# The writer that checks itself, by policies in turn
runs=$(stat loaded_runs) moves=$(info moves)
for ops in 1000 2000 3000; do
	poolwriter --run-until-killed --ops $ops --objects 600 --workers 3 \
		--policy bpf_occupancy,occupancy,bucket || fail "poolwriter --run-until-killed"
	[ "$(info moves)" = "$moves" ] || break
done
[ "$(info moves)" -gt "$moves" ] || fail "nothing was moved meanwhile"
[ "$(stat loaded_runs)" -gt "$runs" ] || fail "no compaction by bpf_occupancy met it"
whole "after --run-until-killed"

# One that comes and goes while pools are compacted by its name
runs=$(stat loaded_runs)
: >loading
for caller in 1 2; do
	while [ -e loading ]; do
		frameshift pool compact --frames 1 --policy policyload $pool >"said.$caller" 2>&1 ||
			grep -q "no policy 'policyload'" "said.$caller" || touch failed
	done &
	callers="$callers $!"
done
for turn in 1 2 3 4 5 6 7 8 9 10; do
	policyload 300 /tests/bin/policies/bpf_occupancy.bpf.o || fail "policyload"
	[ "$(stat loaded_runs)" = "$runs" ] || break
done
rm loading
wait $callers
[ ! -e failed ] || fail "compact by a policy that goes: $(cat said.*)"
echo "$(($(stat loaded_runs) - runs)) compactions met a policy that was loaded for a moment"
[ "$(stat loaded_runs)" -gt "$runs" ] || fail "no compaction met policyload"
whole "after policyload"

# A policy that answers wrongly spoils nothing
frameshift policy load /tests/bin/policies/bad_answers.bpf.o || fail "bad_answers does not load"
turns=0
while frameshift pool compact --policy bad_answers $pool >said 2>&1; do
	grep -q '^emptied  *0 ' said || fail "bad_answers emptied something"
	turns=$((turns + 1))
	[ $turns -lt 8 ] || fail "bad_answers is not put aside"
done
grep -q "there is no policy 'bad_answers'" said || fail "bad_answers: $(cat said)"
dmesg | grep -q 'llfree: policy bad_answers is put aside' || fail "nobody was told"
whole "after bad_answers"
for policy in bad_answers bpf_occupancy; do
	frameshift policy unload $policy || fail "$policy does not go"
	! frameshift pool compact --policy $policy $pool 2>/dev/null || fail "$policy is there after it was unloaded"
done
# For who comes next
frameshift pool format --force $pool || fail "no pool of the whole device"
