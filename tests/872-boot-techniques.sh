#!/bin/sh
# Claim: a program under Debian's cloud kernel computes the same natively, under
# shadow and under nested paging; pv is left out with a line that says why.
# Unpacked by its own decompressor, with four levels of tables or with five, it
# says the same.  A program that waits for a device that is not there is ended
# by a limit, and the line says what it polled.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"
# shellcheck source=tests/guest_packages.sh
. tests/guest_packages.sh

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

# boots NAME ARGUMENTS...: $boot is how many instructions that takes.
boots()
{
    name=$1
    shift
    $limit "$ringside" run -q --timing fast -m 256M --kernel "$kernel" \
        --json "$scratch/$name.json" "$@" -- busybox sort -u /etc/passwd \
        >"$scratch/$name.out" 2>/dev/null </dev/null
    expect_true "$name: the output is the host's" \
        cmp "$scratch/out" "$scratch/$name.out"
    boot=$(awk '/"boot": *{/ { b = 1 } b && /"instructions":/ {
        gsub(/[^0-9]/, ""); print; exit }' "$scratch/$name.json")
}

boots loader
saved=$boot
boots guest --set boot.unpack=guest
expect_true "guest: the boot takes 50 million instructions more" \
    test "$boot" -gt $((saved + 50000000))
boots five-levels --set cpu.has_la57=on
expect_equal "five levels: Linux uses them" "$($limit "$ringside" run -q \
    --timing fast -m 256M --kernel "$kernel" --set cpu.has_la57=on -- \
    busybox grep -c -w la57 /proc/cpuinfo)" 1
expect_equal "no5lvl: it does not" "$($limit "$ringside" run -q \
    --timing fast -m 256M --kernel "$kernel" --set cpu.has_la57=on \
    --append no5lvl -- busybox grep -c -w la57 /proc/cpuinfo)" 0

# iopl(3), then the status of an IDE disk, for ever.
cat >"$scratch/poll.S" <<'END'
    .globl _start
_start: mov $172, %eax
    mov $3, %edi
    syscall
    mov $0x1f7, %edx
again: in %dx, %al
    jmp again
END
gcc -nostdlib -static -o "$scratch/poll" "$scratch/poll.S"
for t in native shadow nested; do
    $limit "$ringside" run -q -t $t --timing fast -m 256M --kernel "$kernel" \
        --max-instructions 10000000 -- "$scratch/poll" 2>"$scratch/err"
    expect_equal "$t: a program that polls is ended by the limit" $? 124
    expect_match "$t: the line names the port" "$(cat "$scratch/err")" \
        "*the guest polled port 0x1f7 [0-9]* times*"
    expect_equal "$t: what the kernel said in its boot is not repeated" \
        "$(wc -l <"$scratch/err" | tr -d ' ')" 1
done
