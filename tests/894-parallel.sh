#!/bin/sh
# Threads and processes on 1, 2 and 4 CPUs write what they write on the host,
# under every technique that has several; runs are repeatable; two threads
# that only compute take two CPUs half the cycles; a thread stays on the CPU
# where it was put.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

mkdir -p "$BUILD/tests/guest"
program=$(cd "$BUILD/tests/guest" && pwd)/parallel-smp
if ! gcc -O2 -w -static -o "$program" tests/guest/programs/parallel.c \
    2>"$scratch/compiler"; then
    echo "skip parallel does not compile: $(tail -n 1 "$scratch/compiler")"
    exit 0
fi

# run TECHNIQUE CPUS [ARG...]: its output; figures in $scratch/json
run()
{
    technique=$1
    cpus=$2
    shift 2
    $limit "$ringside" run --quiet --timing fast --technique "$technique" \
        --vcpus "$cpus" --json "$scratch/json" -- "$program" "$@" 2>&1
}

# longest: cycles of the CPU that ran longest
longest()
{
    awk '/"vcpus": \[/ { inside = 1 } /"exits":/ { inside = 0 }
         inside && /"cycles":/ { gsub(/[^0-9]/, ""); if ($0 + 0 > m) m = $0 + 0 }
         END { print m + 0 }' "$scratch/json"
}

pinned=$(dirname "$program")/affinity-smp
gcc -O2 -w -static -o "$pinned" tests/guest/programs/affinity.c || exit 1
placed=$("$pinned")
host=$(cd "$scratch" && "$program")
for t in native shadow nested; do
    for n in 1 2 4; do
        expect_equal "$t: $n CPUs, as on the host" "$(run $t $n)" "$host"
        expect_equal "$t: $n CPUs are seen" "$(run $t $n count)" "$n CPUs"
        expect_equal "$t: $n CPUs, each thread on its own" \
            "$($limit "$ringside" run --quiet --timing fast -t $t --vcpus "$n" \
                -- "$pinned" 2>&1)" "$placed"
    done
    run $t 1 work >"$scratch/one"
    one=$(longest)
    run $t 2 work >"$scratch/two"
    two=$(longest)
    expect_equal "$t: the same result" "$(cat "$scratch/two")" \
        "$(cat "$scratch/one")"
    if [ "$one" -gt 0 ] && [ $((two * 10)) -lt $((one * 6)) ]; then
        echo "ok $t: two CPUs take half the cycles"
    else
        not_ok "$t: two CPUs take $two cycles, one $one"
    fi
    run $t 2 work >"$scratch/again"
    expect_equal "$t: the same cycles again" "$(longest)" "$two"
done
