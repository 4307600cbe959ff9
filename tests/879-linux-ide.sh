#!/bin/sh
# Debian's generic kernel (package linux-image-amd64), unmodified, sleeps by
# MWAIT with interrupts masked (intel_idle), and reads and writes four IDE
# disks, two on each channel, all at once, with its own ata_piix; with one CPU
# and with two.  Takes minutes: check-long.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"
# shellcheck source=tests/guest_packages.sh
. tests/guest_packages.sh

if [ -z "${RINGSIDE_LONG:-}" ]; then
    echo "skip Linux with IDE disks: part of make check-long"
    exit 0
fi
guest_kernel linux-image-amd64
modules=$package/lib/modules/${kernel##*/vmlinuz-}/kernel

mkdir "$scratch/guest"
for m in scsi_common scsi_mod libata ata_piix crct10dif_common crc-t10dif \
    crc64 crc64-rocksoft t10-pi sd_mod crct10dif_generic \
    crc64_rocksoft_generic; do
    echo "$m" >>"$scratch/guest/modules"
    find "$modules" -name "$m.ko" -exec cp {} "$scratch/guest/" \;
done
cat >"$scratch/guest/ask.sh" <<'END_OF_SCRIPT'
cd "$1" || exit 1
cat /sys/devices/system/cpu/cpuidle/current_driver
while read -r m; do insmod "$m.ko" || exit 1; done <modules
sleep 1
for d in sda sdb sdc sdd; do
    echo "$(cat /sys/block/$d/size) $(md5sum </dev/$d)" # probed in any order
done | sort
for d in sda sdb sdc sdd; do
    (
        dd if=/dev/urandom of=/dev/$d bs=64k seek=3 count=4 conv=fsync
        md5sum </dev/$d
    ) >/tmp/$d.written 2>/dev/null &
done
wait
echo 3 >/proc/sys/vm/drop_caches
for d in sda sdb sdc sdd; do
    md5sum </dev/$d | cmp - /tmp/$d.written && echo "$d as written"
done
dmesg | grep -iE 'unstable|lost|frozen|timed? ?out|exception|emask|not ready'
END_OF_SCRIPT

disks=
for d in a b c d; do
    sectors=$((${sectors:-2000} + 513))
    tail -c $((sectors * 512)) "$kernel" >"$scratch/disk$d"
    disks="$disks --disk $scratch/disk$d"
    seen="${seen:-}$sectors $(md5sum <"$scratch/disk$d")
"
    later="${later:-}
sd$d as written"
done

# answer TECHNIQUE CPUS
answer()
{
    # shellcheck disable=SC2086
    $limit "$ringside" run --quiet --kernel "$kernel" --memory 256M \
        --timing fast --technique "$1" --vcpus "$2" $disks \
        --dir "$scratch/guest" -- \
        busybox sh "$scratch/guest/ask.sh" "$scratch/guest" 2>&1
}

expect_equal "native: Linux drives four disks, and sleeps" \
    "$(answer native 1)" "intel_idle
$seen${later#?}"
expect_equal "native, two CPUs: Linux drives four disks" \
    "$(answer native 2)" "intel_idle
$seen${later#?}"
for t in shadow nested; do
    expect_equal "$t: Linux drives four disks" "$(answer $t 1)" "none
$seen${later#?}"
done
