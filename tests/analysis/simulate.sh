#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The simulator on small states: what it promises of each axis, and its tables and admissions.
#   simulate.sh SIMULATE FSANALYZE
set -u

simulate=${1:?usage: simulate.sh SIMULATE FSANALYZE}
fsanalyze=${2:?usage: simulate.sh SIMULATE FSANALYZE}
# shellcheck source=tests/result.sh
. "$(dirname "$0")/../result.sh"

run() { # NAME OPTION...
	name=$1
	shift
	"$simulate" "$@" --output "$work/$name" 2>"$work/$name.log" || {
		cat "$work/$name.log"
		false
	}
}

field() { # FILE FIELD: its values, a line each
	sed 's/.*"'"$2"'":\([^,}]*\).*/\1/' "$work/$1"
}

sum() { # FILE FIELD
	field "$1" "$2" | awk '{ n += $1 } END { print n + 0 }'
}

count() { # FILE
	wc -l <"$work/$1"
}

# Every run checks the allocator against its bitfields, and its moves against the minimum.
policies=$("$simulate" --help | sed -n 's/^Policies: //p' | wc -w)
run all --bytes 256M --seeds 1 --pins 0,1,1% --folios none,mixed,rare --states uniform,process --preflight 0,1
[ $? = 0 ] && [ "$policies" -gt 0 ] && [ "$(count all)" = $((policies * 3 * 3 * 2 * 2)) ]
result $? "every policy on every kind of state"

for order in 10 12; do
	run large --bytes 512M --seeds 1,2 --order $order --pins 0 --policies occupancy
	[ $? = 0 ] && [ "$(sum large wanted)" -gt 0 ] && [ "$(sum large wanted)" = "$(sum large delivered)" ] &&
		[ "$(sum large pages_moved)" = "$(sum large optimal_moves)" ]
	result $? "occupancy is optimal for order $order"
done
run all12 --bytes 512M --seeds 1 --order 12 --states bands
result $? "every policy clears 16 MiB"

run pins --bytes 512M --seeds 1,2 --pins 0.1% --states uniform --policies bucket --preflight 1
run blind --bytes 512M --seeds 1,2 --pins 0.1% --states uniform --policies bucket --preflight 0
[ "$(sum pins moved_in_vain)" = 0 ] && [ "$(sum blind moved_in_vain)" -gt 0 ] &&
	[ "$(sum pins delivered)" = "$(sum blind delivered)" ]
result $? "pre-flight saves moves in vain"

run free --bytes 512M --seeds 1,2 --pins 0 --states uniform --policies bucket --preflight 0
[ "$(sum free moved_in_vain)" = 0 ]
result $? "without pins nothing is in vain"

for width in 16 64; do
	run width$width --bytes 1G --seeds 1,2,3 --pins 0 --states uniform --policies bucket --percent 10 --widths $width
done
[ "$(sum width16 pages_moved)" -lt "$(sum width64 pages_moved)" ]
result $? "wide buckets tell less"

# The run itself fails if the bound is below the minimum, or above what was moved without a split.
run bound --bytes 128M --seeds 1,2 --pins 0 --folios mixed,rare --states uniform --policies bucket,priced --bound
[ $? = 0 ] && [ "$(sum bound optimal_moves_whole)" -ge "$(sum bound optimal_moves)" ]
result $? "a bound for folios that move whole"

run again --bytes 256M --seeds 1 --pins 0,1 --states bands
run again2 --bytes 256M --seeds 1 --pins 0,1 --states bands
for file in again again2; do
	sed -i 's/"[a-z_]*_ns[a-z0-9_]*":[0-9]*,//g' "$work/$file"
done
cmp "$work/again" "$work/again2"
result $? "the same seed does the same"

for option in "--pins 2" "--pins x%" "--pins nan%" "--pins 101%" "--folios some" "--order 11" "--order 4294967305" \
	"--widths 8" "--widths 4294967312" "--preflight 2" "--replay" "--order 12 --bytes 72M" "--order 10 --bound" \
	"--seeds -1" "--seeds 1,4294967296" "--seeds 18446744073709551617" "--frames -1" "--frames 0" "--seconds -5" \
	"--seconds +5" "--percent 101" "--percent 4294967297" "--bytes 16777220T" "--bytes 65T" "--bytes 1M" "--bytes -4G" \
	"--bytes 4G4"; do
	# shellcheck disable=SC2086
	"$simulate" $option >/dev/null 2>&1
	[ $? = 2 ]
	result $? "refused: $option"
done

cat >"$work/few" <<-END
	{"policy":"a","state":"x","seed":1,"pages_moved":110,"optimal_moves":100,"optimal_moves_whole":null,"delivered":2}
	{"policy":"a","state":"x","seed":2,"pages_moved":130,"optimal_moves":100,"optimal_moves_whole":null,"delivered":2}
	{"policy":"a","state":"y","seed":1,"pages_moved":10,"optimal_moves":0,"optimal_moves_whole":null,"delivered":0}
	{"policy":"b","state":"x","seed":1,"pages_moved":100,"optimal_moves":100,"optimal_moves_whole":125,"delivered":4}
END
"$fsanalyze" simulated "$work/few" >"$work/out"
cat >"$work/want" <<-END
	moves/minimum  x                    y
	a              1.200 [1.100-1.300]  -
	b              1.000                -
END
diff -u "$work/want" "$work/out"
result $? "a table of simulated runs"
"$fsanalyze" simulated --rows state --columns seed --figure moves/whole "$work/few" | tail -n 2 >"$work/out"
printf 'x            0.800  -\ny            -      -\n' | diff -u - "$work/out"
result $? "... with other fields"
echo '{"policy":"a","state":"x","seed":1,"decision_ns":50,"source_decision_ns":1500}' >"$work/one"
"$fsanalyze" simulated --figure ns-source "$work/one" | tail -n 1 >"$work/out"
printf 'a          1500\n' | diff -u - "$work/out"
result $? "... and choices of a source apart"
! "$fsanalyze" simulated --rows nothing "$work/few" >/dev/null 2>&1
result $? "... but none that is not there"

# The guest of the fixture under another name, as if it had moved what the simulator does.
for step in detail light; do
	cp -r "$here/fixture/$step" "$work/$step"
	sed -i 's/"allocator": "buddy", "policy": "linux"/"allocator": "llfree", "policy": "occupancy"/' "$work/$step/record.json"
	echo 'violations 0' >>"$work/$step/state.txt"
done
"$fsanalyze" merge --icount "$work/detail" "$work/light" >"$work/runs.jsonl"
"$simulate" --replay --policies "occupancy address" --output "$work/replay" "$work/detail"
[ $? = 0 ] && [ "$(count replay)" = 4 ] && [ "$(sum replay delivered)" = "$(sum replay wanted)" ] &&
	[ "$(field replay optimal_moves | head -n 2 | tr '\n' ' ')" = "$(sed 's/"own".*//; s/.*"optimal_moves":\([0-9]*\).*/\1/' "$work/runs.jsonl" | tr '\n' ' ')" ]
result $? "a guest's snapshot has the minimum that its run has"

moved=$(field replay pages_moved | head -n 2 | tr '\n' ' ')
for case in 100:0:admitted 101:0:admitted 103:1:refused; do
	# shellcheck disable=SC2046,SC2086
	set -- $moved $(echo "$case" | tr : ' ')
	awk -v percent="$3" -v first="$1" -v second="$2" '{
		n = NR == 1 ? first : second
		sub(/"pages_moved":[0-9]*/, "\"pages_moved\":" int(n * 100 / percent + 0.5)); print }' \
		"$work/runs.jsonl" >"$work/kernel.jsonl"
	"$fsanalyze" admit "$work/kernel.jsonl" "$work/replay" >"$work/out"
	[ $? = "$4" ] && [ "$(grep -c "$5" "$work/out")" -ge 2 ] || { cat "$work/out"; false; }
	result $? "a simulation off by $(($3 - 100)) % is $5"
done
sed 's/"seed":1/"seed":2/' "$work/runs.jsonl" | cat "$work/runs.jsonl" - >"$work/two.jsonl"
"$fsanalyze" admit "$work/two.jsonl" "$work/replay" >"$work/out"
[ $? = 1 ] && [ "$(grep -c ' 1 .* refused, 1 not replayed *$' "$work/out")" = 2 ] && grep -q '^0 of 2 cells admitted' "$work/out"
result $? "a cell is not admitted without a replay of every seed" "$work/out"
sed '/"seed":2/s/"valid":true/"valid":false/' "$work/two.jsonl" >"$work/kernel.jsonl"
"$fsanalyze" admit --within 1000 "$work/kernel.jsonl" "$work/replay" | grep -q '^2 of 2 cells admitted'
result $? "... that is valid"
# A guest that was told where to move pages, and not to look before it moves them
cp -r "$work/detail" "$work/told"
sed -i 's/"policy": "occupancy"/&, "targets": "random", "preflight": false/' "$work/told/record.json"
"$fsanalyze" merge --icount "$work/told" "$work/light" >"$work/told.jsonl"
grep '"policy":"occupancy"' "$work/replay" >"$work/own.replay"
"$simulate" --replay --policies occupancy --output "$work/told.replay" "$work/told"
[ $? = 0 ] && [ "$(field told.replay targets | sort -u)" = '"random"' ] &&
	[ "$(field told.replay preflight | sort -u)" = false ] &&
	[ "$(sum told.replay pages_moved)" -gt "$(sum own.replay pages_moved)" ]
result $? "a replay does as the guest was told"
"$fsanalyze" admit "$work/told.jsonl" "$work/told.replay" >"$work/out"
grep -q 'llfree/occupancy, targets random, no pre-flight' "$work/out"
result $? "... and the row says what that was"
"$fsanalyze" admit "$work/told.jsonl" "$work/own.replay" >"$work/out" 2>&1
[ $? = 1 ] && grep -q 'no valid step of' "$work/out"
result $? "... and no other replay will do"
sed -i 's/"random"/"nowhere"/' "$work/told/record.json"
! "$simulate" --replay "$work/told" >/dev/null 2>"$work/out" && grep -q "no rule of targets 'nowhere'" "$work/out"
result $? "... unless the simulator does not know it"
! "$simulate" --replay --widths 16,32 "$work/detail" >/dev/null 2>&1
result $? "a replay has buckets of one width"
cp -r "$work/detail" "$work/shuffled"
sed -i '2{h;d};3G' "$work/shuffled/frames-0.tsv"
! "$simulate" --replay "$work/shuffled" >/dev/null 2>"$work/out" &&
	grep -q 'frames-0.tsv:3: the frames do not ascend' "$work/out"
result $? "... and of frames that ascend" "$work/out"

sed 's/"seed":1/"seed":2/' "$work/runs.jsonl" >"$work/kernel.jsonl"
"$fsanalyze" admit "$work/kernel.jsonl" "$work/replay" >"$work/out" 2>&1
[ $? = 1 ] && grep -q 'no valid step of' "$work/out"
result $? "another seed is no replay"

exit $failed
