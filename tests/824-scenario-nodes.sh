#!/bin/sh
# Claim: a scenario's cores and NUMA nodes are those of its real guests: a VM's
# memory is where memory_nodes, soft_affinity or affinity say; what a busy sibling
# costs is the same for real code that never waits and for the model; under every
# policy all invariants hold, and guests write the same.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

# remote KEYS: of 100 lines from memory, so many from the other node's
remote()
{
    cat >"$scratch/numa.conf" <<END
host: { pcpus = 4; nodes = 2; };
policy: { sched = "null"; };
run: { length = "6ms"; };
vms = (
    { name = "a"; kernel = "minikernel"; technique = "nested"; memory = "32M"; $1
      workload = "gups:footprint=16M,n=1000000"; }
);
END
    $limit "$ringside" run -q "$scratch/numa.conf" --json "$scratch/numa.json"
    awk '/"l3.miss":/ { all = $2 + 0 } /"mem.remote":/ { far = $2 + 0 }
        END { printf "%.0f", far * 20 / all }' "$scratch/numa.json"
}

expect_equal "on another node" "$(remote 'affinity = "0"; memory_nodes = "1";')" 20
expect_equal "on its own" "$(remote 'affinity = "0"; memory_nodes = "0";')" 0
expect_equal "on both" "$(remote 'affinity = "3"; memory_nodes = "0-1";')" 10
expect_equal "where it may run" "$(remote 'affinity = "3";')" 0
expect_equal "where it likes to run" \
    "$(remote 'affinity = "0,3"; soft_affinity = "3";')" 20
expect_equal "anywhere" "$(remote '')" 10
printf 'vms = ( { workload = "compute 1ms"; memory_nodes = "0,2"; } );
host: { pcpus = 2; nodes = 2; };\n' >"$scratch/none.conf"
expect_match "a node that the host has not" \
    "$("$ringside" scenario check "$scratch/none.conf" 2>&1)" \
    '*none.conf:1: *memory_nodes names a node that the host has not'

# near's loss to its sibling, behind its start; the model's
$limit "$ringside" run -q workloads/scenarios/siblings.conf \
    --set run.length=3ms --json "$scratch/early.json"
$limit "$ringside" run -q workloads/scenarios/siblings.conf \
    --set run.length=5ms --json "$scratch/late.json"
python3 - "$scratch/early.json" "$scratch/late.json" >"$scratch/slower" <<'END'
import json, sys
early, late = ([{v["name"]: v for v in r["vms"]} for r in json.load(open(f))["runs"]]
               for f in sys.argv[1:])

def did(run, name):
    return (late[run][name]["guest"]["instructions"] -
            early[run][name]["guest"]["instructions"])

for name in "near-1", "far-1", "filled-1":
    print("%.0f" % (100 * did(1, name) / did(0, name)))
print("%.0f" % (100 * late[1]["modelled-1"]["counts"]["done"] /
                late[0]["modelled-1"]["counts"]["done"]))
vms = late[1].values()
print(all(sum(v["guest"]["ledger"].values()) > 0 for v in vms if "guest" in v))
END
# shellcheck disable=SC2046
set -- $(cat "$scratch/slower")
expect_equal "real code that never waits beside a sibling, in %" "$1" 62
expect_true "the model: $4" test "$4" -ge 60 -a "$4" -le 63
expect_true "code that waits loses less: $2" test "$2" -ge 85
expect_true "code that filled an L2 loses more: $3" test "$3" -le 40

cat >"$scratch/all.conf" <<'END'
host: { pcpus = 4; threads_per_core = 2; nodes = 2; };
policy: { set = [ "rr.slice_us=100" ]; };
run: { length = "1s"; };
vms = (
    { name = "a"; copies = 2; kernel = "minikernel"; technique = "nested"; vcpus = 2;
      memory = "16M"; workload = "kvstore:keys=256,n=2000"; },
    { name = "b"; kernel = "minikernel"; technique = "shadow"; memory = "16M";
      memory_nodes = "1"; workload = "forkwait:n=2,footprint=16K"; },
    { name = "c"; vcpus = 2; memory_nodes = "0"; stop = "5ms";
      workload = "compute 20us; block 30us; done"; }
);
END
for policy in $("$ringside" list schedulers | awk 'NR > 1 { print $1 }'); do
    $limit "$ringside" run -q "$scratch/all.conf" --check \
        --set sched.policy="$policy" --profile nehalem \
        --json "$scratch/all.json" 2>"$scratch/err"
    sums=$(sed -n 's/ *"stdout_sha256": "\(.*\)",/\1/p' "$scratch/all.json" |
        tr '\n' ' ')
    [ -n "${first-}" ] || first=$sums
    expect_equal "$policy: siblings and nodes, checked" \
        "$(cat "$scratch/err") $sums" " $first"
done
