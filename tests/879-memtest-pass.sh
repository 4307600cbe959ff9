#!/bin/sh
# Claim: memtest86+, unmodified, tests 64 MiB in one whole pass of all its
# tests and finds no error.  Takes a quarter of an hour: check-long.  Its pauses
# are seconds: the clock is a slow one.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"
# shellcheck source=tests/guest_packages.sh
. tests/guest_packages.sh

if [ -z "${RINGSIDE_LONG:-}" ]; then
    echo "skip a whole pass of memtest86+: part of make check-long"
    exit 0
fi
guest_package memtest86+
timeout -k 5 14400 "$ringside" run -q --timing count -m 64M \
    --set cpu.tsc_khz=100000 --max-instructions 120000000000 \
    --boot "$package/boot/memtest86+x64.bin" \
    --append "console=ttyS0,115200" >"$scratch/screen" 2>/dev/null
expect_match "it tests memory" "$(cat "$scratch/screen")" \
    "*Testing*"
expect_true "a pass ended" grep -aq 'Pass: *[1-9]' "$scratch/screen"
expect_equal "no test found an error" \
    "$(grep -ac 'Errors: *[1-9]' "$scratch/screen")" 0
