# SPDX-License-Identifier: GPL-2.0-or-later
# Compaction policies as BPF programs: a good one does the job, bad ones are
# put aside, and loading and unloading under compaction disturbs nobody.
compact=/sys/kernel/mm/llfree/compact
llfree || skip "policies are LLFree's"
[ -d /tests/bin/policies ] || skip "there are no policies"

selected() {
	sed 's/.*\[\(.*\)\].*/\1/' $compact
}

# stat NAME: of LLFree's counts
stat() {
	awk -v name="$1" '$1 == name { print $2 }' /sys/kernel/mm/llfree/stats
}

load() {
	frameshift policy load "$2" "/tests/bin/policies/$1.bpf.o" || fail "$1 does not load"
}

fragment_memory 80 0
pid=$!
chunks=$(($(meminfo MemFree) / 2048 / 3))

# The policy that the project ships
load bpf_occupancy --select
[ "$(selected)" = bpf_occupancy ] || fail "bpf_occupancy is not selected"
got=$(demand $chunks)
[ "$got" = $chunks ] || fail "bpf_occupancy: $got huge pages of $chunks"
demand 0 >/dev/null
[ "$(stat loaded_runs)" -gt 0 ] || fail "no compaction began with bpf_occupancy"
[ "$(stat loaded_mistakes)" = 0 ] || fail "$(stat loaded_mistakes) choices of bpf_occupancy were wrong"
frameshift policy load /tests/bin/policies/bpf_occupancy.bpf.o 2>/dev/null && fail "two policies of a name"
frameshift policy load /tests/bin/policies/taken_name.bpf.o 2>/dev/null && fail "two policies of a name in an object"
! grep -q taken_ $compact || fail "policies of an object that was refused stay: $(cat $compact)"
frameshift policy unload bpf_occupancy || fail "bpf_occupancy does not go"
[ "$(selected)" = occupancy ] || fail "$(selected) is selected after the unload"
frameshift policy unload bpf_occupancy 2>/dev/null && fail "it can be unloaded twice"
frameshift policy unload address 2>/dev/null && fail "a built-in policy can be unloaded"

# The policy of the tutorial; frames that the demand above left free need no compaction, so everything is compacted, too
runs=$(stat loaded_runs)
load half_free --select
echo 1 >/proc/sys/vm/compact_memory
got=$(demand $chunks)
[ "$got" = $chunks ] || fail "half_free: $got huge pages of $chunks"
demand 0 >/dev/null
[ "$(stat loaded_runs)" -gt "$runs" ] || fail "no compaction began with half_free"
[ "$(selected)" = half_free ] || fail "half_free was put aside"
frameshift policy unload half_free || fail "half_free does not go"

# What the verifier does not let in
refused() { # NAME REASON
	said=$(frameshift policy load --verbose "/tests/bin/policies/$1.bpf.o" 2>&1) && fail "$1 loads"
	echo "$said" | grep -q "$2" || fail "$1 is refused for another reason: $said"
}
refused refused_write "only the state of llfree_policy_ctx may be written"
refused refused_caller "calling kernel function llfree_policy_child is not allowed"
refused refused_context "pointer type STRUCT llfree_policy_ctx must point to scalar"
refused refused_null "Possibly NULL pointer passed to trusted arg0"

# What never answers rightly is put aside, and others serve the demand
for bad in bad_loop bad_reads bad_answers; do
	count=loaded_mistakes
	[ $bad != bad_loop ] || count=loaded_late
	before=$(stat $count)
	load $bad --select
	for turn in 1 2 3 4 5 6 7 8; do
		echo 1 >/proc/sys/vm/compact_memory
	done
	[ "$(selected)" = occupancy ] || fail "$bad is still selected"
	! echo $bad >$compact 2>/dev/null || fail "$bad can be selected after it was put aside"
	[ "$(stat $count)" -ge $((before + 4)) ] || fail "$bad: $count does not count them"
	got=$(demand $chunks)
	[ "$got" = $chunks ] || fail "$bad: $got huge pages of $chunks"
	demand 0 >/dev/null
	frameshift policy unload $bad || fail "$bad does not go"
done
[ "$(dmesg | grep -c 'llfree: policy bad_.* is put aside')" = 3 ] || fail "nobody was told"

# Frames that exist and are seldom right: slow, but no harm
mistakes=$(stat loaded_mistakes)
load bad_frames --select
echo "bad_frames: $(demand $chunks) huge pages of $chunks"
[ "$(stat loaded_mistakes)" = $mistakes ] || fail "a frame that exists counts as a mistake"
demand 0 >/dev/null
(healthy) || fail "after bad_frames"
frameshift policy unload bad_frames || fail "bad_frames does not go"

# Come and go while all CPUs compact
churn() {
	while :; do
		echo $chunks >/proc/sys/vm/nr_hugepages
		echo 1 >/proc/sys/vm/compact_memory
		echo 0 >/proc/sys/vm/nr_hugepages
	done
}
for cpu in 0 1 2; do
	churn &
	churns="$churns $!"
done
runs=$(stat loaded_runs)
policyload $(rounds 1000 100) /tests/bin/policies/bpf_occupancy.bpf.o
status=$?
kill $churns
wait $churns 2>/dev/null
demand 0 >/dev/null
[ $status = 0 ] || fail "policyload: status $status"
runs=$(($(stat loaded_runs) - runs))
echo "$runs compactions began with a policy that was loaded for a moment"
[ $runs -gt 0 ] || fail "no compaction met policyload"
[ "$(selected)" = occupancy ] || fail "$(selected) is selected at the end"
end_fragment $pid
