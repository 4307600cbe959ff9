/*
 * exec_interrupt.c - INT n, INT3, INT1, INTO, SYSCALL, SYSRET, SYSENTER,
 * SYSEXIT.
 *
 * Hardware  Intel SDM vol. 2, the instructions by name.
 * NOT MODELLED  SYSENTER and SYSEXIT: #UD, and CPUID does not claim them.
 */
#include "sim/cpu/exception.h"
#include "sim/cpu/privileged.h"
#include "sim/cpu/segment.h"
#include "sim/cpu/timing_model.h"

op_function exec_int, exec_int3, exec_int1, exec_into, exec_syscall,
    exec_sysret, exec_sysenter, exec_sysexit;

static enum op_result software_interrupt(struct cpu *c, const struct op *op,
                                         uint8_t vector)
{
    struct delivery d = {
        .kind = INJECT_SOFTWARE, .vector = vector, .length = op->length};

    c->state.rip = c->block_rip + op->end - op->length;
    return exception_deliver(c, &d);
}

enum op_result exec_int(struct cpu *c, const struct op *op)
{
    return software_interrupt(c, op, (uint8_t)op->imm);
}

/* #BP is a trap: it can be intercepted as an exception. */
enum op_result exec_int3(struct cpu *c, const struct op *op)
{
    if (guest_mode(c) && (c->control.exception_bitmap >> VECTOR_BP & 1)) {
        guest_exit(c, op, VMEXIT_EXCEPTION);
        c->event.exit.vector = VECTOR_BP;
        return OP_EVENT;
    }
    return software_interrupt(c, op, VECTOR_BP);
}

enum op_result exec_int1(struct cpu *c, const struct op *op)
{
    return software_interrupt(c, op, VECTOR_DB);
}

enum op_result exec_into(struct cpu *c, const struct op *op)
{
    if (!flag_of(&c->flags))
        return OP_END;
    return software_interrupt(c, op, VECTOR_OF);
}

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

enum op_result exec_syscall(struct cpu *c, const struct op *op)
{
    struct cpu_state *s = &c->state;
    uint16_t cs = (uint16_t)(s->star >> 32 & 0xfffc);

    if (c->control.virt == VIRT_DEPRIVED)
        return trap_syscall(c, op);
    if (!(s->efer & EFER_SCE))
        return cpu_fault(c, VECTOR_UD);
    if (s->cpl == 3)
        counter_add(c->counters, COUNTER_GUEST_SYSCALL, 1);
    s->gpr[REG_RCX] = c->block_rip + op->end;
    s->gpr[REG_R11] = cpu_rflags(c) & ~RFLAGS_RF;
    s->rip = s->lstar;
    cpu_set_rflags(c, cpu_rflags(c) & ~s->fmask & ~RFLAGS_RF);
    s->seg[SEG_CS] = flat_code(cs, 0, true);
    s->seg[SEG_SS] = flat_stack((uint16_t)(cs + 8), 0);
    s->cpl = 0;
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

    if (!(s->efer & EFER_SCE))
        return cpu_fault(c, VECTOR_UD);
    if (s->cpl != 0 || (wide && !cpu_canonical(c, target)))
        return cpu_gp0(c);
    s->rip = wide ? target : (uint32_t)target;
    s->seg[SEG_CS] =
        flat_code((uint16_t)((base + (wide ? 16 : 0)) | 3), 3, wide);
    s->seg[SEG_SS] = flat_stack((uint16_t)((base + 8) | 3), 3);
    s->cpl = 3;
    cpu_set_rflags(c, s->gpr[REG_R11] & settable);
    timing_serialize(&c->time, LEDGER_DELIVERY, c->config.sysret_cycles);
    cpu_mode_changed(c);
    return OP_BRANCH;
}

enum op_result exec_sysenter(struct cpu *c, const struct op *op)
{
    (void)op;
    return cpu_fault(c, VECTOR_UD);
}

enum op_result exec_sysexit(struct cpu *c, const struct op *op)
{
    (void)op;
    return cpu_fault(c, VECTOR_UD);
}
