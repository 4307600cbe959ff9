#!/bin/sh
# Claim: software that nobody here wrote boots from a disk by the BIOS: GRUB
# finds its disk, partition and files with interrupt 13h, shows them, and turns
# the machine off; under every technique it prints the same.  With
# RINGSIDE_LONG=1 it loads Debian's kernel from the disk and boots it to its
# first process.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"
# shellcheck source=tests/guest_packages.sh
. "$(dirname "$0")/guest_packages.sh"

grub=/usr/lib/grub/i386-pc
if ! command -v grub-mkimage >/dev/null || [ ! -e $grub/boot.img ]; then
    echo "skip grub-common and grub-pc-bin are not installed"
    exit 0
fi

# disk FOLDER: GRUB behind the first sector, and at 1 MiB a partition that is
# the folder as a tar archive.  GRUB's orders are on stdin.
disk()
{
    cat >"$scratch/orders"
    grub-mkimage -O i386-pc -p '(hd0,msdos1)/' -c "$scratch/orders" \
        -o "$scratch/core" biosdisk part_msdos tar echo ls cat date halt linux
    cat $grub/boot.img "$scratch/core" >"$scratch/disk"
    truncate -s 1M "$scratch/disk"
    tar -C "$1" --format=ustar -cf - . >>"$scratch/disk"
    truncate -s 33M "$scratch/disk"
    # One entry: active, any kind, from sector 2048, 65536 sectors.
    { printf '\200\040\041\000\014\376\377\377\000\010\000\000\000\000\001\000'
      head -c 48 /dev/zero; } |
        dd of="$scratch/disk" bs=1 seek=446 conv=notrunc status=none
}

# boot TECHNIQUE OPTION...
boot()
{
    technique=$1
    shift
    $limit "$ringside" run --quiet --timing fast -t "$technique" \
        --boot "$scratch/disk" "$@" </dev/null 2>"$scratch/err" |
        tr -d '\r' | sed 's/\x1b\[[0-9;]*[A-Za-z]//g'
}

mkdir "$scratch/files"
echo "a line of a file" >"$scratch/files/text"
disk "$scratch/files" <<'END'
echo hello
cat (hd0,msdos1)/text
ls (hd0,msdos1)/
date
halt
END
cat >"$scratch/expected" <<'END'
Welcome to GRUB!

hello
a line of a file

text 
2024-01-01 00:00:00 Monday
END
for t in native shadow nested; do
    boot $t --memory 64M | sed '/^GRUB loading/d' >"$scratch/$t"
    expect_equal "$t: it turns the machine off" "$(cat "$scratch/err")" ""
    expect_true "$t: GRUB reads its disk" \
        diff "$scratch/expected" "$scratch/$t"
done

[ -n "${RINGSIDE_LONG:-}" ] || exit 0

guest_package linux-image-cloud-amd64
mkdir -p "$scratch/root/bin"
cp /bin/busybox "$scratch/root/bin/busybox"
cat >"$scratch/root/init" <<'END'
#!/bin/busybox sh
/bin/busybox uname -sr
/bin/busybox echo "from the disk"
/bin/busybox poweroff -f
END
chmod +x "$scratch/root/init"
(cd "$scratch/root" && find . | cpio -o -H newc --quiet) \
    >"$scratch/files/initrd"
cp "$package"/boot/vmlinuz-* "$scratch/files/vmlinuz"
disk "$scratch/files" <<'END'
linux (hd0,msdos1)/vmlinuz console=ttyS0 quiet nokaslr panic=-1 reboot=t tsc=reliable no_timer_check cryptomgr.notests initcall_blacklist=load_system_certificate_list,init_blk_tracer,crypto_kdf108_init
initrd (hd0,msdos1)/initrd
boot
END
for t in native shadow nested; do
    boot $t --memory 256M >"$scratch/$t"
    expect_match "$t: Linux boots from the disk" "$(cat "$scratch/$t")" \
        "*Linux 6.*from the disk*"
done
