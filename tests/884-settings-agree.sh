#!/bin/sh
# Claim: no setting changes what a program computes: TLBs, caches or block
# cache off, other timing, other profiles, other page sizes, a timer that
# ticks all the time, an interrupt check every few instructions (STRESS).
# And what only speeds the simulator up changes no figure at all.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

printf 'b\na\nc\na\n' >"$scratch/words"
script="sort -u $scratch/words; (exit 3); echo \$?; for i in 1 2; do echo \$i | cat; done"
wanted=$(busybox sh -c "$script")

# same CLAIM OPTION...: compare exits 0 and prints what the host does.
same()
{
    claim=$1
    shift
    got=$($limit "$ringside" compare --check --quiet "$@" \
        --json "$scratch/$claim.json" -- busybox sh -c "$script" \
        2>"$scratch/err" </dev/null)
    expect_equal "$claim: techniques agree $(cat "$scratch/err")" "$?" 0
    expect_equal "$claim: as on the host" "$got" "$wanted"
}

same default
for setting in tlb.enabled=off psc.enabled=off cache.enabled=off \
    fast_path=off cpu.block_cache=off stress.preempt=3 cpu.timing=fast \
    shadow.unsync=on shadow.unsync=off shadow.pages=64 paging.host_page=4K \
    paging.host_page=1G kernel.tick_us=100 memory=64M; do
    same "$setting" --set "$setting"
done
for profile in nehalem zen2; do
    same "$profile" --profile $profile
done
same pentium4-2005 --profile pentium4-2005 --technique native,shadow,pv
same one-entry-tlb --set tlb.l1d.4k.entries=1 --set tlb.l1d.4k.ways=1 \
    --set tlb.l1i.4k.entries=1 --set tlb.l1i.4k.ways=1

# The figures: everything but the configuration itself and the host's time.
figures()
{
    sed -e '/"config": {/,/}/d' -e '/"command":/d' -e '/host_seconds/d' "$1"
}

figures "$scratch/default.json" >"$scratch/default.txt"
for setting in fast_path=off cpu.block_cache=off; do
    figures "$scratch/$setting.json" >"$scratch/other.txt"
    expect_true "$setting changes no figure" \
        cmp "$scratch/default.txt" "$scratch/other.txt"
done
