# SPDX-License-Identifier: GPL-2.0-or-later
# The kernel's own unit tests of the allocator, which ran at boot.
results=$(ls /sys/kernel/debug/kunit/llfree*/results 2>/dev/null) ||
	skip "this kernel has no KUnit suite of llfree"
for file in $results; do
	cat "$file"
	tail -n 1 "$file" | grep -q '^ok ' || fail "$file"
done
