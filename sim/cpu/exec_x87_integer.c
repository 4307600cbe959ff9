/*
 * exec_x87_integer.c - FISTTP, and packed decimals: FBLD, FBSTP.
 *
 * Hardware  Intel SDM vol. 1, "Packed BCD Integers"; vol. 2, FISTTP, FBLD,
 *           FBSTP.
 */
#include "sim/cpu/exec_handlers.h"
#include "sim/cpu/exec_x87.h"

enum { BCD_DIGITS = 18, BCD_BYTES = 10 };
#define BCD_MOST ((uint64_t)999999999999999999)

/* Truncates whatever the control word says. */
static bool prepare_truncated(struct cpu *c, unsigned bytes, uint8_t raw[10])
{
    struct fp_env env = x87_env(c);
    uint64_t value = (uint64_t)1 << (8 * bytes - 1);

    env.rounding = FP_ROUND_ZERO;
    if (x87_is_empty(c, 0)) {
        if (!x87_stack_fault(c, false))
            return false;
    } else {
        value = fp_to_int(&env, x87_value(c, 0), 8 * bytes);
        x87_settle(c, &env);
    }
    memcpy(raw, &value, 8);
    return !(env.flags & FP_IE & ~env.masked);
}

enum op_result exec_fisttp(struct cpu *c, const struct op *op)
{
    return x87_store(c, op, prepare_truncated, true);
}

/* Two digits a byte, the least significant first; the sign on top. */
static void put_decimal(uint64_t value, bool sign, uint8_t raw[BCD_BYTES])
{
    for (unsigned i = 0; i < BCD_DIGITS / 2; i++) {
        raw[i] = (uint8_t)(value % 10 | value / 10 % 10 << 4);
        value /= 100;
    }
    raw[BCD_BYTES - 1] = sign ? 0x80 : 0;
}

static bool prepare_decimal(struct cpu *c, unsigned bytes,
                            uint8_t raw[BCD_BYTES])
{
    static const uint8_t indefinite[BCD_BYTES] = {[7] = 0xc0, 0xff, 0xff};
    struct fp_env env = x87_env(c);
    struct fp a;
    int64_t value;
    uint64_t size;

    memcpy(raw, indefinite, bytes);
    if (x87_is_empty(c, 0))
        return x87_stack_fault(c, false);
    a = x87_value(c, 0);
    value = (int64_t)fp_to_int(&env, a, 64);
    size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    if (size > BCD_MOST) {
        env.flags = FP_IE;
        env.rounded_up = false;
    }
    if (!(env.flags & FP_IE))
        put_decimal(size, a.sign, raw);
    x87_settle(c, &env);
    return !(env.flags & FP_IE & ~env.masked);
}

enum op_result exec_fbstp(struct cpu *c, const struct op *op)
{
    return x87_store(c, op, prepare_decimal, true);
}

/* Digits above 9 count as they stand: 10 times the left one plus the right. */
enum op_result exec_fbld(struct cpu *c, const struct op *op)
{
    uint8_t raw[BCD_BYTES];
    uint64_t value = 0;
    struct fp a;
    enum op_result r = x87_wait(c);

    if (r == OP_NEXT)
        r = cpu_load(c, op_linear(c, op), BCD_BYTES, raw);
    if (r != OP_NEXT)
        return r;
    for (unsigned i = BCD_DIGITS / 2; i-- > 0;)
        value = value * 100 + (raw[i] >> 4) * 10u + (raw[i] & 15);
    a = fp_from_int((int64_t)value);
    a.sign = raw[BCD_BYTES - 1] >> 7;
    x87_push(c, fp_pack80(a));
    return OP_NEXT;
}
