# SPDX-License-Identifier: GPL-2.0-or-later
# A new namespace: the pool's driver, named on the command line, takes it before
# device_dax does; and every request.
domain=$(cat /sys/bus/nd/devices/region1/persistence_domain)
[ "$domain" = memory_controller ] || fail "the platform says $domain"
ndctl create-namespace -f -e namespace1.0 -m devdax >/dev/null || fail "no namespace"
wait_for 10 test -c /dev/llfree_pool0 || fail "the driver has not taken dax1.0"
[ "$(stat -c %a /dev/llfree_pool0)" = 600 ] || fail "anybody may open it"
poolrequest || fail "requests"
