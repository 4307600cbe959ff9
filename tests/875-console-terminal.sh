#!/bin/sh
# Claim: with --console the terminal is the guest's serial line: what is typed
# gets to the guest, ^A x leaves with status 0, and the terminal's modes are
# those from before, also when the simulator is killed.  The guest is a boot
# sector that sends back what it receives.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

if ! command -v script >/dev/null; then
    echo "skip there is no script(1) to make a terminal"
    exit 0
fi
ringside=$(realpath "$ringside")

# 115200 baud: mov dx, 0x3fb; mov al, 0x83; out dx, al; mov dl, 0xf8; mov al, 1;
# out dx, al; mov dl, 0xfb; mov al, 3; out dx, al; mov dl, 0xfc; out dx, al (DTR
# and RTS); mov dl, 0xfd;
# wait: in al, dx; test al, 1; jz wait; mov dl, 0xf8; in al, dx; out dx, al;
# mov dl, 0xfd; jmp wait
{
    printf '\272\373\003\260\203\356\262\370\260\001\356\262\373\260\003\356'
    printf '\262\374\356\262\375\354\250\001\164\373\262\370\354\356\262\375\353\363'
} >"$scratch/code"
{
    cat "$scratch/code"
    head -c $((510 - $(wc -c <"$scratch/code"))) /dev/zero
    printf '\125\252'
} >"$scratch/sector"

cat >"$scratch/session" <<EOF
stty -g >$scratch/before
$ringside run -q --timing fast --boot $scratch/sector --console
echo \$? >$scratch/status
stty -g >$scratch/after
EOF

# wait_for FILE TEXT: at most 30 seconds.
wait_for()
{
    n=0
    while [ $n -lt 300 ] && ! grep -q "$2" "$1" 2>/dev/null; do
        sleep 0.1
        n=$((n + 1))
    done
}

# terminal KEYS: runs the session; KEYS is sent once the guest has answered.
terminal()
{
    : >"$scratch/log"
    rm -f "$scratch/status"
    {
        sleep 1
        printf 'hello'
        wait_for "$scratch/log" hello
        eval "$1"
        wait_for "$scratch/status" '[0-9]'
    } | $limit script -qfc "sh $scratch/session" "$scratch/log" >/dev/null 2>&1
}

terminal "printf '\001x'"
expect_match "what is typed gets to the guest, and back" \
    "$(cat "$scratch/log")" "*hello*"
expect_equal "^A x leaves with status 0" "$(cat "$scratch/status")" 0
expect_true "the terminal is as before" \
    cmp "$scratch/before" "$scratch/after"

terminal "printf '\001v\001k'; sleep 0.3; printf '\001x'"
expect_match "^A v shows the screen, ^A k turns to the keyboard" \
    "$(cat "$scratch/log")" "*--------*keys go to the keyboard*"

terminal "pkill -KILL -n -f '$scratch/[s]ector'"
expect_equal "killed, the status says so" "$(cat "$scratch/status")" 137
expect_true "and the terminal is as before, too" \
    cmp "$scratch/before" "$scratch/after"

printf 'by a pipe' | $limit "$ringside" run -q --boot "$scratch/sector" \
    --console --max-instructions 3000000 >"$scratch/pipe" 2>/dev/null
expect_match "a pipe can stand in for the terminal" \
    "$(cat "$scratch/pipe")" "by a pipe*"
