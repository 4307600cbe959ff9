#!/bin/sh
# Claim: views that show the course of a run agree with its totals: the cycle
# stack over time has the rows that the ledger has, boot and program apart; the
# last exits are those that the table of exits counts, and say what was done.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

work='kvstore:keys=2000,n=3000'

show()
{
    $limit "$ringside" show "$@" 2>&1
}

# chart PART ARGUMENTS...: the cells of the stack, without axis and table.
chart()
{
    part=$1
    shift
    show ledger --part "$part" --height 40 --width 100 "$@" $work |
        sed -n '2,15p'
}

expect_equal "the chart is as wide as the screen" \
    "$(chart run -t nested | awk '{ print length($0) }' | sort -u)" 99
expect_equal "natively nobody exits" \
    "$(chart run -t native | tr -cd 'xh#sc' | wc -c)" 0
expect_true "nested: exits, handlers, second-stage walks" sh -c \
    "[ $(chart run -t nested | tr -cd x | wc -c) -gt 50 ] &&
     [ $(chart run -t nested | tr -cd '#' | wc -c) -gt 50 ] &&
     [ $(chart run -t nested | tr -cd h | wc -c) -gt 2 ]"
expect_true "pv: hypercalls" test "$(chart run -t pv | tr -cd c | wc -c)" -gt 5
for part in run program recent; do
    expect_equal "$part: no program, no row for it, during the boot" \
        "$(chart $part --at 200000 | tr -cd u | wc -c)" 0
done
axis()
{
    show ledger --part "$1" --at "$2" -t native $work | grep ' cycles$'
}
expect_match "boot and program are told apart" "$(axis run end)" \
    " boot ··*program ──* cycles"
expect_match "the program alone" "$(axis program end)" " program ──* cycles"
expect_match "a boot is nothing else" "$(axis run 200000)" " boot ··* cycles"
# Cells are shares: within half a cell for each column of what the table says.
expect_equal "the chart's share of user cycles is the table's" "$(
    show ledger --part program --height 200 --width 100 -t native $work |
        awk 'NR > 1 && NR <= 79 { u += gsub("u", "u"); all += length($0) - 1 }
             NR > 80 && $1 == "user" { share = $3 + 0 }
             END { d = 100 * u / all - share; print (d < 1 && d > -1) ? "yes" : d }'
)" yes
expect_equal "from power-on, all of it is there" \
    "$(axis run end | awk '{ print $(NF - 1) }')" \
    "$(show ledger -t native $work | sed -n '1s/,//; 1s/.*cycle \([0-9]*\).*/\1/p' |
        awk '{ printf "%.1fk\n", $1 / 1000 }')"

# Exits: the table, a row of it, and the last exits of that row.
for technique in shadow nested pv; do
    show exits -t $technique --width 120 --height 200 $work >"$scratch/exits"
    first=$(sed -n '3s/^▶ \([a-z_]*\) .*/\1/p' "$scratch/exits")
    count=$(awk -v name="$first" '$1 == "▶" && $2 == name { print $3 }' "$scratch/exits")
    expect_true "$technique: the first row is chosen" test -n "$first"
    expect_true "$technique: its exits are there, up to 64" \
        grep -q "^ the last exits: $first - " "$scratch/exits"
    expect_equal "$technique: one in two rows each" \
        "$(sed '1,/took why/d' "$scratch/exits" | grep -c '^ *[0-9][0-9,]*  *[0-9.k]* [^ ]')" \
        "$([ "$count" -lt 64 ] && echo "$count" || echo 64)"
    expect_equal "$technique: the youngest first" \
        "$(sed '1,/took why/d' "$scratch/exits" | awk '/^      / && $1 ~ /^[0-9,]*$/ { print $1 }' | tr -d ,)" \
        "$(sed '1,/took why/d' "$scratch/exits" | awk '/^      / && $1 ~ /^[0-9,]*$/ { print $1 }' | tr -d , | sort -rn)"
done
last()
{
    show exits --height 100 "$@" $work | sed '1,/took why/d'
}
last -t shadow >"$scratch/last"
expect_true "shadow: fills say of which page" \
    grep -q '^    built a shadow entry (gpa 0x[0-9a-f]*)' "$scratch/last"
expect_true "shadow: writes to tables are emulated" \
    grep -q '^    emulated the write to a guest table (gpa 0x' "$scratch/last"
expect_true "shadow: the guest's own faults are raised in it" \
    grep -q '^    raises #PF (error 0x[0-9a-f]*) in the guest' "$scratch/last"
expect_equal "nested: every violation builds entries" \
    "$(last -t nested | grep -cE '^    (built a second-stage entry|[0-9]+ second-stage entries built)')" \
    "$(last -t nested | grep -c 'gpa 0x')"
expect_match "pv: hypercalls by name" "$(last -t pv)" \
    "*mmu_update(0x*validated an entry*"
expect_match "another row" "$(show exits -t nested --row 2 $work)" \
    "*the last exits: io - *port 0xf4, 1 byte: 0x0*gave it to the device*"
expect_match "a row that the filter leaves" \
    "$(show exits -t nested --filter cpu $work)" "*▶ cpuid *the last exits: cpuid*"
expect_match "natively there is nothing" "$(show exits $work)" "*no exits*"
expect_true "ASCII: the chosen row too" sh -c \
    "$ringside show exits -t nested --ascii $work | grep -q '^> ept_violation '"

# Counters: rates, the chosen row explained, a chart of it.
row()
{
    show counters --filter "$1" -t nested $work | tr -d '▶' | awk -v name="$1" '$1 == name'
}
expect_equal "an instruction is 1000 of a thousand" \
    "$(row instructions | awk '{ print $3, $4 }')" "1000.00 1000.00"
expect_equal "a rate is the count by the instructions" "$(
    show counters -t nested --height 100 $work | tr -d '▶,' |
        awk '$1 == "instructions" { n = $2 }
             $1 == "walk.refs" { printf "%.2f %.2f\n", 1000 * $2 / n, $3 }' |
        awk '{ print ($1 == $2) ? "yes" : $0 }'
)" yes
expect_match "the chosen row is explained" \
    "$(show counters -t nested --filter walk --row 2 $work)" \
    "*▶ walk.guest.refs *walk.guest.refs: entries read from the first-stage *source: *counters.def*"
