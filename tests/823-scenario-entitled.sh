#!/bin/sh
# Claim: what a VM is entitled to is its share among those that lived when it did;
# a policy's missed deadlines are reported, those of the warm-up aside.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

# first two, then three, four and two VMs on two pCPUs, by weight
$limit "$ringside" run -q workloads/scenarios/come-and-go.conf \
    --csv "$scratch/shares.csv"
# seconds 0-3 by 1:2, 3-6 by 1:2:1, 6-9 by 1:2:1:4, 9-12 by 1:2; of two pCPUs
expect_equal "entitled while they live" \
    "$(awk -F, 'NR > 1 { printf "%s %.3f ", $2, $6 }' "$scratch/shares.csv")" \
    "first 0.521 second 1.042 third 0.375 fourth 1.000 "
$limit "$ringside" run -q workloads/scenarios/come-and-go.conf \
    --json "$scratch/shares.json"
jain=$(sed -n 's/ *"jain": \(.*\),/\1/p' "$scratch/shares.json")
expect_true "and that is what they get: $jain" \
    sh -c "awk 'BEGIN { exit !($jain > 0.999) }'"

# misses LENGTH WARMUP: of two VMs that each want 6 ms of 10
misses()
{
    cat >"$scratch/late.conf" <<END
host: { pcpus = 1; };
policy: { sched = "rtds"; set = [ "sched.switch_cycles=0" ]; };
run: { length = "$1"; warmup = "$2"; };
vms = (
    { name = "late"; copies = 2; period = "10ms"; budget = "6ms"; workload = "compute 1s"; }
);
END
    $limit "$ringside" run -q "$scratch/late.conf" --json "$scratch/late.json" &&
        awk '/"deadline_misses"/ { gsub(/[^0-9]/, ""); sum += $0 }
            END { print sum }' "$scratch/late.json"
}

expect_equal "one of them misses each deadline" "$(misses 1001ms 0)" 100
expect_equal "those of the warm-up aside" "$(misses 1001ms 501ms)" 50
