#!/bin/sh
# Claim: a program under Debian's cloud kernel computes the same natively, under
# shadow and under nested paging; pv is left out with a line that says why.
# Takes minutes: check-long.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"
# shellcheck source=tests/guest_packages.sh
. tests/guest_packages.sh

if [ -z "${RINGSIDE_LONG:-}" ]; then
    echo "skip boots under three techniques: part of make check-long"
    exit 0
fi
guest_kernel linux-image-cloud-amd64
$limit "$ringside" compare --timing fast --memory 256M --kernel "$kernel" \
    --json "$scratch/c.json" -- busybox sort -u /etc/passwd \
    >"$scratch/out" 2>"$scratch/err"
expect_equal "the techniques agree" $? 0
expect_equal "the output is the host's" "$(cat "$scratch/out")" \
    "$(LC_ALL=C busybox sort -u /etc/passwd)"
expect_equal "three techniques ran" \
    "$(grep -c '"technique":' "$scratch/c.json")" 3
expect_match "pv is left out, and it says so" "$(cat "$scratch/err")" \
    "*pv is left out*"
