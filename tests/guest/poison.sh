# SPDX-License-Identifier: GPL-2.0-or-later
# Free pages that turn out to be bad are taken off the allocator, and are given back, while
# others allocate and compact: none is lost, and none is left for others to get.
bad=/sys/kernel/debug/hwpoison
[ -e $bad/corrupt-pfn ] || skip "this kernel does not inject memory errors"
BUDDY=10 HWPOISON=19	# KPF_: what the allocator has, what is out of use
wanted=48

is() { # FLAG PFN
	flags=$(dd if=/proc/kpageflags bs=8 skip="$2" count=1 2>/dev/null | od -An -tu8)
	[ $((flags >> $1 & 1)) = 1 ]
}

corrupted() {
	echo $(($(meminfo HardwareCorrupted) / 4))
}

# Only what is free: the kernel looks again
echo $((1 << BUDDY)) >$bad/corrupt-filter-flags-mask
echo $((1 << BUDDY)) >$bad/corrupt-filter-flags-value
echo 1 >$bad/corrupt-filter-enable

load $(($(meminfo MemAvailable) / 1024 / 3)) 2 10000 &
loader=$!
while :; do echo 1 >/proc/sys/vm/compact_memory; sleep 0.1; done &
compactor=$!
# If it fails, nothing of this stays for the next test
trap 'kill $loader $compactor 2>/dev/null; echo 0 >$bad/corrupt-filter-enable' EXIT
before=$(corrupted)
end=$(awk '/spanned/ { n = $2 } /start_pfn/ && n { print $2 + n; n = 0 }' /proc/zoneinfo | tail -n 1)
pfn=$((end / 8))
taken='' nr=0
# Steps that meet every place in a frame
while [ $nr -lt $wanted ] && [ $pfn -lt "$end" ]; do
	pfn=$((pfn + 389))
	is $BUDDY $pfn || continue
	echo $pfn >$bad/corrupt-pfn
	is $HWPOISON $pfn || continue
	! is $BUDDY $pfn || fail "bad page $pfn is left to be allocated"
	taken="$taken $pfn"
	nr=$((nr + 1))
done
[ $nr -ge $((wanted / 4)) ] || fail "only $nr free pages were found"
[ $(($(corrupted) - before)) = $nr ] || fail "$nr pages were taken, $(($(corrupted) - before)) are out of use"
for pfn in $taken; do
	is $HWPOISON "$pfn" || fail "page $pfn is not bad any more"
	! is $BUDDY "$pfn" || fail "bad page $pfn is free again"
	echo "$pfn" >$bad/unpoison-pfn || fail "page $pfn cannot be put back"
done
kill $compactor
wait $compactor 2>/dev/null
end_load $loader
[ "$(corrupted)" = "$before" ] || fail "$(($(corrupted) - before)) pages stay out of use"
echo "$nr pages taken and put back"
