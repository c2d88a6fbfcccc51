# SPDX-License-Identifier: GPL-2.0-or-later
# The memory goes, and comes back as it was or spoilt.
poolbind dax1.0 || fail "going and coming"

# Where stores may not last there is no pool
driver=/sys/bus/dax/drivers/llfree_pool
[ ! -e $driver/dax1.0 ] || echo dax1.0 >$driver/unbind
echo 1 >/sys/bus/nd/devices/region1/read_only || fail "the region cannot be made read-only"
! echo dax1.0 >$driver/bind 2>/dev/null || fail "a pool in a region that is read-only"
dmesg | grep -q 'no pool: the region is read-only' || fail "nobody was told why"
echo 0 >/sys/bus/nd/devices/region1/read_only
echo dax1.0 >$driver/bind || fail "the region is no longer read-only"
wait_for 10 test -c /dev/llfree_pool0 || fail "no pool"
