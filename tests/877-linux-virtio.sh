#!/bin/sh
# Debian's cloud kernel (package linux-image-cloud-amd64), unmodified, with two
# CPUs found by our ACPI tables, drives our virtio devices with its own
# modules: as PCI functions with MSI-X on the pc, by virtio-mmio on the
# microvm; under shadow and nested as well.  Takes minutes: check-long.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"
# shellcheck source=tests/guest_packages.sh
. tests/guest_packages.sh

if [ -z "${RINGSIDE_LONG:-}" ]; then
    echo "skip Linux with virtio devices: part of make check-long"
    exit 0
fi
guest_kernel linux-image-cloud-amd64
drivers=$package/lib/modules/${kernel##*/vmlinuz-}/kernel/drivers

mkdir "$scratch/guest"
for m in virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev \
    virtio_pci virtio_mmio virtio_blk failover net_failover virtio_net \
    virtio_console virtio-rng; do
    echo "$m" >>"$scratch/guest/modules"
    find "$drivers" "$drivers/../net" -name "$m.ko" \
        -exec cp {} "$scratch/guest/" \;
done
cat >"$scratch/guest/ask.sh" <<'END'
cd "$1" || exit 1
while read -r m; do insmod "$m.ko" || exit 1; done <modules
echo "cpus $(nproc)"
echo "size $(cat /sys/block/vda/size)"
md5sum </dev/vda
echo changed | dd of=/dev/vda bs=512 seek=3 conv=fsync 2>/dev/null
echo 3 >/proc/sys/vm/drop_caches
dd if=/dev/vda bs=512 skip=3 count=1 2>/dev/null | head -n 1
ifconfig eth0 10.0.2.15 netmask 255.255.255.0 up
ping -c 3 -s 1400 10.0.2.2 | grep 'packets transmitted'
echo "random $(dd if=/dev/hwrng bs=64 count=1 2>/dev/null | wc -c)"
echo console >/dev/hvc0 && echo "console written"
echo "interrupts by $(grep -c 'PCI-MSI.*virtio' /proc/interrupts) messages," \
    "$(grep -c 'IO-APIC.*virtio' /proc/interrupts) lines"
dmesg | grep -ciE 'unstable|bios bug|firmware bug.*acpi|inconsistent'
END
head -c 1048576 "$kernel" >"$scratch/disk"
sum=$(md5sum <"$scratch/disk")

# answer PLATFORM TECHNIQUE
answer()
{
    $limit "$ringside" run --quiet --kernel "$kernel" --memory 256M --vcpus 2 \
        --timing fast --technique "$2" --set platform="$1" \
        --disk "$scratch/disk" --dir "$scratch/guest" -- \
        busybox sh "$scratch/guest/ask.sh" "$scratch/guest" 2>&1
}

# expected MESSAGES LINES
expected()
{
    cat <<END
cpus 2
size 2048
$sum
changed
3 packets transmitted, 3 packets received, 0% packet loss
random 64
console written
interrupts by $1 messages, $2 lines
0
END
}

expect_equal "pc: Linux drives virtio-pci" "$(answer pc native)" \
    "$(expected 10 0)"
expect_equal "microvm: Linux drives virtio-mmio" "$(answer microvm native)" \
    "$(expected 0 4)"
expect_equal "the disk's file is as it was" "$(md5sum <"$scratch/disk")" "$sum"
for t in shadow nested; do
    expect_equal "$t: Linux drives virtio-pci" "$(answer pc $t)" \
        "$(expected 10 0)"
done
