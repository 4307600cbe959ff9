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
# The kernel's half of a 32-bit address space begins at c0000000, text of
# 64 bits at ffffffff80000000: what is left is the offset.
if grep -qE '^[0-9a-f]{8} ' "$1"; then
    base=c0000000 as=--32 ld=elf_i386 half='[c-f]'
else
    base=ffffffff80000000 as=--64 ld=elf_x86_64 half='ffffffff[89ab]'
fi
awk -v base=$base -v half="^$half" 'BEGIN {
        digits = length(base)
        print ".section .kernel,\"ax\",@nobits\n.globl base\nbase: .skip 0x40000000" }
    $2 ~ /^[tTwW]$/ && NF == 3 && length($1) == digits && $1 ~ half &&
    $3 ~ /^[A-Za-z_][A-Za-z0-9_.]*$/ && !seen[$3]++ {
        print ".type " $3 ",@function\n.globl " $3 "\n.set " $3 ", base + 0x" \
            substr($1, digits - 7) " - 0x" substr(base, digits - 7) }' "$1" |
    as $as -o "$object" -
ld -m $ld --section-start=.kernel=0x$base -e base -o "$2" "$object"
