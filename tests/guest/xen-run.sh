#!/bin/sh
# Runs a program under the minikernel as the first domain of a real Xen, in
# QEMU (TCG): the check that our reading of Xen's interface is Xen's own.
#
#   XEN=xen-4.17-amd64 xen-run.sh [bundle.sh options] -- PROGRAM [ARG...]
#
# XEN is the uncompressed hypervisor (Debian: package xen-hypervisor-4.17-amd64,
# gunzip boot/xen-4.17-amd64.gz).  Output of the program and of the kernel is
# what follows Xen's own messages on the serial console.  Exit status: 0 if
# the domain shut down in order, 1 if not, 124 after $LIMIT_S seconds (60).
set -eu
here=$(dirname "$0")
[ -r "${XEN:-}" ] || { echo "xen-run.sh: set XEN to a hypervisor" >&2; exit 2; }
kernel=${KERNEL:-build/guest/minikernel}
[ -r "$kernel" ] || { echo "xen-run.sh: no $kernel" >&2; exit 2; }
work=$(mktemp -d)
"$here/bundle.sh" "$work/initrd" "$@"
qemu-system-x86_64 -accel tcg -cpu qemu64 -m "${MEMORY:-512}" -display none \
    -no-reboot -kernel "$XEN" \
    -append "com1=115200,8n1 console=com1 dom0=pv noreboot dom0_mem=128M" \
    -initrd "$kernel scrub ${APPEND:-},$work/initrd" \
    -serial "file:$work/log" </dev/null >/dev/null 2>&1 &
qemu=$!
trap 'kill $qemu 2>/dev/null; rm -rf "$work"' EXIT
status=124
for second in $(seq "${LIMIT_S:-60}"); do
    sleep 1
    if grep -q 'Hardware Dom0 halted' "$work/log"; then
        status=0
        break
    fi
    if grep -qE 'Panic on|Domain 0 crashed|minikernel: panic' "$work/log" ||
        ! kill -0 $qemu 2>/dev/null; then
        status=1
        break
    fi
done
sed -e '1,/Freed .* init memory/d' -e '/Hardware Dom0 halted/d' "$work/log" |
    tr -d '\r'
exit $status
