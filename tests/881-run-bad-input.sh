#!/bin/sh
# Claim: what cannot run is refused with exit status 2 and one line that names
# it; nothing is left behind; limits end a run with status 124.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

# refused CLAIM PATTERN COMMAND...
refused()
{
    claim=$1
    pattern=$2
    shift 2
    got=$($limit "$ringside" "$@" 2>&1 </dev/null)
    expect_equal "$claim: status 2" "$?" 2
    expect_match "$claim: says why" "$got" "$pattern"
    expect_equal "$claim: in one line" "$(printf '%s\n' "$got" | wc -l)" 1
}

printf '#!/no/such/sh\necho hi\n' >"$scratch/script"
chmod +x "$scratch/script"
printf 'plain' >"$scratch/plain"
cp "$scratch/plain" "$scratch/text"
chmod +x "$scratch/text"
head -c 100 "$(command -v busybox)" >"$scratch/cut"
chmod +x "$scratch/cut"

sed 's|/lib64/ld-linux-x86-64.so.2|/no/such/ld.so\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00|' \
    "$(command -v env)" >"$scratch/interpreter"
chmod +x "$scratch/interpreter"
sed 's|libc\.so\.6|libq.so.6|g' "$(command -v env)" >"$scratch/library"
chmod +x "$scratch/library"

refused "a missing program" "ringside: *no such program*" run -- no-such-thing
refused "a missing path" "ringside: ./no/such*no such program*" run -- ./no/such
refused "a directory" "*is a directory*" run -- "$scratch/"
refused "a plain file" "*not executable*" run -- "$scratch/plain"
refused "a script without its interpreter" \
    "*/no/such/sh, the interpreter of the script *is not a program*" \
    run -- "$scratch/script"
refused "a text" "*not an ELF executable*" run -- "$scratch/text"
refused "a cut program" "*truncated*" run -- "$scratch/cut"
refused "an unwritable JSON" "*/no/such/x.json*cannot be written*" \
    run --json /no/such/x.json -- busybox true
refused "an unreadable profile" "*/no/such.conf: *No such file*" \
    run --profile /no/such.conf gups:n=1
refused "a file in the place of GDB's socket" "*--gdb*already in use*" \
    run --gdb "$scratch/plain" gups:n=1
expect_equal "that file stays" "$(cat "$scratch/plain")" plain
refused "two outputs in one file" "*one file*" \
    run --json "$scratch/x" --csv "$scratch/x" gups:n=1
refused "results over what comes back" "*one file*" \
    compare --csv "$scratch/x" --out "/tmp/a:$scratch/x" -- busybox true
refused "a kernel that is none" "*is no kernel*" \
    run --kernel "$scratch/plain" -- busybox true
refused "a program as a kernel" "*ELF file without a kernel's entry*" \
    run --kernel "$(command -v busybox)" -- busybox true
refused "several parameters in one word" \
    "*one parameter at a time: --set seed=2 --set memory=64M" \
    run --set seed=2,memory=64M gups:n=1
refused "a workload beside an image" "*--boot takes no workload*" \
    run --boot "$scratch/plain" -- busybox true
refused "files out of an image" "*are for programs*" \
    run --boot "$scratch/plain" --out /tmp/x:x
refused "a directory for an image" "*are for programs*" \
    run --boot "$scratch/plain" --dir "$scratch"
refused "a console without a kernel" "*--console needs a guest*" run --console
refused "a platform that is none" "*no such platform*" \
    run --set platform=pcjr gups:n=1
refused "several CPUs without local APICs" "*platform=isa has no local APICs*" \
    run --set platform=isa --vcpus 2 gups:n=1
refused "several CPUs of a pv domain" "*a domain has one vCPU*" \
    run --technique pv --vcpus 2 gups:n=1
refused "a port that is none" "*at most 65535*" run --gdb :99999 gups:n=1
refused "an interpreter that is missing" "*/no/such/ld.so*" \
    run -- "$scratch/interpreter"
refused "a library that is missing" "*libq.so.6, needed by *not found*" \
    run -- "$scratch/library"

$limit "$ringside" run --quiet -- busybox sh -c 'kill -SEGV $$' \
    >/dev/null 2>"$scratch/err"
expect_equal "a program that a signal kills has a shell's status" "$?" 139
expect_match "its signal is named" "$(cat "$scratch/err")" \
    "ringside: native: the program died: Segmentation fault*"

for option in json csv trace; do
    got=$($limit "$ringside" run --quiet --$option /dev/full gups:n=1 2>&1 \
        >"$scratch/out")
    expect_equal "a full disk for --$option is a mistake" "$?" 2
    expect_match "it says which file, and why" "$got" \
        "ringside: /dev/full: not written: No space*"
done
got=$($limit "$ringside" run --quiet -- busybox echo hi 2>&1 >/dev/full)
expect_equal "output that is lost has status 2" "$?" 2
expect_match "and says so" "$got" "*cannot be written: No space*"
$limit "$ringside" run --quiet --json "$scratch/closed.json" -- busybox echo hi \
    >&- 2>/dev/null
expect_equal "a closed standard output has status 2" "$?" 2
expect_true "no file takes its place" test ! -e "$scratch/closed.json"
got=$($limit "$ringside" run --quiet -- busybox cat <&- 2>&1)
expect_equal "a closed standard input is empty" "$got$?" 0

cat >"$scratch/spin.sh" <<'END'
while :; do :; done
END
$limit "$ringside" run --quiet --max-instructions 100000 \
    --json "$scratch/limit.json" -- busybox sh "$scratch/spin.sh" \
    >/dev/null 2>"$scratch/err"
expect_equal "a limit of instructions ends a run with 124" "$?" 124
expect_match "it says so" "$(cat "$scratch/err")" \
    "*limit of 100000 instructions was reached*"
expect_true "exactly that many instructions are counted" \
    grep -q '"instructions": 100000,' "$scratch/limit.json"
$limit "$ringside" run --quiet --max-cycles 200000 \
    -- busybox sh "$scratch/spin.sh" >/dev/null 2>"$scratch/err"
expect_equal "a limit of cycles ends a run with 124" "$?" 124

$limit sh -c "'$ringside' run --json '$scratch/int.json' -- busybox sh \
    '$scratch/spin.sh' >/dev/null 2>'$scratch/err' & pid=\$!
    sleep 2; kill -TERM \$pid; wait \$pid; echo \$? >'$scratch/status'"
expect_equal "a run that is interrupted exits with 130" \
    "$(cat "$scratch/status")" 130
$limit sh -c "'$ringside' run --quiet --json '$scratch/hup.json' -- busybox sh \
    '$scratch/spin.sh' >/dev/null 2>'$scratch/hup' & pid=\$!
    sleep 2; kill -HUP \$pid; wait \$pid; echo \$? >'$scratch/status'"
expect_equal "so does one whose terminal goes away" \
    "$(cat "$scratch/status")" 130
expect_equal "nothing half-written stays" \
    "$(cd "$scratch" && echo hup.json*)" hup.json
got=$(ulimit -f 1; $limit "$ringside" run --quiet --json "$scratch/large.json" \
    gups:n=1 2>&1 >"$scratch/out")
expect_equal "a file that may not grow is a mistake" "$?" 2
expect_match "it says so" "$got" "*large.json: not written: File too large"
expect_equal "and nothing of it stays" "$(echo "$scratch"/large.json*)" \
    "$scratch/large.json*"
expect_true "and still prints what was counted" \
    grep -q "where the cycles went" "$scratch/err"
expect_true "and writes its files" test -s "$scratch/int.json"

$limit sh -c "'$ringside' compare --jobs 1 --json '$scratch/c.json' \
    chase:n=1000000000 >/dev/null 2>'$scratch/err' & pid=\$!
    sleep 2; kill -TERM \$pid; wait \$pid; echo \$? >'$scratch/status'"
expect_equal "a comparison that is interrupted exits with 130" \
    "$(cat "$scratch/status")" 130
expect_match "techniques whose turn did not come are named" \
    "$(cat "$scratch/err")" "*pv: interrupted before its turn*"
expect_true "and its files are whole" test -s "$scratch/c.json"
