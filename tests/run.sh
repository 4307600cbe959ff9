#!/bin/sh
# Runs every test and counts: unit tests (Check programs built from
# tests/NNN-*.c), and shell tests (tests/NNN-*.sh).  BUILD names the build.
#
# tests/run.sh NNN ... runs only these; TEST_SKIP="NNN ..." leaves tests out:
# for builds that are slow.  TEST_JOBS of them run at a time (one a core, four
# at most).  Exit 0 if nothing failed.
set -u
cd "$(dirname "$0")/.."
BUILD=${BUILD:-build}
log=$BUILD/tests/log
export BUILD log
mkdir -p "$log"
cores=$(getconf _NPROCESSORS_ONLN)
jobs=${TEST_JOBS:-$((cores < 4 ? cores : 4))}
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

rm -f "$log"/*.count
tests=
for test in tests/[0-9][0-9][0-9]-*.c tests/[0-9][0-9][0-9]-*.sh; do
    left_out "$(basename "${test%.*}")" || tests="$tests $test"
done
# shellcheck disable=SC2086
set -- $tests
echo "$# tests, $jobs at a time"
printf '%s\n' "$@" | xargs -P "$jobs" -I TEST tests/run_one.sh TEST
cat "$log"/*.count 2>/dev/null | awk -v tests=$# '
    { passed += $1; failed += $2; skipped += $3 }
    END {
        failed += tests - NR # ended without a count
        print passed + 0 " passed, " failed + 0 " failed, " skipped + 0 " skipped"
        exit failed > 0 || passed == 0
    }'
