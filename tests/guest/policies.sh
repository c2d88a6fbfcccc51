# SPDX-License-Identifier: GPL-2.0-or-later
# Every built-in policy clears frames; its index comes, goes and is switched
# while all CPUs allocate, free and compact.
compact=/sys/kernel/mm/llfree/compact
llfree || skip "policies are LLFree's"
names=$(tr -d '[]' <$compact)

for name in $names; do
	echo $name >$compact || fail "$name cannot be selected"
	grep -q "\[$name\]" $compact || fail "$name is not selected"
	fragment_memory 80 0
	pid=$!
	chunks=$(($(meminfo MemFree) / 2048 / 4))
	got=$(demand $chunks)
	echo "$name: $got huge pages of $chunks"
	case $name in
	# Refuses what costs too much
	just-enough) [ "$got" -gt 0 ] ;;
	*) [ "$got" = $chunks ] ;;
	esac || fail "$name: $got huge pages of $chunks"
	echo 1 >/proc/sys/vm/compact_memory
	demand 0 >/dev/null
	end_fragment $pid
	(healthy) || fail "after $name"
done

targets=/sys/kernel/mm/llfree/targets
echo occupancy >$compact
for rule in $(tr -d '[]' <$targets); do
	echo $rule >$targets && grep -q "\[$rule\]" $targets || fail "$rule is not selected"
	fragment_memory 80 0
	pid=$!
	chunks=$(($(meminfo MemFree) / 2048 / 4))
	got=$(demand $chunks)
	[ "$got" = $chunks ] || fail "targets $rule: $got huge pages of $chunks"
	demand 0 >/dev/null
	end_fragment $pid
	(healthy) || fail "after targets $rule"
done
! echo none >$targets 2>/dev/null || fail "targets takes any name"
echo own >$targets

load $(($(meminfo MemAvailable) / 1024 / 2)) 8 10000 &
pid=$!
for turn in $(rounds "1 2 3 4 5" 1); do
	for name in $names; do
		echo $name >$compact || fail "$name cannot be selected under load"
		echo 1 >/proc/sys/vm/compact_memory &
		demand 20 >/dev/null
		demand 0 >/dev/null
		wait $!
	done
done
end_load $pid
echo occupancy >$compact
