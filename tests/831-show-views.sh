#!/bin/sh
# Claim: `ringside show` prints each view at a chosen moment, in every format
# and size, under each technique; what it says agrees with the report of the
# same run; mistakes are one line with status 2.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

work='kvstore:keys=2000,n=3000'
guest=$BUILD/guest/seat
make -s BUILD="$BUILD" "$guest" >&2 || exit 1
views=$($ringside list --names views)

expect_true "there are views" test "$(echo "$views" | wc -w)" -ge 8

# Every view under every technique, whole at both sizes.
for technique in native shadow nested pv; do
    bad=
    for view in $views; do
        for size in '80 24' '200 60'; do
            # shellcheck disable=SC2086
            set -- $size
            $limit "$ringside" show "$view" --at user+300000 -t $technique \
                --width "$1" --height "$2" $work >"$scratch/out" 2>"$scratch/err"
            [ $? = 0 ] && [ "$(wc -l <"$scratch/out")" = "$2" ] &&
                [ ! -s "$scratch/err" ] &&
                [ "$(sed -n '2,$p' "$scratch/out" | tr -d '[:space:]' | wc -c)" -gt 20 ] &&
                [ "$(wc -L <"$scratch/out")" -le "$1" ] || bad="$bad $view/$1"
        done
    done
    expect_equal "$technique: every view at 80x24 and 200x60" "$bad" ""
done

show()
{
    $limit "$ringside" show "$@" 2>&1
}

# A walk with no cache's help, among many of a program that reads all over its
# memory: 24 references.
wide='gups:footprint=8M,n=20000'
show walk --at dtlb.l2.miss:5000 -t nested --set psc.enabled=off --height 50 $wide \
    >"$scratch/walk"
expect_match "a nested walk has 24 references" \
    "$(tr -s ' \n' ' ' <"$scratch/walk")" \
    "*after 24 references (4 guest, 20 host)*"
expect_equal "and each has a row" \
    "$(grep -cE '^ +[0-9]+ (EPT[1-4]|PML4|PDPT|PD|PT) ' "$scratch/walk")" 24
expect_match "the first of its steps in words" \
    "$(show walk --at dtlb.l2.miss:5000 -t nested --set psc.enabled=off --steps 1 $wide |
        tail -n 3 | tr -s ' \n' ' ')" "*reads entry * of the EPT4 table*"
expect_match "natively it has 4" \
    "$(show walk --at dtlb.l2.miss:5000 --set psc.enabled=off $wide | tr -s ' \n' ' ')" \
    "*after 4 references (4 guest, 0 host)*"

# The first strides of a run are looked into, too.
expect_match "a moment among the first instructions" \
    "$(show cpu --at 100 $work | head -n 1)" "*boot*instruction 1 "
expect_match "a moment of a run that is shorter than a stride" \
    "$(show cpu --at guest.fault:2 --boot "$guest" | head -n 1)" "*instruction 47 "

# What the screen says is what the report says.
$limit "$ringside" run -q -t shadow --json "$scratch/run.json" $work >/dev/null
field()
{
    python3 -c 'import json, sys
r = json.load(open(sys.argv[1]))["runs"][0]
print(f"{r[sys.argv[2]][sys.argv[3]]:,}")' "$scratch/run.json" "$1" "$2"
}
cell()
{
    show "$1" -t shadow --height 200 --width 120 $work |
        awk -v name="$2" '$1 == name { print $2; exit }'
}
for name in walk.count exit.total guest.fault dtlb.l1.miss; do
    expect_equal "counters: $name" "$(cell counters $name)" \
        "$(field counters $name)"
done
for name in user exit shadow; do
    expect_equal "ledger: $name" "$(cell ledger $name)" "$(field ledger $name)"
done
expect_equal "exits: all" "$(cell exits all)" "$(field counters exit.total)"

# A moment by its counter: the third page fault of the program.
expect_equal "a moment by counter" \
    "$(show counters --at guest.fault:3 --filter guest.fault $work |
        tr -d "▶" | awk '$1 == "guest.fault" { print $2 }')" 3

# Guest, shadow and nested tables agree about a page that has been used.
for technique in shadow nested; do
    at=$(show cpu --at user+300000 -t $technique $work |
        sed -n 's/^ \([0-9a-f]\{16\}\)  .*/\1/p' | head -n 1)
    out=$(show translate --at user+300000 --address "0x$at" -t $technique $work)
    expect_match "$technique: both ways end at the same byte" "$out" \
        "*They agree*"
    out=$(show translate --at user+300000 --address 0x10 -t $technique $work)
    expect_match "$technique: address 0x10 is not mapped" "$out" \
        "*not mapped*"
done

# The tree has the page that the walk found.
show tree --at user+300000 --height 100 $work >"$scratch/tree"
expect_true "the tree begins with PML4 0" grep -q '^ PML4 0 ' "$scratch/tree"
expect_true "and has the kernel in PML4 511" grep -q '^ PML4 511 ' "$scratch/tree"

# Places have names, of the kernel and of the program.
expect_match "a function of the kernel" \
    "$(show cpu --at guest.fault:1 $work | sed -n 2p)" "*pCPU 0: kernel  *[a-z]*"
expect_match "a function of the program" \
    "$(show cpu --at user $work | sed -n 2p)" "*pCPU 0: user  _start *"

expect_match "a line of the kernel, and its text" \
    "$(show cpu --at guest.fault:1 $work | sed -n 3p)" \
    " workloads/kernel/*.S:[0-9]*  [a-z]*"
expect_match "a line of the program, and its text" \
    "$(show cpu --at user+300000 --width 120 $work | sed -n 3p)" \
    " workloads/programs/kvstore.c:33  while (s->slots\[at].key != 0 *"
expect_match "on a wide screen the lines around it" \
    "$(show cpu --at user+300000 --width 200 --height 40 $work)" \
    "*32 *33 ▶    while (s->slots*34 *at = (at + 1)*"
expect_equal "where nothing is known there is nothing" \
    "$(show cpu --at user $work | sed -n 3p | cut -c1-50 | tr -d ' ')" ""

# Formats.
show overview --format svg $work >"$scratch/o.svg"
expect_true "SVG is XML" python3 -c 'import sys, xml.dom.minidom
xml.dom.minidom.parse(sys.argv[1])' "$scratch/o.svg"
expect_true "ANSI has colours" sh -c \
    "$ringside show overview --format ansi $work | grep -q '38;5;36m'"
expect_true "ASCII is ASCII" sh -c \
    "! $ringside show overview --ascii $work | LC_ALL=C grep -q '[^ -~]'"
expect_equal "twice the same" "$(show tlb --at user+50000 $work | cksum)" \
    "$(show tlb --at user+50000 $work | cksum)"

# A shadow is kept in step by write protection, or mended when the guest flushes.
fork='-t shadow forkwait:n=1,footprint=64K'
expect_match "tables that are shadowed are write-protected" \
    "$($ringside show tree --at user $fork)" \
    " Page tables*root at 0x* w *PML4 0 *table at * w
*"
expect_equal "nested: nobody protects tables" \
    "$($ringside show tree --at user -t nested forkwait:n=1 |
        grep -c 'table at .* [wu]$')" 0
expect_match "a table that fell out of step" \
    "$($ringside show tree --at shadow.unsync:1 --set shadow.unsync=on $fork)" \
    "*table at * u
*"
expect_match "a shadow table, and whose shadow it is" \
    "$($ringside show tree --part shadow --width 100 --at user $fork)" \
    "*PML4 0 *table at * w of the guest's *"

# Side by side: each half is what is shown of it alone, and totals are below.
beside()
{
    $limit "$ringside" show walk --at walk.count:100 --width 120 --height 27 \
        -t native,nested $work >"$scratch/both"
    for half in native:1-60 nested:61-120; do
        $ringside show walk --at walk.count:100 --width 60 --height 24 \
            -t "${half%:*}" $work >"$scratch/alone"
        expect_equal "side by side: ${half%:*} as alone" \
            "$(head -n 24 "$scratch/both" | cut -c "${half#*:}" | sed 's/ *$//')" \
            "$(sed 's/ *$//' "$scratch/alone")"
    done
    expect_match "side by side: totals" "$(tail -n 3 "$scratch/both")" \
        "*since it began: *native * 1.000 *nested *"
    expect_equal "side by side: as high as was asked for" \
        "$(wc -l <"$scratch/both")" 27
}
beside
out=$($limit "$ringside" show overview --at 20ms --width 160 \
    --over sched.policy=credit,cfs workloads/scenarios/lock-holder.conf)
expect_match "hosts side by side" "$out" \
    "*credit *cfs *since power-on: *credit  *cfs  *"

# mistake CLAIM PATTERN WORDS...: one line, status 2, nothing on stdout.
mistake()
{
    claim=$1 pattern=$2
    shift 2
    out=$($limit "$ringside" show "$@" 2>"$scratch/err")
    expect_equal "$claim: status" "$?" 2
    expect_equal "$claim: nothing is shown" "$out" ""
    expect_equal "$claim: one line" "$(wc -l <"$scratch/err")" 1
    expect_match "$claim: says so" "$(cat "$scratch/err")" "$pattern"
}
mistake "no view" "*a view is missing*"
mistake "an unknown view" "*no view 'wlk'*list views*" wlk $work
mistake "no workload" "*a workload is missing*" walk
mistake "a moment that is none" "*--at noon*" walk --at noon $work
mistake "a counter that is none" "*--at walk.cuont:3*" walk --at walk.cuont:3 $work
mistake "a moment after the end" "*ended before*" walk --at exit.total:9 $work
mistake "too narrow" "*--width 5 is out of range (40 .. 500)*" walk --width 5 $work
mistake "too high" "*--height*out of range*" walk --height 1000 $work
mistake "a pCPU that is not there" "*--pcpu 3: the machine has 1*" \
    cpu --pcpu 3 $work
mistake "a format that is none" "*--format png*" walk --format png $work
mistake "five values of a scenario" "*at most 4 side by side*" overview \
    --over sched.policy=rr,credit,cfs,eevdf,gang workloads/scenarios/weights.conf
mistake "side by side, a moment after the end" \
    "*--at walk.count:9999999: the run of native ended before*" walk \
    --at walk.count:9999999 -t native,nested $work
mistake "side by side, a pCPU that is not there" "*the machine has 1*" \
    walk --pcpu 3 -t native,nested $work
mistake "a scenario's pCPU that is not there" "*--pcpu 9: the machine has 4*" \
    overview --pcpu 9 workloads/scenarios/real-locks.conf
mistake "a moment behind a scenario's end" "*--at 99s: the run ended before*" \
    overview --at 99s workloads/scenarios/real-locks.conf
mistake "a file that is not there" "*nowhere*" walk -- ./nowhere
