/*
 * exec_bcd.c - decimal adjustments, outside 64-bit mode; SALC.
 *
 * Hardware  Intel SDM vol. 2, DAA, DAS, AAA, AAS, AAM, AAD; AMD APM vol. 3,
 *           "SALC" has no section: AL becomes 0 or FF by CF.
 * Model     undefined flags: DAA and DAS clear OF; AAA and AAS set SF, ZF and
 *           PF of AL and clear OF; AAM and AAD clear OF, AF and CF.
 */
#include "sim/cpu/access.h"
#include "sim/cpu/exec_handlers.h"

static uint8_t *al(struct cpu *c)
{
    return cpu_at(c, offsetof(struct cpu, state.gpr[REG_RAX]));
}

static void set_ax(struct cpu *c, unsigned ax)
{
    al(c)[0] = (uint8_t)ax;
    al(c)[1] = (uint8_t)(ax >> 8);
}

/* SF, ZF, PF of AL; OF clear. */
static void settle(struct cpu *c, bool cf, bool af)
{
    flags_set_all(&c->flags, (uint64_t)(int64_t)(int8_t)al(c)[0], cf, false,
                  af);
}

/* sign: 1 after an addition, -1 after a subtraction. */
static enum op_result decimal(struct cpu *c, int sign)
{
    bool cf = flag_cf(&c->flags), af = flag_af(&c->flags);
    uint8_t old = *al(c);
    int adjust = 0;

    af = af || (old & 15) > 9;
    if (af)
        adjust = 6;
    if (af && !cf && sign < 0 && old < 6)
        cf = true; /* the borrow of the subtraction below */
    if (old > 0x99 || flag_cf(&c->flags)) {
        adjust += 0x60;
        cf = true;
    }
    *al(c) = (uint8_t)(old + sign * adjust);
    settle(c, cf, af);
    return OP_NEXT;
}

enum op_result exec_daa(struct cpu *c, const struct op *op)
{
    (void)op;
    return decimal(c, 1);
}

enum op_result exec_das(struct cpu *c, const struct op *op)
{
    (void)op;
    return decimal(c, -1);
}

static enum op_result ascii(struct cpu *c, int sign)
{
    bool adjusts = (*al(c) & 15) > 9 || flag_af(&c->flags);
    unsigned ax = al(c)[0] | (unsigned)al(c)[1] << 8;

    if (adjusts)
        ax = (unsigned)((int)ax + sign * 0x106);
    set_ax(c, ax & 0xff0f);
    settle(c, adjusts, adjusts);
    return OP_NEXT;
}

enum op_result exec_aaa(struct cpu *c, const struct op *op)
{
    (void)op;
    return ascii(c, 1);
}

enum op_result exec_aas(struct cpu *c, const struct op *op)
{
    (void)op;
    return ascii(c, -1);
}

enum op_result exec_aam(struct cpu *c, const struct op *op)
{
    uint8_t base = (uint8_t)op->imm, value = *al(c);

    if (base == 0)
        return cpu_fault(c, VECTOR_DE);
    set_ax(c, (unsigned)(value / base) << 8 | value % base);
    settle(c, false, false);
    return OP_NEXT;
}

enum op_result exec_aad(struct cpu *c, const struct op *op)
{
    set_ax(c, (uint8_t)(al(c)[0] + al(c)[1] * (uint8_t)op->imm));
    settle(c, false, false);
    return OP_NEXT;
}

enum op_result exec_salc(struct cpu *c, const struct op *op)
{
    (void)op;
    *al(c) = flag_cf(&c->flags) ? 0xff : 0;
    return OP_NEXT;
}
