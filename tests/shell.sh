# shell.sh - for shell tests to source: claims, and the program under test.
#
#   . "$(dirname "$0")/shell.sh"
#   expect_equal "what is claimed" "$got" "$wanted"
#
# Each claim prints `ok ...` or `not ok ...` with what was got and wanted.
# $ringside is the program, $scratch a directory that is removed at the end.

cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-build}
ringside=$BUILD/ringside
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Test at most this long, so that a hang is a failure.
limit="timeout -k 5 ${TEST_SECONDS:-300}"

expect_equal()
{
    if [ "$2" = "$3" ]; then
        echo "ok $1"
    else
        echo "not ok $1: got '$2', wanted '$3'"
    fi
}

# expect_match CLAIM TEXT PATTERN: PATTERN is a shell pattern.
expect_match()
{
    # shellcheck disable=SC2254
    case "$2" in
    $3) echo "ok $1" ;;
    *) echo "not ok $1: got '$2', wanted '$3'" ;;
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
        echo "not ok $claim: $* failed"
    fi
}
