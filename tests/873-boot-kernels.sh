#!/bin/sh
# Claim: kernels of Debian that nobody here wrote boot unmodified, natively and
# under shadow and nested paging alike: the cloud kernel by its PVH entry, the
# generic kernel, the i386 kernels with two-level tables and with PAE, each to
# a program; Xen 4.17 from its multiboot header to its console, a dom0 without
# a root, and another whose program ends the machine; memtest86+, 64-bit and
# 32-bit, through its first tests.
# Takes minutes: check-long.  The whole pass of memtest86+ is test 860.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"
# shellcheck source=tests/guest_packages.sh
. tests/guest_packages.sh

if [ -z "${RINGSIDE_LONG:-}" ]; then
    echo "skip boots of other kernels: part of make check-long"
    exit 0
fi
TEST_SECONDS=900
limit="timeout -k 5 $TEST_SECONDS"
techniques="native shadow nested"

# program NAME KERNEL PROGRAM...: its output under each technique.
program()
{
    name=$1
    image=$2
    shift 2
    for t in $techniques; do
        got=$($limit "$ringside" run -q -t $t --timing fast -m 256M \
            --kernel "$image" -- "$@" sh -c \
            'read -r line; echo "$line $((6 * 7))"; uname -r; exit 3' \
            2>"$scratch/err" <"$scratch/in")
        expect_equal "$name, $t: the exit status is the program's" $? 3
        expect_equal "$name, $t: a program runs" "$got" "what came along 42
$release"
    done
}

echo "what came along" >"$scratch/in"
guest_kernel linux-image-cloud-amd64
cloud=$kernel
release=${kernel##*/vmlinuz-}
guest_vmlinux
program "cloud kernel by PVH" "$scratch/vmlinux" busybox

guest_kernel linux-image-amd64
release=${kernel##*/vmlinuz-}
program "generic kernel" "$kernel" busybox

guest_package busybox-static i386
busybox=$package/bin/busybox
for name in linux-image-686 linux-image-686-pae; do
    guest_kernel $name i386
    release=${kernel##*/vmlinuz-}
    program $name "$kernel" "$busybox"
done
guest_kernel linux-image-686 i386
$limit "$ringside" run -q --kernel "$kernel" -- busybox true 2>"$scratch/err"
expect_equal "a 64-bit program under a 32-bit kernel: status 2" $? 2
expect_match "it says why, in one line" "$(cat "$scratch/err")" \
    "ringside: *busybox: is a 64-bit program*32 bits*"
expect_equal "an i386 program under a 64-bit kernel" \
    "$($limit "$ringside" run -q --timing fast -m 256M --kernel "$cloud" -- \
        "$busybox" echo hello 2>/dev/null)" hello

# Its pauses are seconds: on a slow clock they are short.
guest_package memtest86+
for t in $techniques; do
    for bits in x64 ia32; do
        $limit "$ringside" run -q -t $t --timing fast -m 64M \
            --set cpu.tsc_khz=100000 --max-instructions 600000000 \
            --boot "$package/boot/memtest86+$bits.bin" \
            --append "console=ttyS0,115200" >"$scratch/memtest" 2>/dev/null
        expect_match "memtest86+ $bits, $t: tests memory" \
            "$(cat "$scratch/memtest")" "*Memtest86+*Testing*"
        expect_equal "memtest86+ $bits, $t: finds no error" \
            "$(grep -ac 'Errors: *[1-9]' "$scratch/memtest")" 0
    done
done

guest_package xen-hypervisor-4.17-amd64
xen=$(echo "$package"/boot/xen-*.gz)
for t in $techniques; do
    $limit "$ringside" run -q -t $t --timing fast -m 512M \
        --max-instructions 4000000000 --boot "$xen" \
        --append "com1=115200,8n1 console=com1 dom0_mem=256M noreboot" \
        --module "$cloud console=hvc0 earlyprintk=xen" \
        >"$scratch/xen" 2>/dev/null
    expect_match "Xen, $t: says its version" "$(cat "$scratch/xen")" \
        "*Xen version 4.17*"
    expect_match "Xen, $t: its dom0 boots to where it wants a root" \
        "$(cat "$scratch/xen")" "*Linux version 6*Unable to mount root fs*"
done

# The generic kernel is made to be a dom0; Xen takes it unpacked.
guest_kernel linux-image-amd64
guest_vmlinux
mkdir -p "$scratch/root/bin" "$scratch/root/dev"
cp "$(command -v busybox)" "$scratch/root/bin/busybox"
cat >"$scratch/root/init" <<'END'
#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox printf '\052' | /bin/busybox dd of=/dev/port bs=1 seek=244
END
chmod +x "$scratch/root/init"
(cd "$scratch/root" && find . | busybox cpio -o -H newc >"$scratch/initrd" \
    2>/dev/null)
quick="cryptomgr.notests initcall_blacklist=load_system_certificate_list"
quick="$quick,init_blk_tracer,crypto_kdf108_init"
for t in $techniques; do
    $limit "$ringside" run -q -t $t --timing fast -m 512M \
        --max-instructions 4000000000 --boot "$xen" \
        --append "com1=115200,8n1 console=com1 dom0_mem=300M" \
        --module "$scratch/vmlinux console=hvc0 $quick" \
        --module "$scratch/initrd" >"$scratch/xen" 2>/dev/null
    expect_equal "Xen, $t: a program of its dom0 ends the machine" $? 42
    expect_match "Xen, $t: dom0 comes to its init" "$(cat "$scratch/xen")" \
        "*Run /init as init process*"
done
