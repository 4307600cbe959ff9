#!/bin/sh
# Claim: an unmodified Linux uses what KVM offers to its VM, and nothing that is
# not offered: its boot log says so; its hypercalls and flushes are counted.
# With four vCPUs on two pCPUs a PV TLB flush takes fewer exits and less time,
# and the steal time in its /proc/stat is the scheduler's.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"
# shellcheck source=tests/guest_packages.sh
. tests/guest_packages.sh

guest_kernel linux-image-cloud-amd64
program=$scratch/contend
if ! gcc -O2 -w -static -o "$program" tests/guest/programs/contend.c; then
    echo "skip: no static C library"
    exit 0
fi

# in_log SETTING...: what Linux's log has of KVM.
in_log()
{
    $limit "$ringside" run --quiet --kernel "$kernel" --vcpus 2 \
        --technique nested --memory 256M --timing fast "$@" \
        -- busybox dmesg 2>/dev/null | sed -n 's/.*kvm-guest: //p' | sort
}

expect_equal "Linux finds nothing that is not offered" "$(in_log)" ""
expect_equal "Linux sets up all that is offered" \
    "$(in_log --set kvm.steal_time=on --set kvm.pv_unhalt=on \
        --set kvm.pv_tlb_flush=on --set kvm.pv_ipi=on \
        --set kvm.pv_sched_yield=on)" \
    "KVM setup pv remote TLB flush
PV spinlocks enabled
setup PV IPIs
setup PV sched yield"

# run_linux PCPUS MS KEYS ARGUMENTS: four vCPUs; the result is in $json.
run_linux()
{
    json=$scratch/run.json
    cat >"$scratch/run.conf" <<END
host: { pcpus = $1; };
policy: { sched = "cfs"; set = "cpu.timing=fast"; };
run: { length = "$2ms"; };
vms = ( { name = "linux"; kernel = "$kernel"; vcpus = 4; memory = "256M";
          workload = "-- $program $4"; $3 } );
END
    $limit "$ringside" run "$scratch/run.conf" --json "$json" \
        >"$scratch/out" 2>"$scratch/err"
}

# value NAME: of the result; the first of that name.
value()
{
    sed -n "s/^ *\"$1\": \([0-9a-z.]*\),*$/\1/p" "$json" | head -n 1
}

# Not to all others: for that Linux has the APIC's own way.
run_linux 4 500 "pv_ipi = true;" "flush 3 100"
expect_equal "its threads are done" "$(value ended)" true
expect_true "PV IPIs reach two CPUs by one hypercall" \
    test "$(value kvm.send_ipi)" -ge $((2 * $(value exit.vmcall)))
expect_true "... for each flush" test "$(value exit.vmcall)" -ge 100

run_linux 2 500 "steal_time = true; pv_yield = true;" "flush 4 300"
expect_true "PV sched yield helps who has to answer" \
    test "$(value kvm.sched_yield)" -gt 0
run_linux 2 500 "steal_time = true;" "flush 4 300"
exits=$(value exit.total)
end=$(value end_ms)
run_linux 2 500 "pv_flush = true;" "flush 4 300"
expect_equal "with a PV TLB flush they are done" "$(value ended)" true
expect_true "... which is left to vCPUs without a pCPU" \
    test "$(value kvm.flush_late)" -gt 0
expect_true "... with fewer exits" test "$(value exit.total)" -lt "$exits"
expect_true "... in less time" \
    awk "BEGIN { exit !($(value end_ms) < ${end:-500}) }"

# Counted at its ticks, in 10 ms, and not before it has found its clock.
run_linux 2 900 "steal_time = true;" "steal 4 300"
guest_ms=$((10 * $(value exit_status)))
host_ms=$(($(value wait_cycles) / 3600000))
expect_true "steal time: $guest_ms ms in the guest, $host_ms by the scheduler" \
    test "$guest_ms" -ge $((host_ms * 95 / 100 - 10)) -a "$guest_ms" -le "$host_ms"
