#!/bin/sh
# Hostile page tables hurt nobody: the random-page-table fuzzer of test 250
# runs clean under AddressSanitizer and UndefinedBehaviorSanitizer.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

build=$BUILD/sanitized
fuzzer=$build/tests/250-mmu-hostile

echo 'int main(void) { return 0; }' >"$scratch/empty.c"
if ! ${CC:-cc} -fsanitize=address,undefined -o "$scratch/empty" \
    "$scratch/empty.c" 2>/dev/null || ! "$scratch/empty"; then
    echo "skip this compiler has no sanitizers"
    exit 0
fi
expect_true "the fuzzer builds with sanitizers" \
    env -u MAKEFLAGS -u MFLAGS make BUILD="$build" SAN=address,undefined \
    OPT=-O1 "$fuzzer"
CK_DEFAULT_TIMEOUT=120 $limit "$fuzzer" >"$scratch/out" 2>&1
status=$?
[ $status -eq 0 ] || tail -n 20 "$scratch/out" >&2
expect_equal "random page tables under sanitizers" $status 0
expect_match "every case of the fuzzer ran" "$(cat "$scratch/out")" \
    "*100%: Checks: 4, Failures: 0, Errors: 0*"
