#!/bin/sh
# Host memory follows the pages that the guest touches, not those that it has:
# a guest of 2 GiB that maps 1 GiB and updates 2000 words of it needs less
# than 160 MiB of the host's, tables and caches of the simulator included.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

# Peak resident memory of a run, in MiB.
peak_mib()
{
    "$ringside" run --quiet --technique "$1" --memory 2G \
        gups:footprint=1G,n=2000 >"$scratch/out" 2>&1 &
    pid=$!
    peak=0
    while [ -r /proc/$pid/status ] &&
        now=$(awk '/^VmHWM:/ { print $2 }' /proc/$pid/status 2>/dev/null) &&
        [ -n "$now" ]; do
        peak=$now
        sleep 0.05
    done
    wait $pid
    status=$?
    echo $((peak / 1024))
    return $status
}

if [ ! -r /proc/self/status ]; then
    echo "skip no /proc"
    exit 0
fi
for t in native shadow nested pv; do
    mib=$(peak_mib $t)
    expect_equal "$t: the run succeeds" $? 0
    expect_true "$t: less than 160 MiB ($mib)" [ "$mib" -lt 160 ]
    expect_true "$t: something was seen ($mib)" [ "$mib" -gt 1 ]
done

# What a technique keeps for itself is small: where native has room for a
# table of 32 MiB in 64, the others have too.
for t in native shadow nested pv; do
    $limit "$ringside" run --quiet --technique $t --memory 64M \
        gups:footprint=32M,n=1000 >"$scratch/out" 2>&1
    expect_equal "$t: 32 MiB of 64 can be used" $? 0
done
