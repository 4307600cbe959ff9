#!/bin/sh
# Single events in cycles, by profile and technique: the measuring kernel of
# tests/guest/nano, and what the minikernel's programs take an event.  Beside
# them the published figure, where there is one, and the difference.
#
#   tests/bench/nano.sh
#
# C marks a figure from which the profile's costs were taken (no evidence), V
# one that nothing was fitted to.
set -eu
cd "$(dirname "$0")/../.."
BUILD=${BUILD:-build}
ringside=$BUILD/ringside
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# nano PROFILE TECHNIQUE OPTIONS...: lines "event cycles" to a file
nano()
{
    file=$scratch/$1-$2
    profile=$1
    technique=$2
    shift 2
    "$ringside" run --quiet --profile "$profile" --technique "$technique" \
        --memory 1G --kernel "$BUILD/guest/nano" "$@" syscall:n=1 >"$file"
}

# slope PROFILE TECHNIQUE EVENT WORKLOAD FEW MANY [UNITS]: cycles an event,
# which is UNITS of the number
slope()
{
    for n in "$5" "$6"; do
        "$ringside" run --quiet --profile "$1" --technique "$2" \
            --csv "$scratch/$n.csv" "$4$n" >/dev/null
        awk -F, '$3 == "total" && $4 == "cycles" { print $5 }' "$scratch/$n.csv"
    done | paste -sd' ' - |
        awk -v e="$3" -v n=$(($6 - $5)) -v b="${7:-1}" \
            '{ printf "%s %.1f\n", e, ($2 - $1) / n * b }' >>"$scratch/$1-$2"
}

measure()
{
    for t in $2; do
        nano "$1" "$t"
        slope "$1" "$t" fault pagefault:footprint= 1048576 3145728 4096
        slope "$1" "$t" forkwait forkwait:n= 10 40
        slope "$1" "$t" switch ctxswitch:n= 100 400
    done
}

# All events of one profile, a column each technique.
table()
{
    echo "$1"
    printf '  %-10s' event
    for t in $2; do printf ' %11s' "$t"; done
    echo
    for e in callret syscall rdtsc cpuid in divzero pgfault invlpg cr3 ptemod \
        remap touch vmcall hypercall fault forkwait switch; do
        printf '  %-10s' $e
        for t in $2; do
            printf ' %11s' "$(awk -v e=$e '$1 == e { print $2 }' \
                "$scratch/$1-$t")"
        done
        echo
    done
    echo
}

got()
{
    awk -v e="$3" '$1 == e { print $2 }' "$scratch/$1-$2"
}

# against KIND TEXT PUBLISHED SIMULATED
against()
{
    awk -v kind="$1" -v text="$2" -v want="$3" -v got="$4" 'BEGIN {
        printf "  %s  %-52s %10s %10.6g %+7.0f %%\n", kind, text, want, got,
            100 * (got - want) / want }'
}

quotient()
{
    awk -v a="$1" -v b="$2" 'BEGIN { print a / b }'
}

published()
{
    p=pentium4-2005
    printf '     %-52s %10s %10s %9s\n' "event" published simulated difference
    against C "P4: syscall and sysret, native" 242 "$(got $p native syscall)"
    against C "P4: in, native" 3209 "$(got $p native in)"
    against V "P4: divzero, native" 889 "$(got $p native divzero)"
    against V "P4: divzero, hardware VMM" 1014 "$(got $p shadow divzero)"
    against V "P4: pgfault, native" 1093 "$(got $p native pgfault)"
    against V "P4: pgfault, hardware VMM" 11242 "$(got $p shadow pgfault)"
    against C "P4: ptemod, hardware VMM (traced)" 12733 "$(got $p shadow ptemod)"
    against V "P4: in, hardware VMM" 15826 "$(got $p shadow in)"
    against V "P4: forkwait, hardware VMM / native" 17.7 \
        "$(quotient "$(got $p shadow forkwait)" "$(got $p native forkwait)")"
    # SOSP 2003, microseconds of a 2.4 GHz Xeon: Xen less native Linux
    against V "P4: fork, added by Xen (32-bit: 88 us)" 211200 \
        "$(added $p forkwait)"
    against V "P4: page fault, added by Xen (32-bit: 1.31 us)" 3144 \
        "$(added $p fault)"
    against V "P4: context switch, added by Xen (32-bit: 1.31 us)" 3144 \
        "$(added $p switch)"
    p=nehalem
    against C "Nehalem: VM exit handled by KVM" 2000 "$(got $p nested vmcall)"
    p=skylake
    against C "Skylake: syscall and sysret, native" 181 "$(got $p native syscall)"
    against C "Skylake: CPUID, native" 207 "$(got $p native cpuid)"
    against C "Skylake: CR3 write, native" 186 "$(got $p native cr3)"
    against C "Skylake: VM hypercall, KVM" 1575 "$(got $p nested vmcall)"
    against V "Skylake: second-stage violation" 3000 "$(got $p nested touch)"
    p=zen2
    against C "Zen 2: CPUID, native" 139 "$(got $p native cpuid)"
    against C "Zen 2: VM hypercall, KVM" 1700 "$(got $p nested vmcall)"
}

added()
{
    awk -v a="$(got "$1" pv "$2")" -v b="$(got "$1" native "$2")" \
        'BEGIN { print a - b }'
}

old="native shadow pv"
new="native shadow nested pv"
measure pentium4-2005 "$old"
measure skylake "$new"
measure nehalem "native nested"
measure zen2 "native nested"
echo "Cycles of one event"
table pentium4-2005 "$old"
table skylake "$new"
echo "Against published figures (sources: docs/validation.md)"
published
