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
rounds=${ROUNDS:-3}
. tests/bench/judge.sh
kernels="alu crc sieve matrix chase quicksort"

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
    bochs_run "megs: 64
ata0-master: type=disk, path=$BUILD/guest/integer-$1.img, mode=volatile, cylinders=2, heads=16, spt=63
boot: disk"
}

# measure ENGINE KERNEL-NUMBER: the least of some rounds, in $scratch/E-K
measure()
{
    least_seconds "with_$1" "$2" >"$scratch/$1-$2"
    head -c 16 "$scratch/said" >"$scratch/$1-$2.said"
}

net()
{
    awk "BEGIN { s = $(cat "$scratch/$1-$2") - $(cat "$scratch/$1-0");
        print (s > 0.001 ? s : 0.001) }"
}

# rate MILLIONS SECONDS: a time that is lost among those of two starts bounds the
# rate from below, and no more.
rate()
{
    awk "BEGIN { short = $2 < 0.1; t = short ? 0.1 : $2;
        printf \"%s%.0f\", short ? \"> \" : \"\", $1 / t }"
}

# instructions KERNEL-NUMBER: of the guest, in millions
instructions()
{
    "$ringside" run --quiet --timing fast --memory 64M --json "$scratch/json" \
        --boot "$BUILD/guest/integer-$1.elf" >/dev/null 2>&1
    awk '/"instructions":/ { gsub(/[^0-9]/, ""); print $0 / 1e6; exit }' \
        "$scratch/json"
}

find_peers
make -s BUILD="$BUILD" integer-images

for engine in fast window $peers; do
    for k in 0 1 2 3 4 5 6; do measure "$engine" $k; done
done

echo "Million guest instructions a second, one core"
printf '  %-10s %8s' kernel insns/M
for engine in fast window $peers; do printf ' %16s' "$engine"; done
echo
k=0
for name in $kernels; do
    k=$((k + 1))
    count=$(instructions $k)
    printf '  %-10s %8.0f' "$name" "$count"
    for engine in fast window $peers; do
        printf ' %16s' "$(rate "$count" "$(net "$engine" $k)")"
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
