/*
 * exec_x87.c - control word, exceptions and pushes.  See exec_x87.h.
 */
#include "sim/cpu/exec_x87.h"

struct fp_env x87_env(const struct cpu *c)
{
    return (struct fp_env){
        .rounding = (enum fp_rounding)(c->state.fcw >> 10 & 3),
        .masked = c->state.fcw & FP_FLAGS,
        .x87 = true,
        .wrap = true,
    };
}

const struct fp_format *x87_format(const struct cpu *c)
{
    /* precision control shortens the significand, not the exponent */
    static const struct fp_format formats[] = {
        {24, -16382, 16383},
        {64, -16382, 16383}, /* reserved */
        {53, -16382, 16383},
        {64, -16382, 16383},
    };

    return &formats[c->state.fcw >> 8 & 3];
}

struct x87_reg x87_indefinite(void)
{
    return fp_pack80(fp_indefinite());
}

bool x87_settle(struct cpu *c, const struct fp_env *env)
{
    const uint32_t by_operands = FP_IE | FP_DE | FP_ZE;
    uint32_t flags = env->flags;
    bool stores = !(flags & by_operands & ~env->masked);

    if (!stores)
        flags &= by_operands;
    c->state.fsw = (uint16_t)(c->state.fsw | flags);
    if (flags & ~env->masked)
        c->state.fsw |= FSW_ES | FSW_B;
    x87_set_c1(c, stores && env->rounded_up);
    return stores;
}

bool x87_stack_fault(struct cpu *c, bool overflow)
{
    c->state.fsw |= FSW_SF | FP_IE;
    x87_set_c1(c, overflow);
    if (c->state.fcw & FP_IE)
        return true;
    c->state.fsw |= FSW_ES | FSW_B;
    return false;
}

void x87_push(struct cpu *c, struct x87_reg value)
{
    if (!x87_is_empty(c, 7)) {
        if (!x87_stack_fault(c, true))
            return;
        value = x87_indefinite();
    } else {
        x87_set_c1(c, false);
    }
    x87_rotate(c, -1);
    x87_write(c, 0, value);
}
