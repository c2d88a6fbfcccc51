#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# fsanalyze on a small run directory and on variants of it: what must come out, to the letter.
#   golden.sh FSANALYZE [--update]     --update writes what came out as what must
set -u

fsanalyze=${1:?usage: golden.sh FSANALYZE [--update]}
update=${2:-}
# shellcheck source=tests/result.sh
. "$(dirname "$0")/../result.sh"

same() { # NAME FILE: what came out is the file of that name
	[ -n "$update" ] && cp "$2" "$here/golden/$1"
	diff -u "$here/golden/$1" "$2"
	result $? "$1"
}

# A copy of the fixture with one thing different: NAME FILE SED-EXPRESSION [FILE SED-EXPRESSION]...
# The expression must change something.
variant() {
	name=$1
	shift
	cp -r "$here/fixture" "$work/$name"
	while [ $# -gt 0 ]; do
		for run in detail light; do
			[ -e "$work/$name/${1#*/}" ] || [ "${1%%/*}" = both ] || [ "${1%%/*}" = $run ] || continue
			sed -i "$2" "$work/$name/$run/${1#*/}"
		done
		shift 2
	done
	! diff -rq "$here/fixture" "$work/$name" >"$work/diff" || {
		echo "FAIL variant $name changes nothing"
		failed=1
	}
}

merge() { # NAME [OPTION]...
	dir=$work/$1
	shift
	"$fsanalyze" merge --icount "$@" "$dir/detail" "$dir/light"
}

# The first sentence that makes a variant invalid: NAME SENTENCE FILE SED-EXPRESSION...
invalid() {
	name=$1
	want=$2
	shift 2
	variant "$name" "$@"
	merge "$name" | sed 's/.*"invalid_why"://' >"$work/why"
	grep -qF "$want" "$work/why" || { cat "$work/why"; false; }
	result $? "invalid: $name"
}

llfree='s/"allocator": "buddy", "policy": "linux"/"allocator": "llfree", "policy": "occupancy"/'

cp -r "$here/fixture" "$work/base"
merge base >"$work/base.jsonl"
same merge.jsonl "$work/base.jsonl"

invalid lost 'lost 3 events: orphan end' \
	both/record.json 's/"orphan end": 0/"orphan end": 3/'
invalid told 'light run: probes were skipped' \
	light/record.json 's/"valid": true, "invalid_why": \[\]/"valid": false, "invalid_why": ["probes were skipped"]/'
invalid vmstat 'compaction moved 100 pages but pgmigrate_success grew by 99' \
	detail/record.json 's/"pgmigrate_success": 100/"pgmigrate_success": 99/'
invalid kcompactd 'kcompactd compaction moved 12 pages during the request' \
	detail/record.json '/kcompactd/s/"moved": 0/"moved": 12/'
invalid kcompactd_light 'light run: kcompactd compaction took 20000 of 920000 ns during the request' \
	light/record.json '/1000000/s/{ "trigger": "direct"/{ "trigger": "kcompactd", "ns": 20000 }, &/'
variant kcompactd_hardly light/record.json '/1000000/s/{ "trigger": "direct"/{ "trigger": "kcompactd", "ns": 2000 }, &/'
merge kcompactd_hardly | grep -q '"valid":true'
result $? "kcompactd may look, for less than 1 % of the instructions"
stays='/^1024\t/s/DMA32.*/DMA32\t50\t0\t461\t1\t0\t0/'
invalid unknown 'pages of unknown kind leave the minimum open by more than 1 %' \
	both/frames-0.tsv "$stays" both/frames-1.tsv "$stays" both/frames-2.tsv "$stays"
# Where held pages are known, a frame without any has only free ones.
known='1s/"pcp_pages"/"references_known":true,&/'
variant not_held both/frames-0.tsv "$stays" both/frames-1.tsv "$stays" both/frames-2.tsv "$stays" both/steps.jsonl "$known"
merge not_held | grep -q '"valid":true'
result $? "pages of unknown kind are free in a frame where the kernel holds none"
# Not if all of its pages may be the rest of a larger block.
rest='/^1024\t/s/DMA32.*/DMA32\t0\t0\t0\t512\t0\t0/'
variant rest_of_block both/frames-0.tsv "$rest" both/frames-1.tsv "$rest" both/frames-2.tsv "$rest" both/steps.jsonl "$known"
merge rest_of_block >"$work/rest"
variant rest_unknown both/frames-0.tsv "$rest" both/frames-1.tsv "$rest" both/frames-2.tsv "$rest"
merge rest_unknown | diff - "$work/rest"
result $? "a frame of nothing but pages of unknown kind may be the kernel's"
variant gone both/frames-0.tsv "$stays"
merge gone | grep -q '"valid":true'
result $? "pages of unknown kind that a later snapshot does not show were free"
# More of them than the per-CPU lists hold: then they are the kernel's, beyond doubt.
variant kernel_pages both/frames-0.tsv '/^512\t/s/412\t0/409\t3/'
merge kernel_pages | sed -n '1s/.*"optimal_moves":\([0-9]*\),"optimal_moves_unknown_unmovable":\([0-9]*\),.*"valid":\([a-z]*\),.*/\1 \2 \3/p' >"$work/out"
echo '50 50 true' | diff - "$work/out"
result $? "pages of unknown kind beyond the per-CPU lists are unmovable"

invalid deliveries '3 frames were delivered but 2 deliveries seen' \
	detail/record.json 's/\[ 157 \]/[ ]/'
# 90 % before 50 %: what the first step got the second one has not asked for.
invalid descending 'detail run: 3 frames were delivered but 2 requested' \
	detail/steps.jsonl 's/"requested_chunks":4/"requested_chunks":2/'
invalid descending_light 'light run: 3 frames were delivered but 2 requested' \
	light/steps.jsonl 's/"requested_chunks":4/"requested_chunks":2/'
invalid zones 'the zones the frames came from cannot give 2 of them' \
	both/steps.jsonl 's/"zone_split":{"DMA32":/"zone_split":{"Normal":/'
invalid already_free 'the snapshot has 1 to 1 free frames, the workload counted 2' \
	both/steps.jsonl 's/"already_free":1/"already_free":2/'
invalid feasible '3 frames are feasible, the workload asked within 4' \
	detail/steps.jsonl 's/"feasible_chunks":3,"pcp/"feasible_chunks":4,"pcp/'
invalid unclean 'detail run: the workload left the guest unclean: NR_ISOLATED is 3' \
	detail/steps.jsonl 's/"clean":true/"clean":false,"why":"NR_ISOLATED is 3"/'
invalid unfinished 'detail run: the workload did not reach its end' \
	detail/steps.jsonl '/"type":"end"/d'

invalid isolated 'detail run: 4 pages stayed isolated' \
	detail/state.txt 's/nr_isolated_file 0/nr_isolated_file 4/'
invalid unlooked 'light run: nobody looked for isolated pages' \
	light/state.txt '/nr_isolated/d'
invalid free_lists 'detail run: 2057 free pages, but 2183 on the free lists' \
	detail/state.txt 's/zone    DMA32      1/zone    DMA32    127/'
invalid unvalidated 'detail run: nobody validated the allocator' \
	detail/record.json "$llfree"
invalid violations 'detail run: 2 violations in the allocator' \
	detail/record.json "$llfree" detail/state.txt '$a violations 2'
invalid below 'are fewer than the minimum' \
	detail/record.json 's/"pgmigrate_success": 100/"pgmigrate_success": 49/; s/"succeeded": 100/"succeeded": 49/'

merge base --invalid 'the console is not clean' | grep -q '"valid":false,"invalid_why":\["the console is not clean"\]'
result $? "invalid: told by the caller"

# What is counted has to be instructions of compaction alone.
cp -r "$here/fixture" "$work/cpus"
echo '{"accel":"icount","cpus":2,"mem_mib":2048}' >"$work/cpus/light/vm.json"
! merge cpus >"$work/out" 2>&1 && grep -q 'light did not run under icount with one CPU' "$work/out"
result $? "refused: instructions of two CPUs" "$work/out"
! "$fsanalyze" merge "$work/base/detail" "$work/base/detail" >"$work/out" 2>&1 && grep -q 'is no light record' "$work/out"
result $? "refused: instructions of the probes" "$work/out"

# In the regime of the whole system background compaction counts like any other.
after='{ "name": "after", "vmstat": { "pgmigrate_success": 5 }, "migrate": { "compaction": { "succeeded": 5 } } }'
variant system both/steps.jsonl 's/"regime":"request"/"regime":"system"/; s/"clean":true/&,"moved_then_freed":4/' \
	both/record.json "s/\"layout\"/\"release\"/; /kcompactd/s/\"moved\": 0/\"moved\": 12/
		/157 \]/s/$/, $after/; /800000/s/$/, $after/"
merge system | sed -n 's/.*"pages_moved":\([0-9]*\),"pages_failed".*"valid":\([a-z]*\),.*/\1 \2/p' >"$work/out"
printf '107 true\n182 true\n' | diff - "$work/out"
result $? "the system regime counts from the first release until after the last step"
merge system | grep -q '"moved_then_freed":4,'
result $? "the system regime tells of pages moved for nothing"

# What no compaction could have undercut since then; frames 0, 2560 and 3072 hold unmovable pages.
cp -r "$work/system" "$work/window"
printf '%s\n' '# pfn pages' '0 0' '512 110' '1024 60' '1536 405' '2048 3' '2560 1' >"$work/window/detail/stay.tsv"
merge window | sed -n 's/.*"window_moves":\([0-9]*\),.*"valid":\([a-z]*\),.*/\1 \2/p' >"$work/out"
printf '63 true\n173 true\n' | diff - "$work/out"
result $? "the system regime has a lower bound of its own"
merge window >"$work/window.jsonl"
"$fsanalyze" table "$work/window.jsonl" >"$work/out"
grep -q '^minimum: the lower bound of the window' "$work/out" && grep -q '^50 %  *buddy  *1/1  *1.70  *-  *107  *63 ' "$work/out"
result $? "... and the table divides by it" "$work/out"
sed -i 's/^1024 60/1024 110/' "$work/window/detail/stay.tsv"
merge window | grep -qF '107 pages moved or reclaimed are fewer than the lower bound of the window, 113'
result $? "invalid: fewer moves than the window's lower bound"

# Two allocators, three seeds: 2 is no pair, 3 is invalid on one side and reclaims on the other.
better='/pgmigrate_success/s/100/60/; s/"succeeded": 100/"succeeded": 60/; s/107 \]/57 ]/
	/pgmigrate_success/s/70/95/; s/"succeeded": 70/"succeeded": 95/'
valid='$a violations 0'
variant buddy2 both/steps.jsonl 's/"seed":1/"seed":2/'
variant buddy3 both/steps.jsonl 's/"seed":1/"seed":3/' \
	detail/record.json 's/"compact_stall": 1/"compact_stall": 1, "pgsteal_anon": 2, "pgsteal_file": 5/'
variant llfree1 both/record.json "$llfree; $better" both/state.txt "$valid"
variant llfree2 both/record.json "$llfree; $better" both/state.txt "$valid" both/steps.jsonl 's/"seed":1/"seed":2/' \
	both/frames-0.tsv '/^1536\t/s/400\t0\t112/409\t0\t103/'
variant llfree3 both/record.json "$llfree; $better; s/\"orphan end\": 0/\"orphan end\": 1/" \
	both/state.txt "$valid" both/steps.jsonl 's/"seed":1/"seed":3/'
for run in base buddy2 buddy3 llfree1 llfree2 llfree3; do
	merge $run
done >"$work/runs.jsonl"
"$fsanalyze" table "$work/runs.jsonl" >"$work/out"
same table.txt "$work/out"
"$fsanalyze" table --markdown "$work/runs.jsonl" >"$work/out"
same table.md "$work/out"
"$fsanalyze" costs "$work/runs.jsonl" >"$work/out"
same costs.txt "$work/out"
sed 's/"source_decisions":[a-z0-9]*/"source_decisions":3/; s/"target_decisions":[a-z0-9]*/"target_decisions":5/
	s/"words_read":[a-z0-9]*/"words_read":100/' "$work/runs.jsonl" | "$fsanalyze" costs /dev/stdin >"$work/out"
grep -q 'child words read  *words / decision' "$work/out" && grep -q '^50 %  *llfree/occupancy .* 100  *12.5 ' "$work/out"
result $? "words read a decision, of both kinds" "$work/out"

"$fsanalyze" table "$work/runs.jsonl" "$work/runs.jsonl" >"$work/out" 2>&1
[ $? = 1 ] && grep -q 'the same step is there twice' "$work/out"
result $? "a run given twice is refused"

# Rows over ten seeds of two perturbations each: moves for the second frame, base's are 100.
rows() { # NAME RUN MOVES...: the run as that row, the first seed's moves first
	name=$1 run=$2
	shift 2
	merge "$run" | head -n 1 | awk -v name="$name" -v moves="$*" '{
		split(name, row, "/")
		sub(/"allocator":"[a-z]*","policy":"[a-z]*"/,
			"\"allocator\":\"" row[1] "\",\"policy\":\"" row[2] "\"")
		seeds = split(moves, of)
		for (seed = 1; seed <= seeds; seed++)
			for (perturbation = 0; perturbation < 2; perturbation++) {
				line = $0
				n = of[seed] + 2 * perturbation
				sub(/"seed":[0-9]*,"perturbation":0/, "\"seed\":" seed ",\"perturbation\":" perturbation, line)
				sub(/"deliveries":\[0,[0-9]*/, "\"deliveries\":[0," n, line)
				sub(/"pages_moved":[0-9]*/, "\"pages_moved\":" n, line)
				print line
			}
	}'
}
{
	rows buddy/linux base 100 100 100 100 100 100 100 100 100 100
	rows llfree/same base 98 99 97 101 102 100 103 104 99 98
	rows llfree/less base 51 52 53 54 55 56 57 58 59 60
	rows llfree/more base 120 130 111 112 113 119 125 119 99 130
	rows llfree/few base 90 91 92
	# Its layout is another one: a pair end to end alone
	rows llfree/apart llfree2 51 52 53 54 55 56 57 58 59 60
} >"$work/study.jsonl"
"$fsanalyze" versus buddy "$work/study.jsonl" >"$work/out"
same versus.txt "$work/out"
"$fsanalyze" versus --end-to-end --markdown --row llfree/apart buddy "$work/study.jsonl" >"$work/out"
same versus.md "$work/out"
"$fsanalyze" spread "$work/study.jsonl" >"$work/out"
same spread.txt "$work/out"
for case in less:0 same:0 more:1 apart:1; do
	"$fsanalyze" versus --never-worse --row "llfree/${case%:*}" buddy "$work/study.jsonl" >"$work/out"
	[ $? = "${case#*:}" ] || { cat "$work/out"; false; }
	result $? "never worse: ${case%:*}"
done
grep '"allocator":"buddy"' "$work/study.jsonl" | "$fsanalyze" versus --never-worse buddy /dev/stdin >"$work/out"
[ $? = 1 ]
result $? "never worse: nothing is there" "$work/out"

# Who delivers more may move more.
sed '/"allocator":"buddy"/s/"delivered_chunks":2/"delivered_chunks":1/g' "$work/study.jsonl" >"$work/short.jsonl"
"$fsanalyze" versus --row llfree/more buddy "$work/short.jsonl" >"$work/out"
grep -q 'moves in all .*1\.188 .* - *$' "$work/out"
result $? "moves in all for more frames have no verdict" "$work/out"

# Two of three runs of two seeds are of no use: a seed counts once.
for moves in 1:100 1:100 1:100 2:150 3:160; do
	perturbation=$((${perturbation:--1} + 1))
	merge base | head -n 1 | sed "s/\"seed\":1,\"perturbation\":0/\"seed\":${moves%:*},\"perturbation\":$perturbation/
		s/\"pages_moved\":100/\"pages_moved\":${moves#*:}/"
done >"$work/lost.jsonl"
"$fsanalyze" table "$work/lost.jsonl" >"$work/out"
grep -q '^50 %  *buddy  *5/5 .* 150 \[100-160\] ' "$work/out"
result $? "the table's medians are over seeds" "$work/out"

# What two rows spent on no frame at all is not equal.
sed 's/"cleared_chunks":1,/"cleared_chunks":0,/g; s/"delivered_chunks":2/"delivered_chunks":0/' "$work/study.jsonl" >"$work/none.jsonl"
"$fsanalyze" versus buddy "$work/none.jsonl" >"$work/out"
grep -q 'llfree/less  *moves in all ' "$work/out" && ! grep -q 'insns / cleared frame' "$work/out" &&
	"$fsanalyze" values "$work/none.jsonl" >"$work/out" && grep -q '	moves/linux	' "$work/out" && ! grep -q '	rate/linux	' "$work/out"
result $? "an infinity is no other's equal" "$work/out"

# No other row stands in for buddy.
grep -v '"allocator":"buddy"' "$work/study.jsonl" >"$work/llfree.jsonl"
"$fsanalyze" table "$work/llfree.jsonl" >"$work/out"
[ "$(grep -c '^50 %  *llfree/.* 20/20  *[0-9.]* [][0-9. -]*  -  *[0-9]' "$work/out")" = 4 ]
result $? "without buddy there are no avoidable moves removed" "$work/out"
"$fsanalyze" values "$work/llfree.jsonl" >"$work/out"
[ $? = 0 ] && grep -q '	moves/minimum	' "$work/out" && ! grep -qE '	(removed|moves/linux)	' "$work/out"
result $? "... nor values beside it" "$work/out"

"$fsanalyze" table "$work/runs.jsonl" >"$work/plain"
gzip -k "$work/runs.jsonl"
xz -k "$work/runs.jsonl"
for end in gz xz; do
	"$fsanalyze" table "$work/runs.jsonl.$end" | cmp - "$work/plain"
	result $? "runs compressed as .$end"
done
head -c 500 "$work/runs.jsonl.gz" >"$work/cut.jsonl.gz"
! "$fsanalyze" table "$work/cut.jsonl.gz" >"$work/out" 2>&1
result $? "a damaged file is refused"

# A line holds one object and nothing else.
for rest in '{}' ', 1' 'x' '\0{}'; do
	{ head -n 1 "$work/runs.jsonl"; sed -n 2p "$work/runs.jsonl" | tr -d '\n'; printf "$rest\n"; } >"$work/two.jsonl"
	"$fsanalyze" table "$work/two.jsonl" >"$work/out" 2>&1
	[ $? = 1 ] && grep -q 'two.jsonl:2: not one JSON object$' "$work/out"
	result $? "refused: more in a line than an object" "$work/out"
done
sed 's/$/ \t\r/' "$work/runs.jsonl" | "$fsanalyze" table /dev/stdin | cmp - "$work/plain"
result $? "... but white space"
printf '{"type":' >"$work/two.jsonl"
! "$fsanalyze" table "$work/two.jsonl" >"$work/out" 2>&1 && grep -q 'two.jsonl:1: not one JSON object$' "$work/out"
result $? "refused: half an object" "$work/out"

# Background compaction makes a row of its own; the guest's memory parts the workloads.
for run in detail light; do
	echo '{"accel":"icount","cpus":1,"mem_mib":4096}' >"$work/system/$run/vm.json"
	sed -i 's/"regime":"system"/&,"proactiveness":100/' "$work/system/$run/steps.jsonl"
done
merge system >"$work/system.jsonl"
"$fsanalyze" table "$work/system.jsonl" >"$work/out"
grep -q '^pfnlayout bands, hugetlb demand, system regime, 4096 MiB$' "$work/out" &&
	grep -q '^50 % *buddy, proactiveness 100 ' "$work/out"
result $? "memory and proactiveness are told apart"

# Agreement needs ten pairs and ten per cent.
ten() { # FACTOR COUNT: the base run as so many seeds, its moves times the factor
	for seed in $(seq "$2"); do
		merge base | sed "s/\"seed\":1/\"seed\":$seed/; s/\"pages_moved\":100/\"pages_moved\":$1/"
	done
}
ten 100 10 >"$work/a.jsonl"
ten 105 10 >"$work/near.jsonl"
ten 115 10 >"$work/far.jsonl"
ten 100 9 >"$work/few.jsonl"
while IFS=: read -r case status words; do
	"$fsanalyze" agree buddy "$work/$case.jsonl" "$work/a.jsonl" >"$work/out"
	[ $? = "$status" ] && grep -q "pages_moved: .*: $words\$" "$work/out" || { cat "$work/out"; false; }
	result $? "agree: $case"
done <<-END
	near:0:agrees
	far:1:does not agree
	few:1:open, few seeds
END

# Perturbations are no seeds: ten equal pairs from five of these do not tell.
rows buddy/linux base 100 100 100 100 100 >"$work/five.jsonl"
"$fsanalyze" agree buddy "$work/five.jsonl" "$work/five.jsonl" >"$work/out"
[ $? = 1 ] && grep -q 'pages_moved: A / B = 1.000, .* over 5 seeds, 10 pairs: open, few seeds' "$work/out"
result $? "agree: perturbations do not count as seeds"

"$fsanalyze" minimum "$here/fixture/detail/frames-0.tsv" 3 >"$work/out"
same minimum.txt "$work/out"

# 30 of the 50 pages of one frame go by themselves, and all that keeps another from being cleared.
{ seq 1024 1053; seq 2860 2869 | sed 's/$/ unmovable/'; } >"$work/freed"
"$fsanalyze" minimum --freed "$work/freed" "$here/fixture/detail/frames-0.tsv" 5 >"$work/out"
same minimum-episode.txt "$work/out"
# A frame with one large folio, two with holes of a page only: room has to be made.
echo '# three frames' >"$work/folios"
printf '%s\n' "512 8*256 0*240 .*16" "1024$(printf ' 0*1 .*1%.0s' $(seq 254)) #*2 .*2" >>"$work/folios"
sed -n "s/^1024 /1536 /p" "$work/folios" >"$work/more"
cat "$work/more" >>"$work/folios"
"$fsanalyze" minimum --folios "$work/folios" 1 >"$work/out"
same minimum-folios.txt "$work/out"

# Pages, and folios, need room elsewhere. Unknown pages that are free are some.
printf '%s\n' '0 0 DMA32 500 0 12 0 0 0' '512 0 DMA32 0 13 499 0 0 0' '1024 0 DMA32 511 0 0 1 0 0' >"$work/full.tsv"
"$fsanalyze" minimum "$work/full.tsv" 1 >"$work/out"
grep -q 'with unknown pages as free: 500 moves, ' "$work/out" &&
	grep -q 'with unknown pages as unmovable: impossible, there is room to empty only 0 frames$' "$work/out"
result $? "no minimum without room for the pages" "$work/out"
echo '0 0*512' >"$work/folios"
"$fsanalyze" minimum --folios "$work/folios" 1 >"$work/out"
[ "$(grep -c 'impossible, there is room to empty only 0 frames$' "$work/out")" = 2 ]
result $? "... nor of folios" "$work/out"
printf '%s\n' '0 1*512' "512$(printf ' #*1 .*1%.0s' $(seq 256))" "1024$(printf ' #*1 .*1%.0s' $(seq 256))" >"$work/folios"
"$fsanalyze" minimum --folios "$work/folios" 1 >"$work/out"
grep -q 'may be split: 512 moves, ' "$work/out" &&
	grep -q 'move whole: impossible, there is room to empty only 0 frames$' "$work/out"
result $? "... that move whole" "$work/out"

# A workload of folios: no hole of 32 pages, unless two pages of the last frame make room. A page that
# came to the second frame after the snapshot keeps it from nothing.
variant sizes both/steps.jsonl 's/"already_free":1,"feasible_chunks":3,"pcp/"folios":{"0":832,"1":9,"5":1},&/
	/"step":1/s/}$/,"folios_split":1,"relocated":90,"kept_offset":30}/
	/"step":2/s/}$/,"folios_split":4,"relocated":60,"kept_offset":0}/' \
	both/record.json 's/"succeeded": [0-9]*, "failed": 0/&, "split": 1/; s/"succeeded": 100,/& "split": 1,/'
repeat() { # COUNT TEXT
	printf "$2%.0s" $(seq "$1")
}
{
	echo "0 #*512"
	echo "512$(repeat 100 ' 0*1 .*4') .*11 #*1"
	echo "1024 5*32 1*18 .*462"
	echo "1536$(repeat 112 ' 0*3 .*1') 0*64"
	echo "2048 .*512"
	echo "2560$(repeat 202 ' 0*1 .*1') 0*98 #*10"
	echo "3072$(repeat 40 ' 0*1 .*11') #*2 .*30"
} >"$work/sizes/detail/folios-0.txt"
merge sizes >"$work/sizes.jsonl"
sed -n 's/.*\("folios":.*"optimal_moves_whole":[0-9]*\),.*"valid":\([a-z]*\),.*/\1 \2/p' "$work/sizes.jsonl" >"$work/out"
same folios.txt "$work/out"
"$fsanalyze" costs "$work/sizes.jsonl" | grep -q 'folios whole *folios split to move *split by anybody *kept offset / relocated$' &&
	"$fsanalyze" costs "$work/sizes.jsonl" | grep -q '^50 %.* 1.92 *1 *1 *33.3 % *$'
result $? "what became of folios is in the table of costs"

# As much as was delivered there is only room for if pages go elsewhere than the map tells.
cp -r "$work/sizes" "$work/no_room"
for frame in 0 512 1024 1536 2048 2560 3072; do
	case $frame in
	2048) echo "$frame .*512" ;;
	512 | 1024 | 1536) echo "$frame 0*512" ;;
	*) echo "$frame #*512" ;;
	esac
done >"$work/no_room/detail/folios-0.txt"
merge no_room >"$work/out"
[ "$(grep -c '"optimal_moves_whole":null' "$work/out")" = 2 ]
result $? "a bound for folios that have no room is not told" "$work/out"

refused() { # STATUS SENTENCE ARGUMENT...
	want=$1
	text=$2
	shift 2
	"$fsanalyze" "$@" >"$work/out" 2>&1
	[ $? = "$want" ] && grep -qF "$text" "$work/out" || { cat "$work/out"; false; }
	result $? "refused: $text"
}
refused 2 'usage: fsanalyze minimum' minimum
refused 2 "no verb 'melt'" melt
refused 2 'usage: fsanalyze versus' versus buddy
refused 1 "there is no row 'llfree/none'" versus llfree/none "$work/runs.jsonl"
refused 2 'usage: fsanalyze spread' spread
refused 2 "fsanalyze minimum: unrecognized option '--nonsense'" minimum --nonsense
refused 2 "fsanalyze table: unrecognized option '--nonsense'" table --nonsense
refused 2 'usage: fsanalyze table' table
refused 2 "fsanalyze: 'x' is not a number of percent" admit --within x y z
refused 2 "'-3' is not a number of frames" minimum "$here/fixture/detail/frames-0.tsv" -3
refused 2 'usage: fsanalyze minimum' minimum --folios --freed x y 1
refused 1 'cannot read /nonexistent' table /nonexistent
echo 600 >"$work/freed"
refused 1 'cannot read /nonexistent' minimum --freed /nonexistent "$work/base/detail/frames-2.tsv" 1
[ "$(wc -l <"$work/out")" = 1 ]
result $? "... before anything is printed" "$work/out"
refused 1 'freed:1: more pages freed than the frame held' \
	minimum --freed "$work/freed" "$work/base/detail/frames-2.tsv" 1
echo 4000 >"$work/freed"
refused 1 'freed:1: the snapshot has no frame with this page' \
	minimum --freed "$work/freed" "$work/base/detail/frames-0.tsv" 1
echo '0 .*511 #*2' >"$work/folios"
refused 1 'folios:1: not a frame' minimum --folios "$work/folios" 1
echo '0 .*1 1*2 .*509' >"$work/folios"
refused 1 'folios:1: a folio at page 1 does not lie at a multiple of its size' \
	minimum --folios "$work/folios" 1
echo '0 .*512' >"$work/sizes/detail/folios-0.txt"
refused 1 'lists other frames than frames-0.tsv' merge "$work/sizes/detail"
variant nophase detail/record.json 's/"step-2"/"step-9"/'
refused 1 "record.json has no phase 'step-2'" merge "$work/nophase/detail"
mkdir "$work/nojson"
echo '{' >"$work/nojson/record.json"
refused 1 'fsanalyze: '"$work/nojson/record.json is not readable JSON: " merge "$work/nojson"
[ "$(wc -l <"$work/out")" = 1 ]
result $? "... in one line" "$work/out"
variant nosplit detail/steps.jsonl '3s/,"zone_split":[^}]*}//'
refused 1 'steps.jsonl: no object at /zone_split' merge "$work/nosplit/detail"
variant nolost detail/record.json 's/"lost": { "orphan end": 0 },//'
refused 1 'record.json: no object at /lost' merge "$work/nolost/detail"
invalid lists 'compaction moved 170 pages but pgmigrate_success grew by 100' \
	detail/record.json '/"step-2"/s/"vmstat": {[^}]*}/"vmstat": []/'

# Rows that no snapshot has: SENTENCE SED-EXPRESSION of the fixture's second
while IFS=: read -r text row; do
	sed "/^512\\t/s/.*/$row/" "$here/fixture/detail/frames-0.tsv" >"$work/frames.tsv"
	refused 1 "frames.tsv:3: $text" minimum "$work/frames.tsv" 1
done <<-'END'
	the pages of the frame are not 512:512\t0\tDMA32\t100\t0\t411\t0\t0\t0
	the pages of the frame are not 512:512\t0\tDMA32\t100\t0\t413\t0\t0\t0
	the pages of the frame are not 512:512\t0\tDMA32\t-5\t0\t517\t0\t0\t0
	the pages of the frame are not 512:512\t0\tDMA32\t100\t0\t412\t0\t0\t513
	not a frame:512\t0\tDMA32\t4294967396\t0\t412\t0\t0\t0
	no frame begins at page 513:513\t0\tDMA32\t100\t0\t412\t0\t0\t0
	no frame begins at page 18446744073709551104:-512\t0\tDMA32\t100\t0\t412\t0\t0\t0
	the frames do not ascend:0\t0\tDMA32\t100\t0\t412\t0\t0\t0
END
sed '/^512\t/s/.*/0\t0\tNormal\t100\t0\t412\t0\t0\t0/' "$here/fixture/detail/frames-0.tsv" >"$work/frames.tsv"
"$fsanalyze" minimum "$work/frames.tsv" 3 | diff "$here/golden/minimum.txt" -
result $? "a frame that two zones share"

exit $failed
