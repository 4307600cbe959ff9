#!/bin/sh
# Claim: Debian's cloud kernel, unmodified, runs a program natively: its output
# on both streams, its exit status and its standard input are those of the
# host; the boot is counted apart; the shell of --console takes its input from
# a pipe.  What a program lacks is named before anything runs.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"
# shellcheck source=tests/guest_packages.sh
. tests/guest_packages.sh

guest_kernel linux-image-cloud-amd64
run="$limit $ringside run --timing fast --memory 256M --kernel $kernel"

printf 'pear\napple\npear\n' |
    $run --json "$scratch/run.json" -- busybox sh -c \
        'sort -u; echo problem >&2; exit 7' >"$scratch/out" 2>"$scratch/err"
expect_equal "the exit status is the program's" $? 7
expect_equal "its output passes through" "$(cat "$scratch/out")" "apple
pear"
expect_equal "its errors, too" "$(grep -c '^problem$' "$scratch/err")" 1
boot=$(awk '/"boot": *{/ { b = 1 } b && /"instructions":/ {
    gsub(/[^0-9]/, ""); print; exit }' "$scratch/run.json")
all=$(awk '/"instructions":/ { gsub(/[^0-9]/, ""); print; exit }' \
    "$scratch/run.json")
expect_true "the boot takes 300 to 500 million instructions" \
    test "$boot" -gt 300000000 -a "$boot" -lt 500000000
expect_true "the program, from execve on, less than 20 million" \
    test "$all" -gt 100000 -a "$all" -lt 20000000

printf 'echo $((6 * 7)) is it\nexit 3\n' |
    $run --console --quiet >"$scratch/shell" 2>&1
expect_equal "the shell's exit status is the run's" $? 3
expect_match "a shell answers on the serial line" \
    "$(tr -d '\r' <"$scratch/shell")" "*
42 is it
*"

printf 'int gone(void); int gone(void) { return 0; }\n' >"$scratch/gone.c"
printf 'int gone(void); int main(void) { return gone(); }\n' >"$scratch/user.c"
gcc -shared -fPIC -Wl,-soname,libgone.so.7 -o "$scratch/libgone.so.7" \
    "$scratch/gone.c"
gcc -o "$scratch/user" "$scratch/user.c" "$scratch/libgone.so.7"
rm "$scratch/libgone.so.7"
$run -- "$scratch/user" >"$scratch/out" 2>"$scratch/err"
expect_equal "a missing library: status 2" $? 2
expect_match "it is named, with who needs it" "$(cat "$scratch/err")" \
    "ringside: libgone.so.7, needed by $scratch/user, was not found in *"
expect_equal "in one line" "$(wc -l <"$scratch/err" | tr -d ' ')" 1
