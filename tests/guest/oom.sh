# SPDX-License-Identifier: GPL-2.0-or-later
# Take nearly all memory and free it, again and again; then all of it, which
# costs one process its life. The same amount is there afterwards.
mib=$(($(meminfo MemAvailable) / 1024 * 9 / 10))
for round in $(rounds "1 2 3" 1); do
	hog $mib 0 || fail "90 % of the available memory is not to be had, round $round"
done
before=$(meminfo MemAvailable)
kills=$(counter oom_kill)
(echo 1000 >/proc/self/oom_score_adj; exec hog 1000000 0)
[ $? = 137 ] || fail "the hog was not killed"
[ $(($(counter oom_kill) - kills)) = 1 ] || fail "$(counter oom_kill) OOM kills instead of one"
enough() {
	[ "$(meminfo MemAvailable)" -gt $((before * 95 / 100)) ]
}
wait_for 20 enough || fail "$before KiB were available, now $(meminfo MemAvailable)"
hog $mib 0 || fail "the memory does not come back"
