# SPDX-License-Identifier: GPL-2.0-or-later
# Namespaces that are aligned to 4 KiB alone, with the map of their pages on the
# NVDIMM or in memory: a pool is as good there.
pool=/dev/llfree_pool0
dax=/sys/bus/dax/devices/dax1.0
for map in mem dev; do
	ndctl create-namespace -f -e namespace1.0 -m devdax -a 4096 -M $map >said || fail "no namespace"
	grep -q "\"map\":\"$map\"" said || fail "its map is not in $map"
	[ "$(cat $dax/align)" = 4096 ] || fail "it is not aligned to 4096: this test shows nothing"
	wait_for 10 test -c $pool || fail "the driver has not taken dax1.0"
	frameshift pool format --force $pool || fail "no pool"
	for test in contents huge_mappings unaligned_address free_of_what_is_mapped fork_and_mremap \
		fixed_buffers neighbours_of_pinned compactions; do
		poolmap $test || fail "$map: $test"
	done

	# Going and coming, it is the same one
	frameshift pool format --force --size 34M $pool || fail "no small pool"
	poolwriter --layout bands --policy occupancy --json || fail "$map: poolwriter"
	frameshift pool ls $pool >before
	echo dax1.0 >/sys/bus/dax/drivers/llfree_pool/unbind
	[ ! -e $pool ] || fail "the driver keeps dax1.0"
	echo dax1.0 >/sys/bus/dax/drivers/llfree_pool/bind
	frameshift pool ls $pool >after || fail "$map: no pool any more"
	cmp before after || fail "$map: other handles"
	poolwriter --verify || fail "$map: not all is there"
	frameshift pool check $pool || fail "$map: the pool is not sound"
done
