#!/bin/sh
# Claim: on a real terminal, at 80x24 and 200x60, a run stops at breakpoints of
# every kind and goes back to them; :back finds who wrote an entry of a page
# table, :cause why a walk was necessary; marks and ' lead back to moments, to
# the byte; what was never in the past, or makes no sense here, is one clear
# line and moves nothing.  A scenario stops at what its host counts.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"
# shellcheck source=tests/tui.sh
. tests/tui.sh

work='kvstore:keys=2000,n=3000'

# type TEXT: behind a colon.
type()
{
    keys :
    keys -l "$1"
    keys Enter
}

# says CLAIM TEXT PATTERN: what the command answers, in the last row.
says()
{
    type "$2"
    sees "$size: $1" "*
 $3"
}

# Where it stands, in the first row.
moment()
{
    screen | head -n 1
}

# leaves OLD: once it is elsewhere, or 20 seconds later; says where it is.
leaves()
{
    n=0
    while [ $n -lt 200 ] && [ "$(moment)" = "$1" ]; do
        sleep 0.1
        n=$((n + 1))
    done
    moment
}

# comes CLAIM WHERE: it comes there.
comes()
{
    n=0
    while [ $n -lt 200 ] && [ "$(moment)" != "$2" ]; do
        sleep 0.1
        n=$((n + 1))
    done
    expect_equal "$size: $1" "$(moment)" "$2"
}

# A digest of memory and registers: all sixteen digits.
digest()
{
    type digest
    wait_for '*clocks: ????????????????*'
    screen | sed -n 's/.*clocks: \([0-9a-f]\{16\}\).*/\1/p'
}

for size in '80 24' '200 60'; do
    # Counters: when one grows, and when it has come to a number.
    # shellcheck disable=SC2086
    start $size -t nested $work
    says "a breakpoint on an exit" 'break exit.cpuid' '*1: break when exit.cpuid grows*'
    keys 7 Space
    sees "$size: stops behind it" "* cpuid  *1 *stopped: exit.cpuid has grown*"
    first=$(moment)
    keys Space
    expect_true "$size: and behind the next one" test "$(leaves "$first")" != "$first"
    sees "$size: says so" "* cpuid  *2 *stopped: exit.cpuid has grown*"
    keys r
    comes "r: back to the one before" "$first"
    says "on a count" 'break guest.fault>=20' '*2: break at guest.fault >= 20*'
    says "deleted by its number" 'delete 1' '*deleted: break when exit.cpuid grows*'
    keys Space
    sees "$size: stops at so many" "*stopped: guest.fault is 20*"
    keys c / guest.fault Enter
    sees "$size: as the counter says" "* guest.fault  * 20 *"
    keys : breaks Enter
    sees "$size: the rest are listed" "*breakpoints and watchpoints*2  break at guest.fault >= 20*"
    says "no such number" 'delete 7' '*no breakpoint 7: :breaks has their numbers*'
    says "numbers stay" "break 0x401000" "*3: break at 0x401000*"
    says "and are their own" "delete 2" "*deleted: break at guest.fault >= 20*"
    says "all" 'delete' '*no breakpoints, no watchpoints*'
    says "a name that is none" 'break nonsense' '*nonsense: no address, and no name*'
    says "a place in a function" 'break fault_handle+0x4' '*1: break at 0x* fault_handle+0x4*'
    keys / Enter 9 Space
    sees "$size: stops there" "* fault_handle+0x4 *at a breakpoint, fault_handle+0x4*"
    type delete

    # Watchpoints, of each address space.
    type 'go user'
    type 'address program_kvstore'
    keys 3
    sees "$size: an address" " Translate*gva 0x*the guest's tables*"
    says "no multiple of 8" 'watch gpa:0x1003' '*a multiple of 8*'
    type 'go user+400000'
    type 'back pte'
    sees "$size: who wrote the entry" "*next: * sets hpa 0x* to 0x*"
    entry=$(screen | sed -n 's/.* sets hpa \(0x[0-9a-f]*\) to.*/\1/p')
    value=$(screen | sed -n 's/.* sets hpa .* to 0x\([0-9a-f]*\).*/\1/p')
    expect_equal "$size: it is not there yet" "$(screen | sed '$d' | grep -c "$value")" 0
    written=$(moment)
    keys i
    sees "$size: with the next instruction it is" " Translate* PT *$value*"
    says "a watchpoint there" "watch hpa:$entry" "*1: watch of hpa $entry*"
    keys r
    sees "$size: leads back to it" "*stopped: hpa $entry is written next*"
    expect_equal "$size: to the same place" "$(moment)" "$written"
    keys Space
    sees "$size: and forwards behind it" "*stopped: hpa $entry was written*"
    type delete
    says "by gva" 'watch kernel' '*1: watch of gva 0xffffffff* kernel*'
    says "by gpa" 'watch gpa:0x100008' '*2: watch of gpa 0x100008*'
    type delete

    # Of the tables that the hypervisor has.
    type 'go user+400000'
    type 'back epte'
    sees "$size: who wrote the nested entry" "*next: the hypervisor* sets hpa 0x* to 0x*"
    type 'back pml5e'
    sees "$size: a level that is not there" "*no table has an entry for it here*"

    # Why a walk was necessary.
    type 'go user+400000'
    keys 2 W
    type cause
    sees "$size: a cause is named" "*stands*0x* TLB*"

    # Marks.  A digest waits until what was asked for before it is drawn.
    type 'go walk.count:20'
    now=$(digest)
    here=$(moment)
    says "a mark" 'mark here' "*marked: here*"
    keys w
    there=$(leaves "$here")
    expect_true "$size: somewhere else" test "$there" != "$here"
    keys "'" here Enter
    comes "back by its name" "$here"
    expect_equal "$size: to the byte" "$(digest)" "$now"
    keys "'" Enter
    comes "and back again" "$there"
    type marks
    sees "$size: marks are listed" "*marks;*here *instruction *"
    keys "'" nosuch Enter
    sees "$size: a mark that is none" "*no mark 'nosuch'*"

    # Ways by any counter, and what never was.
    type 'go user'
    digest >/dev/null
    here=$(moment)
    type 'next dtlb.l2.miss'
    there=$(leaves "$here")
    expect_true "$size: :next" test "$there" != "$here"
    keys i
    leaves "$there" >/dev/null
    type 'back dtlb.l2.miss'
    comes ":back" "$there"
    says "what never was" 'back hypercall.total' '*no hypercall.total before this moment*'
    comes "moves nothing" "$there"
    keys Escape
    sees "$size: Esc: nothing is said any more" "*stands*? help*"
    keys Y
    sees "$size: a key for it" "*no hypercall.total before this moment*"
    digest >/dev/null
    expect_equal "$size: likewise" "$(moment)" "$there"
    says "no such counter" 'next nonsense' "*no counter 'nonsense'*"
    keys x
    sees "$size: no scheduler here" "*nothing is scheduled here*"
    keys - -
    sees "$size: slower" "*speed: 25 steps/s*"
    keys + + + +
    sees "$size: and faster" "*speed: unlimited*"
    leave "$size: breakpoints and ways back"

    # Side by side: where one stops, the other goes.
    # shellcheck disable=SC2086
    start $size -t native,nested $work
    type 'break exit.cpuid'
    keys Space
    sees "$size: one stops" "*nested: exit.cpuid has grown*"
    sleep 0.7
    expect_equal "$size: both are at the same place in the program" \
        "$(screen | awk '$1 ~ /^>?(native|nested)$/ && NF >= 6 { print $4 }' |
            sort -u | wc -l)" 1
    leave "$size: side by side"

    # A scenario.
    # shellcheck disable=SC2086
    start $size workloads/scenarios/lock-holder.conf --set vms.smp.ple=false
    says "a scenario: addresses" 'break fault_handle' '*a scenario stops at what is counted*'
    says "a scenario: memory" 'watch gpa:0x1000' '*a scenario stops at what is counted*'
    says "a scenario: tables" 'back pte' '*not of a scenario*'
    says "a scenario: walks" 'cause' '*not of a scenario*'
    says "a scenario: counters" 'break exit.cpuid' '*modelled: they have no exit.cpuid*'
    keys w
    sees "$size: a scenario: a key for walks" "*modelled: they have no walk.count*"
    says "a scenario: its own" 'break lock-holders' '*1: break when lock-holders grows*'
    keys Space
    sees "$size: a scenario stops" "*stopped: lock-holders has grown*"
    first=$(moment)
    keys Space
    leaves "$first" >/dev/null
    sees "$size: a scenario stops again" "*stopped: lock-holders has grown*"
    keys r
    comes "a scenario: r" "$first"
    keys r
    sees "$size: a scenario: before the first" "*0.000 ms*step 0*this is the beginning*"
    leave "$size: a scenario"
done
