#!/bin/sh
# Claim: kernels of Debian that nobody here wrote boot natively: the generic
# kernel (XZ) to a program, memtest86+ to its first tests, Xen 4.17 from its
# multiboot header to its console and to the start of a dom0.
# Takes minutes: check-long.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"
# shellcheck source=tests/guest_packages.sh
. tests/guest_packages.sh

if [ -z "${RINGSIDE_LONG:-}" ]; then
    echo "skip boots of other kernels: part of make check-long"
    exit 0
fi
TEST_SECONDS=900
limit="timeout -k 5 $TEST_SECONDS"

guest_kernel linux-image-amd64
expect_equal "the generic kernel runs a program" \
    "$($limit "$ringside" run -q --timing fast -m 256M --kernel "$kernel" -- \
        busybox echo hello 2>/dev/null)" hello

guest_package memtest86+
$limit "$ringside" run -q --timing fast -m 64M --max-instructions 3000000000 \
    --boot "$package/boot/memtest86+x64.bin" \
    --append "console=ttyS0,115200" >"$scratch/memtest" 2>/dev/null
expect_match "memtest86+ tests memory" "$(cat "$scratch/memtest")" \
    "*Memtest86+*Testing*"
expect_equal "and finds no error in it" \
    "$(grep -c 'Errors: *[1-9]' "$scratch/memtest")" 0

guest_kernel linux-image-cloud-amd64
cloud=$package
guest_package xen-hypervisor-4.17-amd64
xen=$(echo "$package"/boot/xen-*.gz)
$limit "$ringside" run -q --timing fast -m 512M --max-instructions 4000000000 \
    --boot "$xen" --append "com1=115200,8n1 console=com1 dom0_mem=256M" \
    --module "$(echo "$cloud"/boot/vmlinuz-*) console=hvc0 earlyprintk=xen" \
    >"$scratch/xen" 2>/dev/null
expect_match "Xen says its version" "$(cat "$scratch/xen")" "*Xen version 4.17*"
expect_match "its dom0 starts" "$(cat "$scratch/xen")" "*Linux version 6*"
