# SPDX-License-Identifier: GPL-2.0-or-later
# CPUs come and go while all of them allocate and free.
[ -e /sys/devices/system/cpu/cpu3/online ] || skip "fewer than four CPUs"
load $(($(meminfo MemAvailable) / 1024 / 2)) 8 10000 &
pid=$!
for turn in 1 2 3 4 5 6 7 8; do
	for cpu in 1 2 3; do
		echo 0 >/sys/devices/system/cpu/cpu$cpu/online || fail "cpu$cpu does not go"
	done
	for cpu in 3 1 2; do
		echo 1 >/sys/devices/system/cpu/cpu$cpu/online || fail "cpu$cpu does not come"
	done
done
end_load $pid
