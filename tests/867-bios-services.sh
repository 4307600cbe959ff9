#!/bin/sh
# Claim: a boot sector of any PC finds the BIOS's services: it reads the rest of
# itself from its disk, and each service answers as the manuals say, with the
# simulated devices behind it; under every technique alike.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

make -s BUILD="$BUILD" "$BUILD/guest/services" >&2 || exit 1

# Keys come in on the serial line: a, Z, arrow up.
run()
{
    printf 'aZ\033[A' | $limit "$ringside" run --quiet --console --memory 64M \
        --boot "$BUILD/guest/services" "$@" 2>"$scratch/err"
}

cat >"$scratch/expected" <<'END'
bios
11 equipment=226
12 kib=27f
15/88 kib=fc00
15/e801 kib=3c00 64k=300
15/24 a20=1
15/c0 done ax=0
15/53 fails ax=8600
15/e820 at=0 bytes=9fc00 kind=1
15/e820 at=9fc00 bytes=60400 kind=2
15/e820 at=100000 bytes=3f00000 kind=1
15/87 done ax=0 moved=12345678 9abcdef0
13/08 done ax=0 cx=3f dx=f01
13/41 done ax=2100 bx=aa55
13/48 done ax=0 sectors=40
13/15 done ax=300 sectors=40
13/02 of a floppy fails ax=101
13/42 sector 0: done ax=0 first=d88ec031 last=aa550000
13/43 sector 28: done ax=0 first=feedface last=cafebabe
13/42 sector 28: done ax=0 first=feedface last=cafebabe
13/42 sector f4240: fails ax=400 first=feedface last=aa550000
1a/04 2024-101 ticks=2 hooked=2
E[3;6HE[0;1;33;44mAAAE[23;1HE[0m10/09 1e41
10/0f mode=5003
10/1a 1a
1a/b1 pci done ax=1 edx=20494350
1a/b1 ide done ax=3 id=70108086
16/00 key=1e61
16/00 key=2c5a
16/00 key=4800
16/01 key=1234
END
for t in native shadow nested; do
    run -t $t --json "$scratch/$t.json" >"$scratch/raw"
    expect_equal "$t: the status" $? 42
    tr -d '\r' <"$scratch/raw" | sed "s/$(printf '\033')/E/g" >"$scratch/$t"
    expect_true "$t: each service answers" \
        diff "$scratch/expected" "$scratch/$t"
done

# The same keys on the keyboard; and the screen has what the line had.
printf 'aZ\033' | $limit "$ringside" run --quiet --console --keyboard \
    --screen --memory 64M --boot "$BUILD/guest/services" \
    >"$scratch/out" 2>"$scratch/screen"
expect_equal "the keyboard's keys" \
    "$(sed -n 's/^16.00 key=\([0-9a-f]*\).*/\1/p' "$scratch/out" | xargs)" \
    "1e61 2c5a 11b"
expect_equal "the screen at the end" \
    "$(grep -cE '^(-{80}|1a/b1 pci done.*|16/00 key=2c5a)$' \
        "$scratch/screen")" 4

# Where no disk is, the sector starts all the same and cannot read on.
$limit "$ringside" run --quiet --set platform=microvm \
    --boot "$BUILD/guest/services" >"$scratch/out" 2>&1
expect_equal "without IDE: the sector says so" $? 1
expect_equal "without IDE: on the serial line" "$(cat "$scratch/out")" F

# Another disk than the sector's own: the sector is the file, the disk is not.
head -c 512 /dev/zero >"$scratch/disk"
head -c 512 "$BUILD/guest/services" >"$scratch/sector"
$limit "$ringside" run --quiet --boot "$scratch/sector" \
    --disk "$scratch/disk" >"$scratch/out" 2>&1
expect_equal "--disk: a sector alone reads what is on that" "$(cat \
    "$scratch/out")" F
cp "$BUILD/guest/services" "$scratch/kept"
for i in 1 2 3; do
    { printf '%ddis' $i; head -c 508 /dev/zero; } >"$scratch/disk$i"
done
run --disk "$scratch/disk1" --disk "$scratch/disk2" --disk "$scratch/disk3" \
    >"$scratch/out"
expect_equal "three more disks, on both channels" \
    "$(sed -n 's/^disk //p' "$scratch/out" | tr -d '\r' | xargs)" \
    "1: 73696431 2: 73696432 3: 73696433"
text=$(run --disk "$scratch/disk1" --disk "$scratch/disk2" \
    --disk "$scratch/disk3" --disk "$scratch/disk3"; cat "$scratch/err")
expect_match "a fifth disk is refused" "$text" "*4 disks at most*"
expect_true "what is written stays in the machine" \
    cmp "$BUILD/guest/services" "$scratch/kept"

# No sector to boot: int 18h (cd 18).
{ printf '\315\030'; head -c 508 /dev/zero; printf '\125\252'; } \
    >"$scratch/sector"
text=$($limit "$ringside" run --quiet --boot "$scratch/sector" 2>"$scratch/err")
expect_match "int 18h says that there is nothing to boot" "$text" \
    "No bootable disk.*"
expect_match "and the machine ends" "$(cat "$scratch/err")" "*waits forever*"
