# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A tree in $work whose guests only hand out the fixture, for tests of the scripts that boot them.
# To be sourced, with FSANALYZE as $1.

# Of whoever runs the tests
unset SEEDS ROWS WORKLOADS PARTS STEPS PERTURB DEMAND REGIME POLICIES PINS PREFLIGHT TARGETS JOBS RESULTS ACCEL ANY_SOURCES

fsanalyze=${1:?usage: TEST.sh FSANALYZE}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

check() { # NAME: the command before it succeeded
	if [ $? = 0 ]; then
		echo "ok   $1"
	else
		echo "FAIL $1"
		cat "$work/out"
		failed=1
	fi
}

mkdir -p "$work/analysis" "$work/build/bin"
for part in kernel-patch bpf loader workloads vm; do
	mkdir "$work/$part"
done
for script in cells compare study tables; do
	cp "$here/../../analysis/$script" "$work/analysis/"
done
cp -r "$here/../../mk" "$work/"
cp "$here/fake_guest" "$work/vm/run"
cp "$fsanalyze" "$work/build/bin/fsanalyze"
echo kernel >"$work/kernel"
echo image >"$work/image"
export FIXTURE="$here/fixture" BOOTS="$work/boots"
