#!/bin/sh
# Claim: `ringside tui` works on a real terminal: every view by its key, at
# 80x24 and 200x60 and when the size changes; steps both ways, runs, pauses,
# goes to moments; help, prompts, saving; and the terminal is as it was
# afterwards, also when the program is killed or stopped.  Without a terminal
# it says what to use.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

# Nobody else's: what runs it is looked for.
work='kvstore:keys=2000,n=3001'

out=$($limit "$ringside" tui $work 2>&1 </dev/null)
expect_equal "without a terminal: status" "$?" 2
expect_match "without a terminal: what to use" "$out" "*ringside show VIEW*"

# bad_script CLAIM PATTERN TEXT
bad_script()
{
    printf '%b' "$3" >"$scratch/bad.keys"
    out=$($limit "$ringside" tui --script "$scratch/bad.keys" 2>&1 </dev/null)
    expect_equal "a lecture, $1: status" "$?" 2
    expect_equal "a lecture, $1: one line" "$(echo "$out" | wc -l)" 1
    expect_match "a lecture, $1: says so" "$out" "$2"
}
bad_script "empty" "*is not a lecture*" ''
bad_script "binary" "*is not a lecture*" 'run gups\n\0'
bad_script "without a run line" "*the first line is*" 'caption hello\n'
bad_script "with a workload that is none" "*nonsense*" 'run nonsense\n'
bad_script "that runs nothing" "*runs nothing*" 'run --help\n'
out=$($limit "$ringside" tui --script "$scratch/none.keys" 2>&1 </dev/null)
expect_match "a lecture that is not there" "$out" "*No such file*"

# shellcheck source=tests/tui.sh
. tests/tui.sh

# content VIEW: something that it has in the middle of a run, wherever.
content()
{
    case $1 in
    overview) echo '*runs *mode *clock *IPC *' ;;
    walk) echo '*EPT4 *EPT1 *guest entry*# table entry at*' ;;
    translate) echo "*the guest's tables*PML4 *" ;;
    tlb) echo '*L1 data TLB *L2 TLB *' ;;
    memory) echo '* free * guest *' ;;
    tree) echo '*table and index *PML4 *' ;;
    exits) echo '*ept_violation *all *the last exits*' ;;
    scheduler) echo '*vCPU*' ;;
    cpu) echo '*rax *rflags *' ;;
    ledger) echo '*row *cycles *share *' ;;
    counters) echo '*count *instructions *loads *' ;;
    *) echo "* no content of $1 is known to this test *" ;;
    esac
}

# fills HEIGHT CLAIM PATTERN: and the last row is where it belongs.
fills()
{
    n=0
    while [ $n -lt 100 ] && ! screen | sed -n "$1p" | grep -q stands; do
        sleep 0.1
        n=$((n + 1))
    done
    sees "$2" "$3"
    expect_true "$2: to its end" test $n -lt 100
}

for sizes in '80 24 120 40' '200 60 90 28'; do
    # shellcheck disable=SC2086
    set -- $sizes
    start "$1" "$2" -t nested --at guest.fault:20 $work
    while read -r name key _; do
        keys "$key"
        title=$($ringside show "$name" --at begin $work | awk 'NR == 1 { print $1 }')
        wanted=" $title$(content "$name")"
        sees "$1 x $2: $name" "$wanted"
        mux resize-window -t main -x "$3" -y "$4"
        fills "$4" "$3 x $4: $name" "$wanted"
        mux resize-window -t main -x "$1" -y "$2"
        fills "$2" "$1 x $2: $name, again" "$wanted"
    done <<VIEWS
$($ringside list views | tail -n +2)
VIEWS
    leave "$sizes"
done

for size in '80 24' '200 60'; do
    # shellcheck disable=SC2086
    start $size -t nested $work
    $ringside list views | tail -n +2 >"$scratch/views"
    while read -r name key _; do
        keys "$key"
        title=$($ringside show "$name" --at begin $work | awk 'NR == 1 { print $1 }')
        sees "view $name" " $title*"
        keys '?'
        sees "view $name has help" "*Try:*again: the keys*"
        keys '?'
        sees "and the keys" "*micro-step*again:*"
        keys Escape
    done <"$scratch/views"
    leave "$size"
done

start 80 24 -t nested $work
sees "it begins at the program" "*vCPU 0 * user *"
begin=$(cycle)
keys i
one=$(cycle_after "$begin")
expect_true "a step forwards" test "$one" -gt "$begin"
keys I
expect_equal "and back" "$(cycle_again "$begin")" "$begin"
# instructions: retired so far, once they are what is named (or 10 seconds).
instructions()
{
    screen | sed -n 's/.*instruction \([0-9,]*\).*/\1/p;q' | tr -d ,
}
instructions_once()
{
    n=0
    while [ $n -lt 100 ] && [ "$(instructions)" != "$1" ]; do
        sleep 0.1
        n=$((n + 1))
    done
    instructions
}
at=$(instructions)
keys i i i i i i i i i i
expect_equal "keys that come fast wait, none is lost" \
    "$(instructions_once $((at + 10)))" $((at + 10))
keys :
keys -l '25i'
keys Enter I I I I I
expect_equal "a key so many times" "$(instructions_once $((at + 30)))" \
    $((at + 30))
keys :
keys -l '30 I'
keys Enter
expect_equal "and back" "$(instructions_once "$at")" "$at"
keys 2 w
sees "to a walk" "*walk [0-9]*gva 0x*"
keys M
sees "a micro-step back" "*TLB knows where*"
at=$(cycle)
keys e
cycle_after "$at" >/dev/null
keys 7
sees "to an exit" "*reason*all*1 *"
keys E
sees "before the first exit of the program there are those of the boot" "*Exits*"
keys b
keys -l 'fault_handle'
keys Enter 9 Space
sees "a breakpoint by its name" "*fault_handle *at a breakpoint*"
at=$(cycle)
keys Space
expect_true "and again later" test "$(cycle_after "$at")" -gt "$at"
sees "the next time" "*fault_handle *at a breakpoint*"
keys r
expect_equal "and back to the first time" "$(cycle_again "$at")" "$at"
keys :
keys -l 'delete'
keys Enter
sees "all are gone" "*no breakpoints*"
keys g
keys -l 'guest.fault:5'
keys Enter
sleep 0.5
keys c /
keys -l 'guest.fault'
keys Enter
sees "go to the fifth fault" "*guest.fault * 5 *"
keys s
keys -l "$scratch/saved.svg"
keys Enter
sees "saved" "*saved as*"
expect_true "the picture is there" grep -q '</svg>' "$scratch/saved.svg"
keys :
keys -l 'nonsense'
keys Enter
sees "a command that is none" "*no command*"
keys :
keys -l 'view tree'
keys Enter
sees "a command" " Page tables*"
mux resize-window -t main -x 120 -y 40
keys 1
sees "after a change of size" "*Overview*"
expect_equal "the screen is used to its end" \
    "$(screen | sed -n '40p' | grep -c 'stands')" 1
keys Space
sees "it runs to the end" "*the run has ended*"
keys I
sleep 0.5
sees "and back from it" "*stands*"
leave "after all that"

# A way that takes minutes ends where the user says.
start 80 24 -t nested gups:footprint=64M,n=100000000
keys g
keys -l 'end'
keys Enter
sees "a long way says where it is" "*travelling: at cycle *Esc stops*"
keys Escape
sees "and ends on the way" "*stands*stopped on the way*"
at=$(cycle)
keys g
keys -l 'instructions:1000000000'
keys Enter
sees "so much of it is done" "*travelling: at cycle *[0-9] %*"
leave "in the middle of a move"

# Side by side, in step.
start 160 40 -t native,shadow,nested,pv $work
keys w
sees "four techniques: totals" "*native * 1.000 *nested *pv *"
keys Space
sees "all run to the end" "*the run has ended*"
expect_equal "with the same instructions in all guests but pv's" \
    "$(screen | awk '$1 == "shadow" || $1 == "nested" { print $4 }' |
        sort -u | wc -l)" 1
leave "four techniques"

# Lectures: from the first caption to the end, space by space.
for lecture in docs/lectures/*.keys; do
    start 120 36 --script "$(realpath "$lecture")"
    caption=$(sed -n 's/^caption \(.\{30\}\).*/\1/p' "$lecture" | head -n 1)
    sees "$(basename "$lecture"): its first caption" "*$caption*space goes on*"
    last=$(sed -n 's/^caption \(.\{30\}\).*/\1/p' "$lecture" | tail -n 1)
    n=0
    while [ $n -lt 300 ]; do
        # shellcheck disable=SC2254
        case "$(screen)" in
        *"space goes on") keys Space ;;
        *"$last"*stands*"? help"*) break ;;
        *"no key"* | *"no command"* | *"no view"* | *"no address"*)
            not_ok "$lecture: $(screen | tail -n 1)"
            break
            ;;
        esac
        sleep 0.1
        n=$((n + 1))
    done
    caption=$last
    sees "$(basename "$lecture"): its last" "*$caption*"
    leave "$(basename "$lecture")"
done

# Rows that are chosen: of exits, and of counters.
for size in '80 24' '200 60'; do
    # shellcheck disable=SC2086
    start $size -t shadow $work
    keys 7 g
    sees "$size: the moment is asked for" "* go to: *"
    keys exit.cpuid:9 Enter
    sees "$size: the first row is chosen" "*▶ * cpuid *9 *the last exits: *took why*"
    keys / cpuid Enter
    sees "$size: filtered" "*▶ cpuid *the last exits: cpuid - *leaf 0x*answered EAX*"
    keys n
    sees "$size: n: the next of them" "*▶ cpuid  *10 *"
    keys N N N
    sees "$size: N: back, and it is chosen still" "*▶ cpuid  *[78] *"
    keys Enter
    sees "$size: enter: all of it" "* Exits *instruction *
 the last exits: cpuid*"
    keys c
    sees "$size: counters: the same filter" "*▶ exit.cpuid *exit.cpuid: the guest executed*"
    keys P / walk Enter
    sees "$size: P: on top whatever is filtered" \
        "*when*
??? exit.cpuid *walk.count *"
    keys j Enter
    sees "$size: a counter alone" "* walk.*: *at most *which is a column*"
    keys Enter : 'unpin' Enter
    sees "$size: unpinned" "*  /s now*
▶ walk.*"
    keys : 'pin nonsense' Enter
    sees "$size: no such counter" "*no counter 'nonsense'*"
    leave "$size: chosen rows"
done

start 80 24 $work
keys C-z
sees "stopped" "*Stopped*"
expect_equal "the shell has its modes" "$(mux send-keys -t main \
    "stty -g >$scratch/stopped" Enter; sleep 1; cat "$scratch/stopped")" \
    "$(cat "$scratch/before")"
keys "fg; st=\$?; stty -g >$scratch/after; echo status \$st" Enter
sees "continued" " Overview*"
leave "after a stop"

# The process that has the screen is the child of the first.
for signal in TERM KILL; do
    start 80 24 $work
    pkill -$signal -P "$(pgrep -o -f -x "$ringside tui $work")"
    sees "$signal: ended" "*status [0-9]*"
    expect_equal "$signal: the terminal is as it was" \
        "$(cat "$scratch/after")" "$(cat "$scratch/before")"
done

keys "env TERM=dumb $ringside tui $work" Enter
sees "a terminal that cannot" "*cannot move its cursor*ringside show*"
mux kill-server
sleep 1
expect_equal "nobody is left behind" \
    "$(pgrep -f -x "$ringside tui .*$work" | wc -l)" 0
