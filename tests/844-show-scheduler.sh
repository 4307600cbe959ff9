#!/bin/sh
# Claim: the scheduler's view of a scenario is what is stored: modelled guests
# run the same on every host.  The moment may be reached in one go, as it was
# here, or in any other way (837-seat-scenario).  Its chart agrees with the
# host's own log, it shows every policy, and a machine alone is told what to
# run instead.
# Golden files: tests/golden/844-*.txt; to renew them, set RENEW=1 and read
# what has changed.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

show()
{
    $limit "$ringside" show scheduler "$@" 2>&1
}

# golden NAME WORDS...
golden()
{
    name=tests/golden/844-$1.txt
    shift
    show "$@" >"$scratch/out"
    [ -z "$RENEW" ] || cp "$scratch/out" "$name"
    if cmp -s "$scratch/out" "$name"; then
        echo "ok $name"
    else
        diff "$name" "$scratch/out" | head -20
        not_ok "$name: not what is shown"
    fi
}

holder='workloads/scenarios/lock-holder.conf --set vms.smp.ple=false'
for size in '80 24' '200 60'; do
    # shellcheck disable=SC2086
    set -- $size
    at="--width $1 --height $2"
    # shellcheck disable=SC2086
    {
        golden "holder-$1x$2" --at lock-holders:1 --zoom 3 $at $holder
        golden "spinners-$1x$2" --at 122ms --zoom 4 $at $holder
        golden "consolidation-$1x$2" --at 20ms $at \
            workloads/scenarios/consolidation.conf
        golden "rtds-$1x$2" --at 55555us $at workloads/scenarios/realtime.conf
        golden "gang-$1x$2" --at 30ms --zoom 1 $at \
            workloads/scenarios/barrier.conf --set sched.policy=gang
    }
done

# Who holds the lock is said in words, and the time is the host's.
out=$(show --at lock-holders:1 --width 200 --height 60 $holder)
expect_match "the holder" "$out" "*HOLDS lock 0, preempted*"
expect_match "counted" "$out" "*lock holder preempted (1 so far)*"
out=$(show --at 121100us $holder)
expect_match "who spins" "$out" "*spins for lock 0: .3 preempted*"

# The chart's last column is who has each pCPU, as the list below says.
show --at 130ms --zoom 6 --width 200 --height 60 $holder >"$scratch/both"
expect_equal "the chart ends with who runs now" \
    "$(awk '$1 ~ /^[0-9]+$/ && $3 ~ /%$/ {
           gsub(/[0-9]/, "", $2); print $1, tolower(substr($2, length($2))) }' \
        "$scratch/both" | sort)" \
    "$(awk '$3 == "on" { print $4, $1 }' "$scratch/both" | sort)"

for policy in $($ringside list --names schedulers); do
    [ "$policy" = null ] || expect_match "$policy" \
        "$(show --at 40ms workloads/scenarios/weights.conf \
            --set sched.policy="$policy")" " Scheduler * $policy *queue*"
done

expect_match "one machine alone" "$(show gups:n=100)" "*nothing to schedule*conf*"
expect_match "a part" "$(show --part times --at 20ms $holder)" "*vCPU*since ms*woke ms*"
expect_match "what happened, the latest first" \
    "$(show --part events --at lock-holders:1 --filter smp-2 $holder |
        tr -s ' \n' ' ')" \
    "*latest first * 4 b smp-2.3 ! and HOLDS a lock *got the pCPU*lost the pCPU*"
