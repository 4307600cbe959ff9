#!/bin/sh
# Claim: each view shows what it showed when somebody last looked at it: of a
# guest in assembly (tests/guest/seat), whose every byte is the same everywhere,
# under each technique that needs no kernel's help, and of a modelled scenario.
#
#     tests/838-view-goldens.sh write     writes them anew: read the difference
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

goldens=tests/golden/views
guest=$BUILD/guest/seat
scenario=workloads/scenarios/lock-holder.conf
write=${1:-}

make -s BUILD="$BUILD" "$guest" >&2 || exit 1

# picture NAME VIEW OPTIONS...
picture()
{
    name=$1
    shift
    $limit "$ringside" show "$@" >"$scratch/now" 2>"$scratch/err"
    expect_equal "$name: status" "$?" 0
    expect_equal "$name: says nothing else" "$(cat "$scratch/err")" ""
    if [ "$write" = write ]; then
        mkdir -p $goldens
        cp "$scratch/now" "$goldens/$name.txt"
    fi
    expect_equal "$name: as it was" \
        "$(diff "$goldens/$name.txt" "$scratch/now" 2>&1 | head -n 6)" ""
}

for technique in native shadow nested; do
    for view in $($ringside list --names views); do
        # The last of the faults: tables, TLBs, caches and exits have something.
        picture "$technique-$view" "$view" --at guest.fault:20 -t $technique \
            --address 0x40003000 --boot "$guest"
    done
done
picture wide-walk walk --at walk.count:60 -t nested --width 200 --height 60 \
    --boot "$guest"
for view in overview scheduler; do
    picture "scenario-$view" "$view" --at 20ms "$scenario"
    picture "scenario-wide-$view" "$view" --at 20ms --width 200 --height 60 \
        "$scenario"
done
