#!/bin/sh
# Claim: a debugger changes nothing on a machine with several CPUs: a run that
# gdb stepped, stopped and took backwards has the same output and the same
# figures of each CPU as one without.  A step, either way, is one instruction
# of the thread that steps, whoever else runs meanwhile.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

if ! command -v gdb >/dev/null; then
    echo "skip gdb is not installed"
    exit 0
fi
make -s BUILD="$BUILD" "$BUILD/guest/smp" >&2 || exit 1

# run TECHNIQUE OPTION...
run()
{
    technique=$1
    shift
    $limit "$ringside" run --quiet --boot "$BUILD/guest/smp" --memory 64M \
        --vcpus 3 --technique "$technique" "$@"
}

cat >"$scratch/commands" <<END
set pagination off
set confirm off
file $BUILD/guest/smp
target remote $scratch/socket
break on_interrupt
continue
continue
stepi 40
info threads
reverse-stepi
stepi 7
continue
delete
tbreak ask_shootdowns
continue
thread 2
set \$n = 0
while \$n < 400
stepi
set \$n = \$n + 1
end
thread
printf "there %lx %lx\n", \$pc, \$rsp
stepi 20
reverse-stepi 20
thread
printf "back %lx %lx\n", \$pc, \$rsp
continue
continue
END
for t in native shadow nested; do
    run $t --json "$scratch/plain.json" >"$scratch/plain"
    : >"$scratch/err"
    run $t --json "$scratch/debugged.json" --gdb "$scratch/socket" \
        >"$scratch/debugged" 2>"$scratch/err" &
    job=$!
    while ! grep -q "waiting for" "$scratch/err"; do sleep 0.1; done
    $limit gdb -nx -batch -x "$scratch/commands" >"$scratch/gdb" 2>&1
    wait $job
    expect_true "$t: the output is the same" \
        cmp "$scratch/plain" "$scratch/debugged"
    grep -v host_seconds "$scratch/plain.json" |
        grep -v '"command"' >"$scratch/a"
    grep -v host_seconds "$scratch/debugged.json" |
        grep -v '"command"' >"$scratch/b"
    expect_true "$t: so are the figures of each CPU" \
        cmp "$scratch/a" "$scratch/b"
    expect_equal "$t: gdb sees three threads" \
        "$(grep -cE '^[* ] [123] +Thread' "$scratch/gdb")" 3
    expect_true "$t: it stopped where it was told to" \
        test "$(grep -c 'Breakpoint 1, ' "$scratch/gdb")" -ge 3
    # The one signal is that of the end.
    expect_equal "$t: 400 steps are those of the thread that steps" \
        "$(grep -c 'Current thread is 2 ' "$scratch/gdb"
            grep -c 'received signal' "$scratch/gdb")" "2
1"
    expect_equal "$t: 20 steps back come where 20 forward began" \
        "$(sed -n 's/^back //p' "$scratch/gdb")" \
        "$(sed -n 's/^there //p' "$scratch/gdb")"
done
