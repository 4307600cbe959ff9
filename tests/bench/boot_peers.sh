#!/bin/sh
# An unmodified Linux boots to its /init and powers off: Ringside beside
# Debian's Bochs and QEMU's translator (no KVM), the same kernel, initramfs and
# command line in the same run, one core each.
#
# Bochs and QEMU start from a CD that GRUB boots; from their time that of
# another CD is taken, which loads the same and then halts.  So what is compared
# is the kernel alone, its decompression with it.
#
#   tests/bench/boot_peers.sh
set -eu
cd "$(dirname "$0")/../.."
BUILD=${BUILD:-build}
ringside=$BUILD/ringside
rounds=${ROUNDS:-2}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
. tests/bench/judge.sh
words="console=ttyS0 nokaslr quiet panic=-1 cryptomgr.notests \
initcall_blacklist=load_system_certificate_list,init_blk_tracer,crypto_kdf108_init"

# shellcheck source=tests/guest_packages.sh
kernel=$(. tests/guest_packages.sh
    guest_kernel linux-image-cloud-amd64 && echo "$kernel")
if [ ! -r "$kernel" ]; then
    echo "Linux is not booted: $kernel"
    exit 0
fi

make_initrd()
{
    mkdir -p "$scratch/root/bin"
    cp "$(command -v busybox)" "$scratch/root/bin/busybox"
    printf '#!/bin/busybox sh\n%s\n%s\n%s\n' \
        '/bin/busybox mknod /console c 5 1' \
        '/bin/busybox echo up >/console' \
        '/bin/busybox poweroff -f' >"$scratch/root/init"
    chmod +x "$scratch/root/init"
    (cd "$scratch/root" && find . | LC_ALL=C sort |
        busybox cpio -o -H newc 2>/dev/null) >"$scratch/initrd"
}

# make_disc NAME LAST-COMMAND: kernel and initramfs loaded, then that
make_disc()
{
    mkdir -p "$scratch/$1/boot/grub"
    cp "$kernel" "$scratch/$1/boot/vmlinuz"
    cp "$scratch/initrd" "$scratch/$1/boot/initrd"
    printf 'set timeout=0\nlinux /boot/vmlinuz %s\ninitrd /boot/initrd\n%s\n' \
        "$words" "$2" >"$scratch/$1/boot/grub/grub.cfg"
    grub-mkrescue -o "$scratch/$1.iso" "$scratch/$1" >/dev/null 2>&1
}

# Each leaves the guest's serial line in $scratch/said.
with_ringside()
{
    "$ringside" run --quiet --timing "$1" --boot "$kernel" \
        --initrd "$scratch/initrd" --memory 256M --append "$words" \
        >"$scratch/said" 2>/dev/null
}

with_qemu()
{
    qemu-system-x86_64 -accel tcg,thread=single -M pc -m 256 -display none \
        -nodefaults -serial "file:$scratch/said" -no-reboot \
        -cdrom "$scratch/$1.iso" -boot d >/dev/null 2>&1
}

with_bochs()
{
    bochs_run "megs: 256
ata0-master: type=cdrom, path=$scratch/$1.iso, status=inserted
boot: cdrom"
}

# net_seconds ENGINE: of the kernel alone, once it is seen to have come up
net_seconds()
{
    whole=$(least_seconds "with_$1" boot)
    grep -q '^up' "$scratch/said" || return 1
    loading=$(least_seconds "with_$1" halt)
    awk "BEGIN { print $whole - $loading }"
}

row()
{
    printf '  %-16s %8.1f\n' "$1" "$2"
}

make_initrd
if command -v grub-mkrescue >/dev/null && command -v mformat >/dev/null &&
    [ -d /usr/lib/grub/i386-pc ]; then
    find_peers
    make_disc boot boot
    make_disc halt halt
else
    peers=
    echo "no peers: their CD is made by grub-mkrescue" \
        "(grub-pc-bin, grub-common, xorriso, mtools)"
fi

echo "Processor seconds to boot $(basename "$kernel") and power off, one core"
for timing in fast window; do
    time=$(least_seconds with_ringside $timing)
    row "$timing timing" "$time"
    judge "$timing: the kernel came up" "$(grep -c '^up' "$scratch/said" || true)"
    eval "$timing=$time"
done
for engine in $peers; do
    if time=$(net_seconds "$engine"); then
        row "$engine" "$time"
        eval "$engine=$time"
    else
        judge "$engine: the kernel came up" 0
    fi
done
if [ -n "${bochs:-}" ]; then
    judge "fast timing is faster than Bochs" "$fast < $bochs"
    judge "window timing takes at most twice Bochs's time" \
        "$window < 2 * $bochs"
fi
[ $misses -eq 0 ]
