#!/bin/sh
# run --exits counts what the counters count, and its times are cycles that
# the ledger has; what exits by choice changes no output.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

workload="syscall:n=100"
choices=
for name in pause rdtsc cr3 cr8 invlpg descriptor_table rdrand rdseed; do
    choices="$choices --set exit.on.$name=on"
done
plain=$($limit "$ringside" run --quiet $workload)

for t in nested shadow; do
    $limit "$ringside" run --exits -t $t --json "$scratch/$t.json" $workload \
        >"$scratch/$t.out" 2>"$scratch/$t.table"
    expect_equal "$t: the sum of the table is exit.total" \
        "$(awk '/^ exits of/ { on = 1 } on && $1 == "all" { print $2 }' \
            "$scratch/$t.table" | tr -d ,)" \
        "$(sed -n 's/.*"exit.total": \([0-9]*\).*/\1/p' "$scratch/$t.json" |
            head -1)"
    # shellcheck disable=SC2086
    expect_equal "$t: exits by choice change no output" \
        "$($limit "$ringside" run --quiet -t $t $choices \
            --set exit.preemption_timer=on $workload)" "$plain"
    expect_equal "$t: nor does an exit behind every instruction" \
        "$($limit "$ringside" run --quiet -t $t --set exit.on.instruction=on \
            --set exit.on.hlt=off $workload)" "$plain"
done
expect_match "native has none" \
    "$($limit "$ringside" run --exits -t native $workload 2>&1)" "* none*"

# What the CPU does for the local APIC, and how INIT and startup come: the same
# output, and the exits that the choice leaves.
run_smp()
{
    # shellcheck disable=SC2086
    $limit "$ringside" run -t nested --vcpus 2 --quiet "$@" \
        --json "$scratch/smp.json" $workload >"$scratch/smp.out" 2>&1
}
expect_exit()
{
    expect_true "$1: $2" grep -q "\"$2\": {" "$scratch/smp.json"
}
for o in exit.tpr_shadow=off exit.apicv=off exit.flexpriority=off \
    exit.on.init=on exit.on.mwait=off; do
    run_smp --set $o
    expect_equal "$o changes no output" "$(cat "$scratch/smp.out")" "$plain"
done
run_smp --set exit.on.init=on
expect_exit "startup reaches the CPU" startup_ipi
old="--set cpu.has_x2apic=off --set cpu.has_tsc_deadline=off"
# shellcheck disable=SC2086
run_smp $old --set exit.apicv=off --set exit.flexpriority=off
expect_exit "the APIC's page is a device" ept_misconfig
# shellcheck disable=SC2086
run_smp $old --set exit.apicv=off
expect_exit "the CPU knows the APIC's page" apic_access
# shellcheck disable=SC2086
run_smp $old
expect_exit "the CPU plays the APIC" apic_write

# The documented table has every exit that there is, by number and name.
sed -n 's/^VMEXIT([A-Z0-9_]*, \([0-9]*\), "\([a-z0-9_]*\)".*/| \1 | `\2` |/p' \
    sim/record/vmexit.def >"$scratch/rows"
missing=$(while read -r row; do
    grep -qF "$row" hypervisor-model/README.md || echo "$row"
done <"$scratch/rows")
expect_true "vmexit.def has rows" test "$(wc -l <"$scratch/rows")" -gt 50
expect_equal "the table in hypervisor-model/README.md has each" "$missing" ""
