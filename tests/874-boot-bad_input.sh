#!/bin/sh
# Claim: what cannot be booted is refused with one line and status 2, whatever
# is wrong with it; a boot sector runs; a guest that waits for a device that is
# not there is ended by a limit, and the line says what it polled.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

# refused CLAIM PATTERN ARGUMENT...: one line that has PATTERN, status 2.
refused()
{
    claim=$1
    pattern=$2
    shift 2
    text=$($limit "$ringside" run "$@" 2>&1 >/dev/null </dev/null)
    status=$?
    expect_equal "$claim: status" "$status" 2
    expect_equal "$claim: one line" "$(echo "$text" | wc -l)" 1
    expect_match "$claim: what and why" "$text" "ringside: *$pattern*"
}

# sector BYTES...: a boot sector that begins with them.
sector()
{
    # shellcheck disable=SC2059
    printf "$1" >"$scratch/code"
    {
        cat "$scratch/code"
        head -c $((510 - $(wc -c <"$scratch/code"))) /dev/zero
        printf '\125\252'
    } >"$scratch/sector"
}

head -c 4096 /dev/zero >"$scratch/zeros"
sector '\364'
printf '\037\213\010\000broken' >"$scratch/broken.gz"
cp /bin/busybox "$scratch/program"
{
    head -c 497 /dev/zero
    printf '\047\000\000\040\174\005\000\000\000\000\000\000\000\125\252'
    printf '\353\152HdrS\017\002'
} >"$scratch/vmlinuz"

refused "a file that is no kernel" "is no kernel" --boot "$scratch/zeros"
refused "a missing file" "No such file" --boot "$scratch/none"
refused "damaged gzip" "gzip" --boot "$scratch/broken.gz"
refused "a cut bzImage" "truncated" --boot "$scratch/vmlinuz"
refused "a program" "without a kernel's entry" --boot "$scratch/program"
refused "two kernels" "give one of them" \
    --boot "$scratch/sector" --kernel "$scratch/sector" -- true
refused "--boot with a workload" "takes no workload" \
    --boot "$scratch/sector" -- true
refused "--console without a guest" "--console needs" --console
refused "--initrd without --boot" "are for --boot" \
    --initrd "$scratch/zeros" -- true
refused "pv for a kernel made for hardware" "does not run under pv" \
    --technique pv --boot "$scratch/sector"

# mov al, 42; out 0xf4, al
sector '\260\052\346\364'
for t in native shadow nested; do
    $limit "$ringside" run -q -t $t --boot "$scratch/sector" 2>/dev/null
    expect_equal "$t: a boot sector runs, its status is passed on" $? 42
done

# mov dx, 0x1f7; again: in al, dx; jmp again
sector '\272\367\001\354\353\375'
text=$($limit "$ringside" run -q --boot "$scratch/sector" \
    --max-instructions 2000000 2>&1)
expect_equal "a guest that polls is ended by the limit" $? 124
expect_match "the line names the port" "$text" \
    "*the guest polled port 0x1f7 [0-9]* times*"

# A character to the serial line: mov dx, 0x3f8; mov al, 'A'; out dx, al; exit
sector '\272\370\003\260\101\356\260\000\346\364'
expect_equal "the serial line is standard output" \
    "$($limit "$ringside" run -q --boot "$scratch/sector" 2>/dev/null)" A
