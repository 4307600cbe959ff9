#!/bin/sh
# Claim: what a VM is entitled to is its share among those that lived when it did;
# it is what the policy's documentation promises, and what vCPUs that never block
# get under it; a policy's missed deadlines are reported, those of the warm-up aside.
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

# A weight is of a VM, or of each vCPU, or of nothing; 0.4 is a budget of RTDS.
cat >"$scratch/one-and-four.conf" <<'END'
host: { pcpus = 4; };
policy: { set = [ "sched.switch_cycles=0", "phase.refill_cycles=0" ]; };
run: { length = "31s"; warmup = "1s"; };
vms = (
    { name = "four"; vcpus = 4; weight = 512; workload = "compute 3ms"; },
    { name = "one"; copies = 4; workload = "compute 3ms"; }
);
END

# promised POLICY PCPUS-OF-FOUR PCPUS-OF-ONE [SETTING]: entitled to them, has them
promised()
{
    $limit "$ringside" run -q "$scratch/one-and-four.conf" --check \
        --set sched.policy="$1" ${4:+--set "$4"} --csv "$scratch/promised.csv"
    expect_equal "$1 ${4-}: what four vCPUs, and one, are promised" \
        "$(awk -F, 'NR == 2 || NR == 3 { printf "%.3f ", $6 }' \
            "$scratch/promised.csv")" "$2 $3 "
    expect_true "... and get, within 1 %" awk -F, 'NR > 1 {
        if ($5 < 0.99 * $6 || $5 > 1.01 * $6) exit 1 }' "$scratch/promised.csv"
}

for policy in credit cfs eevdf balance esx; do
    promised $policy 1.333 0.667
done
for policy in bvt sedf credit2 gang; do
    promised $policy 2.667 0.333
done
promised credit 2.667 0.333 credit.weight_per_vcpu=on
promised rr 2.000 0.500
promised pinner 2.000 0.500
promised rtds 1.600 0.400
promised null 4.000 0.000

# Reservations are floors; what is left beside SEDF's slices is shared by weights,
# reserved time counting as much of one of 256: 0.5 as 51.2 to 512.
cat >"$scratch/reserved.conf" <<'END'
host: { pcpus = 1; };
policy: { set = [ "sched.switch_cycles=0", "phase.refill_cycles=0" ]; };
run: { length = "31s"; warmup = "1s"; };
vms = (
    { name = "a"; weight = 128; reservation = 60; period = "10ms"; budget = "3ms";
      workload = "compute 3ms"; },
    { name = "b"; weight = 512; workload = "compute 3ms"; },
    { name = "c"; weight = 512; period = "20ms"; budget = "4ms"; extra = true;
      workload = "compute 3ms"; }
);
END
for promise in "esx 0.600 0.200 0.200" "sedf 0.300 0.455 0.245"; do
    policy=${promise%% *}
    $limit "$ringside" run -q "$scratch/reserved.conf" --check \
        --set sched.policy="$policy" --csv "$scratch/reserved.csv"
    expect_equal "$policy: what three VMs are promised" "$policy $(awk -F, \
        'NR > 1 { printf "%s%.3f", s, $6; s = " " }' "$scratch/reserved.csv")" \
        "$promise"
    expect_true "... and get, within 1 %" awk -F, 'NR > 1 {
        if ($5 < 0.99 * $6 || $5 > 1.01 * $6) exit 1 }' "$scratch/reserved.csv"
done
