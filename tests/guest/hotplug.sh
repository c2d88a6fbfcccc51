# SPDX-License-Identifier: GPL-2.0-or-later
# CPUs come and go while all of them allocate and free.
[ -e /sys/devices/system/cpu/cpu1/online ] || skip "one CPU only"
load $(($(meminfo MemAvailable) / 1024 / 2)) 8 20 &
pid=$!
turns=0
while kill -0 $pid 2>/dev/null; do
	for cpu in 1 2 3; do
		echo 0 >/sys/devices/system/cpu/cpu$cpu/online || fail "cpu$cpu does not go"
	done
	for cpu in 3 1 2; do
		echo 1 >/sys/devices/system/cpu/cpu$cpu/online || fail "cpu$cpu does not come"
	done
	turns=$((turns + 1))
done
wait $pid || fail "load: status $?"
echo "$turns turns"
[ $turns -ge 3 ] || fail "the CPUs went only $turns times"
