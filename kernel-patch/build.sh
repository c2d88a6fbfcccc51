#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Build one flavour of the kernel: source, patches, configuration, make.
set -euo pipefail

usage() {
	cat <<-END
	Usage: kernel-patch/build.sh [FLAVOUR [STEP]]
	FLAVOUR  vm (default), base (unpatched), or a fragment in kernel-patch/configs
	STEP     source, config or all (default): where to stop
	Environment: BUILD (build), KERNEL_SRC (a kernel tree or tarball; default
	Debian's linux-source-6.12), JOBS (all processors), V=1 (print every command)
	END
}

case ${1-} in
-h|--help) usage; exit ;;
esac
[ $# -le 2 ] || { usage >&2; exit 2; }

flavour=${1:-vm}
step=${2:-all}
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=mk/common
. "$here/../mk/common"
check STEP "$step" 'source|config|all' "source, config or all"
check_number JOBS "${JOBS:=$(nproc)}" 1
mkdir -p "${BUILD:=build}/base" "$BUILD/obj"
build=$(cd "$BUILD" && pwd)
work=$(mktemp -d "$build/kernel.XXXXXX")
trap 'rm -rf "$work"' EXIT

# Both source trees lie at ../../linux as seen from their object directories, so
# that the compiler cache recognises a file that no patch touches in either.
pristine=$build/base/linux
patched=$build/linux
if [ "$flavour" = base ]; then
	tree=$pristine
	obj=$build/base/obj/base
	fragments=(vm)
	ln -sfn ../base/obj/base "$build/obj/base"
else
	tree=$patched
	obj=$build/obj/$flavour
	fragments=(vm llfree)
	[ "$flavour" = vm ] || fragments+=("$flavour")
	[ -e "$here/configs/$flavour.config" ] || die "there is no flavour '$flavour'"
fi
asked=$obj/asked.config

# A make that called this script must not pass its variables on to Kbuild
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL
export KBUILD_BUILD_TIMESTAMP='2026-01-01 00:00:00 UTC' KBUILD_BUILD_VERSION=1
export KBUILD_BUILD_USER=frameshift KBUILD_BUILD_HOST=frameshift LOCALVERSION=
export CCACHE_BASEDIR=$build CCACHE_SLOPPINESS=time_macros
cc=gcc
! command -v ccache >/dev/null || cc="ccache gcc"

kmake() {
	make -C "$tree" O="$obj" CC="$cc" KCFLAGS="-fdebug-prefix-map=$obj=." "$@"
}

# The pristine tree
unpack() {
	local src=${KERNEL_SRC:-} identity
	if [ -z "$src" ]; then
		src=$(ls /usr/src/linux-source-6.12.tar.* 2>/dev/null | head -n 1) || :
		[ "$src" ] || die "/usr/src has no linux-source-6.12.tar.*: install linux-source-6.12 or set KERNEL_SRC"
	fi
	[ -e "$src" ] || die "KERNEL_SRC=$src does not exist"
	identity=$(stat -L -c '%n %s %Y' "$(realpath "$src")")
	[ "$identity" != "$(cat "$build/base/source" 2>/dev/null)" ] || return 0

	echo "  UNPACK   $src"
	mkdir "$work/linux"
	if [ -d "$src" ]; then
		[ -e "$src/Kconfig" ] || die "KERNEL_SRC=$src is not a kernel source"
		[ ! -e "$src/include/config" ] ||
			die "KERNEL_SRC=$src has been built in: run 'make mrproper' there first"
		tar -C "$src" --exclude=./.git -cf - . | tar -C "$work/linux" -xf -
	else
		tar -C "$work/linux" --strip-components=1 -xf "$src" 2>"$work/tar.log" ||
			die "KERNEL_SRC=$src is neither a kernel tree nor a tarball: $(head -n 1 "$work/tar.log")"
	fi
	[ -e "$work/linux/Kconfig" ] || die "KERNEL_SRC=$src is not a kernel source"
	rm -rf "$pristine" "$patched" "$build/patched.files" "$build/base/source"
	mv "$work/linux" "$pristine"
	echo "$identity" >"$build/base/source"
}

# Apply the series to copies of the files it touches: a patch that fails leaves
# the patched tree as it was.
stage() {
	local patch file
	mkdir "$work/stage"
	(cd "$here/linux" && find . -type f ! -name '.*' -exec cp --parents -t "$work/stage" {} +)
	for patch in "$here"/patches/[0-9]*.patch; do
		[ -e "$patch" ] || continue
		for file in $(sed -n 's:^+++ b/\([^[:space:]]*\).*:\1:p' "$patch"); do
			[ -e "$work/stage/$file" ] || [ ! -e "$pristine/$file" ] ||
				(cd "$pristine" && cp --parents -t "$work/stage" "$file")
		done
		patch -d "$work/stage" -p1 -f -r - --no-backup-if-mismatch <"$patch" >"$work/patch.log" || {
			cat "$work/patch.log" >&2
			die "${patch##*/} does not apply to Linux $(make -s -C "$pristine" kernelversion); nothing was built"
		}
	done
}

# Bring the patched tree to the staged state. A file that stays the same keeps
# its time, so that make has little to do.
update() {
	local file changed=0
	[ -e "$patched" ] || cp -al "$pristine" "$patched"
	touch "$build/patched.files"
	(cd "$work/stage" && find . -type f) >"$work/files"
	sort -u "$work/files" "$build/patched.files" >"$work/all"
	cp "$work/all" "$build/patched.files"
	while read -r file; do
		if [ -e "$work/stage/$file" ]; then
			! cmp -s "$work/stage/$file" "$patched/$file" || continue
			mkdir -p "$(dirname "$patched/$file")"
			cp --remove-destination "$work/stage/$file" "$patched/$file"
		elif [ -e "$pristine/$file" ]; then
			cp --remove-destination "$pristine/$file" "$patched/$file"
		else
			rm -f "$patched/$file"
		fi
		changed=$((changed + 1))
	done <"$work/all"
	[ $changed = 0 ] || echo "  PATCH    $changed files"
	cp "$work/files" "$build/patched.files"
}

# The asked symbols that the final configuration does not have
missing_symbols() {
	local line symbol
	while read -r line; do
		case $line in
		CONFIG_*=*)
			grep -qxF -- "$line" "$obj/.config" || echo "$line" ;;
		'# CONFIG_'*' is not set')
			symbol=${line#\# }
			symbol=${symbol% is not set}
			! grep -q "^$symbol=" "$obj/.config" || echo "$symbol=n" ;;
		esac
	done <"$asked"
}

configure() {
	local fragment stamp missing

	for fragment in "${fragments[@]}"; do
		cat "$here/configs/$fragment.config"
	done >"$asked"
	stamp=$({
		cat "$asked" "$build/base/source" "$build/patched.files"
		gcc --version
		find "$tree/mm" "$tree/lib" -name 'Kconfig*' -exec cat {} +
	} 2>/dev/null | sha256sum)
	[ "$stamp" != "$(cat "$obj/config.stamp" 2>/dev/null)" ] || return 0

	echo "  CONFIG   $flavour"
	(
		export KCONFIG_CONFIG=$work/config
		kmake -s tinyconfig
		"$tree/scripts/kconfig/merge_config.sh" -m "$work/config" "$asked"
		kmake -s olddefconfig
	) >"$work/config.log" 2>&1 || {
		cat "$work/config.log" >&2
		die "flavour $flavour could not be configured"
	}
	cmp -s "$work/config" "$obj/.config" || cp "$work/config" "$obj/.config"
	missing=$(missing_symbols)
	[ -z "$missing" ] ||
		die "the final .config of flavour $flavour does not have:" $missing
	echo "$stamp" >"$obj/config.stamp"
}

# Kbuild's lines, or only a sign of life every 15 seconds
progress() {
	local line lines=0 last=$SECONDS
	[ "${V:-0}" = 0 ] || exec cat
	while IFS= read -r line; do
		lines=$((lines + 1))
		case $line in
		*warning:*|*error:*|*'Error '*) echo "$line" ;;
		esac
		[ $((SECONDS - last)) -ge 15 ] || continue
		echo "  KERNEL   $flavour: $lines steps"
		last=$SECONDS
	done
}

# One at a time on a tree: the source must not change under a build
exec 8>"$build/base/source.lock" 9>"$tree.lock"
flock 9
flock 8
unpack
exec 8>&-
[ "$tree" = "$pristine" ] || { stage; update; }
[ "$step" != source ] || exit 0
mkdir -p "$obj"
configure
[ "$step" != config ] || exit 0
echo "  KERNEL   $flavour"
kmake -j"$JOBS" bzImage modules 2>&1 | tee "$obj/build.log" | progress ||
	die "flavour $flavour does not build: see $obj/build.log"

# The modules as a guest gets them
rm -rf "$obj/modules"
mkdir "$obj/modules"
while read -r module; do
	strip --strip-debug -o "$obj/modules/$(basename "${module%.o}").ko" "$obj/${module%.o}.ko"
done <"$obj/modules.order"
