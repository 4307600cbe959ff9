#!/bin/sh
# What Xen's Credit, and BVT before it, make of VMs that share CPUs, by scenarios
# of workloads/scenarios, beside the figures that Xen's developers published with
# the changes that they are about.
#
#   tests/bench/sharing.sh
#
# C marks a figure from which a cost was taken (no evidence), V one that nothing
# was fitted to.
set -eu
cd "$(dirname "$0")/../.."
BUILD=${BUILD:-build}
ringside=$BUILD/ringside
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# scenario NAME OPTIONS...: runs it under Credit, keeps NAME.csv
scenario()
{
    name=$1
    shift
    "$ringside" run --quiet "workloads/scenarios/$name.conf" "$@" \
        --set sched.policy=credit --csv "$scratch/$name.csv" >/dev/null
}

# sum NAME RUN VM EXPRESSION: over the rows of VMs whose names begin so; $5 is
# the pCPUs that one had, $13 its units of work, $14 its switches
sum()
{
    awk -F, -v run="\"$2\"" -v vm="$3" \
        '$1 == run && index($2, vm) == 1 { s += '"$4"'; n++ }
        END { printf "%.6f\n", s '"${5:-}"' }' "$scratch/$1.csv"
}

calculate()
{
    awk "BEGIN { printf \"%.6f\", $1 }"
}

# row MARK FIGURE PUBLISHED SIMULATED
row()
{
    awk -v mark="$1" -v figure="$2" -v p="$3" -v s="$4" 'BEGIN {
        printf "  %s %-58s %9.3f %9.3f %+8.1f %%\n", mark, figure, p, s,
            (s / p - 1) * 100 }'
}

tick_attack()
{
    scenario tick-attack
    row V "thief's share, debit by samples" 0.95 "$(sum tick-attack on thief '$5')"
    row V "thief's share, exact debit" 0.5 "$(sum tick-attack off thief '$5')"
}

# The published load is SPECvirt's peak; this one is a storm of short wake-ups.
wakeup_storm()
{
    scenario wakeup-storm
    for limit in 0 1000; do
        work=$(calculate "$(sum wakeup-storm $limit waker '$13 * 40')\
 + $(sum wakeup-storm $limit worker '$13 * 200')")
        switches=$(sum wakeup-storm $limit '' '$14')
        [ $limit = 1000 ] || { work0=$work switches0=$switches; }
    done
    row V "switches with a rate limit of 1 ms, without: 1" 0.70 \
        "$(calculate "$switches / $switches0")"
    row V "throughput with it" 1.11 "$(calculate "$work / $work0")"
}

# Time of a VM for the same work, on average.
scaling()
{
    scenario scaling
    for copies in 1 3 5; do
        time=$(sum scaling $copies '' '1 / $13' '/ n')
        [ $copies != 1 ] || alone=$time
        case $copies in
        3) row V "time of one of 6 VMs on 16 threads, of 2: 1" 1.314 \
            "$(calculate "$time / $alone")" ;;
        5) row V "time of one of 10" 1.883 "$(calculate "$time / $alone")" ;;
        esac
    done
}

numa()
{
    scenario numa
    row C "throughput of VMs kept where their memory is" 1.035 \
        "$(calculate "$(sum numa on '' '$13') / $(sum numa off '' '$13')")"
}

# 128 VMs under BVT on two CPUs: of 10000 units a second that each CPU can do.
domains()
{
    "$ringside" run --quiet workloads/scenarios/domains.conf \
        --csv "$scratch/domains.csv" >/dev/null
    row V "BVT: throughput of 128 VMs, 5 ms allowance, native: 1" 0.925 \
        "$(sum domains 5000 '' '$13' '/ 1200000')"
    row V "BVT: the same, 50 ms (\"nearly no loss\")" 1 \
        "$(sum domains 50000 '' '$13' '/ 1200000')"
}

echo "Sharing CPUs, Xen's Credit                                     published simulated difference"
tick_attack
wakeup_storm
scaling
numa
domains
