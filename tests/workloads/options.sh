#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Wrong options end with status 2 and one sentence that names them. usage: options.sh BIN_DIR
bin=$1
failed=0

# reject WORD COMMAND...: status 2, WORD in the error
reject() {
	word=$1
	shift
	error=$("$@" 2>&1 >/dev/null)
	status=$?
	if [ $status -ne 2 ] || ! printf '%s' "$error" | grep -q -e "$word"; then
		echo "'$*': status $status, '$error'; expected 2 and '$word'" >&2
		failed=1
	fi
}

for tool in "$bin/pfnlayout" "$bin/churn" "$bin/folios"; do
	reject --seed "$tool" --seed -1
	reject --seed "$tool" --seed 12x
	reject --seed "$tool" --seed ''
	reject --perturb "$tool" --perturb 99999999999
	reject --demand "$tool" --demand gold
	reject --steps "$tool" --steps 10,101
	reject --steps "$tool" --steps 10,,50
	reject 'at most 16 steps' "$tool" --steps "$(seq -s , 17)"
	reject '50 does not after 90' "$tool" --steps 10,90,50
	reject '50 does not after 50' "$tool" --steps 50,50
	reject --regime "$tool" --regime old
	reject --nonsense "$tool" --nonsense
	reject --out "$tool" --out
	reject surplus "$tool" surplus
done
reject --layout "$bin/pfnlayout" --layout stripes
reject --share "$bin/pfnlayout" --share 0
reject --pin-permille "$bin/pfnlayout" --pin-permille 1001
reject --fill "$bin/churn" --fill 96
reject --unmovable "$bin/churn" --unmovable 101
reject --weights "$bin/folios" --weights 1,2,3,4
reject --weights "$bin/folios" --weights 1,2,3,4,5,6
reject --weights "$bin/folios" --weights 0,0,0,0,0
reject --release "$bin/folios" --release large
reject --order "$bin/demand" --order 11
reject --class "$bin/demand" --class movables
reject --count "$bin/demand" --count x
reject --orders "$bin/poolwriter" --orders 0,11
reject --orders "$bin/poolwriter" --orders ,
reject --policy "$bin/poolwriter" --policy a,,b
reject --percent "$bin/poolwriter" --percent 0
reject --workers "$bin/poolwriter" --workers 33
reject --layout "$bin/poolwriter" --layout stripes
reject surplus "$bin/poolwriter" surplus
reject 'exclude each other' "$bin/poolwriter" --run-until-killed --verify
reject 'exclude each other' "$bin/poolwriter" --frames 3 --percent 4
reject '--format is not for --verify' "$bin/poolwriter" --verify --format
reject '--json is not for --run-until-killed' "$bin/poolwriter" --json --run-until-killed
reject '--ops is for --run-until-killed' "$bin/poolwriter" --ops 5
reject '--objects is for --run-until-killed' "$bin/poolwriter" --verify --objects 5

for tool in pfnlayout churn folios demand poolwriter; do
	"$bin/$tool" --help | grep -q "^Usage: $tool" || {
		echo "$tool --help prints no usage" >&2
		failed=1
	}
done
exit $failed
