#!/bin/sh
# Claim: views that show the course of a run agree with its totals: the cycle
# stack over time has the rows that the ledger has, boot and program apart.
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
