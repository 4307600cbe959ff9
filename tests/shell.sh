# shell.sh - for shell tests to source: claims, and the program under test.
#
#   . "$(dirname "$0")/shell.sh"
#   expect_equal "what is claimed" "$got" "$wanted"
#
# Each claim prints `ok ...` or `not ok ...` with what was got and wanted.
# $ringside is the program, $scratch a directory that is removed at the end.
# A test with a claim that does not hold ends with status 1.

cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-build}
ringside=$BUILD/ringside
scratch=$(mktemp -d)
trap 'end_test $?' EXIT

# Claims may be made in subshells: a file remembers.
end_test()
{
    status=$1
    [ ! -e "$scratch/.not_ok" ] || status=1
    chmod -R u+rwX "$scratch" 2>/dev/null
    rm -rf "$scratch"
    exit "$status"
}

# not_ok TEXT: a claim that does not hold.
not_ok()
{
    printf 'not ok %s\n' "$1"
    : >"$scratch/.not_ok"
}

# Test at most this long, so that a hang is a failure.
limit="timeout -k 5 ${TEST_SECONDS:-300}"

expect_equal()
{
    if [ "$2" = "$3" ]; then
        echo "ok $1"
    else
        not_ok "$1: got '$2', wanted '$3'"
    fi
}

# expect_match CLAIM TEXT PATTERN: PATTERN is a shell pattern.
expect_match()
{
    # shellcheck disable=SC2254
    case "$2" in
    $3) echo "ok $1" ;;
    *) not_ok "$1: got '$2', wanted '$3'" ;;
    esac
}

# expect_true CLAIM COMMAND...: the command succeeds.
expect_true()
{
    claim=$1
    shift
    if "$@"; then
        echo "ok $claim"
    else
        not_ok "$claim: $* failed"
    fi
}
