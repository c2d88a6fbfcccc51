# SPDX-License-Identifier: GPL-2.0-or-later
# Caches that survive a loss of power (eADR): nothing is flushed, all else is as ever.
pool=/dev/llfree_pool0
domain=$(cat /sys/bus/nd/devices/region1/persistence_domain)
[ "$domain" = cpu_cache ] || fail "the platform says $domain: this test shows nothing"
ndctl create-namespace -f -e namespace1.0 -m devdax >/dev/null || fail "no namespace"
wait_for 10 test -c $pool || fail "the driver has not taken dax1.0"
for verb in info check; do
	frameshift pool $verb $pool >said 2>&1 && fail "$verb: there is a pool"
	grep -q 'there is no pool here' said || fail "$verb: no word of it: $(cat said)"
done

poolrequest || fail "requests"
poolmap contents || fail "contents"
poolmap fixed_buffers || fail "fixed buffers"
poolmap compactions || fail "compactions"

frameshift pool info $pool | grep -q '^persistence  caches$' || fail "info does not say caches"
since=$(frameshift pool info --json $pool | grep -o '"since":{[^}]*}')
echo "$since"
for count in moves copied fences; do
	echo "$since" | grep -q "\"$count\":[1-9]" || fail "no $count: this test shows nothing"
done
echo "$since" | grep -q '"flushes":0[,}]' || fail "something was flushed"
frameshift pool format --force --size 34M $pool || fail "no small pool"
poolwriter --orders 1 --layout bands --policy occupancy --json >row || fail "poolwriter"
cat row
grep -q '"moves":[1-9].*"flushes":0,"fences":[1-9]' row || fail "something was flushed for poolwriter"
poolwriter --verify || fail "not all is there"
