#!/bin/sh
# Claim: STRESS, all at once, changes no result of real programs under any
# technique: TLBs of one entry (one set, one way), random replacement, no
# walk caches, no data caches, no inlined path, no block cache, and a look for
# interrupts every few instructions with a timer that hardly stops ticking.
#
#   ringside compare --check $(tests/885-stress-agrees.sh options) -- PROGRAM
# runs any program that way.
stress="tlb.l1d.4k.entries=1 tlb.l1d.4k.ways=1 tlb.l1d.2m.entries=1
    tlb.l1d.2m.ways=1 tlb.l1d.1g.entries=1 tlb.l1d.1g.ways=1
    tlb.l1i.4k.entries=1 tlb.l1i.4k.ways=1 tlb.l1i.2m.entries=1
    tlb.l1i.2m.ways=1 tlb.l2.entries=1 tlb.l2.ways=1 tlb.l2.1g.entries=1
    tlb.l2.1g.ways=1 tlb.l1d.repl=random tlb.l1i.repl=random
    tlb.l2.repl=random psc.enabled=off cache.enabled=off fast_path=off
    cpu.block_cache=off stress.preempt=3 kernel.tick_us=200"
options=$(for setting in $stress; do printf ' --set %s' "$setting"; done)
if [ "${1:-}" = options ]; then
    echo "$options"
    exit 0
fi
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

# same CLAIM INPUT PROGRAM...: as on the host, under four techniques.
same()
{
    claim=$1
    input=$2
    shift 2
    wanted=$("$@" <"$input" | od -An -tx1)
    # shellcheck disable=SC2086
    $limit "$ringside" compare --quiet $options -- "$@" \
        <"$input" >"$scratch/out" 2>"$scratch/err"
    expect_equal "$claim: techniques agree $(cat "$scratch/err")" "$?" 0
    expect_equal "$claim: as on the host" \
        "$(od -An -tx1 <"$scratch/out")" "$wanted"
}

head -n 25 /usr/share/common-licenses/GPL-3 >"$scratch/text"
script="sort -u | tee /tmp/ringside-sorted.$$ | sha256sum
awk '{ n += NF; x += NF / 7 } END { print n, x }' /tmp/ringside-sorted.$$
gzip -c /tmp/ringside-sorted.$$ | gunzip -c | wc; (exit 3); echo \$?"
same stress "$scratch/text" busybox sh -c "$script"
rm -f /tmp/ringside-sorted.$$

# Random replacement alone, everywhere: another order, the same results.
options=$(for cache in tlb.l1d tlb.l1i tlb.l2 psc.guest psc.host cache.l1d \
    cache.l1i cache.l2 cache.l3; do printf ' --set %s.repl=random' $cache; done)
same random-replacement "$scratch/text" busybox sort -r
