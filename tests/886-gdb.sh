#!/bin/sh
# Claim: Debian's gdb sets breakpoints by symbol, steps, reads registers and
# memory, changes them, and goes backwards to the same places; and a run under
# it has the same output, status, instructions and cycles as one without.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

if ! command -v gdb >/dev/null; then
    echo "skip gdb is not installed"
    exit 0
fi

run="run --memory 64M --quiet"

# debug TECHNIQUE, gdb commands on stdin: out, status, gdb.
debug()
{
    { printf 'set pagination off\nset confirm off\n'
      printf 'file %s\ntarget remote %s\n' "$BUILD/guest/minikernel" \
          "$scratch/socket"
      cat; } >"$scratch/commands"
    : >"$scratch/err"
    $limit "$ringside" $run --technique "$1" --gdb "$scratch/socket" \
        --json "$scratch/debugged.json" -- busybox sh -c 'echo hello; exit 3' \
        >"$scratch/out" 2>"$scratch/err" &
    job=$!
    while ! grep -q "waiting for" "$scratch/err"; do sleep 0.1; done
    $limit gdb -nx -batch -x "$scratch/commands" >"$scratch/gdb" 2>&1
    wait $job
    echo $? >"$scratch/status"
}

figures()
{
    grep -E '"(cycles|instructions|walk.refs|dtlb.l1.miss|kernel|user)"' "$1"
}

for technique in native shadow nested; do
    debug $technique <<'END'
break syscall_dispatch
continue
monitor position
echo pc\ 
output/x $pc
echo \n
set $here = $pc
stepi
stepi
stepi
reverse-stepi
reverse-stepi
reverse-stepi
monitor position
echo same
output $pc == $here
echo \n
continue
reverse-continue
monitor position
reverse-continue
monitor position
delete
continue
reverse-stepi
continue
continue
END
    expect_equal "$technique: the program's status" "$(cat "$scratch/status")" 3
    expect_equal "$technique: each line of output once" \
        "$(cat "$scratch/out")" hello
    positions=$(sed -n 's/ instructions, .*//p' "$scratch/gdb")
    set -- $positions
    expect_equal "$technique: three steps back" "$2" "$1"
    expect_equal "$technique: back to the breakpoint before" "$3" "$1"
    expect_equal "$technique: back to the beginning" "$4" 0
    expect_match "$technique: the same instruction" \
        "$(grep -c '^same1' "$scratch/gdb")" 1
    expect_match "$technique: says that there is nothing before" \
        "$(cat "$scratch/gdb")" "*No more reverse-execution history*"
    $limit "$ringside" $run --technique $technique \
        --json "$scratch/plain.json" -- busybox sh -c 'echo hello; exit 3' \
        >/dev/null 2>&1
    figures "$scratch/plain.json" >"$scratch/plain"
    figures "$scratch/debugged.json" >"$scratch/debugged"
    expect_true "$technique: the debugger changed no figure" \
        cmp "$scratch/plain" "$scratch/debugged"
done

# What is changed by hand takes effect, and its past is another one.
debug native <<'END'
break syscall_dispatch if number == 231 || number == 60
continue
set var number = 60
x/2i $pc
set $copy = *(unsigned char *)$pc
set var *(unsigned char *)$pc = $copy
reverse-stepi
print $xmm0
print $st0
print $cr3 != 0
delete
detach
END
expect_match "memory and registers can be written" "$(cat "$scratch/gdb")" \
    "*No more reverse-execution history*= 1*"
expect_equal "detached, the program ends by itself" \
    "$(cat "$scratch/status")" 3

# Mistakes are one line.
for address in nothing :999999 "$scratch/no/such"; do
    timeout 5 "$ringside" run --gdb "$address" -- busybox true \
        >/dev/null 2>"$scratch/err"
    expect_equal "--gdb $address: status" $? 2
    expect_equal "--gdb $address: lines" "$(wc -l <"$scratch/err")" 1
done
