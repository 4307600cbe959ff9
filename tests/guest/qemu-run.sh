#!/bin/sh
# Runs a program under the minikernel in QEMU (TCG), as a check of the kernel
# that does not involve our own simulator.
#
#   qemu-run.sh [bundle.sh options] -- PROGRAM [ARG...]
#
# stdout and stderr of the program are ours; the kernel's messages go to
# $LOG (default: stderr).  The exit status is the program's, 124 after
# $LIMIT_S seconds (default 60).  INITRD: take that one, made before.  KERNEL,
# MEMORY, CPU, APPEND: see below.
set -eu
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
initrd=${INITRD:-$work/initrd}
[ -n "${INITRD:-}" ] || "$here/bundle.sh" "$initrd" "$@"
kernel=${KERNEL:-build/guest/minikernel}
[ -r "$kernel" ] || { echo "qemu-run.sh: no $kernel" >&2; exit 2; }
set +e
timeout "${LIMIT_S:-60}" qemu-system-x86_64 -accel tcg -M q35 -nodefaults \
    -cpu "${CPU:-qemu64,+smep,+smap,+pdpe1gb}" -m "${MEMORY:-512}" -display none -no-reboot \
    -kernel "$kernel" -initrd "$initrd" \
    -append "tsc_khz=1000000 scrub ${APPEND:-}" \
    -chardev file,id=log,path="$work/log" -serial chardev:log \
    -chardev file,id=out,path="$work/out" \
    -device isa-debugcon,iobase=0xe9,chardev=out \
    -chardev file,id=err,path="$work/err" \
    -device isa-debugcon,iobase=0xe8,chardev=err \
    -device isa-debug-exit,iobase=0xf4,iosize=0x01
status=$?
cat "$work/out"
cat "$work/err" >&2
if [ -n "${LOG:-}" ]; then cat "$work/log" >"$LOG"; else cat "$work/log" >&2; fi
# QEMU ends with 2 * status + 1 (modulo 256): enough for statuses below 128.
[ $status -eq 124 ] && exit 124
exit $((status >> 1))
