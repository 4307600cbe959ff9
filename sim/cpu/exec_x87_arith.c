/*
 * exec_x87_arith.c - arithmetic on the register stack.
 *
 * Hardware  Intel SDM vol. 1, "Basic Arithmetic Instructions"; vol. 2.
 * Model     FADD, FSUB, FMUL, FDIV, FSQRT round to the precision of the control
 *           word, the others to 64 bits.
 */
#include "sim/cpu/exec_handlers.h"
#include "sim/cpu/exec_x87.h"

typedef struct fp binary_function(struct fp_env *env, const struct fp_format *f,
                                  struct fp a, struct fp b);

static struct fp sub_reversed(struct fp_env *env, const struct fp_format *f,
                              struct fp a, struct fp b)
{
    return fp_sub(env, f, b, a);
}

static struct fp div_reversed(struct fp_env *env, const struct fp_format *f,
                              struct fp a, struct fp b)
{
    return fp_div(env, f, b, a);
}

/* The second operand when it is memory: a real or an integer. */
static enum op_result load_operand(struct cpu *c, const struct op *op,
                                   bool integer, struct fp *b)
{
    struct fp_env env = {.masked = FP_FLAGS};
    uint64_t raw;
    unsigned shift = 64 - 8u * op->memory_bytes;
    enum op_result r = op_read_int(c, op, 0, op->memory_bytes, &raw);

    if (r != OP_NEXT)
        return r;
    if (integer)
        *b = fp_from_int((int64_t)(raw << shift) >> shift);
    else if (op->memory_bytes == 4)
        *b = fp_unpack32(&env, (uint32_t)raw);
    else
        *b = fp_unpack64(&env, raw);
    return OP_NEXT;
}

/* ST(to) = ST(to) f b; nothing happens if an unmasked exception forbids it. */
static inline bool combine(struct cpu *c, unsigned to, struct fp b,
                           binary_function *f)
{
    struct fp_env env = x87_env(c);
    struct fp result = f(&env, x87_format(c), x87_value(c, to), b);

    if (!x87_settle(c, &env))
        return false;
    x87_write(c, to, fp_pack80(result));
    return true;
}

static inline enum op_result with_memory(struct cpu *c, const struct op *op,
                                         binary_function *f, bool integer)
{
    struct fp b;
    enum op_result r = x87_wait(c);

    if (r == OP_NEXT)
        r = load_operand(c, op, integer, &b);
    if (r != OP_NEXT)
        return r;
    if (!x87_is_empty(c, 0))
        combine(c, 0, b, f);
    else if (x87_stack_fault(c, false))
        x87_write(c, 0, x87_indefinite());
    return OP_NEXT;
}

static inline enum op_result with_register(struct cpu *c, const struct op *op,
                                           binary_function *f, bool pop)
{
    unsigned to = x87_index(op->dst), from = x87_index(op->src);
    enum op_result r = x87_wait(c);

    if (r != OP_NEXT)
        return r;
    if (x87_is_empty(c, to) || x87_is_empty(c, from)) {
        if (!x87_stack_fault(c, false))
            return OP_NEXT;
        x87_write(c, to, x87_indefinite());
    } else if (!combine(c, to, x87_value(c, from), f)) {
        return OP_NEXT;
    }
    if (pop)
        x87_pop(c);
    return OP_NEXT;
}

/* FNAME (memory or registers), FNAMEP, FINAME */
#define X87_ARITHMETIC(name, f)                                                \
    enum op_result exec_f##name(struct cpu *c, const struct op *op)            \
    {                                                                          \
        if (op->memory_operand != OP_NO_MEMORY)                                \
            return with_memory(c, op, f, false);                               \
        return with_register(c, op, f, false);                                 \
    }                                                                          \
    enum op_result exec_f##name##p(struct cpu *c, const struct op *op)         \
    {                                                                          \
        return with_register(c, op, f, true);                                  \
    }                                                                          \
    enum op_result exec_fi##name(struct cpu *c, const struct op *op)           \
    {                                                                          \
        return with_memory(c, op, f, true);                                    \
    }
X87_ARITHMETIC(add, fp_add)
X87_ARITHMETIC(sub, fp_sub)
X87_ARITHMETIC(subr, sub_reversed)
X87_ARITHMETIC(mul, fp_mul)
X87_ARITHMETIC(div, fp_div)
X87_ARITHMETIC(divr, div_reversed)
#undef X87_ARITHMETIC

typedef struct fp unary_function(struct cpu *c, struct fp_env *env,
                                 struct fp a);

static inline enum op_result unary(struct cpu *c, unary_function *f)
{
    struct fp_env env = x87_env(c);
    struct fp result;
    enum op_result r = x87_wait(c);

    if (r != OP_NEXT)
        return r;
    if (x87_is_empty(c, 0)) {
        if (x87_stack_fault(c, false))
            x87_write(c, 0, x87_indefinite());
        return OP_NEXT;
    }
    result = f(c, &env, x87_value(c, 0));
    if (x87_settle(c, &env))
        x87_write(c, 0, fp_pack80(result));
    return OP_NEXT;
}

static struct fp square_root(struct cpu *c, struct fp_env *env, struct fp a)
{
    return fp_sqrt(env, x87_format(c), a);
}

static struct fp round_integral(struct cpu *c, struct fp_env *env, struct fp a)
{
    struct fp nan;

    (void)c;
    if (fp_propagate_nan(env, a, a, &nan))
        return nan;
    fp_note_denormal(env, a);
    return fp_round_integral(env, a);
}

enum op_result exec_fsqrt(struct cpu *c, const struct op *op)
{
    (void)op;
    return unary(c, square_root);
}

enum op_result exec_frndint(struct cpu *c, const struct op *op)
{
    (void)op;
    return unary(c, round_integral);
}

/* FCHS and FABS work on the encoding: no NaN is quieted. */
static enum op_result set_sign(struct cpu *c, uint16_t keep, uint16_t flip)
{
    struct x87_reg *st = &c->state.x87[x87_physical(c, 0)];
    enum op_result r = x87_wait(c);

    if (r != OP_NEXT)
        return r;
    if (x87_is_empty(c, 0)) {
        if (x87_stack_fault(c, false))
            x87_write(c, 0, x87_indefinite());
        return OP_NEXT;
    }
    x87_set_c1(c, false);
    st->sign_exponent = (uint16_t)((st->sign_exponent & keep) ^ flip);
    return OP_NEXT;
}

enum op_result exec_fchs(struct cpu *c, const struct op *op)
{
    (void)op;
    return set_sign(c, 0xffff, 0x8000);
}

enum op_result exec_fabs(struct cpu *c, const struct op *op)
{
    (void)op;
    return set_sign(c, 0x7fff, 0);
}

/*
 * a * 2^n.  Beyond what an unmasked exception's scaled result can hold, the
 * result is zero or infinity, however RC is set.
 */
static struct fp scale_finite(struct fp_env *env, struct fp a, int32_t n)
{
    int32_t exponent = a.exponent + n;
    bool under = exponent + 24576 < fp_extended.emin;
    bool over = exponent - 24576 > fp_extended.emax;

    if ((under && !(env->masked & FP_UE)) || (over && !(env->masked & FP_OE))) {
        env->flags |= FP_PE | (under ? FP_UE : FP_OE);
        a.class = under ? FP_CLASS_ZERO : FP_CLASS_INF;
        a.mantissa = (uint64_t)1 << 63;
        return a;
    }
    return fp_scale(env, &fp_extended, a, n);
}

/* SDM vol. 2, FSCALE: the table of results. */
static struct fp scale_by(struct fp_env *env, struct fp a, struct fp b)
{
    struct fp_env truncate = {.rounding = FP_ROUND_ZERO, .masked = FP_FLAGS};
    struct fp nan;
    int32_t n;

    if (fp_propagate_nan(env, a, b, &nan))
        return nan;
    if (b.class == FP_CLASS_INF) {
        if (a.class == (b.sign ? FP_CLASS_INF : FP_CLASS_ZERO)) {
            env->flags |= FP_IE;
            return fp_indefinite();
        }
        fp_note_denormal(env, a);
        a.class = b.sign ? FP_CLASS_ZERO : FP_CLASS_INF;
        a.mantissa = (uint64_t)1 << 63;
        return a;
    }
    fp_note_denormal(env, a);
    fp_note_denormal(env, b);
    if (a.class != FP_CLASS_NORMAL)
        return a;
    if (b.exponent > 16 && b.class == FP_CLASS_NORMAL)
        n = b.sign ? -131072 : 131072; /* beyond any exponent */
    else
        n = (int32_t)(uint32_t)fp_to_int(&truncate, b, 32);
    return scale_finite(env, a, n);
}

enum op_result exec_fscale(struct cpu *c, const struct op *op)
{
    struct fp_env env = x87_env(c);
    struct fp result;
    enum op_result r = x87_wait(c);

    (void)op;
    if (r != OP_NEXT)
        return r;
    if (x87_is_empty(c, 0) || x87_is_empty(c, 1)) {
        if (x87_stack_fault(c, false))
            x87_write(c, 0, x87_indefinite());
        return OP_NEXT;
    }
    result = scale_by(&env, x87_value(c, 0), x87_value(c, 1));
    if (x87_settle(c, &env))
        x87_write(c, 0, fp_pack80(result));
    return OP_NEXT;
}

/* ST(0) becomes its exponent, then its significand is pushed. */
static void extract(struct cpu *c, struct fp_env *env, struct fp a,
                    struct fp part[2])
{
    (void)c;
    part[0] = part[1] = a;
    if (fp_propagate_nan(env, a, a, &part[0])) {
        part[1] = part[0];
    } else if (a.class == FP_CLASS_ZERO) {
        env->flags |= FP_ZE;
        part[0].class = FP_CLASS_INF;
        part[0].mantissa = (uint64_t)1 << 63;
        part[0].sign = true;
    } else if (a.class == FP_CLASS_INF) {
        part[0].sign = false;
    } else {
        fp_note_denormal(env, a);
        part[0] = fp_from_int(a.exponent);
        part[1].exponent = 0;
    }
}

enum op_result exec_fxtract(struct cpu *c, const struct op *op)
{
    struct fp_env env = x87_env(c);
    struct fp part[2];
    enum op_result r = x87_wait(c);

    (void)op;
    if (r != OP_NEXT)
        return r;
    if (x87_is_empty(c, 0) || !x87_is_empty(c, 7)) {
        if (!x87_stack_fault(c, !x87_is_empty(c, 0)))
            return OP_NEXT;
        part[0] = part[1] = fp_indefinite();
    } else {
        extract(c, &env, x87_value(c, 0), part);
        if (!x87_settle(c, &env))
            return OP_NEXT;
    }
    x87_write(c, 0, fp_pack80(part[0]));
    x87_rotate(c, -1);
    x87_write(c, 0, fp_pack80(part[1]));
    return OP_NEXT;
}
