#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# frameshift record, inside a guest of about 512 MiB: does a record tell what happened? The
# script keeps books of its own: /proc/vmstat and nr_hugepages. Exits 0, 1, or 77 to skip.

fail() {
	echo "FAILED: $*" >&2
	[ -s r.json ] && frameshift report r.json >&2
	exit 1
}

# expect STATUS COMMAND...: it exits so; what it says goes to ./said
expect() {
	want=$1; shift
	"$@" >said 2>&1
	got=$?
	[ $got -eq "$want" ] || { cat said >&2; fail "exit $got instead of $want: $*"; }
}

# sum KEY: of all numbers that r.json holds under that name
sum() {
	grep -o "\"$1\":[0-9]*" r.json | awk -F: '{ n += $2 } END { print n + 0 }'
}

vmstat() {
	awk -v name="$1" '$1 == name { print $2 }' /proc/vmstat
}

valid() {
	grep -q '"valid":true' r.json || fail "an invalid record: $*"
}

[ "$(id -u)" = 0 ] || { echo "skipped: not root"; exit 77; }
[ -e /proc/sys/vm/compact_memory ] || { echo "skipped: no compaction"; exit 77; }
cd "$(mktemp -d)" || exit 1
mkdir frag && mount -t tmpfs -o size=90% none frag || exit 1

cat >phase.sh <<'END'
# phase NAME: by the protocol of FRAMESHIFT_PHASE; its descriptors have one digit
phase() {
	eval "echo $1 >&${FRAMESHIFT_PHASE%,*}"
	eval "head -c 1 <&${FRAMESHIFT_PHASE#*,}" >/dev/null
}
END

# fragment: fill most of the free memory with two files that take turns at 16 KiB, and remove one
cat >load.sh <<'END'
. ./phase.sh
fragment() {
	phase prepare
	rm -f frag/keep
	awk '$1 == "MemFree:" { turns = int($2 / 100 * 85 / 32) }
		END {
			chunk = sprintf("%16384s", "")
			for (; turns; turns--) {
				printf "%s", chunk >"frag/keep"; fflush()
				printf "%s", chunk >"frag/drop"; fflush()
			}
		}' /proc/meminfo
	rm frag/drop
	phase "$1"
}
fragment manual
echo 1 >/proc/sys/vm/compact_memory
fragment direct
awk '$1 == "MemFree:" { print int($2 / 2048 * 2 / 3) }' /proc/meminfo >/proc/sys/vm/nr_hugepages
cat /proc/sys/vm/nr_hugepages >got
echo 0 >/proc/sys/vm/nr_hugepages
fragment proactive
echo 100 >/proc/sys/vm/compaction_proactiveness
sleep 2
echo 0 >/proc/sys/vm/compaction_proactiveness
fragment woken
echo defer >/sys/kernel/mm/transparent_hugepage/defrag
echo always >/sys/kernel/mm/transparent_hugepage/enabled
# A third of what is free, in an awk that may hold it twice: more than lies in free frames
awk '$1 == "MemFree:" { big = sprintf("%" int($2 * 352) "s", ""); system("sleep 2") }' /proc/meminfo
echo never >/sys/kernel/mm/transparent_hugepage/enabled
END

echo 0 >/proc/sys/vm/compaction_proactiveness
echo 0 >/proc/sys/vm/nr_hugepages

expect 0 frameshift check
grep -q 'recording works' said || fail "check does not say that recording works"
expect 0 frameshift check --json
grep -q '"works":true' said || fail "check --json does not say that recording works"

# In detail
moved=$(vmstat pgmigrate_success) scanned=$(vmstat compact_migrate_scanned)
free_scanned=$(vmstat compact_free_scanned) daemon=$(vmstat compact_daemon_migrate_scanned)
expect 0 frameshift record -o r.json -- sh load.sh
valid detail
moved=$(($(vmstat pgmigrate_success) - moved))
scanned=$(($(vmstat compact_migrate_scanned) - scanned))
free_scanned=$(($(vmstat compact_free_scanned) - free_scanned))
daemon=$(($(vmstat compact_daemon_migrate_scanned) - daemon))
frameshift report r.json || fail "report"

[ "$moved" -gt 0 ] || fail "nothing was moved: this test shows nothing"
[ "$(sum succeeded)" = "$moved" ] || fail "moved $(sum succeeded), vmstat says $moved"
[ "$(sum migrate_scanned)" = "$scanned" ] || fail "scanned $(sum migrate_scanned), vmstat says $scanned"
[ "$(sum free_scanned)" = "$free_scanned" ] || fail "free scanned $(sum free_scanned), vmstat says $free_scanned"

# Its triggers: the daemon's are those that vmstat counts apart
for trigger in manual direct proactive kcompactd; do
	grep -q "\"trigger\":\"$trigger\"" r.json || fail "no run by trigger $trigger"
done
by_daemon=$(grep -o '"trigger":"[a-z]*","runs":[0-9]*,"ns":[0-9]*,"sleep_ns":[0-9]*,"migrate_scanned":[0-9]*' r.json |
	awk -F '[:,"]+' '$3 == "kcompactd" || $3 == "proactive" { n += $NF } END { print n + 0 }')
[ "$by_daemon" = "$daemon" ] || fail "the daemon scanned $by_daemon, vmstat says $daemon"

# A delivery a huge page
delivered=$(sed 's/{"name"/\n&/g' r.json | grep '^{"name":"direct"' |
	grep -o '"deliveries":\[[^]]*\]' | tr , '\n' | grep -c '[0-9]')
[ "$(cat got)" -gt 0 ] || fail "no huge page: this test shows nothing"
[ "$delivered" = "$(cat got)" ] || fail "$delivered deliveries but $(cat got) huge pages"

# The loader's own loss: more phases than it has room for
echo '. ./phase.sh; i=0; while [ $i -lt 70 ]; do phase p$i; i=$((i + 1)); done' >many.sh
expect 3 frameshift record -o r.json -- sh many.sh
grep -q '"phase_refused":7' r.json || fail "70 phases and start, in 64: $(grep -o '"phase_refused":[0-9]*' r.json)"
expect 0 frameshift record --allow-loss -o r.json -- sh many.sh

# Light
expect 0 frameshift record --light -o r.json -- sh -c 'echo 1 >/proc/sys/vm/compact_memory'
valid light
grep -q '"trigger":"manual"' r.json || fail "light mode saw no run"
grep -q '"migrate":' r.json && fail "light mode tells of migrations"

# From a phase on, as a program says that is run before it
echo '. ./phase.sh; phase one; echo 1 >/proc/sys/vm/compact_memory; phase two; phase three' >three.sh
expect 0 frameshift record --from two --hold 'echo light; date >held' -o r.json -- sh three.sh
valid "from a phase"
grep -q '"mode":"light".*"phases":\[{"name":"two".*{"name":"three"' r.json || fail "not from phase two, or not light"
[ -s held ] && grep -q '"runs":' r.json && fail "what precedes the phase is in the record"
expect 1 frameshift record --from two --hold false -o r.json -- sh three.sh
grep -q 'false failed' said || fail "no word about the program that failed"
expect 1 frameshift record --from four -o r.json -- sh three.sh
grep -q "ended before phase 'four'" said || fail "no word about the phase that did not come"
expect 2 frameshift record --hold true -- true

# The probes' own cost
expect 0 frameshift record --overhead -o r.json -- sh -c 'echo 1 >/proc/sys/vm/compact_memory'
valid overhead
grep -q '"probes":{"calls":[1-9][0-9]*,"ns":[1-9]' r.json || fail "no cost of the probes"

# The command's end
expect 7 frameshift record -o r.json -- sh -c 'exit 7'
expect 143 frameshift record -o r.json -- sh -c 'kill $$'
expect 127 frameshift record -o r.json -- ./no-such-program
expect 1 frameshift record -o /no/such/folder/r.json -- true
expect 2 frameshift record
expect 1 frameshift report load.sh

# What can be missing
[ -e /etc/passwd ] || { mkdir -p /etc && echo 'nobody:x:65534:65534::/:/bin/sh' >/etc/passwd; }
expect 1 start-stop-daemon -S -c nobody -x "$(command -v frameshift)" -- record -- true
grep -q 'CAP_BPF' said || fail "no word about privileges"
expect 1 unshare -m sh -c 'mount -t tmpfs none /sys/kernel/btf && frameshift record -- true'
grep -q 'CONFIG_DEBUG_INFO_BTF' said || fail "no word about BTF"
expect 1 unshare -m sh -c 'mount -t tmpfs none /sys/kernel/btf && frameshift check'

umount frag
echo "loader: all good"
