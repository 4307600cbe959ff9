#!/bin/sh
# Figures that the simulator must reach, measured in one run: shapes by
# technique, the latency ladder of each profile, simulator speed, start-up and
# host memory.  Simulated figures are exact and repeatable; host times are
# printed as such, and as ratios.
#
#   tests/bench/bench.sh [shape|ladder|speed|memory ...]   (all by default)
set -eu
cd "$(dirname "$0")/../.."
BUILD=${BUILD:-build}
ringside=$BUILD/ringside
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
misses=0

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

# judge TEXT CONDITION: an awk condition on numbers
judge()
{
    if awk "BEGIN { exit !($2) }"; then
        echo "  holds   $1"
    else
        echo "  MISSED  $1   ($2)"
        misses=$((misses + 1))
    fi
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

# load_cycles PROFILE FOOTPRINT ORDER: from two runs that differ in loads only
load_cycles()
{
    for n in 100000 300000; do
        simulate chase-$n run --profile "$1" --memory 2G \
            chase:footprint="$2",n=$n,order="$3"
    done
    awk "BEGIN { printf \"%.1f\", ($(value chase-300000 native cycles) - \
        $(value chase-100000 native cycles)) / 200000 }"
}

param()
{
    "$ringside" list params --profile "$1" --json |
        awk -v name="$2" '$0 ~ "\"name\": \"" name "\"" { hit = 1 }
            hit && /"value"/ { gsub(/[^0-9]/, ""); print; exit }'
}

ladder_row()
{
    got=$(load_cycles "$1" "$2" page)
    printf '  %-8s %-6s %10s %10s %9s\n' "$3" "$2" "$4" "$got" \
        "$(awk "BEGIN { printf \"%+.1f %%\", 100 * ($got - $4) / $4 }")"
    judge "$1 $3 within 10 %" "$got < 1.1 * $4 && $got > 0.9 * $4"
}

# Published plateaus: InstLatx64 NewMemLat, Page_Random, 64-byte stride.
ladder()
{
    while read -r profile l1 l2 l3 dram; do
        echo "$profile: cycles of a dependent load (page order)"
        printf '  %-8s %-6s %10s %10s %9s\n' level size published simulated difference
        ladder_row "$profile" 8K L1 "$l1"
        ladder_row "$profile" 128K L2 "$l2"
        ladder_row "$profile" 4M L3 "$l3"
        ladder_row "$profile" 64M DRAM "$dram"
        echo "  random order: the TLB's reach shows"
        for size in 16K 64K 256K 512K 1M 2M 4M 8M 16M 64M 256M 1G; do
            printf '  %-8s %10s\n' $size "$(load_cycles "$profile" $size random)"
        done
    done <<'T'
nehalem 4 10 45 184
skylake 4 14 75 266
zen2 4 12 42 161
T
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

memory()
{
    echo "Host memory, gups over 8 GiB of simulated memory"
    /usr/bin/env time -f '%M' -o "$scratch/kib" "$ringside" compare --quiet \
        --jobs 1 --memory 10G gups:footprint=8G,n=200000 >/dev/null
    echo "  largest process: $(tail -n 1 "$scratch/kib") KiB"
}

[ $# -gt 0 ] || set -- shape ladder speed
for part in "$@"; do
    $part
    echo
done
[ $misses -eq 0 ] || { echo "$misses missed"; exit 1; }
