#!/bin/sh
# Claim: a directory comes to an unmodified Linux as it is on the host, however
# many files, links, empty directories and odd names it has: the same names,
# kinds, permissions, targets and bytes.  No link carries anything along from
# outside.  Where memory ends before the files do, one line says so.  --out brings
# files back, as the minikernel does.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"
# shellcheck source=tests/guest_packages.sh
. tests/guest_packages.sh

guest_kernel linux-image-cloud-amd64
run="$limit $ringside run --quiet --timing fast --kernel $kernel"

# A tree of some 2000 entries.
made=$scratch/made
mkdir -p "$made/empty/deeper/still" "$made/many" "$made/private"
echo secret >"$scratch/outside"
for i in $(seq 1500); do
    echo "$i" >"$made/many/file-$i"
done
for i in $(seq 300); do
    ln -s "../many/file-$i" "$made/empty/deeper/link-$i"
done
for bytes in 1 4095 4096 4097 70000 1000000; do
    head -c $bytes /dev/urandom >"$made/private/of-$bytes"
done
ln -s ../outside "$made/out"
ln -s /nowhere/at/all "$made/dangling"
ln -s . "$made/itself"
ln -s "$(printf '%0300d' 7)" "$made/long-target"
: >"$made/$(printf '%0255d' 7)"
: >"$made/ spaces and
a new line "
: >"$made/$(printf 'caf\303\251 \377')"
: >"$made/-n"
: >"$made/TRAILER!!!"
chmod 0 "$made/many/file-1"
chmod 4751 "$made/many/file-2"
chmod 2640 "$made/many/file-3"
chmod 1777 "$made/empty"
chmod 0500 "$made/private"
chmod 0111 "$made/empty/deeper/still"

list='cd "$0" && find . -exec busybox stat -c "%n %f %N" {} + | sort &&
    find . -type f -exec busybox md5sum {} + | sort'
busybox sh -c "$list" "$made" >"$scratch/wanted"
# shellcheck disable=SC2086
$run --dir "$made":/made --out /tmp/back:"$scratch/back" \
    --out /made/private/of-1:"$scratch/appended" -- busybox sh -c "
        $list; cp /made/private/of-1000000 /tmp/back
        printf bcd >>/made/private/of-1; ls /outside" /made \
    >"$scratch/got" 2>"$scratch/err"
expect_equal "a run with a large directory ends" $? 1
expect_true "a file comes back" \
    cmp "$made/private/of-1000000" "$scratch/back"
expect_equal "what the program changed comes back" \
    "$(tail -c 3 "$scratch/appended")" bcd
expect_equal "and is as it was on the host" \
    "$(wc -c <"$made/private/of-1")" 1
expect_true "there is enough to compare" \
    test "$(wc -l <"$scratch/wanted")" -gt 3000
expect_true "all of it is there, as it is on the host" \
    cmp "$scratch/wanted" "$scratch/got"
expect_match "what a link outside means stays behind" "$(cat "$scratch/err")" \
    "*/outside: No such file*"
chmod -R u+rwx "$made"

mkdir "$scratch/big"
truncate -s 90M "$scratch/big/file"
# shellcheck disable=SC2086
$run --memory 192M --dir "$scratch/big":/big -- busybox true \
    >"$scratch/out" 2>"$scratch/err"
expect_equal "too many files for the memory: status 2" $? 2
expect_match "it says what would do" "$(cat "$scratch/err")" \
    "*take 91 MiB*at least 256M (--memory)"
expect_equal "in one line" "$(wc -l <"$scratch/err" | tr -d ' ')" 1
# shellcheck disable=SC2086
$run --memory 256M --append rootfstype=tmpfs --dir "$scratch/big":/big -- \
    busybox true >"$scratch/out" 2>"$scratch/err"
expect_equal "a kernel that does not unpack them: status 125" $? 125
expect_match "init says so, and starts nothing" "$(cat "$scratch/err")" \
    "*could not unpack all of the files*(--memory)*"
