#!/bin/sh
# Makes a symbol file for GDB from a kernel's own list of symbols.
#
#   ringside run --kernel VMLINUZ -- busybox cat /proc/kallsyms > kallsyms
#   workloads/tools/kernel-symbols.sh kallsyms kernel.sym
#   (gdb) symbol-file kernel.sym
#
# Distributions ship kernels without a symbol table; the running kernel knows
# its functions all the same.  Addresses hold for a boot with nokaslr, which is
# on Ringside's default command line.  Needs as and ld (binutils).
set -eu
[ $# -eq 2 ] || {
    echo "usage: kernel-symbols.sh KALLSYMS OUTPUT" >&2
    exit 2
}
[ -r "$1" ] || {
    echo "kernel-symbols.sh: $1 cannot be read" >&2
    exit 2
}
object=$2.o
trap 'rm -f "$object"' EXIT
# Kernel text starts at ffffffff80000000: what follows the f's is the offset.
awk 'BEGIN { print ".section .kernel,\"ax\",@nobits\n.globl base\nbase: .skip 0x40000000" }
    $2 ~ /^[tTwW]$/ && NF == 3 && $1 ~ /^ffffffff[89ab]/ &&
    $3 ~ /^[A-Za-z_][A-Za-z0-9_.]*$/ && !seen[$3]++ {
        print ".type " $3 ",@function\n.globl " $3 "\n.set " $3 ", base + 0x" \
            substr($1, 9) " - 0x80000000" }' "$1" | as -o "$object" -
ld --section-start=.kernel=0xffffffff80000000 -e base -o "$2" "$object"
