/*
 * exec_fast_call.c - SYSCALL, SYSRET, SYSENTER, SYSEXIT.
 *
 * Hardware  Intel SDM vol. 2, the instructions by name; AMD APM vol. 3 for
 *           SYSCALL outside 64-bit mode (Intel's CPUs: #UD) and SYSENTER in
 *           long mode (AMD's CPUs: #UD).
 */
#include "sim/cpu/exception.h"
#include "sim/cpu/privileged.h"
#include "sim/cpu/segment.h"
#include "sim/cpu/timing_model.h"

op_function exec_syscall, exec_sysret, exec_sysenter, exec_sysexit;

/* The flat segments that SYSCALL and SYSRET load without any table. */
static struct segment flat_code(uint16_t selector, unsigned cpl, bool wide)
{
    unsigned a = 0xb | SEGA_S | cpl << SEGA_DPL_SHIFT | SEGA_P | SEGA_G |
                 (wide ? SEGA_L : SEGA_D);

    return (struct segment){
        .selector = selector, .attributes = (uint16_t)a, .limit = 0xffffffff};
}

static struct segment flat_stack(uint16_t selector, unsigned cpl)
{
    unsigned a =
        0x3 | SEGA_S | cpl << SEGA_DPL_SHIFT | SEGA_P | SEGA_G | SEGA_D;

    return (struct segment){
        .selector = selector, .attributes = (uint16_t)a, .limit = 0xffffffff};
}

static enum op_result trap_syscall(struct cpu *c, const struct op *op)
{
    c->event = (struct cpu_event){.kind = CPU_EVENT_TRAP};
    c->event.trap.kind = TRAP_SYSCALL;
    c->event.trap.length = op->length;
    if (!c->control.deprived_kernel)
        counter_add(c->counters, COUNTER_GUEST_SYSCALL, 1);
    return OP_EVENT;
}

/* To a kernel that has not entered long mode: AMD's CPUs only. */
static void syscall_legacy(struct cpu *c, const struct op *op)
{
    struct cpu_state *s = &c->state;

    s->gpr[REG_RCX] = (uint32_t)(c->block_rip + op->end);
    s->rip = (uint32_t)s->star;
    cpu_set_rflags(c, cpu_rflags(c) & ~(RFLAGS_VM | RFLAGS_IF | RFLAGS_RF));
}

static void syscall_long(struct cpu *c, const struct op *op)
{
    struct cpu_state *s = &c->state;

    s->gpr[REG_RCX] = c->block_rip + op->end;
    s->gpr[REG_R11] = cpu_rflags(c) & ~RFLAGS_RF;
    s->rip = c->mode & MODE_64 ? s->lstar : s->cstar;
    cpu_set_rflags(c, cpu_rflags(c) & ~s->fmask & ~RFLAGS_RF);
}

enum op_result exec_syscall(struct cpu *c, const struct op *op)
{
    struct cpu_state *s = &c->state;
    uint16_t cs = (uint16_t)(s->star >> 32 & 0xfffc);
    bool wide = cpu_long_mode(c);

    if (c->control.virt == VIRT_DEPRIVED)
        return trap_syscall(c, op);
    if (!(s->efer & EFER_SCE) ||
        (!(c->mode & MODE_64) && (!cpu_is_amd(c) || (c->mode & MODE_REAL))))
        return cpu_fault(c, VECTOR_UD);
    if (s->cpl == 3)
        counter_add(c->counters, COUNTER_GUEST_SYSCALL, 1);
    if (wide)
        syscall_long(c, op);
    else
        syscall_legacy(c, op);
    s->seg[SEG_CS] = flat_code(cs, 0, wide);
    s->seg[SEG_SS] = flat_stack((uint16_t)(cs + 8), 0);
    s->cpl = 0;
    c->step_lost = !(s->rflags & RFLAGS_TF);
    timing_serialize(&c->time, LEDGER_DELIVERY, c->config.syscall_cycles);
    cpu_mode_changed(c);
    return OP_BRANCH;
}

/* With REX.W to 64-bit code, else to compatibility mode. */
enum op_result exec_sysret(struct cpu *c, const struct op *op)
{
    struct cpu_state *s = &c->state;
    bool wide = op->width == 8;
    uint16_t base = (uint16_t)(s->star >> 48);
    uint64_t target = s->gpr[REG_RCX];
    uint64_t settable = 0x3c7fd7; /* all but RF, VM and reserved bits */

    if (!(s->efer & EFER_SCE) ||
        (!(c->mode & MODE_64) && (!cpu_is_amd(c) || (c->mode & MODE_REAL))))
        return cpu_fault(c, VECTOR_UD);
    if (s->cpl != 0 || (wide && !cpu_canonical(c, target)))
        return cpu_gp0(c);
    s->rip = wide ? target : (uint32_t)target;
    s->seg[SEG_CS] =
        flat_code((uint16_t)((base + (wide ? 16 : 0)) | 3), 3, wide);
    s->seg[SEG_SS] = flat_stack((uint16_t)((base + 8) | 3), 3);
    s->cpl = 3;
    if (cpu_long_mode(c))
        cpu_set_rflags(c, s->gpr[REG_R11] & settable);
    else
        cpu_set_rflags(c, cpu_rflags(c) | RFLAGS_IF);
    timing_serialize(&c->time, LEDGER_DELIVERY, c->config.sysret_cycles);
    cpu_mode_changed(c);
    return OP_BRANCH;
}

static bool has_sysenter(const struct cpu *c)
{
    return !cpu_is_amd(c) || !cpu_long_mode(c);
}

enum op_result exec_sysenter(struct cpu *c, const struct op *op)
{
    struct cpu_state *s = &c->state;
    bool wide = cpu_long_mode(c);
    uint16_t cs = (uint16_t)(s->sysenter_cs & 0xfffc);

    (void)op;
    if (!has_sysenter(c))
        return cpu_fault(c, VECTOR_UD);
    if ((c->mode & MODE_REAL) || cs == 0)
        return cpu_gp0(c);
    if (s->cpl == 3)
        counter_add(c->counters, COUNTER_GUEST_SYSCALL, 1);
    cpu_set_rflags(c, cpu_rflags(c) & ~(RFLAGS_VM | RFLAGS_IF | RFLAGS_RF));
    s->gpr[REG_RSP] = wide ? s->sysenter_esp : (uint32_t)s->sysenter_esp;
    s->rip = wide ? s->sysenter_eip : (uint32_t)s->sysenter_eip;
    s->seg[SEG_CS] = flat_code(cs, 0, wide);
    s->seg[SEG_SS] = flat_stack((uint16_t)(cs + 8), 0);
    s->cpl = 0;
    timing_serialize(&c->time, LEDGER_DELIVERY, c->config.syscall_cycles);
    cpu_mode_changed(c);
    return OP_BRANCH;
}

/* With REX.W to 64-bit code: CS + 32; else CS + 16. */
enum op_result exec_sysexit(struct cpu *c, const struct op *op)
{
    struct cpu_state *s = &c->state;
    bool wide = op->width == 8;
    uint16_t cs = (uint16_t)((s->sysenter_cs & 0xfffc) + (wide ? 32 : 16));
    uint64_t rip = s->gpr[REG_RDX], rsp = s->gpr[REG_RCX];

    if (!has_sysenter(c))
        return cpu_fault(c, VECTOR_UD);
    if ((c->mode & MODE_REAL) || s->cpl != 0 || !(s->sysenter_cs & 0xfffc))
        return cpu_gp0(c);
    if (wide && (!cpu_canonical(c, rip) || !cpu_canonical(c, rsp)))
        return cpu_gp0(c);
    s->rip = wide ? rip : (uint32_t)rip;
    s->gpr[REG_RSP] = wide ? rsp : (uint32_t)rsp;
    s->seg[SEG_CS] = flat_code(cs | 3, 3, wide);
    s->seg[SEG_SS] = flat_stack((uint16_t)((cs + 8) | 3), 3);
    s->cpl = 3;
    timing_serialize(&c->time, LEDGER_DELIVERY, c->config.sysret_cycles);
    cpu_mode_changed(c);
    return OP_BRANCH;
}
