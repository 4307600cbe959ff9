#!/bin/sh
# Claim: with paging-structure caches off, a program in steady state pays the
# textbook number of references for each walk: 4 and 3 for pages of 4K and 2M
# natively, 24 for 4K on 4K, 15 for 2M on 2M, 19 for either mixed case, and 4
# under shadow paging.  Shown as a slope: two runs that differ in nothing but
# how often the program loops, so that its start and the kernel's work cancel.
#
# Intel SDM vol. 3, "4-Level Paging", "EPT Translation Mechanism".
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

# TLBs so small that every access of the loop walks; nothing else interferes.
settings="psc.enabled=off cache.enabled=off kernel.tick_us=100000
    tlb.l2.entries=0 tlb.l1d.4k.entries=4 tlb.l1d.4k.ways=4
    tlb.l1d.2m.entries=1 tlb.l1d.2m.ways=1"
options=$(for setting in $settings; do printf ' --set %s' "$setting"; done)

# counted NAME: its value in the report.
counted()
{
    sed -n "s/.*\"$1\": \([0-9]*\).*/\1/p" "$scratch/run.json" | head -n 1
}

# walks_and_refs TECHNIQUE HOST-PAGE WORKLOAD: prints both counts.
walks_and_refs()
{
    # shellcheck disable=SC2086
    $limit "$ringside" run --quiet --timing fast $options --technique "$1" \
        --set "paging.host_page=$2" --json "$scratch/run.json" "$3" \
        >/dev/null 2>&1 || echo 0 0
    echo "$(counted walk.count) $(counted walk.refs)"
}

# slope TECHNIQUE HOST-PAGE WORKLOAD REFERENCES
slope()
{
    # shellcheck disable=SC2046
    set -- "$@" $(walks_and_refs "$1" "$2" "$3,n=2000") \
        $(walks_and_refs "$1" "$2" "$3,n=10000")
    expect_true "$1, host $2, $3: thousands of walks more" \
        test $(($7 - $5)) -ge 6000
    expect_equal "$1, host $2, $3: $4 references each" \
        "$(($8 - $6))" "$((($7 - $5) * $4))"
}

small=chase:footprint=256K,page=4K
large=stride:footprint=8M,page=2M,step=2097152
slope native 4K $small 4
slope native 4K $large 3
slope nested 4K $small 24
slope nested 2M $large 15
slope nested 2M $small 19
slope nested 4K stride:footprint=8M,page=2M,step=4096 19
slope shadow 4K $small 4
slope native 4K gups:footprint=256K,page=4K 4
