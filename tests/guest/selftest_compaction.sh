# SPDX-License-Identifier: GPL-2.0-or-later
# tools/testing/selftests/mm/compaction_test: with 80 % of memory locked, a
# third of it comes as huge pages.
command -v compaction_test >/dev/null || skip "no compaction_test"
compaction_test || fail "compaction_test: status $?"
demand 0 >/dev/null
