#!/bin/sh
# Claim: with a clock that counts instructions, a kernel and its programs come
# to the same architectural state (registers and all of memory, DESIGN: "same
# guest-visible result under every technique") at every checkpoint under
# native, shadow and nested paging, with the MMU's fast path and the block
# cache on or off; their serial lines say the same, byte for byte.  Under one
# technique, everything in the JSON is the same with either off, on any clock.
#
# The minikernel with a program to its end, and the beginning of Debian's cloud
# kernel; with RINGSIDE_LONG=1 that boot to /init, and without the slow variants
# the generic and the 32-bit kernels, memtest86+, Xen and its dom0.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"
# shellcheck source=tests/guest_packages.sh
. tests/guest_packages.sh

# What a guest of a hypervisor sees of it is left out.
same="--timing count --set cpu.hide_hypervisor=on"
same="$same --set exit.on.mwait=off"
slow="--set fast_path=off --set cpu.block_cache=off"

# states FILE: one line for each checkpoint.
states()
{
    awk '/"checkpoints":/ { on = 1; next } on && /^ *\]/ { exit }
        on && /:/ { gsub(/[",]/, ""); printf "%s ", $2 }
        on && /}/ { print "" }' "$1"
}

# figures FILE: all but what was asked for, and what the host decides.
figures()
{
    grep -v -e '"host_seconds"' -e '"command"' -e '"fast_path"' \
        -e '"cpu.block_cache"' "$1"
}

# With the shortcuts, and without: some twenty times slower.
variants="on off"

# expect_lockstep NAME LEAST TECHNIQUES ARGUMENTS...: native and the others, in
# each variant; at least so many checkpoints.
expect_lockstep()
{
    what=$1
    least=$2
    techniques=$3
    shift 3
    for technique in $techniques; do
        for variant in $variants; do
            f=$scratch/$technique.$variant
            options=
            [ $variant = on ] || options=$slow
            # shellcheck disable=SC2086
            $limit "$ringside" run --quiet -t "$technique" $same $options \
                --json "$f.json" "$@" >"$f.out" 2>"$f.err" </dev/null
            states "$f.json" >"$f.states"
            figures "$f.json" >"$f.figures"
        done
        [ "$variants" = on ] ||
            expect_true "$what, $technique: shortcuts change no figure" \
                cmp "$scratch/$technique.on.figures" \
                "$scratch/$technique.off.figures"
    done
    count=$(wc -l <"$scratch/native.on.states")
    expect_true "$what: $count checkpoints, at least $least" \
        test "$count" -ge "$least"
    expect_equal "$what: each checkpoint has a state of its own" \
        "$(cut -d ' ' -f 1,3,4 "$scratch/native.on.states" | sort -u | wc -l)" \
        "$count"
    for technique in $techniques; do
        for variant in $variants; do
            f=$scratch/$technique.$variant
            expect_true "$what, $technique, shortcuts $variant: states" \
                cmp "$scratch/native.on.states" "$f.states"
            expect_true "$what, $technique, shortcuts $variant: output" \
                cmp "$scratch/native.on.out" "$f.out"
        done
    done
}

all="native shadow nested"
# shellcheck disable=SC2016
expect_lockstep minikernel 20 "$all" --memory 64M \
    --set checkpoint.every=100K -- \
    busybox sh -c 'sort -u /etc/passwd; for i in 1 2 3; do ls / | wc -l; done'

# A digest that no difference could change would prove nothing.
$limit "$ringside" run --quiet --timing count --memory 64M \
    --set checkpoint.every=100K --json "$scratch/other.json" -- \
    busybox sh -c 'sort -u /etc/group' >/dev/null
states "$scratch/other.json" >"$scratch/other"
expect_true "another program has other states" \
    sh -c "! cmp -s '$scratch/native.on.states' '$scratch/other'"

# kernel_lockstep NAME LEAST LIMIT EVERY PLATFORM
kernel_lockstep()
{
    expect_lockstep "$1 on $5" "$2" "$all" --memory 128M \
        --set platform="$5" --set boot.unpack=loader \
        --max-instructions "$3" \
        --set checkpoint.every="$4" --boot "$kernel" --append \
        'console=ttyS0 earlyprintk=ttyS0 nokaslr panic=-1 cryptomgr.notests'
}

guest_kernel linux-image-cloud-amd64
cloud=$kernel
kernel_lockstep "cloud kernel" 10 5M 500K isa
[ -n "${RINGSIDE_LONG:-}" ] || exit 0
TEST_SECONDS=3000
limit="timeout -k 5 3000"
for platform in isa pc; do
    kernel_lockstep "cloud kernel" 50 400M 4M "$platform"
done
variants=on
guest_kernel linux-image-amd64
kernel_lockstep "generic kernel" 50 400M 8M pc
guest_kernel linux-image-686 i386
kernel_lockstep "686 kernel, 2-level tables" 50 400M 8M isa
guest_kernel linux-image-686-pae i386
kernel_lockstep "686-pae kernel" 50 400M 8M isa
guest_package memtest86+
expect_lockstep memtest86+ 30 "$all" --memory 64M --max-instructions 300M \
    --set checkpoint.every=10M --boot "$package/boot/memtest86+x64.bin" \
    --append "console=ttyS0,115200"
guest_package xen-hypervisor-4.17-amd64
expect_lockstep "Xen, and its dom0" 30 "$all" --memory 512M \
    --max-instructions 400M --set checkpoint.every=10M \
    --boot "$(echo "$package"/boot/xen-*.gz)" \
    --append "com1=115200,8n1 console=com1 dom0_mem=256M" \
    --module "$cloud console=hvc0 earlyprintk=xen"
