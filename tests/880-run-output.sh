#!/bin/sh
# Claim: a program prints the same and exits with the same status under every
# technique as on the host; its files, its arguments and its standard input
# travel; two runs write the same JSON, host time aside.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

techniques="native shadow nested pv"
printf 'pear\napple\npear\nfig\n' >"$scratch/fruit"

# same CLAIM STDIN COMMAND...: output and status equal the host's.
same()
{
    claim=$1
    stdin=$2
    shift 2
    wanted=$("$@" <"$stdin" 2>/dev/null; echo "status $?")
    for t in $techniques; do
        got=$($limit "$ringside" run --quiet --technique "$t" -- "$@" \
            <"$stdin" 2>/dev/null; echo "status $?")
        expect_equal "$t: $claim" "$got" "$wanted"
    done
}

same "an argument is printed" /dev/null busybox echo hi there
same "a file named by an argument is read" /dev/null \
    busybox sort -u "$scratch/fruit"
same "standard input is read" "$scratch/fruit" busybox sort
same "an exit status is passed on" /dev/null busybox sh -c 'exit 7'
same "a pipeline runs" /dev/null \
    busybox sh -c "busybox sort $scratch/fruit | busybox uniq -c | busybox wc -l"
same "a program that fails says so" /dev/null busybox false
same "a file=NAME argument travels" /dev/null \
    busybox dd if="$scratch/fruit" bs=5 count=1

for t in $techniques; do
    for n in 1 2; do
        $limit "$ringside" run --quiet --technique "$t" \
            --json "$scratch/$n.json" -- busybox sort "$scratch/fruit" \
            >/dev/null 2>&1
        grep -v host_seconds "$scratch/$n.json" >"$scratch/$n.txt"
    done
    expect_true "$t: two runs write the same JSON" \
        cmp "$scratch/1.txt" "$scratch/2.txt"
done

# The last run left its JSON: its fingerprint is that of what was printed.
expect_equal "stdout_sha256 is what sha256sum says" \
    "$(awk -F '"' '/"stdout_sha256":/ { print $4 }' "$scratch/1.json")" \
    "$(busybox sort "$scratch/fruit" | sha256sum | cut -d ' ' -f 1)"
