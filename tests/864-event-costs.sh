#!/bin/sh
# What one event costs is the sum of its documented parts, each charged once:
# the measuring kernel of tests/guest/nano, profile skylake.  The loop around
# an event may add 2 cycles.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

make -s BUILD="$BUILD" "$BUILD/guest/nano" >&2 || exit 1
for t in native shadow nested pv; do
    $limit "$ringside" run --quiet --technique $t --memory 1G \
        --kernel "$BUILD/guest/nano" syscall:n=1 >"$scratch/$t"
done

# expect_cost CLAIM TECHNIQUE EVENT SUM
expect_cost()
{
    got=$(awk -v e="$3" '$1 == e { print $2 }' "$scratch/$2")
    if awk "BEGIN { exit !($got >= $4 && $got <= $4 + 2) }"; then
        echo "ok $1"
    else
        not_ok "$1: got '$got', wanted $4"
    fi
}

# exit.roundtrip 1200, exit.vmread 25 and exit.vmwrite 25 a time
trip=$((1200 + 2 * 25))
skip=$((25 + 25))
expect_cost "native: IN is a bus cycle" native in 3000
for t in shadow nested; do
    expect_cost "$t: IN is trip, handler, device, and no bus cycle" \
        $t in $((trip + 25 + 600 + 1000))
    expect_cost "$t: CPUID is trip and handler" \
        $t cpuid $((trip + skip + 400))
    expect_cost "$t: VMCALL is trip and handler" \
        $t vmcall $((trip + skip + 275))
    expect_cost "$t: SYSCALL and SYSRET do not exit" $t syscall $((90 + 80 + 2))
done
# exception 400, iret 200 and the instructions between
expect_cost "native: #DE is delivery and IRET" native divzero 608
expect_cost "nested: #DE is the guest's own" nested divzero 608
expect_cost "nested: so is a page fault" nested pgfault 608
