/*
 * exit_msr.c - RDMSR and WRMSR: the virtual local APIC and the TSC deadline
 * are the platform's, all others the CPU's own.
 *
 * Hardware  Intel SDM vol. 3, "Virtualizing MSR-Based APIC Accesses" (here:
 *           by exits); vol. 4 for the others.
 */
#include "hypervisor-model/exits/exit_table.h"
#include "hypervisor-model/exits/kvm_pv.h"
#include "hypervisor-model/exits/trip.h"

/* A register of the interrupt controller, which the hypervisor has. */
static bool is_platform(uint32_t index)
{
    return index == MSR_TSC_DEADLINE || index == LAPIC_BASE_MSR ||
           (index >= MSR_X2APIC_FIRST && index <= MSR_X2APIC_LAST);
}

/* Clock of the pCPU minus the guest's time-stamp counter. */
static uint64_t clock_minus_tsc(const struct trip *t)
{
    return cpu_state_peek(t->c)->tsc_base -
           (uint64_t)cpu_control(t->c)->tsc_offset;
}

static uint64_t msr_written(const struct trip *t)
{
    const struct cpu_state *s = cpu_state_peek(t->c);

    return s->gpr[REG_RDX] << 32 | (uint32_t)s->gpr[REG_RAX];
}

static void charge_device(struct trip *t)
{
    cpu_charge(t->c, LEDGER_DEVICE, trip_config(t)->device_cycles);
}

enum vcpu_action exit_msr_write(struct trip *t)
{
    uint32_t index = t->exit->msr.index;
    uint64_t value = msr_written(t);

    if (kvm_pv_has_msr(t->v->vm, index)) {
        if (!kvm_pv_write_msr(t, index, value))
            return trip_inject_gp(t);
        trip_skip(t);
        return VCPU_RESUME;
    }
    if (!is_platform(index))
        return trip_emulate_control(t, 0);
    if (index == MSR_TSC_DEADLINE && value != 0)
        value += clock_minus_tsc(t);
    charge_device(t);
    if (!platform_msr_write(trip_platform(t), t->v->id, cpu_now(t->c), index,
                            value))
        return trip_inject_gp(t);
    if (index == LAPIC_BASE_MSR)
        cpu_state(t->c)->apic_base = value;
    trip_skip(t);
    return VCPU_RESUME;
}

enum vcpu_action exit_msr_read(struct trip *t)
{
    uint32_t index = t->exit->msr.index;
    struct cpu_state *s = cpu_state(t->c);
    uint64_t value;

    if (!is_platform(index) && !kvm_pv_has_msr(t->v->vm, index))
        return exit_emulate(t);
    charge_device(t);
    if (!is_platform(index))
        value = kvm_pv_read_msr(t->v, index);
    else if (!platform_msr_read(trip_platform(t), t->v->id, cpu_now(t->c),
                                index, &value))
        return trip_inject_gp(t);
    if (index == MSR_TSC_DEADLINE && value != 0)
        value -= clock_minus_tsc(t);
    s->gpr[REG_RAX] = (uint32_t)value;
    s->gpr[REG_RDX] = value >> 32;
    trip_skip(t);
    return VCPU_RESUME;
}
