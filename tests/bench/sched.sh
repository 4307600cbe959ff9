#!/bin/sh
# Figures of sharing CPUs: what was published, what the simulator gives, and the
# difference.  Ids are those of the reference numbers (V20 to V32).  What has to
# hold is judged; where a figure is of another machine or workload, it is only
# printed.
#
#   tests/bench/sched.sh [many|attack|storm|locks|scaling|numa|siblings|far|
#                         credit2|shares|deadlines|speed ...]  (all by default)
set -eu
cd "$(dirname "$0")/../.."
BUILD=${BUILD:-build}
ringside=$BUILD/ringside
own=tests/bench/sched
shipped=workloads/scenarios
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
. tests/bench/judge.sh

# simulate NAME OPTIONS... FILE: runs it and keeps NAME, a line for each figure:
# label, VM, name, value
simulate()
{
    name=$1
    shift
    "$ringside" run --quiet --json "$scratch/$name.json" "$@" >/dev/null
    awk '{ gsub(/[",:]/, ""); sub(/^ +/, "") }
        $1 == "label" { label = $2 == "" ? "-" : $2; vm = "-" }
        $1 == "name" { vm = $2 }
        $2 == "{" { within = $1 "."; next }
        $1 == "}" { within = ""; next }
        NF == 2 { print label, vm, within $1, $2 }' \
        "$scratch/$name.json" >"$scratch/$name"
}

# value NAME VMS KEY [LABEL]: summed over the VMs whose names begin so ("-": of
# the run)
value()
{
    awk -v vm="$2" -v key="$3" -v label="${4:--}" '
        $1 == label && index($2, vm) == 1 && $3 == key { sum += $4 }
        END { printf "%.9g", sum }' "$scratch/$1"
}

calc()
{
    awk "BEGIN { printf \"%.${2:-2}f\", $1 }"
}

heading()
{
    printf '%-44s %10s | %10s | %10s\n' "$1" published simulated difference
}

# row WHAT PUBLISHED SIMULATED
row()
{
    printf '  %-42s %10s | %10.2f | %+10.2f\n' "$1" "$2" "$3" \
        "$(calc "$3 - ($2)")"
}

# measured WHAT SIMULATED: nobody published a number of it
measured()
{
    printf '  %-42s %10s | %10.2f |\n' "$1" - "$2"
}

# --- BVT, 128 VMs ------------------------------------------------------------

# loss ALLOWANCE: per cent of what two pCPUs do in 60 s, 10000 units a second each
loss()
{
    calc "100 * (1 - $(value domains '' counts.done "$1") / 1200000)"
}

echo_ms()
{
    calc "$(value "$1" "$2" response_us.mean) / 1000"
}

many()
{
    heading "V20: 128 busy VMs under BVT"
    simulate domains $shipped/domains.conf
    few=$(loss 5000)
    less=$(loss 50000)
    row "loss, allowance 5 ms, %" 7.5 "$few"
    row "loss, allowance 50 ms, % (nearly none)" 0 "$less"
    simulate echo $own/bvt-echo.conf
    busy=$(echo_ms echo echo)
    idle=$(echo_ms echo idle)
    row "mean echo of a busy VM, ms" 147 "$busy"
    row "mean echo of an idle VM, ms" 5.4 "$idle"
    judge "50 ms lose less than a fifth of 5 ms" "$less < $few / 5"
    judge "a busy VM answers far later than an idle one" "$busy > 8 * $idle"
}

# --- Credit: who can cheat, and what a rate limit is for ---------------------

attack()
{
    heading "V22: sleeping across the ticks of Credit"
    simulate attack $shipped/tick-attack.conf
    sampled=$(calc "100 * $(value attack thief cpu on)")
    exact=$(calc "100 * $(value attack thief cpu off)")
    row "debit by ticks: the thief's share, %" 95 "$sampled"
    row "exact debit, %" 50 "$exact"
    judge "the thief takes 90 to 99 %" "$sampled >= 90 && $sampled <= 99"
    judge "exact debit gives it 50 +- 2 %" "$exact > 48 && $exact < 52"
}

# work LABEL: milliseconds of work a second; a waker's unit is 40 us, a
# worker's 200
work()
{
    calc "($(value storm waker counts.done "$1") * 0.04 + \
        $(value storm worker counts.done "$1") * 0.2) / 10"
}

storm()
{
    heading "V23: rate limit of 1 ms against none"
    simulate storm $shipped/wakeup-storm.conf
    fewer=$(calc "100 * ($(value storm w switches 1000) / \
        $(value storm w switches 0) - 1)")
    more=$(calc "100 * ($(work 1000) / $(work 0) - 1)")
    row "context switches, %" -30 "$fewer"
    row "throughput, % (SPECvirt)" 11 "$more"
    judge "at least 25 % fewer switches" "$fewer <= -25"
    judge "more gets done" "$more > 0"
}

# --- lock-holder preemption --------------------------------------------------

# built POLICY LOCKS PLE: kernels built a second; of vCPUs' time, spun: $spun
built()
{
    simulate build --set sched.policy="$1" --set vms.smp.locks="$2" \
        --set vms.smp.ple="$3" $shipped/lock-holder.conf
    spun=$(calc "100 * $(value build smp counts.spin_cycles) / \
        $(value build smp run_cycles)")
    done=$(calc "$(value build smp counts.done) / 10" 1)
}

lock_row()
{
    built "$2" "$3" "$4"
    printf '  %-42s %10s | %10s | %9s%%\n' "$1" "" "$done" "$spun"
}

locks()
{
    printf '%-44s %10s | %10s | %10s\n' \
        "V24, V27, V31, V32: lock holders, overcommit 2" "" done/s spinning
    lock_row "ticket locks, credit" credit ticket false
    plain=$done
    lock_row "ticket locks, credit, PLE" credit ticket true
    ple=$done
    lock_row "ticket locks, gang" gang ticket false
    gang=$done
    lock_row "pv locks, credit" credit pv false
    pv=$done
    lock_row "ticket locks, balance" balance ticket false
    balance=$done
    lock_row "ticket locks, cfs" cfs ticket false
    cfs=$done
    lock_row "test-and-set locks, credit, PLE" credit unfair true
    unfair_ple=$done
    lock_row "test-and-set locks, credit" credit unfair false
    heading "  of these"
    row "V31: time lost spinning, test-and-set, %" 7.6 "$spun"
    row "V24: PLE gains, test-and-set, %" 2 \
        "$(calc "100 * ($unfair_ple / $done - 1)")"
    row "V27: balance against gang, %" 8 \
        "$(calc "100 * ($balance / $gang - 1)")"
    measured "V27: balance against cfs, times" "$(calc "$balance / $cfs")"
    measured "V32: ticket locks collapse, times" "$(calc "$done / $plain")"
    row "V32: pv locks against no preemption, %" -10 \
        "$(calc "100 * ($pv / $balance - 1)")"
    judge "each cure beats plain Credit" \
        "$ple > $plain && $pv > $plain && $gang > $plain && $balance > $plain"
    judge "in the order PLE, gang, pv locks, balance" \
        "$ple < $gang && $gang < $pv && $pv <= $balance"
    judge "PLE gains with test-and-set locks, too" "$unfair_ple > $done"
}

# --- Credit on 16 pCPUs, Credit2 ---------------------------------------------

# unit LABEL: time of a VM for the same work, on average
unit()
{
    awk -v label="$1" '$1 == label && $3 == "counts.done" { s += 1 / $4; n++ }
        END { printf "%.9f", s / n * 1e6 }' "$scratch/scaling"
}

# Sixteen pCPUs taken for two nodes of four cores with two threads each; the VMs
# are pinned to the nodes.
scaling()
{
    heading "V25b: time of one of N VMs of two vCPUs"
    simulate scaling $shipped/scaling.conf
    six=$(calc "$(unit 3) / $(unit 1)" 3)
    ten=$(calc "$(unit 5) / $(unit 1)" 3)
    row "N = 6, of N = 2: 1" 1.31 "$six"
    row "N = 10" 1.88 "$ten"
    judge "within 10 %" "$six > 0.9 * 62.8 / 47.8 && $six < 1.1 * 62.8 / 47.8 \
        && $ten > 0.9 * 90 / 47.8 && $ten < 1.1 * 90 / 47.8"
    # Not judged: at N = 2 theirs took 4 % longer than pinned, and at 6 and 10 as
    # long; ours never moves anybody while there are idle cores.
    simulate scaling --set vms.affinity=0-15 $shipped/scaling.conf
    six=$(calc "$(unit 3) / $(unit 1)" 3)
    ten=$(calc "$(unit 5) / $(unit 1)" 3)
    row "V25: not pinned, N = 6" 1.24 "$six"
    row "V25: not pinned, N = 10" 1.82 "$ten"
    row "N = 6, of theirs pinned at N = 2" 1.29 "$six"
    row "N = 10, of theirs pinned at N = 2" 1.89 "$ten"
    # A thread beside another at two thirds of a core's speed is what all four
    # of theirs agree on; sched.smt_pct is of another processor.
    simulate scaling --set sched.smt_pct=67 $shipped/scaling.conf
    row "with sched.smt_pct=67: pinned, N = 6" 1.31 \
        "$(calc "$(unit 3) / $(unit 1)" 3)"
    row "with sched.smt_pct=67: pinned, N = 10" 1.88 \
        "$(calc "$(unit 5) / $(unit 1)" 3)"
}

# The cost of remote memory was taken from this figure: no evidence.
numa()
{
    heading "V26: VMs kept where their memory is"
    simulate numa $shipped/numa.conf
    row "throughput, %" 3.5 "$(calc "100 * (($(value numa one counts.done on) + \
        $(value numa two counts.done on)) / ($(value numa one counts.done off) + \
        $(value numa two counts.done off)) - 1)")"
}

# gain VMS: what two threads of a core do, to one alone; the VMs' start aside
gain()
{
    calc "2 * ($(value late "$1" guest.instructions 2) - \
        $(value early "$1" guest.instructions 2)) / \
        ($(value late "$1" guest.instructions 1) - \
        $(value early "$1" guest.instructions 1))"
}

# Real code.  sched.smt_pct is what code gets that never waits; the rest follows.
siblings()
{
    heading "two threads of a core, to one"
    simulate early --set run.length=10ms $shipped/siblings.conf
    simulate late --set run.length=16ms $shipped/siblings.conf
    row "all in the L1 (Marr et al.: mean of servers)" 1.24 "$(gain near)"
    row "key-value store (servers: 1.16 to 1.28)" 1.24 "$(gain store)"
    row "least: one L2 for two (programs: 0.90)" 0.90 "$(gain filled)"
    row "most: waits for the L3 (programs: 1.58)" 1.58 "$(gain far)"
}

# longer VM: how much later it ends with its memory on the other node, %
longer()
{
    calc "100 * ($(value far "$1" end_ms 1) / \
        $(value far "$1" end_ms 0) - 1)"
}

far()
{
    heading "real code, all its memory on another node"
    simulate far $shipped/far-memory.conf
    row "key-value store, % (kernel builds: 3.5)" 3.5 "$(longer store)"
    measured "updates of random words, %" "$(longer updates)"
    measured "pointer chase, %" "$(longer chase)"
}

# against COPIES: what Credit2 gets done more than Credit, %
against()
{
    for p in credit credit2; do
        simulate $p --set sched.policy=$p $shipped/consolidation.conf
    done
    calc "100 * ($(value credit2 server counts.done "$1") / \
        $(value credit server counts.done "$1") - 1)"
}

credit2()
{
    heading "V29: Credit2 against Credit, servers on 4 pCPUs"
    row "underloaded (4 VMs), throughput, %" 4 "$(against 4)"
    row "overloaded (12 VMs), throughput, %" -3 "$(against 12)"
}

# --- shares ------------------------------------------------------------------

# worst NAME: how far a VM's share is off, % of what it is entitled to
worst()
{
    awk '$3 == "cpu" { cpu[$2] = $4; all += $4 }
        $3 == "entitled" { entitled[$2] = $4; whole += $4 }
        END { for (v in cpu) {
            d = cpu[v] / all / (entitled[v] / whole) - 1
            if (d < 0) d = -d
            if (d > most) most = d }
        printf "%.2f", 100 * most }' "$scratch/$1"
}

# share POLICY PCPUS CAP: how far the worst VM is off; the heaviest has the cap
share()
{
    simulate shares --set sched.policy="$1" --set vms.eight.cap="$3" \
        --set credit2.migrate_compensation_us="$compensation_us" \
        $own/shares-"$2".conf
    worst shares
}

# share_row NAME POLICY CAPS?
share_row()
{
    one=$(share "$2" 1 0) four=$(share "$2" 4 0) capped=- capped_four=-
    if $3; then
        capped=$(share "$2" 1 40) capped_four=$(share "$2" 4 160)
    fi
    printf '  %-14s %9s %10s %10s %10s\n' "$1" "$one" "$four" "$capped" \
        "$capped_four"
    judge "$1: within 1 %" "$one <= 1 && $four <= 1 && ${capped#-}+0 <= 1 && \
        ${capped_four#-}+0 <= 1"
}

shares()
{
    echo "Shares of weights 1:2:4:8, the worst VM, % of its entitlement (published: 0)"
    echo "  Known misses, by these policies' own rules: cfs and eevdf beside a cap"
    echo "  (loads within imbalance_pct are even to them, tests/743), credit2 (50 us"
    echo "  of credit for each migration, tests/728)."
    printf '  %-14s %9s %10s %10s %10s\n' policy "1 pCPU" "4 pCPUs" \
        "1, a cap" "4, a cap"
    compensation_us=50
    for p in bvt sedf gang; do share_row $p $p false; done
    for p in credit balance esx cfs eevdf credit2; do share_row $p $p true; done
    compensation_us=0
    share_row "without 50 us" credit2 true
}

deadlines()
{
    heading "RTDS: deadlines missed"
    simulate rtds $own/deadlines.conf
    fit=$(calc "$(value rtds a deadline_misses) + $(value rtds b deadline_misses) \
        + $(value rtds c deadline_misses)")
    row "utilization 1.0" 0 "$fit"
    simulate rtds --set vms.a.budget=6ms $own/deadlines.conf
    late=$(calc "$(value rtds a deadline_misses) + $(value rtds b deadline_misses) \
        + $(value rtds c deadline_misses)")
    measured "utilization 1.3, in 30 s" "$late"
    judge "none while they fit" "$fit == 0"
    judge "some when they do not" "$late > 0"
}

# --- the simulator itself ----------------------------------------------------

speed_row()
{
    spent=$(seconds simulate host --set sched.policy="$1" $shipped/big-host.conf)
    simulate_decisions=$(awk '/"decisions":/ { gsub(/[^0-9]/, ""); print; exit }' \
        "$scratch/host.json")
    printf '  %-8s %8.1f s %12s %12.0f\n' "$1" "$spent" "$simulate_decisions" \
        "$(calc "$simulate_decisions / $spent" 0)"
    judge "$1: less than 60 s" "$spent < 60"
}

# null has no pCPU for most of them.
speed()
{
    echo "64 pCPUs, 512 vCPUs, 60 simulated seconds, one core"
    printf '  %-8s %10s %12s %12s\n' policy time decisions "a second"
    for p in rr bvt sedf credit credit2 rtds cfs eevdf esx gang balance \
        pinner; do
        speed_row $p
    done
}

[ $# -gt 0 ] || set -- many attack storm locks scaling numa siblings far \
    credit2 shares deadlines speed
for part in "$@"; do
    $part
    echo
done
[ $misses -eq 0 ] || { echo "$misses missed"; exit 1; }
