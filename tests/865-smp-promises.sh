#!/bin/sh
# What several CPUs promise each other holds under every technique, timing
# model and quantum: starting, locks, atomics, memory order, interprocessor
# interrupts, NMIs, TLB shootdown, code written by others (tests/guest/smp).  Runs
# are repeatable, and each CPU's ledger sums to its clock.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

make -s BUILD="$BUILD" "$BUILD/guest/smp" >&2 || exit 1

# expected CPUS: what the guest must print.
expected()
{
    cat <<END
cpus $1
locked $((500 * $1))
atomic $((500 * $1))
stamps that went back 0
self 1
MP forbidden 0
LB forbidden 0
SB with fences forbidden 0
pings 200
pongs 200
pings of the busy missing 0
NMIs missing 0
stale translations 0
old code 0
restarted 1
END
}

# boot CPUS TECHNIQUE OPTION...: its output; figures in $scratch/json
boot()
{
    cpus=$1
    technique=$2
    shift 2
    $limit "$ringside" run --quiet --boot "$BUILD/guest/smp" --memory 64M \
        --vcpus "$cpus" --technique "$technique" --json "$scratch/json" \
        --max-instructions 30000000 "$@" 2>&1
}

for t in native shadow nested; do
    for n in 2 4; do
        expect_equal "$t: $n CPUs keep their promises" \
            "$(boot $n $t)" "$(expected $n)"
    done
    expect_equal "$t: 16 CPUs keep their promises" \
        "$(boot 16 $t --timing fast)" "$(expected 16)"
    for q in 1 77 20000; do
        expect_equal "$t: a quantum of $q cycles changes no promise" \
            "$(boot 3 $t --timing fast --set smp.quantum_cycles=$q)" \
            "$(expected 3)"
    done
done
expect_equal "microvm: 4 CPUs" \
    "$(boot 4 native --set platform=microvm)" "$(expected 4)"
expect_equal "checks after every event find nothing" \
    "$(boot 2 shadow --timing fast --check)" "$(expected 2)"
expect_equal "without block cache and fast path" \
    "$(boot 2 native --set cpu.block_cache=off --set fast_path=off)" \
    "$(expected 2)"

# figures FILE: what no host decides
figures()
{
    grep -v host_seconds "$1"
}
for t in native shadow nested; do
    boot 4 $t >/dev/null
    figures "$scratch/json" >"$scratch/first"
    boot 4 $t >/dev/null
    figures "$scratch/json" >"$scratch/second"
    expect_true "$t: two runs write the same JSON" \
        cmp "$scratch/first" "$scratch/second"
done

# Do interrupts make vCPUs exit, the first one aside?
kicked()
{
    python3 -c '
import json, sys
vcpus = json.load(open(sys.argv[1]))["runs"][0]["vcpus"]
exits = [v["counters"]["exit.external_interrupt"] for v in vcpus]
print(sum(exits[1:]) > 0)
' "$scratch/json"
}
expect_equal "nested: an interrupt is posted to a busy vCPU" "$(kicked)" False
boot 4 nested --set exit.apicv=off >/dev/null
expect_equal "nested: without APICv it makes the vCPU exit" "$(kicked)" True
expect_equal "figures are sums over CPUs, and each ledger sums to its cycles" \
    "$(python3 -c '
import json, sys
run = json.load(open(sys.argv[1]))["runs"][0]
vcpus = run["vcpus"]
print(len(vcpus),
      sum(v["cycles"] for v in vcpus) == run["cycles"],
      sum(v["instructions"] for v in vcpus) == run["instructions"],
      all(sum(v["ledger"].values()) == v["cycles"] for v in vcpus),
      all(v["ledger"]["idle"] > 0 for v in vcpus[1:]),
      max(v["cycles"] for v in vcpus) - min(v["cycles"] for v in vcpus) < 5000)
' "$scratch/json")" "4 True True True True True"

expect_match "a platform without local APICs is refused" \
    "$(boot 2 native --set platform=isa)" "*vcpus=2: platform=isa has no*"
expect_match "pv is refused" \
    "$($limit "$ringside" run --technique pv --vcpus 2 syscall:n=1 2>&1)" \
    "*technique pv: a domain has one vCPU*"
