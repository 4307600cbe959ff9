/*
 * exec_debug.c - MOV to and from debug registers.
 *
 * Hardware  Intel SDM vol. 2, "MOV - Move to/from Debug Registers"; vol. 3,
 *           "Debug Registers", "Exit Qualification for MOV DR".
 */
#include "sim/cpu/access.h"
#include "sim/cpu/alu.h"
#include "sim/cpu/debug.h"
#include "sim/cpu/guest_exit.h"
#include "sim/cpu/segment.h"

/* SDM table "Exit Qualification for MOV DR": number and direction, register. */
static enum op_result debug_exit(struct cpu *c, const struct op *op,
                                 unsigned number, unsigned gpr)
{
    if (!guest_intercepts(c) || !c->control.exit_mov_dr)
        return OP_NEXT;
    guest_exit(c, op, VMEXIT_DR_ACCESS);
    c->event.exit.qualification = number | gpr << 8;
    return OP_EVENT;
}

/*
 * DR4 and DR5 are DR6 and DR7 unless CR4.DE.  number is the register that is
 * meant, read and gpr are for an exit.
 */
static enum op_result debug_number(struct cpu *c, const struct op *op,
                                   bool read, unsigned *number)
{
    unsigned dr = read ? op->src : op->dst;
    unsigned gpr = gpr_number(read ? op->dst : op->src);
    enum op_result r;

    if (dr > 7 || ((dr == 4 || dr == 5) && (c->state.cr4 & CR4_DE)))
        return cpu_fault(c, VECTOR_UD);
    if (c->state.cpl != 0)
        return cpu_gp0(c);
    r = debug_exit(c, op, dr | (unsigned)read << 4, gpr);
    if (r != OP_NEXT)
        return r;
    if (c->state.dr[7] & DR7_GD)
        return debug_fault(c, DR6_BD);
    *number = dr == 4 || dr == 5 ? dr + 2 : dr;
    return OP_NEXT;
}

enum op_result exec_mov_to_debug(struct cpu *c, const struct op *op)
{
    uint64_t value = cpu_u64(c, op->src);
    unsigned dr;
    enum op_result r = debug_number(c, op, false, &dr);

    if (r != OP_NEXT)
        return r;
    if (!(c->mode & MODE_64))
        value = (uint32_t)value;
    if (dr >= 6 && value >> 32)
        return cpu_gp0(c);
    if (dr == 6)
        value = (value & (DR6_HITS | DR6_BD | DR6_BS | DR6_BT)) | DR6_FIXED;
    if (dr == 7)
        value = (value & 0xffff2bff) | DR7_FIXED;
    c->state.dr[dr] = value;
    cpu_mode_changed(c);
    cpu_serialize(c, c->config.cr_write_cycles);
    return OP_END;
}

enum op_result exec_mov_from_debug(struct cpu *c, const struct op *op)
{
    unsigned dr;
    enum op_result r = debug_number(c, op, true, &dr);

    if (r == OP_NEXT)
        reg_write(c, op->dst, c->mode & MODE_64 ? 64 : 32, c->state.dr[dr]);
    return r;
}
