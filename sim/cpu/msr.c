/*
 * msr.c - model-specific registers, RDMSR, WRMSR.
 *
 * Hardware  Intel SDM vol. 4, "Model-Specific Registers"; AMD APM vol. 2,
 *           "MSR Cross-Reference".
 * Model     registers of the interrupt controller leave as CPU_EVENT_MSR;
 *           an index without a row raises #GP, as it does on hardware.
 */
#include "sim/cpu/guest_exit.h"
#include "sim/cpu/msr_table.h"
#include "sim/cpu/privileged.h"
#include "sim/cpu/timing_model.h"
#include "sim/cpu/virtual_apic.h"

enum {
    MSR_TSC = 0x10,
    MSR_APIC_BASE = 0x1b,
    MSR_TSC_ADJUST = 0x3b,
    MSR_TSC_DEADLINE = 0x6e0,
    MSR_X2APIC_FIRST = 0x800,
    MSR_X2APIC_LAST = 0x8ff,
};

#define MSR_EFER 0xc0000080u

bool msr_is_device(uint32_t index)
{
    return index == MSR_TSC_DEADLINE || index == MSR_APIC_BASE ||
           (index >= MSR_X2APIC_FIRST && index <= MSR_X2APIC_LAST);
}

bool msr_read(struct cpu *c, uint32_t index, uint64_t *value)
{
    const struct msr_row *row = msr_find(c, index);

    *value = 0;
    if (row) {
        *value = msr_field(c, row, index);
        return true;
    }
    if (index == MSR_EFER) {
        *value = c->state.efer;
        return true;
    }
    if (index == MSR_TSC_ADJUST) {
        *value = 0 - c->state.tsc_base;
        return true;
    }
    return false;
}

/* The TSC becomes value now. */
static void write_tsc(struct cpu *c, const struct op *op, uint64_t value)
{
    c->state.tsc_base += cpu_tsc(c, op) - value;
}

enum op_result msr_write(struct cpu *c, uint32_t index, uint64_t value)
{
    const struct msr_row *row = msr_find(c, index);

    if (index == MSR_EFER)
        return control_write_efer(c, value);
    if (index == MSR_TSC_ADJUST)
        c->state.tsc_base = 0 - value;
    else if (!row || !msr_takes(c, row, index, value))
        return cpu_gp0(c);
    else
        msr_set_field(c, row, index, value);
    cpu_serialize(c, c->config.msr_cycles);
    return OP_END;
}

/* Leaves for whoever has the register. */
static enum op_result leave(struct cpu *c, const struct op *op, bool write,
                            uint64_t value)
{
    struct cpu_msr msr = {.index = (uint32_t)c->state.gpr[REG_RCX],
                          .write = write,
                          .value = value};

    c->pending = (struct pending){.kind = PENDING_MSR, .length = op->length};
    c->pending.write = write;
    if (guest_mode(c)) {
        guest_exit(c, op, write ? VMEXIT_MSR_WRITE : VMEXIT_MSR_READ);
        c->event.exit.msr = msr;
        return OP_EVENT;
    }
    c->event = (struct cpu_event){.kind = CPU_EVENT_MSR};
    c->event.msr = msr;
    return OP_EVENT;
}

/* Does this access leave the CPU? */
static bool leaves(const struct cpu *c, uint32_t index, bool write)
{
    return guest_mode(c) ? guest_msr_exits(c, index, write)
                         : msr_is_device(index);
}

op_function exec_rdmsr, exec_wrmsr;

enum op_result exec_rdmsr(struct cpu *c, const struct op *op)
{
    uint32_t index = (uint32_t)c->state.gpr[REG_RCX];
    uint64_t value;

    if (c->state.cpl != 0)
        return cpu_gp0(c);
    if (leaves(c, index, false))
        return leave(c, op, false, 0);
    if (virtual_apic_reads_msr(c, index))
        value = virtual_apic_read_msr(c, index);
    else if (index == MSR_TSC)
        value = cpu_tsc(c, op);
    else if (!msr_read(c, index, &value))
        return cpu_gp0(c);
    c->state.gpr[REG_RAX] = (uint32_t)value;
    c->state.gpr[REG_RDX] = value >> 32;
    cpu_serialize(c, c->config.msr_cycles);
    return OP_END;
}

enum op_result exec_wrmsr(struct cpu *c, const struct op *op)
{
    uint32_t index = (uint32_t)c->state.gpr[REG_RCX];
    uint64_t value =
        c->state.gpr[REG_RDX] << 32 | (uint32_t)c->state.gpr[REG_RAX];

    if (c->state.cpl != 0)
        return cpu_gp0(c);
    if (leaves(c, index, true))
        return leave(c, op, true, value);
    if (virtual_apic_writes_msr(c, index))
        return virtual_apic_write_msr(c, index, value);
    if (index != MSR_TSC)
        return msr_write(c, index, value);
    write_tsc(c, op, value);
    cpu_serialize(c, c->config.msr_cycles);
    return OP_END;
}

void cpu_complete_msr(struct cpu *c, const struct cpu_msr *msr)
{
    if (c->pending.kind != PENDING_MSR)
        return;
    if (!c->pending.write) {
        c->state.gpr[REG_RAX] = (uint32_t)msr->value;
        c->state.gpr[REG_RDX] = msr->value >> 32;
    }
    c->pending.kind = PENDING_NONE;
    timing_serialize(&c->time, c->time.base_row, c->config.msr_cycles);
    cpu_skip(c, c->pending.length);
}
