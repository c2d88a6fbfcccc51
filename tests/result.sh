# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A folder in $work that goes at the end, the tests' own in $here, and a line a test. To be sourced.

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

result() { # STATUS NAME [FILE]: the file is shown if it failed
	if [ "$1" = 0 ]; then
		echo "ok   $2"
	else
		echo "FAIL $2"
		[ $# = 2 ] || cat "$3"
		failed=1
	fi
}
