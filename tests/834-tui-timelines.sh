#!/bin/sh
# Claim: `:set` runs the program again from power-on with a parameter changed,
# to the same place: its figures are those of a run that was started so.  The
# timeline that was left is as it was; both are shown side by side; mistakes
# are one line and lose nothing.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"
# shellcheck source=tests/tui.sh
. tests/tui.sh

work='gups:footprint=2M,n=3000'

# type TEXT: behind a colon.
type()
{
    keys :
    keys -l "$1"
    keys Enter
}

start 100 30 -t nested $work
keys g
keys -l 'user+1000000'
keys Enter
sleep 0.3
keys c
sees "in the middle of the program" " Counters*dtlb.l2.miss*"
sleep 0.3
first=$(screen | sed 1d)
first_at=$(cycle)

type 'set tlb.l2.entries 64'
sees "what does not fit: says so" "*not a multiple of tlb.l2.ways=12; set both*"
type 'set tlb.l2.entires 64'
sees "an unknown parameter: says so" "*did you mean tlb.l2.entries*"
type 'set tlb.l2.entries 99999999'
sees "out of range: says so" "*out of range (0 .. 65536*"
type 'set psc.enabled'
sees "without a value: says so" "*a parameter and its value*"
type 'timeline 2'
sees "a timeline that is none: says so" "*no timeline 2*"
type 'versus'
sees "nothing to compare with: says so" "*no other timeline*"
expect_equal "nothing is lost by all that" "$(cycle)" "$first_at"

type 'set tlb.l2.entries 64 tlb.l2.ways 4'
sees "another machine" " Counters  2 tlb.l2.entries=64*timeline 2, *"
user=$(screen | awk '$1 == "instructions.user" { print $2 }')
expect_equal "at the same place in the program" "$user" \
    "$(echo "$first" | awk '$1 == "instructions.user" { print $2 }')"
expect_equal "with the figures of a run that was started so" \
    "$(screen | awk '$1 == "dtlb.l2.miss" || $1 == "walk.refs" { print $1, $2 }')" \
    "$($limit "$ringside" show counters --height 100 -t nested \
        --at "instructions.user:$(echo "$user" | tr -d ,)" \
        --set tlb.l2.entries=64 --set tlb.l2.ways=4 $work |
        awk '$1 == "dtlb.l2.miss" || $1 == "walk.refs" { print $1, $2 }')"
expect_true "which differ" test "$(screen | sed 1d)" != "$first"

type 'timelines'
sees "both are listed" "*> *2 tlb.l2.entries=64*1 nested*"
type 'timeline 1'
sees "back again" " Counters  1 *as it was left*"
expect_equal "it is as it was" "$(cycle)" "$first_at"
expect_equal "to the last byte" "$(screen | sed '1d;$d')" \
    "$(echo "$first" | sed '$d')"
type 'versus'
sees "side by side" ">Counters* Counters*1 nested *1.000*2 tlb.l2.entries=64*"
keys Space
sees "both to the end" "*the run has ended*"
expect_equal "with the same instructions" \
    "$(screen | awk '/^ [12] / && / [0-9.]+ +[0-9,]+ +[0-9]/ { print $(NF - 2) }' |
        sort -u | wc -l)" 1
type 'only 2'
sees "one alone" " Counters  2 tlb.l2.entries=64*"
type 'drop 2'
sees "not the one that is shown" "*on the screen*"
type 'drop 1'
sees "the other is gone" "*timeline 1 has ended*"

# While it runs; and no more than four.
keys g
keys -l 'user'
keys Enter Space
type 'set psc.enabled off'
sees "from a run" "*timeline 3, tlb.l2.entries=64*psc.enabled=off*"
type 'set memory 128M'
sees "a fourth" "*timeline 4, *memory=128M*"
type 'set vcpus 2'
sees "a fifth" "*timeline 5, *vcpus=2*"
type 'set vcpus 3'
sees "no more" "*4 timelines are all there are*"
keys C-z
sees "stopped" "*Stopped*"
keys "stty -g >$scratch/stopped" Enter
sleep 1
expect_equal "the shell has its modes" "$(cat "$scratch/stopped")" \
    "$(cat "$scratch/before")"
keys "fg; st=\$?; stty -g >$scratch/after; echo status \$st" Enter
sees "and it goes on" "[ >]Counters*"
leave "with four timelines"
sleep 1
expect_equal "nobody is left behind" \
    "$(pgrep -f -x "$ringside tui .*$work" | wc -l)" 0
