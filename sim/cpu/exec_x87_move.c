/*
 * exec_x87_move.c - the register stack: loads, stores, constants, exchanges.
 *
 * Hardware  Intel SDM vol. 1, "Data Transfer Instructions", "Load Constant
 *           Instructions"; vol. 2.
 */
#include "sim/cpu/exec_handlers.h"
#include "sim/cpu/exec_x87.h"

/* A memory operand of 4 or 8 bytes, widened; 10 bytes are taken as they are. */
static enum op_result load_real(struct cpu *c, const struct op *op,
                                struct fp_env *env, struct x87_reg *value)
{
    uint8_t raw[10] = {0};
    enum op_result r = cpu_load(c, op_linear(c, op), op->memory_bytes, raw);
    uint64_t low;
    uint32_t bits;

    if (r != OP_NEXT)
        return r;
    memcpy(&low, raw, 8);
    if (op->memory_bytes == 10) {
        value->mantissa = low;
        memcpy(&value->sign_exponent, raw + 8, 2);
    } else if (op->memory_bytes == 8) {
        *value =
            fp_pack80(fp_convert(env, &fp_extended, fp_unpack64(env, low)));
    } else {
        memcpy(&bits, raw, 4);
        *value =
            fp_pack80(fp_convert(env, &fp_extended, fp_unpack32(env, bits)));
    }
    return OP_NEXT;
}

enum op_result exec_fld(struct cpu *c, const struct op *op)
{
    struct fp_env env = x87_env(c);
    struct x87_reg value;
    enum op_result r = x87_wait(c);

    if (r != OP_NEXT)
        return r;
    if (op->memory_operand == OP_NO_MEMORY) {
        if (x87_is_empty(c, x87_index(op->dst))) {
            if (!x87_stack_fault(c, false))
                return OP_NEXT;
            x87_rotate(c, -1); /* even if that register is not empty */
            x87_write(c, 0, x87_indefinite());
            return OP_NEXT;
        } else {
            value = c->state.x87[x87_physical(c, x87_index(op->dst))];
        }
    } else {
        r = load_real(c, op, &env, &value);
        if (r != OP_NEXT)
            return r;
        if (!x87_is_empty(c, 7)) /* overflow comes before the operand's */
            env.flags = 0;
        if (!x87_settle(c, &env))
            return OP_NEXT;
    }
    x87_push(c, value);
    return OP_NEXT;
}

enum op_result exec_fild(struct cpu *c, const struct op *op)
{
    uint64_t raw;
    enum op_result r = x87_wait(c);
    unsigned shift = 64 - 8u * op->memory_bytes;

    if (r == OP_NEXT)
        r = op_read_int(c, op, 0, op->memory_bytes, &raw);
    if (r != OP_NEXT)
        return r;
    x87_push(c, fp_pack80(fp_from_int((int64_t)(raw << shift) >> shift)));
    return OP_NEXT;
}

/*
 * ST(0) in the format of a memory operand, status word updated; false if an
 * unmasked exception forbids the store.
 */
static bool prepare_real(struct cpu *c, unsigned bytes, uint8_t raw[10])
{
    struct fp_env env = x87_env(c);
    struct x87_reg st = c->state.x87[x87_physical(c, 0)];
    struct fp a = fp_indefinite();
    uint64_t bits;

    if (x87_is_empty(c, 0)) {
        st = x87_indefinite();
        if (!x87_stack_fault(c, false))
            return false;
    } else if (bytes == 10) {
        x87_set_c1(c, false);
    } else {
        a = x87_value(c, 0);
        env.wrap = false;
        a = fp_convert(&env, bytes == 4 ? &fp_single : &fp_double, a);
        env.flags &= ~(uint32_t)FP_DE; /* stores do not report it */
        if (env.flags & (FP_OE | FP_UE) & ~env.masked) { /* nothing stored */
            env.flags &= ~(uint32_t)FP_PE;
            env.rounded_up = false;
        }
        x87_settle(c, &env);
    }
    bits = bytes == 10 ? st.mantissa : bytes == 8 ? fp_pack64(a) : fp_pack32(a);
    memcpy(raw, &bits, 8);
    memcpy(raw + 8, &st.sign_exponent, 2);
    return !(env.flags & (FP_IE | FP_OE | FP_UE) & ~env.masked);
}

/* The same for FIST and FISTP. */
static bool prepare_int(struct cpu *c, unsigned bytes, uint8_t raw[10])
{
    struct fp_env env = x87_env(c);
    uint64_t value = (uint64_t)1 << (8 * bytes - 1);

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

enum op_result x87_store(struct cpu *c, const struct op *op,
                         x87_prepare_function *prepare, bool pop)
{
    uint16_t fsw = c->state.fsw;
    uint8_t raw[10];
    struct span span;
    bool stores;
    enum op_result r = x87_wait(c);

    if (r != OP_NEXT)
        return r;
    stores = prepare(c, op->memory_bytes, raw);
    if (stores)
        r = cpu_store(c, op_linear(c, op), op->memory_bytes, raw);
    else /* a fault of the address comes first even so */
        r = cpu_translate(c, op_linear(c, op), op->memory_bytes, ACCESS_WRITE,
                          &span);
    if (r == OP_FAULT || r == OP_EVENT)
        c->state.fsw = fsw;
    else if (stores && pop)
        x87_pop(c);
    return r;
}

/* FST ST(i) and FSTP ST(i). */
static enum op_result store_register(struct cpu *c, const struct op *op,
                                     bool pop)
{
    struct x87_reg value = c->state.x87[x87_physical(c, 0)];
    enum op_result r = x87_wait(c);

    if (r != OP_NEXT)
        return r;
    if (x87_is_empty(c, 0)) {
        if (!x87_stack_fault(c, false))
            return OP_NEXT;
        value = x87_indefinite();
    } else {
        x87_set_c1(c, false);
    }
    x87_write(c, x87_index(op->dst), value);
    if (pop)
        x87_pop(c);
    return OP_NEXT;
}

enum op_result exec_fst(struct cpu *c, const struct op *op)
{
    if (op->memory_operand == OP_NO_MEMORY)
        return store_register(c, op, false);
    return x87_store(c, op, prepare_real, false);
}

enum op_result exec_fstp(struct cpu *c, const struct op *op)
{
    if (op->memory_operand == OP_NO_MEMORY)
        return store_register(c, op, true);
    return x87_store(c, op, prepare_real, true);
}

/* FSTP ST(i) that does nothing but pop if ST(0) is empty. */
enum op_result exec_fstpnce(struct cpu *c, const struct op *op)
{
    struct x87_reg value = c->state.x87[x87_physical(c, 0)];
    enum op_result r = x87_wait(c);

    if (r != OP_NEXT)
        return r;
    x87_set_c1(c, false);
    if (!x87_is_empty(c, 0))
        x87_write(c, x87_index(op->dst), value);
    x87_pop(c);
    return OP_NEXT;
}

enum op_result exec_fist(struct cpu *c, const struct op *op)
{
    return x87_store(c, op, prepare_int, false);
}

enum op_result exec_fistp(struct cpu *c, const struct op *op)
{
    return x87_store(c, op, prepare_int, true);
}

/*
 * Constants with 66 bits of significand, so that they round as RC says (SDM
 * vol. 1, "Pi"; table "x87 FPU constants" of the FLD1 .. FLDZ page).
 */
struct constant {
    uint64_t mantissa;
    uint16_t exponent;
    uint8_t low; /* two bits below the mantissa, sticky */
};

static enum op_result load_constant(struct cpu *c, struct constant k)
{
    enum fp_rounding rounding = (enum fp_rounding)(c->state.fcw >> 10 & 3);
    struct x87_reg value = {k.mantissa, k.exponent};
    bool up = rounding == FP_ROUND_NEAREST ? k.low & 2
                                           : rounding == FP_ROUND_UP && k.low;
    enum op_result r = x87_wait(c);

    if (r != OP_NEXT)
        return r;
    value.mantissa += up;
    x87_push(c, value);
    return OP_NEXT;
}

#define X87_CONSTANT(name, mantissa, exponent, low)                            \
    enum op_result exec_##name(struct cpu *c, const struct op *op)             \
    {                                                                          \
        (void)op;                                                              \
        return load_constant(c, (struct constant){mantissa, exponent, low});   \
    }
X87_CONSTANT(fldz, 0, 0, 0)
X87_CONSTANT(fld1, 0x8000000000000000, 0x3fff, 0)
X87_CONSTANT(fldpi, 0xc90fdaa22168c234, 0x4000, 3)
X87_CONSTANT(fldl2e, 0xb8aa3b295c17f0bb, 0x3fff, 2)
X87_CONSTANT(fldl2t, 0xd49a784bcd1b8afe, 0x4000, 1)
X87_CONSTANT(fldlg2, 0x9a209a84fbcff798, 0x3ffd, 2)
X87_CONSTANT(fldln2, 0xb17217f7d1cf79ab, 0x3ffe, 3)
#undef X87_CONSTANT

enum op_result exec_fxch(struct cpu *c, const struct op *op)
{
    unsigned i = x87_index(op->dst);
    struct x87_reg a = c->state.x87[x87_physical(c, 0)];
    struct x87_reg b = c->state.x87[x87_physical(c, i)];
    enum op_result r = x87_wait(c);

    if (r != OP_NEXT)
        return r;
    if (x87_is_empty(c, 0) || x87_is_empty(c, i)) {
        if (!x87_stack_fault(c, false))
            return OP_NEXT;
        if (x87_is_empty(c, 0))
            a = x87_indefinite();
        if (x87_is_empty(c, i))
            b = x87_indefinite();
    } else {
        x87_set_c1(c, false);
    }
    x87_write(c, 0, b);
    x87_write(c, i, a);
    return OP_NEXT;
}

/* code: condition as in Jcc's opcode. */
static enum op_result move_if(struct cpu *c, const struct op *op, unsigned code)
{
    unsigned i = x87_index(op->src);
    enum op_result r = x87_wait(c);

    if (r != OP_NEXT)
        return r;
    if (x87_is_empty(c, 0) || x87_is_empty(c, i)) {
        if (x87_stack_fault(c, false))
            x87_write(c, 0, x87_indefinite());
        return OP_NEXT;
    }
    x87_set_c1(c, false);
    if (flags_condition(&c->flags, code))
        x87_write(c, 0, c->state.x87[x87_physical(c, i)]);
    return OP_NEXT;
}

#define X87_MOVE_IF(name, code)                                                \
    enum op_result exec_##name(struct cpu *c, const struct op *op)             \
    {                                                                          \
        return move_if(c, op, code);                                           \
    }
X87_MOVE_IF(fcmovb, 2)
X87_MOVE_IF(fcmovnb, 3)
X87_MOVE_IF(fcmove, 4)
X87_MOVE_IF(fcmovne, 5)
X87_MOVE_IF(fcmovbe, 6)
X87_MOVE_IF(fcmovnbe, 7)
X87_MOVE_IF(fcmovu, 10)
X87_MOVE_IF(fcmovnu, 11)
#undef X87_MOVE_IF
