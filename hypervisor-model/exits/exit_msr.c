/*
 * exit_msr.c - RDMSR and WRMSR on registers that the hypervisor keeps: the
 * virtual local APIC, the TSC deadline, EFER.
 *
 * Hardware  Intel SDM vol. 3, "Virtualizing MSR-Based APIC Accesses" (here:
 *           by exits); vol. 4 for EFER.
 */
#include "hypervisor-model/exits/exit_table.h"
#include "hypervisor-model/exits/trip.h"
#include "sim/cpu/control_legal.h"

#define MSR_EFER 0xc0000080u

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

static enum vcpu_action write_efer(struct trip *t, uint64_t value)
{
    const struct paging_ops *paging = guest_vm(t->v->vm)->paging;
    struct cpu_state *s = cpu_state(t->c);
    uint64_t changed = value ^ s->efer;

    if (!control_efer_legal(t->c, value))
        return trip_inject_gp(t);
    s->efer = (value & ~EFER_LMA) | (s->efer & EFER_LMA);
    trip_skip(t);
    if (!(changed & (EFER_NXE | EFER_LME)) || !paging->regime_changed)
        return VCPU_RESUME;
    return paging->regime_changed(t, REGIME_MODE);
}

static void charge_device(struct trip *t)
{
    cpu_charge(t->c, LEDGER_DEVICE, trip_config(t)->device_cycles);
}

enum vcpu_action exit_msr_write(struct trip *t)
{
    uint32_t index = t->exit->msr.index;
    uint64_t value = msr_written(t);

    if (index == MSR_EFER)
        return write_efer(t, value);
    if (index == MSR_TSC_DEADLINE && value != 0)
        value += clock_minus_tsc(t);
    charge_device(t);
    if (!platform_msr_write(trip_platform(t), t->v->id, cpu_now(t->c), index,
                            value))
        return trip_inject_gp(t);
    trip_skip(t);
    return VCPU_RESUME;
}

enum vcpu_action exit_msr_read(struct trip *t)
{
    uint32_t index = t->exit->msr.index;
    struct cpu_state *s = cpu_state(t->c);
    uint64_t value;

    charge_device(t);
    if (!platform_msr_read(trip_platform(t), t->v->id, cpu_now(t->c), index,
                           &value))
        return trip_inject_gp(t);
    if (index == MSR_TSC_DEADLINE && value != 0)
        value -= clock_minus_tsc(t);
    s->gpr[REG_RAX] = (uint32_t)value;
    s->gpr[REG_RDX] = value >> 32;
    trip_skip(t);
    return VCPU_RESUME;
}
