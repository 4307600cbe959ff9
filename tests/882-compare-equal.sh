#!/bin/sh
# Claim: compare shows every technique in a column, prints the program's
# output once, exits 0 when all agree, and gives the same figures with one job
# as with many; figures and their numbers are left in the folder.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

file=$scratch/words
printf 'b\na\nb\n' >"$file"
out=$($limit "$ringside" compare --plot "$scratch/plots" --jobs 2 \
    --json "$scratch/many.json" --csv "$scratch/all.csv" \
    --trace "$scratch/trace.json" -- busybox sort -u "$file" \
    2>"$scratch/report")
expect_equal "compare exits 0" "$?" 0
expect_equal "the program's output comes once" "$out" "$(printf 'a\nb')"
expect_true "the verdict is equal" grep -q "outputs: equal" "$scratch/report"
expect_match "each technique has a column" "$(cat "$scratch/report")" \
    "*native*shadow*nested*pv*"
for name in ledger exits; do
    for ending in csv gp png svg; do
        expect_true "$name.$ending is there" \
            test -s "$scratch/plots/$name.$ending"
    done
done
expect_equal "the CSV begins with its columns" "$(head -1 "$scratch/all.csv")" \
    "technique,profile,group,name,value"
expect_match "the trace has a process per technique" \
    "$(grep -c process_name "$scratch/trace.json")" "4"

$limit "$ringside" compare --quiet --jobs 1 --json "$scratch/one.json" \
    -- busybox sort -u "$file" >/dev/null 2>&1
for n in one many; do
    grep -v -e host_seconds "$scratch/$n.json" >"$scratch/$n.txt"
done
expect_true "one job gives the same figures as many" \
    cmp "$scratch/one.txt" "$scratch/many.txt"

# sum FILE: 1 for each run whose ledger does not sum to its cycles.
bad=$(awk '
    /"cycles":/ && !in_boot { gsub(/[^0-9]/, ""); cycles = $0 }
    /"boot": / { in_boot = 1 }
    /"ledger": / { in_ledger = 1; sum = 0; next }
    in_ledger && /}/ { in_ledger = 0; if (sum != cycles) print "bad" }
    in_ledger { split($0, part, ": "); gsub(/[^0-9]/, "", part[2]);
        sum += part[2] }
    /}/ { in_boot = 0 }' "$scratch/one.json")
expect_equal "every ledger sums to its cycles" "$bad" ""
