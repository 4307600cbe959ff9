#!/bin/sh
# Claim: the view of TLBs and caches shows what they hold, place by place: as
# many rows as entries, tables where tables are, counts as in the report; under
# each technique, at both sizes, with any of them switched off.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

work='gups:footprint=8M,n=3000'
at='dtlb.l2.miss:1000'
parts='all l1d-tlb l1i-tlb l2-tlb nested-tlb psc nested-psc l1d l1i l2 l3'

show()
{
    $limit "$ringside" show "$@" 2>&1
}

# Every part is whole, at both sizes.
whole()
{
    $limit "$ringside" show tlb --part "$2" --at user+100000 -t "$1" \
        --width "$3" --height "$4" $work >"$scratch/out" 2>"$scratch/err"
    [ $? = 0 ] && [ "$(wc -l <"$scratch/out")" = "$4" ] &&
        [ ! -s "$scratch/err" ] && grep -q ' TLBs and caches ' "$scratch/out" &&
        [ "$(wc -L <"$scratch/out")" -le "$3" ]
}
bad=
for part in $parts; do
    whole nested "$part" 80 24 || bad="$bad $part/80"
done
for part in all l1d-tlb psc l1d; do
    whole shadow "$part" 200 60 || bad="$bad $part/200"
    whole pv "$part" 80 24 || bad="$bad $part/pv"
done
expect_equal "every part is whole, at 80x24 and 200x60" "$bad" ""

# As many rows as the structure holds entries.
show tlb --at $at -t nested $work >"$scratch/all"
held()
{
    sed -n "s/^ $1  *[0-9]*  *\([0-9]*\) .*/\1/p" "$scratch/all" | head -n 1
}
rows()
{
    show tlb --part "$1" --at $at -t nested --height 300 $work |
        grep -cE ' [0-9a-f]{16} [0-9a-f]{10} '
}
expect_equal "L1 data TLB: a row an entry" "$(rows l1d-tlb)" "$(held 'L1 data TLB')"
expect_equal "L1 code TLB: a row an entry" "$(rows l1i-tlb)" "$(held 'L1 code TLB')"
expect_equal "nested TLB: a row an entry" "$(rows nested-tlb)" "$(held 'nested TLB')"
expect_equal "PSC: a row an entry" "$(rows psc)" "$(held 'PSC')"
expect_equal "PSC of nested: a row an entry" "$(rows nested-psc)" \
    "$(held 'PSC of nested')"

# The page that came last is there, marked, and went into its set.
show tlb --part l1d-tlb --at $at -t nested --height 200 $work >"$scratch/l1d"
new=$(sed -n 's/^   new \([0-9a-f]*\) in set .*/\1/p' "$scratch/l1d" | head -n 1)
set=$(sed -n "s/^   new $new in set \([0-9]*\),.*/\1/p" "$scratch/l1d" | head -n 1)
expect_equal "the last fill is in the set of its page" "$set" $((0x$new / 4096 % 16))
expect_match "and marked as new" "$(grep " 0*$new " "$scratch/l1d")" "* new"
expect_equal "of four ways it would be replaced last" \
    "$(awk -v a="$new" 'index($4, a) { print $3; exit }' "$scratch/l1d")" 3

# What the screen counts is what the report counts.
$limit "$ringside" run -q -t nested --json "$scratch/run.json" $work >/dev/null
count()
{
    python3 -c 'import json, sys
c = json.load(open(sys.argv[1]))["runs"][0]["counters"]
print(f"{sum(c[n] for n in sys.argv[2:]):,}")' "$scratch/run.json" "$@"
}
show tlb --width 200 -t nested $work >"$scratch/end"
lookups()
{
    sed -n "s/^ $1  *\([0-9]\)/\1/p" "$scratch/end" | awk '{ print $4; exit }'
}
expect_equal "L1 data TLB: lookups" "$(lookups 'L1 data TLB')" "$(count dtlb.access)"
expect_equal "L2 TLB: lookups" "$(lookups 'L2 TLB')" \
    "$(count dtlb.l1.miss itlb.l1.miss)"
expect_equal "L1 data: lookups" "$(lookups 'L1 data')" "$(count l1d.access)"
expect_equal "L3: lookups" "$(lookups 'L3')" "$(count l2.miss)"

# Lines of page tables: nested ones under nested paging, shadows under shadow.
expect_match "nested: lines of nested tables" \
    "$(show tlb --part l2 --at $at -t nested $work)" "*N nested [1-9]*T guest table*"
expect_match "shadow: lines of shadow tables" \
    "$(show tlb --part l2 --at $at -t shadow $work)" "*S shadow [1-9]*"

# A flush says how many went; a page that the guest flushes leaves a gap.
expect_match "a flush" \
    "$(show tlb --part l1d-tlb --at tlb.flush.all:5 -t shadow $work | sed -n 4,6p)" \
    "*flush: [0-9]* gone*"
expect_match "addresses that contain ..." \
    "$(show tlb --part l1d-tlb --at $at --filter "$new" -t nested $work | sed -n 8p)" \
    "*$new*"
expect_match "switched off" \
    "$(show tlb --part psc --set psc.enabled=off $work)" "*switched off*"
expect_match "all switched off" \
    "$(show tlb --set psc.enabled=off --set tlb.enabled=off \
        --set cache.enabled=off $work)" "*all of them are switched off*"
expect_match "random replacement has no order" \
    "$(show tlb --part l1d-tlb --at $at --height 60 --set tlb.l1d.repl=random $work |
        grep ' new$')" " *[0-9]  [0-9]     0000*"
expect_match "before anything ran" "$(show tlb --at begin $work)" \
    "*L1 data TLB        100        0*"
