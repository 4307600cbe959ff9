#!/bin/sh
# Claim: memtest86+, unmodified, 64-bit and 32-bit, starts under each technique
# (it writes pages of 2 MiB that are read-only, with CR0.WP clear, from code in
# the same page); and with RINGSIDE_LONG=1, natively, tests 64 MiB in one whole
# pass of all its tests and finds no error.  That takes a quarter of an hour.
# Its pauses are seconds: the clock is a slow one.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"
# shellcheck source=tests/guest_packages.sh
. tests/guest_packages.sh

guest_package memtest86+
for t in native shadow nested; do
    for bits in x64 ia32; do
        timeout -k 5 60 "$ringside" run -q -t $t --timing fast -m 64M \
            --set cpu.tsc_khz=100000 --max-instructions 3000000 \
            --boot "$package/boot/memtest86+$bits.bin" \
            >/dev/null 2>"$scratch/err"
        expect_match "$bits, $t: starts" "$(cat "$scratch/err")" \
            "*the limit of 3000000 instructions was reached*"
    done
done
[ -n "${RINGSIDE_LONG:-}" ] || exit 0
timeout -k 5 14400 "$ringside" run -q --timing count -m 64M \
    --set cpu.tsc_khz=100000 --max-instructions 78000000000 \
    --boot "$package/boot/memtest86+x64.bin" \
    --append "console=ttyS0,115200" >"$scratch/screen" 2>/dev/null
expect_match "it tests memory" "$(cat "$scratch/screen")" \
    "*Testing*"
expect_true "a pass ended" grep -aq 'Pass: *[1-9]' "$scratch/screen"
expect_equal "no test found an error" \
    "$(grep -ac 'Errors: *[1-9]' "$scratch/screen")" 0
