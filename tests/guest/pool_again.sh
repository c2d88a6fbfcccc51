# SPDX-License-Identifier: GPL-2.0-or-later
# After pool_crash: nobody named the device on the command line.
[ -e /sys/bus/dax/drivers/device_dax/dax1.0 ] || fail "device_dax has not taken dax1.0"
echo dax1.0 >/sys/bus/dax/drivers/device_dax/unbind
echo dax1.0 >/sys/bus/dax/drivers/llfree_pool/new_id
[ -c /dev/llfree_pool0 ] || fail "the driver has not taken dax1.0"
poolkeep verify || fail "not all is there"
# And of use
poolmap || fail "mappings"
poolbind dax1.0 || fail "going and coming"
