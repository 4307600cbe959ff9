#!/bin/sh
# Claim: gdb's watchpoints are hardware watchpoints under every technique: they
# stop behind the instruction that touched the data, reverse-continue stops
# before the last one that did, page tables that a hypervisor writes for its
# guest included; and a watched run has the figures of one that was not.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

if ! command -v gdb >/dev/null; then
    echo "skip gdb is not installed"
    exit 0
fi

# run TECHNIQUE OPTION...: a kernel that sees no hypervisor boots with the same
# instructions everywhere.
run()
{
    technique=$1
    shift
    $limit "$ringside" run --memory 64M --quiet --technique "$technique" \
        --set cpu.hide_hypervisor=on "$@" \
        -- busybox sh -c 'ls / >/dev/null; echo hello; exit 3'
}

figures()
{
    grep -vE '"(host_seconds|command)"' "$1"
}

cat >"$scratch/commands" <<END
set pagination off
set confirm off
file $BUILD/guest/minikernel
target remote $scratch/socket
break syscall_dispatch
continue
delete
watch kernel.current
continue
monitor position
continue
reverse-continue
echo before\ 
x/i \$pc
reverse-continue
reverse-stepi
stepi
stepi
monitor position
delete
awatch kernel.processes
continue
delete
rwatch kernel.processes
continue
delete
set \$physical = 0xffff880000000000
set \$table = \$physical + (\$cr3 & ~0xfff)
set \$table = \$physical + (*(long *)\$table & 0xffffffffff000)
set \$table = \$physical + (*(long *)\$table & 0xffffffffff000)
set \$table = \$physical + (*(long *)(\$table + 16) & 0xffffffffff000)
watch -location *(char(*)[4096])\$table
continue
monitor position
delete
watch *(char(*)[100000])0x10000
continue
continue
END

# The last level's table of 0x400000 is the one that the next page fault fills.
# Under pv the hypervisor fills it by a hypercall.
written=
for t in native shadow nested pv; do
    [ $t != pv ] || sed -i '/physical =/,/position/d' "$scratch/commands"
    : >"$scratch/err"
    run $t --gdb "$scratch/socket" --json "$scratch/watched.json" \
        >"$scratch/out" 2>"$scratch/err" &
    job=$!
    while ! grep -q "waiting for" "$scratch/err"; do sleep 0.1; done
    $limit gdb -nx -batch -x "$scratch/commands" >"$scratch/gdb" 2>&1
    wait $job
    expect_equal "$t: the program's status" $? 3
    run $t --json "$scratch/plain.json" >"$scratch/plain" 2>/dev/null
    expect_true "$t: its output" cmp "$scratch/out" "$scratch/plain"
    figures "$scratch/watched.json" >"$scratch/a"
    figures "$scratch/plain.json" >"$scratch/b"
    expect_true "$t: the figures are those of a run that nobody watched" \
        cmp "$scratch/a" "$scratch/b"
    expect_equal "$t: gdb does not single-step for them" \
        "$(grep -cE '^(Watchpoint|Can.t)' "$scratch/gdb")" 0
    # Twice on the way there, twice on the way back, once stepped over.
    expect_equal "$t: stops of the write" \
        "$(grep -c '^Hardware watchpoint 2: ' "$scratch/gdb")" 6
    expect_match "$t: on the way back, before the store" \
        "$(grep '^before' "$scratch/gdb")" "*mov*kernel+*"
    positions=$(sed -n 's/ instructions, .*//p' "$scratch/gdb")
    set -- $positions
    expect_equal "$t: the same place" "$2" "$1"
    expect_equal "$t: data that is read stops an access, and a read" \
        "$(grep -cE '^Hardware (access \(read/write\)|read) watchpoint [34]: ' \
            "$scratch/gdb")" 4
    [ $t != pv ] || continue
    expect_match "$t: so does a page table that is written" \
        "$3" "${written:-[1-9]*}"
    written=$3
done
