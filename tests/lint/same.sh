#!/bin/sh
# The same run by a gcc and a clang build, and twice by one build, writes the
# same JSON byte for byte, host time aside.
set -eu
cd "$(dirname "$0")/../.."
BUILD=${BUILD:-build}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for run in "$BUILD 1" "$BUILD 2" "$BUILD-clang 3"; do
    # shellcheck disable=SC2086
    set -- $run
    # The guest's own files come from one build: only the simulator differs.
    "$1/ringside" compare --quiet --json "$scratch/$2.json" \
        forkwait:n=5,footprint=64K >/dev/null
    # Scheduling has fractions in it.
    "$1/ringside" run --quiet --json "$scratch/$2.shared.json" \
        --set run.length=2s workloads/scenarios/lock-holder.conf
    cat "$scratch/$2.json" "$scratch/$2.shared.json" | grep -v host_seconds \
        >"$scratch/$2.txt"
done
cmp "$scratch/1.txt" "$scratch/2.txt"
cmp "$scratch/1.txt" "$scratch/3.txt"
