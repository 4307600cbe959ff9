#!/bin/sh
# Figures that the simulator must reach, measured in one run: shapes by
# technique, the latency ladder of each profile, simulator speed, alone and
# beside Bochs and QEMU, the boot of an unmodified Linux, host memory, and what
# the screen costs.
# Simulated figures are exact and repeatable; host times are printed as such, and
# as ratios.
#
#   tests/bench/bench.sh [shape|nano|ladder|speed|peers|linux|memory|seat|sched
#                         ...]                           (all by default)
set -eu
cd "$(dirname "$0")/../.."
BUILD=${BUILD:-build}
ringside=$BUILD/ringside
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
rounds=${ROUNDS:-2}
. tests/bench/judge.sh

# simulate NAME OPTIONS...: runs and keeps NAME.csv
simulate()
{
    name=$1
    shift
    "$ringside" "$@" --quiet --csv "$scratch/$name.csv" >/dev/null
}

# value NAME TECHNIQUE COLUMN: one figure of a run, such as cycles
value()
{
    awk -F, -v t="$2" -v n="$3" '$1 == t && $4 == n { print $5; exit }' \
        "$scratch/$1.csv"
}

ratio()
{
    awk "BEGIN { printf \"%.2f\", ($1) / ($2) }"
}

# --- cost of the same program by technique -----------------------------------

shape_row()
{
    name=$1
    shift
    simulate "$name" compare "$@"
    native=$(value "$name" native cycles)
    printf '  %-12s %12s' "$name" "$native"
    for t in shadow nested pv; do
        printf ' %8s' "$(ratio "$(value "$name" $t cycles)" "$native")"
    done
    echo
}

# Cycles of one system call: the slope between two numbers of calls.
call_cycles()
{
    awk "BEGIN { printf \"%.1f\", ($(value syscalls "$1" cycles) - \
        $(value syscall "$1" cycles)) / 40000 }"
}

shape()
{
    echo "Slowdown against native, default costs (profile skylake, host pages 4K)"
    printf '  %-12s %12s %8s %8s %8s\n' program "native cyc" shadow nested pv
    shape_row forkwait forkwait:n=50
    shape_row mmapchurn mmapchurn:n=50
    shape_row syscall syscall:n=20000
    simulate syscalls compare syscall:n=60000
    shape_row gups gups:footprint=256M,n=4000000 --memory 1G
    shape_row gups-2M gups:footprint=256M,n=4000000,page=2M --memory 1G \
        --set paging.host_page=2M
    for p in forkwait mmapchurn; do
        s=$(value $p shadow cycles)
        judge "$p: shadow costs more than nested" "$s > $(value $p nested cycles)"
        judge "$p: shadow costs more than pv" "$s > $(value $p pv cycles)"
    done
    n=$(call_cycles native)
    printf '  %-12s %12s' "one syscall" "$n"
    for t in shadow nested pv; do
        printf ' %8s' "$(ratio "$(call_cycles $t)" "$n")"
    done
    echo
    judge "syscall: shadow as native, within 2 %" \
        "$(call_cycles shadow) < 1.02 * $n"
    judge "syscall: nested as native, within 2 %" \
        "$(call_cycles nested) < 1.02 * $n"
    judge "syscall: pv costs more" "$(call_cycles pv) > 1.5 * $n"
    gap=$(awk "BEGIN { print $(value gups nested cycles) - $(value gups shadow cycles) }")
    judge "gups, 4K pages: nested costs more than shadow" "$gap > 0"
    large=$(awk "BEGIN { print $(value gups-2M nested cycles) - $(value gups-2M shadow cycles) }")
    judge "gups: 2M pages close most of that gap" "$large < $gap / 2"
}

# --- latency of one dependent load -------------------------------------------

few=100000
many=300000
page_sizes="8K 128K 4M 64M"
random_sizes="64K 128K 256K 512K 1M 2M 4M 8M 16M 64M"

# Every chase of the ladder, as "profile order footprint loads"
chases()
{
    for profile in nehalem skylake zen2; do
        for n in $few $many; do
            for size in $page_sizes; do echo "$profile page $size $n"; done
            for size in $random_sizes; do echo "$profile random $size $n"; done
        done
    done
    echo skylake random 1G $few
    echo skylake random 1G $many
}

# All at once on the host's cores: they do not influence each other.
run_chases()
{
    # shellcheck disable=SC2016
    chases | xargs -P "$(nproc)" -L 1 sh -c '"$0" run --profile "$2" \
        --memory 2G --quiet --csv "$1/chase-$2-$3-$4-$5.csv" \
        "chase:footprint=$4,n=$5,order=$3" >/dev/null' "$ringside" "$scratch"
}

# per_load PROFILE ORDER FOOTPRINT COLUMN: from two runs that differ in loads
per_load()
{
    awk "BEGIN { printf \"%.3f\", ($(value "chase-$1-$2-$3-$many" native "$4") - \
        $(value "chase-$1-$2-$3-$few" native "$4")) / ($many - $few) }"
}

ladder_row()
{
    got=$(per_load "$1" page "$2" cycles)
    printf '  %-8s %-6s %10s %10.1f %9s\n' "$3" "$2" "$4" "$got" \
        "$(awk "BEGIN { printf \"%+.1f %%\", 100 * ($got - $4) / $4 }")"
    judge "$1 $3 within 10 %" "$got < 1.1 * $4 && $got > 0.9 * $4"
}

random_row()
{
    printf '  %-8s %10.1f %14.3f %14.3f\n' "$2" \
        "$(per_load "$1" random "$2" cycles)" \
        "$(per_load "$1" random "$2" dtlb.l1.miss)" \
        "$(per_load "$1" random "$2" dtlb.l2.miss)"
}

# A TLB misses nothing within its reach, and beyond it one minus reach / size
# of the loads, for they go to all pages alike.
kink()
{
    within=$(per_load "$1" random "$4" "$2")
    beyond=$(per_load "$1" random "$5" "$2")
    judge "$1: no $2 over $4" "$within < 0.02"
    judge "$1: $2 over $5 as a reach of $3 says, within 0.1" \
        "$beyond > $6 - 0.1 && $beyond < $6 + 0.1"
}

# Published plateaus: InstLatx64 NewMemLat, Page_Random, 64-byte stride.
# Reach: entries of the L2 TLB times 4K.
ladder()
{
    run_chases
    while read -r profile l1 l2 l3 dram reach below above share; do
        echo "$profile: cycles of a dependent load (page order)"
        printf '  %-8s %-6s %10s %10s %9s\n' level size published simulated difference
        ladder_row "$profile" 8K L1 "$l1"
        ladder_row "$profile" 128K L2 "$l2"
        ladder_row "$profile" 4M L3 "$l3"
        ladder_row "$profile" 64M DRAM "$dram"
        echo "  random order: the TLB's reach shows"
        printf '  %-8s %10s %14s %14s\n' size cycles L1-TLB-misses L2-TLB-misses
        for size in $random_sizes; do random_row "$profile" "$size"; done
        [ "$profile" != skylake ] || random_row skylake 1G
        kink "$profile" dtlb.l1.miss 256K 128K 512K 0.5
        kink "$profile" dtlb.l2.miss "$reach" "$below" "$above" "$share"
    done <<'T'
nehalem 4 10 45 184 2M 1M 4M 0.5
skylake 4 14 75 266 6M 4M 16M 0.625
zen2 4 12 42 161 8M 4M 16M 0.5
T
}

# Cycles of single events beside published ones: nothing is judged.
nano()
{
    make -s BUILD="$BUILD" "$BUILD/guest/nano"
    BUILD=$BUILD tests/bench/nano.sh
}

# --- the simulator itself ----------------------------------------------------

mips()
{
    "$ringside" run --quiet --json "$scratch/speed.json" --timing "$1" \
        -- busybox sha256sum "$scratch/ten" >/dev/null
    awk '/"instructions":/ && !n { gsub(/[^0-9]/, ""); n = $0 }
        /"host_seconds":/ { gsub(/[^0-9.]/, ""); s = $0 }
        END { printf "%.1f", n / s / 1e6 }' "$scratch/speed.json"
}

speed()
{
    head -c 10000000 /dev/zero | tr '\0' 'r' >"$scratch/ten"
    window=$(mips window)
    fast=$(mips fast)
    echo "Simulated instructions per second, busybox sha256sum of 10 MB, one core"
    echo "  window timing  $window M/s"
    echo "  fast timing    $fast M/s   ($(ratio "$fast" "$window") times window)"
    judge "window: at least 40 M/s" "$window >= 40"
    judge "fast: at least 100 M/s" "$fast >= 100"
}

# boot_run TIMING TECHNIQUE: from the first instruction of Debian's cloud kernel
# to the end of a program
boot_run()
{
    "$ringside" run --quiet --timing "$1" --technique "$2" \
        --kernel "$kernel" -- busybox echo up >"$scratch/said-$2"
}

# boot_row TIMING MOST: judged against MOST seconds, and its own native time
boot_row()
{
    native=$(least_seconds boot_run "$1" native)
    shadow=$(least_seconds boot_run "$1" shadow)
    nested=$(least_seconds boot_run "$1" nested)
    printf '  %-8s %8.1f %8.1f %8.1f\n' "$1" "$native" "$shadow" "$nested"
    judge "$1: the program ran under each" \
        "$(cat "$scratch"/said-* | grep -c '^up$' || true) == 3"
    judge "$1: boots in less than $2 s" "$native < $2"
    judge "$1: shadow at most 1.5 times native" "$shadow <= 1.5 * $native"
    judge "$1: nested at most 1.5 times native" "$nested <= 1.5 * $native"
}

# Beside other emulators, as far as they are installed.
peers()
{
    BUILD=$BUILD tests/bench/peers.sh || misses=$((misses + 1))
    echo
    BUILD=$BUILD tests/bench/boot_peers.sh || misses=$((misses + 1))
}

# find_kernel: sets kernel; false and a message where there is none
find_kernel()
{
    # shellcheck source=tests/guest_packages.sh
    kernel=$(. tests/guest_packages.sh
        guest_kernel linux-image-cloud-amd64 && echo "$kernel")
    [ ! -r "$kernel" ] || return 0
    echo "Linux is not booted: $kernel"
    return 1
}

linux()
{
    find_kernel || return 0
    echo "Seconds to boot $(basename "$kernel") and run a program, one core"
    printf '  %-8s %8s %8s %8s\n' timing native shadow nested
    boot_row fast 6
    boot_row window 15
}

# memory_row TECHNIQUE: host memory beyond the pages that the guest touches
memory_row()
{
    # shellcheck disable=SC2086
    "$ringside" run --quiet --technique "$1" --memory $touched_memory \
        gups:footprint=$touched,n=200000 >"$scratch/gups.txt" &
    pid=$!
    peak=0
    while [ -r /proc/$pid/status ] &&
        rss=$(awk '/^VmHWM:/ { print $2 }' /proc/$pid/status 2>/dev/null) &&
        [ -n "$rss" ]; do
        peak=$rss
        sleep 0.1
    done
    wait $pid
    beyond=$(awk "BEGIN { printf \"%.2f\", $peak / 1048576 }")
    printf '  %-8s %8s GiB at its peak\n' "$1" "$beyond"
    judge "$1: less than 2 GiB" "$beyond < 2"
}

# resident PID: kB of host memory beyond simulated memory of 1 GiB, which is
# the one mapping of that size
resident()
{
    awk '/^Size:/ { size = $2 } /^Rss:/ && size < 1000000 { sum += $2 }
        END { print sum + 0 }' "/proc/$1/smaps" 2>/dev/null || echo 0
}

# beyond_row TECHNIQUE: the most that a boot of Linux takes for itself
beyond_row()
{
    "$ringside" run --quiet --timing fast --technique "$1" --memory 1G \
        --kernel "$kernel" -- busybox echo up >"$scratch/up.txt" 2>/dev/null &
    pid=$!
    peak=0
    while [ -n "$(cat /proc/$pid/smaps 2>/dev/null)" ]; do
        now=$(resident $pid)
        [ "$now" -le $peak ] || peak=$now
        sleep 0.2
    done
    wait $pid || true
    printf '  %-8s %8s MiB beyond what the guest touched\n' "$1" $((peak / 1024))
    judge "$1: the guest came up" "$(grep -c '^up$' "$scratch/up.txt" || true) == 1"
    judge "$1: less than 100 MiB" "$peak > 0 && $peak < 102400"
}

# The table is 8 GiB of zeros; only the words updated are touched in it.
memory()
{
    touched=8G
    touched_memory=9G
    echo "Host memory, gups over 8 GiB of simulated memory, one technique each"
    for t in native shadow nested pv; do memory_row $t; done
    find_kernel || return 0
    echo "Host memory of a boot of Linux"
    for t in native shadow nested; do beyond_row $t; done
}

# seat_figure NAME: what tests/bench/seat/seat.c told last
seat_figure()
{
    awk -v n="$1" '$1 == n { print $2; exit }' "$scratch/seat"
}

# seat_cost_row NAME ARGUMENTS...: in turns, for the host's speed wanders
seat_cost_row()
{
    name=$1
    shift
    # By turns and the least of several: others share the host's caches.
    for _ in $(seq $((3 * rounds))); do
        seconds "$ringside" run --quiet "$@" >>"$scratch/$name.run"
        "$bench_seat" cost run --quiet "$@" >"$scratch/seat"
        seat_figure seconds >>"$scratch/$name.seat"
    done
    plain=$(sort -n "$scratch/$name.run" | head -n 1)
    seat=$(sort -n "$scratch/$name.seat" | head -n 1)
    printf '  %-16s %8s %8s %8s\n' "$name" "$plain" "$seat" \
        "$(ratio "$seat" "$plain")"
    judge "$name: at most 20 % more" "$seat <= 1.2 * $plain"
}

# seat_answer_row NAME ARGUMENTS...
seat_answer_row()
{
    name=$1
    shift
    "$bench_seat" answer run --quiet "$@" >"$scratch/seat"
    printf '  %-16s %8s %8s %8s\n' "$name" "$(seat_figure answer_median)" \
        "$(seat_figure answer_90)" "$(seat_figure answer_most)"
    judge "$name: each within 50 ms" "$(seat_figure answer_most) <= 50"
}

# seat_back INSTRUCTIONS: a step back from a moment that was looked at for half a
# second, and another one at once.  The median is judged: now and then the host
# has something else to do.
seat_back()
{
    "$bench_seat" back "$1" run --quiet --timing fast -t nested \
        kvstore:n=14000000 >"$scratch/seat"
    echo "A step back and its frame, after $(seat_figure instructions) instructions, ms"
    printf '  %-16s %8s %8s\n' "" median most
    printf '  %-16s %8s %8s\n' "the first" "$(seat_figure first_median)" \
        "$(seat_figure first_most)" "the next" "$(seat_figure next_median)" \
        "$(seat_figure next_most)"
    echo "  all copies of the machine take $(seat_figure mib) MiB"
    judge "after a billion instructions" "$(seat_figure instructions) > $1"
    judge "the first one within 100 ms" "$(seat_figure first_median) < 100"
    judge "the next one, too" "$(seat_figure next_median) < 100"
    judge "copies stay below 1 GiB" "$(seat_figure mib) < 1024"
}

# The screen (visualizer/): what it costs, and how long it waits.
seat()
{
    [ -d visualizer ] || return 0
    bench_seat=$BUILD/tests/bench-seat
    make -s BUILD="$BUILD" "$bench_seat"
    echo "Processor seconds of a run, and of the same before a screen"
    printf '  %-16s %8s %8s %8s\n' program run screen ratio
    seat_cost_row kvstore-native -t native kvstore:n=300000
    seat_cost_row kvstore-nested -t nested kvstore:n=300000
    seat_cost_row chase-nested -t nested chase:footprint=8M,n=1000000
    seat_cost_row gups-nested -t nested gups:footprint=64M,n=1000000
    seat_cost_row forkwait-shadow -t shadow forkwait:n=600
    echo "An answer while it runs, ms"
    printf '  %-16s %8s %8s %8s\n' program median "9 of 10" most
    seat_answer_row kvstore-nested -t nested kvstore:n=3000000
    seat_answer_row gups-nested -t nested gups:footprint=64M,n=10000000
    seat_back 1000000000
}

# Many VMs on one host.
sched()
{
    BUILD=$BUILD tests/bench/sched.sh || misses=$((misses + 1))
}

[ $# -gt 0 ] || set -- shape nano ladder speed peers linux memory seat sched
for part in "$@"; do
    $part
    echo
done
[ $misses -eq 0 ] || { echo "$misses missed"; exit 1; }
