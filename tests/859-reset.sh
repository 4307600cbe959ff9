#!/bin/sh
# Claim: a guest that resets the machine, by port 0x92, the keyboard controller,
# port 0xcf9, the ACPI register or a triple fault, ends the run, and a line says so; or with
# --reset reboot it starts again from power-on, with its disks as it left them,
# its clocks going on, and the same result under every technique.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

make -s BUILD="$BUILD" "$BUILD/guest/resets" >&2 || exit 1

cp "$BUILD/guest/resets" "$scratch/kept"

run()
{
    $limit "$ringside" run --memory 64M --boot "$BUILD/guest/resets" "$@"
}

sum_of_ledger()
{
    python3 -c 'import json,sys; r = json.load(open(sys.argv[1]))["runs"][0]
print(r["cycles"] - sum(r["ledger"].values()))' "$1"
}

run --quiet >"$scratch/out" 2>"$scratch/err"
expect_equal "a reset ends the run: status" $? 0
expect_equal "after the first boot" "$(cat "$scratch/out")" 0
expect_match "and the line says so" "$(cat "$scratch/err")" \
    "*the guest reset the machine, which ended the run*"

for t in native shadow nested; do
    run --quiet -t $t --reset reboot --json "$scratch/$t.json" \
        >"$scratch/$t" 2>"$scratch/err"
    expect_equal "$t: it goes on until it ends by itself" $? 42
    expect_equal "$t: a boot after each reset, and by the reset vector" \
        "$(cat "$scratch/$t")" 0123456
    expect_match "$t: the line says how often" "$(cat "$scratch/err")" \
        "*reset the machine 5 times*"
    if command -v python3 >/dev/null; then
        expect_equal "$t: the ledger is the clock" \
            "$(sum_of_ledger "$scratch/$t.json")" 0
    fi
done
expect_true "the disk's file is as it was" cmp "$BUILD/guest/resets" \
    "$scratch/kept"

# Backwards over a reset.
if command -v gdb >/dev/null; then
    cat >"$scratch/commands" <<END
set pagination off
set confirm off
target remote $scratch/socket
break *0x7c00
continue
continue
monitor position
continue
reverse-continue
monitor position
delete
continue
continue
END
    : >"$scratch/err"
    run --quiet --reset reboot --gdb "$scratch/socket" >"$scratch/out" \
        2>"$scratch/err" &
    job=$!
    while ! grep -q "waiting for" "$scratch/err"; do sleep 0.1; done
    $limit gdb -nx -batch -x "$scratch/commands" >"$scratch/gdb" 2>&1
    wait $job
    expect_equal "under gdb: the status" $? 42
    expect_equal "under gdb: each boot once" "$(cat "$scratch/out")" 0123456
    positions=$(sed -n 's/ instructions, .*//p' "$scratch/gdb")
    # shellcheck disable=SC2086
    set -- $positions
    expect_equal "back to the second boot" "$2" "$1"
fi

text=$(run --reset never 2>&1)
expect_equal "--reset never: status" $? 2
expect_match "--reset never: why" "$text" "*it is end or reboot"
text=$($limit "$ringside" run --reset reboot -- busybox true 2>&1)
expect_equal "--reset reboot with a workload: status" $? 2
