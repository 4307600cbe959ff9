# tui.sh - for shell tests to source behind shell.sh: `ringside tui` in a
# terminal that tmux makes.
#
#   start 80 24 -t nested WORKLOAD; keys w; sees "what" "*pattern*"; leave "what"
# shellcheck shell=sh disable=SC2154

ringside=$(realpath "$ringside")

if ! command -v tmux >/dev/null; then
    echo "skip there is no tmux to make a terminal"
    exit 0
fi

# Servers of our own, one after the other: nobody else's sessions are touched.
server=0
mux()
{
    TMUX='' tmux -L "$(basename "$scratch").$server" -f /dev/null "$@"
}
trap 'status=$?; mux kill-server 2>/dev/null; end_test $status' EXIT

screen()
{
    mux capture-pane -p -t main
}

# wait_for PATTERN: at most 30 seconds until the screen matches it.
wait_for()
{
    n=0
    while [ $n -lt 300 ]; do
        # shellcheck disable=SC2254
        case "$(screen)" in
        $1) return 0 ;;
        esac
        sleep 0.1
        n=$((n + 1))
    done
    return 1
}

# sees CLAIM PATTERN
sees()
{
    if wait_for "$2"; then
        echo "ok $1"
    else
        not_ok "$1: '$2' is not on the screen: $(screen | head -n 40)"
    fi
}

keys()
{
    mux send-keys -t main "$@"
}

# start WIDTH HEIGHT WORDS...: a shell, and in it the screen.
start()
{
    width=$1 height=$2
    shift 2
    mux kill-server 2>/dev/null
    server=$((server + 1))
    mux new-session -d -s main -x "$width" -y "$height" \
        "env LC_ALL=C.UTF-8 PS1='% ' sh"
    rm -f "$scratch/after"
    keys "stty -g >$scratch/before; ${prefix:-}$ringside tui $*; st=\$?; stty -g >$scratch/after; echo status \$st" Enter
    sees "$width x $height: it begins" "[ >]Overview*stands*"
}

leave()
{
    keys q
    sees "q leaves: $1" "*status 0*"
    expect_equal "the terminal is as it was: $1" "$(cat "$scratch/after")" \
        "$(cat "$scratch/before")"
}

cycle()
{
    screen | sed -n 's/.*cycle \([0-9,]*\) .*/\1/p;q' | tr -d ,
}

# The clock once it is no more, or once it is, what is named: at most 20 seconds.
cycle_after()
{
    n=0
    while [ $n -lt 200 ] && [ "$(cycle)" = "$1" ]; do
        sleep 0.1
        n=$((n + 1))
    done
    cycle
}
cycle_again()
{
    n=0
    while [ $n -lt 200 ] && [ "$(cycle)" != "$1" ]; do
        sleep 0.1
        n=$((n + 1))
    done
    cycle
}

