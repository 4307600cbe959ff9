/*
 * exec_system.c - MOV to and from control registers, LMSW, SMSW, CLTS, INVLPG,
 * INVPCID, WBINVD, INVD, CLI, STI, HLT, PAUSE, CLAC, STAC, VMCALL.
 *
 * Hardware  Intel SDM vol. 2, the instructions by name; vol. 3,
 *           "Instructions That Cause VM Exits", table "Exit Qualification for
 *           Control-Register Accesses".
 * Order     faults of privilege come before VM exits (SDM vol. 3, "Relative
 *           Priority of Faults and VM Exits").
 */
#include "sim/cpu/access.h"
#include "sim/cpu/alu.h"
#include "sim/cpu/guest_exit.h"
#include "sim/cpu/privileged.h"
#include "sim/cpu/segment.h"
#include "sim/cpu/timing_model.h"
#include "sim/cpu/virtual_apic.h"

/* Access types of the CR_ACCESS qualification. */
enum { CR_TO = 0, CR_FROM = 1, CR_CLTS = 2, CR_LMSW = 3 };

static enum op_result exit_control(struct cpu *c, const struct op *op,
                                   unsigned cr, unsigned type, unsigned gpr)
{
    guest_exit(c, op, VMEXIT_CR_ACCESS);
    c->event.exit.qualification = cr | type << 4 | gpr << 8;
    c->event.exit.cr = (uint8_t)cr;
    c->event.exit.gpr = (uint8_t)gpr;
    c->event.exit.cr_write = type != CR_FROM;
    return OP_EVENT;
}

/* Would this write to CR0 or CR4 change a bit that the host owns? */
static bool control_intercepted(const struct cpu *c, unsigned cr,
                                uint64_t value)
{
    const struct guest_control *g = &c->control;

    if (!guest_intercepts(c))
        return false;
    switch (cr) {
    case 0:
        return (value ^ g->cr0_shadow) & g->cr0_mask;
    case 3:
        return g->exit_cr3_load;
    case 4:
        return (value ^ g->cr4_shadow) & g->cr4_mask;
    case 8:
        return g->exit_cr8_load;
    }
    return false;
}

/* CR8 is the local APIC's TPR: whoever has that APIC must know. */
static enum op_result write_cr8(struct cpu *c, uint64_t value)
{
    if (guest_intercepts(c) && c->control.tpr_shadow) {
        virtual_apic_write_cr8(c, value);
        return OP_END;
    }
    if (c->state.cr8 != value)
        c->behind.kind = BEHIND_PRIORITY;
    c->state.cr8 = value;
    return OP_END;
}

enum op_result exec_mov_to_control(struct cpu *c, const struct op *op)
{
    uint64_t value = cpu_u64(c, op->src);
    unsigned cr = op->dst;

    if (cr != 0 && cr != 2 && cr != 3 && cr != 4 && cr != 8)
        return cpu_fault(c, VECTOR_UD);
    if (c->state.cpl != 0)
        return cpu_gp0(c);
    if (!(c->mode & MODE_64))
        value = (uint32_t)value;
    if (control_intercepted(c, cr, value))
        return exit_control(c, op, cr, CR_TO, gpr_number(op->src));
    switch (cr) {
    case 0:
        return control_write_cr0(c, value);
    case 2:
        c->state.cr2 = value;
        return OP_END;
    case 3:
        return control_write_cr3(c, value);
    case 4:
        return control_write_cr4(c, value);
    }
    return value > 15 ? cpu_gp0(c) : write_cr8(c, value);
}

static uint64_t control_value(const struct cpu *c, unsigned cr)
{
    const struct guest_control *g = &c->control;
    uint64_t mask0 = guest_mode(c) ? g->cr0_mask : 0;
    uint64_t mask4 = guest_mode(c) ? g->cr4_mask : 0;

    switch (cr) {
    case 0:
        return (c->state.cr0 & ~mask0) | (g->cr0_shadow & mask0);
    case 2:
        return c->state.cr2;
    case 3:
        return c->state.cr3;
    case 4:
        return (c->state.cr4 & ~mask4) | (g->cr4_shadow & mask4);
    }
    if (guest_intercepts(c) && g->tpr_shadow)
        return virtual_apic_cr8(c);
    return c->state.cr8;
}

enum op_result exec_mov_from_control(struct cpu *c, const struct op *op)
{
    unsigned cr = op->src;

    if (cr != 0 && cr != 2 && cr != 3 && cr != 4 && cr != 8)
        return cpu_fault(c, VECTOR_UD);
    if (c->state.cpl != 0)
        return cpu_gp0(c);
    if (guest_intercepts(c) && ((cr == 3 && c->control.exit_cr3_store) ||
                                (cr == 8 && c->control.exit_cr8_store)))
        return exit_control(c, op, cr, CR_FROM, gpr_number(op->dst));
    reg_write(c, op->dst, c->mode & MODE_64 ? 64 : 32, control_value(c, cr));
    return OP_NEXT;
}

op_function exec_lmsw, exec_smsw, exec_clts, exec_invlpg, exec_invpcid,
    exec_wbinvd, exec_invd, exec_cli, exec_sti, exec_hlt, exec_pause, exec_clac,
    exec_stac, exec_vmcall;

/* LMSW cannot clear PE. */
enum op_result exec_lmsw(struct cpu *c, const struct op *op)
{
    uint64_t word, value;
    enum op_result r;

    if (c->state.cpl != 0)
        return cpu_gp0(c);
    r = op_read_int(c, op, 0, 2, &word);
    if (r != OP_NEXT)
        return r;
    value = control_value(c, 0);
    value = (value & ~(uint64_t)0xe) | (word & 0xf) | (value & CR0_PE);
    if (control_intercepted(c, 0, value)) {
        r = exit_control(c, op, 0, CR_LMSW, 0);
        c->event.exit.qualification |= (word & 0xffff) << 16;
        if (op->memory_operand == 0) {
            c->event.exit.qualification |= 1 << 6;
            c->event.exit.gva = op_linear(c, op);
        }
        return r;
    }
    return control_write_cr0(c, value);
}

enum op_result exec_smsw(struct cpu *c, const struct op *op)
{
    unsigned bytes = op->memory_operand == 0 ? 2 : op->width;

    if (umip_forbids(c))
        return cpu_gp0(c);
    return op_write_int(c, op, 0, bytes, control_value(c, 0));
}

enum op_result exec_clts(struct cpu *c, const struct op *op)
{
    uint64_t value = control_value(c, 0) & ~CR0_TS;

    if (c->state.cpl != 0)
        return cpu_gp0(c);
    if (control_intercepted(c, 0, value))
        return exit_control(c, op, 0, CR_CLTS, 0);
    return control_write_cr0(c, value);
}

enum op_result exec_invlpg(struct cpu *c, const struct op *op)
{
    gva_t va = op_linear(c, op);

    if (c->state.cpl != 0)
        return cpu_gp0(c);
    if (guest_intercepts(c) && c->control.exit_invlpg) {
        guest_exit(c, op, VMEXIT_INVLPG);
        c->event.exit.qualification = va.v;
        return OP_EVENT;
    }
    if (cpu_canonical(c, va.v))
        mmu_invlpg(c->mmu, va);
    cpu_serialize(c, c->config.invlpg_cycles);
    return OP_END;
}

enum op_result exec_invpcid(struct cpu *c, const struct op *op)
{
    uint64_t type = cpu_u64(c, op->dst), descriptor[2];
    enum op_result r;

    if (!c->config.has_pcid || op->memory_operand != 1 ||
        (guest_mode(c) && !c->control.enable_invpcid))
        return cpu_fault(c, VECTOR_UD);
    if (c->state.cpl != 0)
        return cpu_gp0(c);
    if (guest_intercepts(c) && c->control.exit_invlpg)
        return guest_exit_operand(c, op, VMEXIT_INVPCID, 0);
    r = cpu_load(c, op_linear(c, op), 16, descriptor);
    if (r != OP_NEXT)
        return r;
    if (type > 3 || descriptor[0] >> 12 ||
        (type == 0 && !cpu_canonical(c, descriptor[1])) ||
        (type < 2 && !(c->state.cr4 & CR4_PCIDE) && descriptor[0] != 0))
        return cpu_gp0(c);
    mmu_invpcid(c->mmu, (unsigned)type, (uint16_t)descriptor[0],
                gva(descriptor[1]));
    cpu_serialize(c, c->config.invpcid_cycles);
    return OP_END;
}

/* The tag arrays keep their lines: nothing is ever written back. */
enum op_result exec_wbinvd(struct cpu *c, const struct op *op)
{
    if (c->state.cpl != 0)
        return cpu_gp0(c);
    if (guest_intercepts(c) && c->control.exit_wbinvd)
        return guest_exit(c, op, VMEXIT_WBINVD);
    cpu_serialize(c, c->config.wbinvd_cycles);
    return OP_END;
}

/* In guest mode it always exits. */
enum op_result exec_invd(struct cpu *c, const struct op *op)
{
    if (c->state.cpl != 0)
        return cpu_gp0(c);
    if (guest_intercepts(c))
        return guest_exit(c, op, VMEXIT_INVD);
    cpu_serialize(c, c->config.wbinvd_cycles);
    return OP_END;
}

static bool may_use_if(const struct cpu *c)
{
    return c->state.cpl <= (c->state.rflags >> 12 & 3);
}

enum op_result exec_cli(struct cpu *c, const struct op *op)
{
    (void)op;
    if (!may_use_if(c))
        return cpu_gp0(c);
    c->state.rflags &= ~RFLAGS_IF;
    return OP_END;
}

/* Interrupts wait for one more instruction if they were off. */
enum op_result exec_sti(struct cpu *c, const struct op *op)
{
    (void)op;
    if (!may_use_if(c))
        return cpu_gp0(c);
    if (!(c->state.rflags & RFLAGS_IF)) {
        c->state.interrupt_shadow = true;
        c->state.mov_ss_shadow = false;
    }
    c->state.rflags |= RFLAGS_IF;
    return OP_END;
}

/*
 * Retires, and the caller decides how long the CPU sleeps.  A single step ends
 * the sleep at once.
 */
enum op_result exec_hlt(struct cpu *c, const struct op *op)
{
    if (c->state.cpl != 0)
        return cpu_gp0(c);
    if (guest_intercepts(c) && c->control.exit_hlt)
        return guest_exit(c, op, VMEXIT_HLT);
    if (c->state.rflags & RFLAGS_TF)
        return OP_END;
    c->state.halted = true;
    c->state.interrupt_shadow = false;
    c->event = (struct cpu_event){.kind = CPU_EVENT_HALT};
    return cpu_retire_with_event(c);
}

enum op_result exec_pause(struct cpu *c, const struct op *op)
{
    if (guest_mode(c) && guest_pause_exits(c))
        return guest_exit(c, op, VMEXIT_PAUSE);
    /* What follows waits; the fixed costs of the fast model have that in. */
    if (!c->time.fast)
        timing_serialize(&c->time, c->time.base_row, c->config.pause_cycles);
    return OP_NEXT;
}

static enum op_result set_ac(struct cpu *c, bool ac)
{
    if (c->state.cpl != 0 || !c->config.has_smap)
        return cpu_fault(c, VECTOR_UD);
    c->state.rflags = (c->state.rflags & ~RFLAGS_AC) | (ac ? RFLAGS_AC : 0);
    cpu_mode_changed(c);
    return OP_END;
}

enum op_result exec_clac(struct cpu *c, const struct op *op)
{
    (void)op;
    return set_ac(c, false);
}

enum op_result exec_stac(struct cpu *c, const struct op *op)
{
    (void)op;
    return set_ac(c, true);
}

enum op_result exec_vmcall(struct cpu *c, const struct op *op)
{
    if (guest_mode(c))
        return guest_exit(c, op, VMEXIT_VMCALL);
    return cpu_fault(c, VECTOR_UD);
}
