# SPDX-License-Identifier: GPL-2.0-or-later
# The last one of a boot: the machine goes in the middle of their work.
poolkeep write || fail "write"
for worker in 1 2 3; do
	poolkeep churn &
done
sleep 3
for worker in 1 2 3; do
	kill -0 %$worker || fail "churn has ended"
done
