#!/bin/sh
# Ringside beside Debian's Bochs and QEMU's translator (no KVM), on the same
# guest in the same run, one core each: six integer kernels on the bare
# machine.  Host time of a kernel is that of its run less that of a run which
# only starts and ends the machine; the least of three runs each.
#
#   tests/bench/peers.sh
set -eu
cd "$(dirname "$0")/../.."
BUILD=${BUILD:-build}
ringside=$BUILD/ringside
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
misses=0
rounds=${ROUNDS:-3}
kernels="alu crc sieve matrix chase quicksort"

judge()
{
    if awk "BEGIN { exit !($2) }"; then
        echo "  holds   $1"
    else
        echo "  MISSED  $1   ($2)"
        misses=$((misses + 1))
    fi
}

# Each leaves what the guest printed in $scratch/said.
with_fast()
{
    "$ringside" run --quiet --timing fast --memory 64M \
        --boot "$BUILD/guest/integer-$1.elf" >"$scratch/said" 2>/dev/null
}

with_window()
{
    "$ringside" run --quiet --timing window --memory 64M \
        --boot "$BUILD/guest/integer-$1.elf" >"$scratch/said" 2>/dev/null
}

with_qemu()
{
    qemu-system-x86_64 -accel tcg,thread=single -M pc -m 64 -display none \
        -nodefaults -serial "file:$scratch/said" -no-reboot \
        -device isa-debug-exit,iobase=0xf4 \
        -drive "file=$BUILD/guest/integer-$1.img,format=raw,snapshot=on" \
        >/dev/null 2>&1 || true # its exit status is odd by design
}

with_bochs()
{
    cat >"$scratch/bochsrc" <<END
display_library: term
megs: 64
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
ata0-master: type=disk, path=$BUILD/guest/integer-$1.img, mode=volatile, cylinders=2, heads=16, spt=63
boot: disk
com1: enabled=1, mode=file, dev=$scratch/said
cpu: model=corei7_haswell_4770, ips=100000000
clock: sync=none
sound: waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy
log: $scratch/bochs.log
panic: action=fatal
END
    echo c >"$scratch/rc" # Debian's has its debugger compiled in
    TERM=vt100 script -qec "bochs -q -f $scratch/bochsrc -rc $scratch/rc" \
        /dev/null </dev/null >/dev/null 2>&1 || true
}

# Processor seconds, children included, of a command; to stdout.
seconds()
{
    (
        "$@" || true
        times
    ) | awk 'END { for (i = 1; i <= 2; i++) {
        split($i, t, /[ms]/); s += 60 * t[1] + t[2] } print s }'
}

# measure ENGINE KERNEL-NUMBER: the least of some rounds, in $scratch/E-K
measure()
{
    for round in $(seq "$rounds"); do seconds "with_$1" "$2"; done |
        sort -n | head -n 1 >"$scratch/$1-$2"
    head -c 16 "$scratch/said" >"$scratch/$1-$2.said"
}

net()
{
    awk "BEGIN { s = $(cat "$scratch/$1-$2") - $(cat "$scratch/$1-0");
        print (s > 0.001 ? s : 0.001) }"
}

# instructions KERNEL-NUMBER: of the guest, in millions
instructions()
{
    "$ringside" run --quiet --timing fast --memory 64M --json "$scratch/json" \
        --boot "$BUILD/guest/integer-$1.elf" >/dev/null 2>&1
    awk '/"instructions":/ { gsub(/[^0-9]/, ""); print $0 / 1e6; exit }' \
        "$scratch/json"
}

peers=
for p in bochs qemu-system-x86_64; do
    if command -v $p >/dev/null; then
        peers="$peers ${p%-system-x86_64}"
    else
        echo "$p is not installed: not compared with"
    fi
done
make -s BUILD="$BUILD" integer-images

for engine in fast window $peers; do
    for k in 0 1 2 3 4 5 6; do measure "$engine" $k; done
done

echo "Million guest instructions a second, one core "
printf '  %-10s %8s' kernel insns/M
for engine in fast window $peers; do printf ' %16s' "$engine"; done
echo
k=0
for name in $kernels; do
    k=$((k + 1))
    count=$(instructions $k)
    printf '  %-10s %8.0f' "$name" "$count"
    for engine in fast window $peers; do
        printf ' %16s' "$(awk "BEGIN { m = $count / $(net "$engine" $k);
            printf \"%.0f\", m }")"
    done
    echo
    for engine in window $peers; do
        cmp -s "$scratch/fast-$k.said" "$scratch/$engine-$k.said" ||
            judge "$name: $engine computes the same" 0
    done
done
case " $peers " in
*" bochs "*)
    k=0
    for name in $kernels; do
        k=$((k + 1))
        judge "$name: fast timing is faster than Bochs" \
            "$(net fast $k) < $(net bochs $k)"
        judge "$name: window timing at least half of Bochs" \
            "$(net window $k) < 2 * $(net bochs $k)"
    done
    ;;
esac
[ $misses -eq 0 ]
