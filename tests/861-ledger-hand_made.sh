#!/bin/sh
# Programs whose time is known in advance are charged to the ledger rows that
# it belongs to.  Each figure is the difference of two runs that differ in the
# number of events only, so boot and set-up fall out.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

# run NAME OPTIONS...
run()
{
    name=$1
    shift
    $limit "$ringside" run --quiet --csv "$scratch/$name.csv" "$@" >/dev/null
}

# per_event EVENTS ROW: of the runs few and many
per_event()
{
    awk -F, -v n="$1" -v row="$2" '$3 != "boot" && $4 == row && !seen[FILENAME]++ {
        sign = FILENAME ~ /few/ ? -1 : 1; sum += sign * $5 }
        END { printf "%.2f", sum / n }' "$scratch/few.csv" "$scratch/many.csv"
}

expect_between()
{
    if awk "BEGIN { exit !($2 >= $3 && $2 <= $4) }"; then
        echo "ok $1"
    else
        not_ok "$1: got '$2', wanted $3 to $4"
    fi
}

# A chain of loads that hit the L2 cache, latency 14 on skylake: 4 of them are
# an L1 hit, and part of every instruction; 10 are the stall.
run few chase:footprint=128K,n=20000
run many chase:footprint=128K,n=60000
expect_between "a load from L2 stalls for 10 cycles" \
    "$(per_event 40000 stall.l2)" 9.9 10.1
expect_between "and for no memory beyond it" \
    "$(per_event 40000 stall.dram)" -0.1 0.1
expect_between "it takes 14 in all" "$(per_event 40000 cycles)" 13.9 14.1

# The same over 1024 pages: 64 of them are in the L1 TLB, the others cost a hit
# of the L2 TLB, 8 cycles, and no walk.
run few chase:footprint=4M,n=100000
run many chase:footprint=4M,n=200000
expect_between "an L2 TLB hit is 8 cycles" \
    "$(per_event 100000 tlb.l2.hit)" 7.2 8.1
expect_between "and no walk" "$(per_event 100000 walk.guest)" -0.1 0.1

# System calls: SYSCALL and SYSRET, 90 and 80 on skylake, are delivery; the
# rest is user and kernel time, and no row of hypervisor work has a share.
run few syscall:n=2000
run many syscall:n=6000
expect_between "SYSCALL and SYSRET are delivery" \
    "$(per_event 4000 delivery)" 169.9 170.1
sum=$(awk "BEGIN { print $(per_event 4000 user) + $(per_event 4000 kernel) + \
    $(per_event 4000 delivery) }")
expect_between "a system call is that, user and kernel time" \
    "$(awk "BEGIN { print $(per_event 4000 cycles) - $sum }")" -0.5 0.5

# Under pv a call is bounced by one trip and returns by another (iret).
run few --technique pv syscall:n=2000
run many --technique pv syscall:n=6000
expect_equal "pv: a system call is two trips" \
    "$(per_event 4000 exit.total)" 2.00
expect_between "pv: each trip is pv.trap_cycles" \
    "$(per_event 4000 exit)" 599 601

# Updates of 256 MiB in pages of 4K: under shadow one walk of the shadow
# tables; under nested each reference of it needs a walk of its own.
for t in shadow nested; do
    run few --technique $t --memory 512M gups:footprint=256M,n=20000
    run many --technique $t --memory 512M gups:footprint=256M,n=60000
    host=$(per_event 40000 walk.host.refs)
    if [ $t = shadow ]; then
        expect_equal "shadow: no second-stage references" "$host" 0.00
        one=$(per_event 40000 walk.guest)
    else
        expect_between "nested: second-stage references, 20 at most" \
            "$host" 0.5 20
        expect_between "nested: the guest's part of the walk is no dearer" \
            "$(per_event 40000 walk.guest)" 1 "$(awk "BEGIN { print 2 * $one }")"
        expect_between "nested: the host's part is charged apart" \
            "$(per_event 40000 walk.host)" 5 1000
    fi
done
