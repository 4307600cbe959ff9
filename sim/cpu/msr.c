/*
 * msr.c - model-specific registers, RDMSR, WRMSR.
 *
 * Hardware  Intel SDM vol. 4, "Model-Specific Registers"; AMD APM vol. 2,
 *           "MSR Cross-Reference".
 * Model     registers of the interrupt controller leave as CPU_EVENT_MSR;
 *           an index without a row raises #GP, as it does on hardware.
 * NOT MODELLED  MTRRs and machine checks beyond reading as "none".
 */
#include "sim/cpu/guest_exit.h"
#include "sim/cpu/privileged.h"
#include "sim/cpu/timing_model.h"

enum {
    MSR_TSC = 0x10,
    MSR_APIC_BASE = 0x1b,
    MSR_FEATURE_CONTROL = 0x3a,
    MSR_TSC_ADJUST = 0x3b,
    MSR_MICROCODE = 0x8b,
    MSR_MTRR_CAP = 0xfe,
    MSR_SYSENTER_CS = 0x174,
    MSR_SYSENTER_ESP = 0x175,
    MSR_SYSENTER_EIP = 0x176,
    MSR_MCG_CAP = 0x179,
    MSR_MISC_ENABLE = 0x1a0,
    MSR_PAT = 0x277,
    MSR_MTRR_DEFAULT = 0x2ff,
    MSR_TSC_DEADLINE = 0x6e0,
    MSR_X2APIC_FIRST = 0x800,
    MSR_X2APIC_LAST = 0x8ff,
};

#define MSR_EFER           0xc0000080u
#define MSR_STAR           0xc0000081u
#define MSR_LSTAR          0xc0000082u
#define MSR_CSTAR          0xc0000083u
#define MSR_FMASK          0xc0000084u
#define MSR_FS_BASE        0xc0000100u
#define MSR_GS_BASE        0xc0000101u
#define MSR_KERNEL_GS_BASE 0xc0000102u
#define MSR_TSC_AUX        0xc0000103u

/* Which values a register takes. */
enum msr_rule { RULE_ANY, RULE_CANONICAL, RULE_32, RULE_PAT, RULE_APIC };

/* A register that is a plain field of struct cpu_state. */
struct msr_row {
    uint32_t index;
    uint16_t offset;
    enum msr_rule rule;
};

#define FIELD(name) offsetof(struct cpu_state, name)

static const struct msr_row fields[] = {
    {MSR_APIC_BASE, FIELD(apic_base), RULE_APIC},
    {MSR_SYSENTER_CS, FIELD(sysenter_cs), RULE_ANY},
    {MSR_SYSENTER_ESP, FIELD(sysenter_esp), RULE_CANONICAL},
    {MSR_SYSENTER_EIP, FIELD(sysenter_eip), RULE_CANONICAL},
    {MSR_MISC_ENABLE, FIELD(misc_enable), RULE_ANY},
    {MSR_PAT, FIELD(pat), RULE_PAT},
    {MSR_STAR, FIELD(star), RULE_ANY},
    {MSR_LSTAR, FIELD(lstar), RULE_CANONICAL},
    {MSR_CSTAR, FIELD(cstar), RULE_CANONICAL},
    {MSR_FMASK, FIELD(fmask), RULE_32},
    {MSR_FS_BASE, FIELD(seg[SEG_FS].base), RULE_CANONICAL},
    {MSR_GS_BASE, FIELD(seg[SEG_GS].base), RULE_CANONICAL},
    {MSR_KERNEL_GS_BASE, FIELD(kernel_gs_base), RULE_CANONICAL},
    {MSR_TSC_AUX, FIELD(tsc_aux), RULE_32},
};

/* Registers that read as 0 and accept no write. */
static const uint32_t read_only[] = {MSR_FEATURE_CONTROL, MSR_MTRR_CAP,
                                     MSR_MCG_CAP, MSR_MTRR_DEFAULT,
                                     MSR_MICROCODE};

bool msr_is_device(uint32_t index)
{
    return index == MSR_TSC_DEADLINE ||
           (index >= MSR_X2APIC_FIRST && index <= MSR_X2APIC_LAST);
}

static const struct msr_row *find_field(uint32_t index)
{
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        if (fields[i].index == index)
            return &fields[i];
    return NULL;
}

static uint64_t *field_of(struct cpu *c, const struct msr_row *row)
{
    return (uint64_t *)(void *)((uint8_t *)&c->state + row->offset);
}

bool msr_read(struct cpu *c, uint32_t index, uint64_t *value)
{
    const struct msr_row *row = find_field(index);

    *value = 0;
    if (row) {
        *value = *field_of(c, row);
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
    for (size_t i = 0; i < ARRAY_LEN(read_only); i++)
        if (read_only[i] == index)
            return true;
    return false;
}

/* Each byte a memory type: 0, 1, 4, 5, 6, 7. */
static bool pat_legal(uint64_t value)
{
    for (unsigned i = 0; i < 8; i++) {
        unsigned type = value >> (8 * i) & 0xff;

        if (type > 7 || type == 2 || type == 3)
            return false;
    }
    return true;
}

static bool value_legal(const struct cpu *c, const struct msr_row *row,
                        uint64_t value)
{
    switch (row->rule) {
    case RULE_ANY:
        return true;
    case RULE_CANONICAL:
        return cpu_canonical(c, value);
    case RULE_32:
        return value >> 32 == 0;
    case RULE_PAT:
        return pat_legal(value);
    case RULE_APIC: /* base, x2APIC enable, enable, boot CPU */
        return (value & ~(((uint64_t)1 << 46) - 1)) == 0 &&
               (value & 0x2ff) == 0;
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
    const struct msr_row *row = find_field(index);

    if (index == MSR_EFER)
        return control_write_efer(c, value);
    if (index == MSR_TSC_ADJUST)
        c->state.tsc_base = 0 - value;
    else if (!row || !value_legal(c, row, value))
        return cpu_gp0(c);
    else
        *field_of(c, row) = value;
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
    if (index == MSR_TSC)
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
