#!/bin/sh
# Claim: the line "again:" of a report, given to a shell, repeats the run, its
# limits and quoted arguments too; the table of a comparison fits into 80
# columns.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

# again COMMAND...: runs it, then what its report says; compares the JSON.
again()
{
    $limit "$ringside" "$@" --json "$scratch/1.json" \
        -- busybox sh -c 'echo "it'\''s $0" *; exit 3' 'a  b' \
        >"$scratch/1.out" 2>"$scratch/1.err"
    first=$?
    line=$(sed -n 's/^ again: ringside //p' "$scratch/1.err")
    eval "set -- $line"
    command=$1
    shift
    $limit "$ringside" "$command" --json "$scratch/2.json" "$@" \
        >"$scratch/2.out" 2>/dev/null
    expect_equal "$command: the same status" $? $first
    expect_true "$command: the same output" \
        cmp "$scratch/1.out" "$scratch/2.out"
    for n in 1 2; do
        grep -v host_seconds "$scratch/$n.json" >"$scratch/$n.txt"
    done
    expect_true "$command: the same JSON" cmp "$scratch/1.txt" "$scratch/2.txt"
}

again run --technique pv --set tlb.l2.entries=0
again run --max-instructions 50000
again compare --technique native,nested
$limit "$ringside" compare syscall:n=1 >/dev/null 2>"$scratch/err"
expect_equal "lines of the table longer than 80 columns" \
    "$(grep -v -e '^ again' -e '^ outputs' "$scratch/err" | grep -c '.\{81\}')" 0
