#!/bin/sh
# Runs every test and counts: unit tests (Check programs built from
# tests/NNN-*.c), then shell tests (tests/NNN-*.sh).  BUILD names the build.
#
# A shell test prints one line for each claim: `ok TEXT`, `not ok TEXT` or
# `skip TEXT`; see tests/shell.sh.  Exit 0 if nothing failed.
# tests/run.sh NNN ... runs only these; TEST_SKIP="NNN ..." leaves tests out:
# for builds that are slow.  TEST_JOBS unit tests run at a time (one a
# core, four at most).
set -u
cd "$(dirname "$0")/.."
BUILD=${BUILD:-build}
export BUILD
passed=0
failed=0
skipped=0
log=$BUILD/tests/log
export log
mkdir -p "$log"
cores=$(getconf _NPROCESSORS_ONLN)
jobs=${TEST_JOBS:-$((cores < 4 ? cores : 4))}

# Runs unit tests side by side; what each came to is counted afterwards.
run_units()
{
    echo "$# unit tests, $jobs at a time"
    printf '%s\n' "$@" | xargs -P "$jobs" -I NAME sh -c \
        '"$BUILD/tests/NAME" >"$log/NAME.txt" 2>&1; echo $? >"$log/NAME.status"'
}

unit_test()
{
    name=$1
    file=$log/$name.txt
    status=$(cat "$log/$name.status" 2>/dev/null || echo 127)
    # Check's own last lines: "100%: Checks: 12, Failures: 0, Errors: 0"
    set -- $(awk '/^[0-9]+%: Checks: / {
        gsub(/[,:]/, ""); n += $3; f += $5 + $7 } END { print n + 0, f + 0 }' "$file")
    passed=$((passed + $1 - $2))
    failed=$((failed + $2))
    skipped=$((skipped + $(grep -c '^skip' "$file")))
    if [ $status -ne 0 ] && [ "$2" -eq 0 ]; then
        failed=$((failed + 1)) # it crashed before it could count
    fi
    if [ $status -ne 0 ]; then
        echo "FAIL  $name"
        tail -n 20 "$file"
    elif [ "$1" -eq 0 ]; then
        if grep -q '^skip' "$file"; then
            echo "skip  $name"
        else
            echo "FAIL  $name: it checked nothing"
            failed=$((failed + 1))
        fi
    else
        echo "ok    $name ($1)"
    fi
}

shell_test()
{
    name=$(basename "$1" .sh)
    file=$log/$name.txt
    "$1" >"$file" 2>"$file.err"
    status=$?
    good=$(grep -c '^ok ' "$file")
    bad=$(grep -c '^not ok ' "$file")
    passed=$((passed + good))
    failed=$((failed + bad))
    skipped=$((skipped + $(grep -c '^skip ' "$file")))
    if [ "$bad" -gt 0 ] || [ $status -ne 0 ]; then
        [ "$bad" -gt 0 ] || failed=$((failed + 1))
        echo "FAIL  $name"
        grep -v '^ok ' "$file" | tail -n 20
        tail -n 20 "$file.err"
    elif [ "$good" -gt 0 ]; then
        echo "ok    $name ($good)"
    elif grep -q '^skip ' "$file"; then
        echo "skip  $name: $(sed -n 's/^skip //p' "$file" | head -n 1)"
    else
        echo "FAIL  $name: it checked nothing"
        failed=$((failed + 1))
    fi
}

chosen=" $* "

# left_out NAME: its number was not asked for, or TEST_SKIP has it.
left_out()
{
    number=$(echo "$1" | cut -c1-3)
    case "$chosen" in
    "  " | *" $number "*) ;;
    *) return 0 ;;
    esac
    case " ${TEST_SKIP:-} " in
    *" $number "*) echo "skip  $1: as TEST_SKIP says" ;;
    *) return 1 ;;
    esac
}

units=
for source in tests/[0-9][0-9][0-9]-*.c; do
    name=$(basename "$source" .c)
    rm -f "$log/$name.status"
    left_out "$name" || units="$units $name"
done
# shellcheck disable=SC2086
[ -z "$units" ] || run_units $units
for name in $units; do
    unit_test "$name"
done
for script in tests/[0-9][0-9][0-9]-*.sh; do
    left_out "$(basename "$script" .sh)" || shell_test "$script"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
