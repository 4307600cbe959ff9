#!/bin/sh
# Claim: system instructions do what two other emulators of the whole machine
# agree that they do: segment loads, far transfers through gates and tasks,
# interrupts, IRET, descriptor and control registers, MSRs, privilege, limits
# and page faults of all these, in protected, virtual-8086, compatibility and
# 64-bit mode.  Where the two differ from each other nothing is claimed.
#
# tests/guest/system makes the cases, and its README says what both do not do
# as the manual has it.  RINGSIDE_LONG=1 runs more of them, RINGSIDE_SEED
# others.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"
. tests/bench/judge.sh

find_peers >/dev/null
if [ "$peers" != " bochs qemu" ]; then
    echo "skip Debian's bochs and qemu-system-x86 are not both installed"
    exit 0
fi
cases=${RINGSIDE_CASES:-${RINGSIDE_LONG:+1500}}
cases=${cases:-200}
seeds=${RINGSIDE_SEED:-1}

with_ours()
{
    $limit "$ringside" run --quiet --timing fast --memory 64M \
        --boot "$scratch/image" </dev/null 2>/dev/null | tr -d '\r' \
        >"$scratch/said"
}

# A machine that does not end is stopped.
peer_seconds=60
with_qemu()
{
    timeout $peer_seconds qemu-system-x86_64 -accel tcg,thread=single -cpu Haswell -M pc \
        -m 64 -display none -nodefaults -serial "file:$scratch/said" \
        -no-reboot -device isa-debug-exit,iobase=0xf4 \
        -drive "file=$scratch/image,format=raw,snapshot=on" >/dev/null 2>&1 ||
        true
}

# The serial line is at its own pace there, the printer is not.
with_bochs()
{
    bochs_run "megs: 64
com1: enabled=0
parport1: enabled=1, file=$scratch/said
ata0-master: type=disk, path=$scratch/image, mode=volatile, cylinders=2, heads=16, spt=63
boot: disk"
}

little_endian()
{
    for n; do
        printf "\\$(printf %o $((n & 255)))\\$(printf %o $((n >> 8 & 255)))"
        printf "\\$(printf %o $((n >> 16 & 255)))\\0"
    done
}

# report ENGINE BITS SEED: what it said, in $scratch/ENGINE.  After a case that
# none of the handlers survived it goes on with the next one.
report()
{
    first=0
    : >"$scratch/$1"
    for _ in 1 2 3 4 5 6 7 8; do
        cp "$BUILD/guest/system-$2.img" "$scratch/image"
        little_endian "$3" "$cases" 0 $first |
            dd of="$scratch/image" bs=1 seek=520 conv=notrunc status=none
        rm -f "$scratch/said"
        "with_$1"
        cat "$scratch/said" >>"$scratch/$1"
        ! tail -n 1 "$scratch/said" | grep -q '^end' || return 0
        last=$(sed -n 's/^ n=\([0-9a-f]*\) .*/\1/p' "$scratch/said" | tail -n 1)
        first=$((0x${last:-$cases}))
        echo >>"$scratch/$1"
    done
}

make -s BUILD="$BUILD" system-images || exit 1
for bits in 32 64; do
    for seed in $seeds; do
        for engine in ours qemu bochs; do
            report $engine $bits "$seed"
        done
        awk -f tests/guest/system/compare.awk "$scratch/ours" "$scratch/qemu" \
            "$scratch/bochs" >"$scratch/verdict"
        sed -n "s/^count /  $bits bits, seed $seed: /p" "$scratch/verdict"
        expect_equal "$bits bits, seed $seed: no case is ours alone" \
            "$(grep '^differs' "$scratch/verdict")" ""
        expect_true "$bits bits, seed $seed: most cases were compared" \
            [ "$(sed -n 's/^count \([0-9]*\) .*/\1/p' "$scratch/verdict")" \
            -ge $((cases * 3 / 4)) ]
    done
done
