/*
 * exec_x87_transcendental.c - trigonometric and logarithmic instructions.
 *
 * Hardware  Intel SDM vol. 1, "Trigonometric Instructions", "Logarithmic,
 *           Exponential, and Scale"; vol. 2.
 * Model     softfp_functions.h; results have 64 bits whatever the control
 *           word's precision.  An angle of 2^63 or more sets C2 and is left.
 */
#include "sim/cpu/exec_handlers.h"
#include "sim/cpu/exec_x87.h"
#include "sim/cpu/softfp_functions.h"

typedef struct fp function_1(struct fp_env *env, struct fp a);
typedef struct fp function_2(struct fp_env *env, struct fp y, struct fp x);

static void set_c2(struct cpu *c, bool c2)
{
    x87_set_bits(&c->state.fsw, FSW_C2, c2 ? FSW_C2 : 0);
}

/* ST(0) = f(ST(0)) */
static enum op_result replace(struct cpu *c, function_1 *f, bool angle)
{
    struct fp_env env = x87_env(c);
    struct fp result;
    enum op_result r = x87_wait(c);

    if (r != OP_NEXT)
        return r;
    if (angle)
        set_c2(c, false);
    if (x87_is_empty(c, 0)) {
        if (x87_stack_fault(c, false))
            x87_write(c, 0, x87_indefinite());
        return OP_NEXT;
    }
    if (angle && !fp_angle_in_range(x87_value(c, 0))) {
        set_c2(c, true);
        return OP_NEXT;
    }
    result = f(&env, x87_value(c, 0));
    if (x87_settle(c, &env))
        x87_write(c, 0, fp_pack80(result));
    return OP_NEXT;
}

enum op_result exec_fsin(struct cpu *c, const struct op *op)
{
    (void)op;
    return replace(c, fp_sin, true);
}

enum op_result exec_fcos(struct cpu *c, const struct op *op)
{
    (void)op;
    return replace(c, fp_cos, true);
}

enum op_result exec_f2xm1(struct cpu *c, const struct op *op)
{
    (void)op;
    return replace(c, fp_exp2m1, false);
}

static void replace_and_push(struct cpu *c, struct fp first, struct fp second)
{
    x87_write(c, 0, fp_pack80(first));
    x87_rotate(c, -1);
    x87_write(c, 0, fp_pack80(second));
}

/* FPTAN pushes a 1, for the quotient that older FPUs left to software. */
static struct fp one_unless_nan(struct fp_env *env, struct fp a)
{
    (void)env;
    return fp_is_nan(a) || a.class == FP_CLASS_INF ? fp_indefinite()
                                                   : fp_from_int(1);
}

/* ST(0) = f(ST(0)), then g of the old ST(0) is pushed. */
static enum op_result replace_push(struct cpu *c, function_1 *f, function_1 *g)
{
    struct fp_env env = x87_env(c), env2 = env;
    struct fp a, first, second;
    enum op_result r = x87_wait(c);

    if (r != OP_NEXT)
        return r;
    set_c2(c, false);
    if (x87_is_empty(c, 0) || !x87_is_empty(c, 7)) {
        if (x87_stack_fault(c, !x87_is_empty(c, 0)))
            replace_and_push(c, fp_indefinite(), fp_indefinite());
        return OP_NEXT;
    }
    a = x87_value(c, 0);
    if (!fp_angle_in_range(a)) {
        set_c2(c, true);
        return OP_NEXT;
    }
    first = f(&env, a);
    second = fp_is_nan(first) ? first : g(&env2, a);
    env.flags |= env2.flags;
    if (x87_settle(c, &env))
        replace_and_push(c, first, second);
    return OP_NEXT;
}

enum op_result exec_fsincos(struct cpu *c, const struct op *op)
{
    (void)op;
    return replace_push(c, fp_sin, fp_cos);
}

enum op_result exec_fptan(struct cpu *c, const struct op *op)
{
    (void)op;
    return replace_push(c, fp_tan, one_unless_nan);
}

/* ST(1) = f(ST(1), ST(0)), pop. */
static enum op_result combine_pop(struct cpu *c, function_2 *f)
{
    struct fp_env env = x87_env(c);
    struct fp result;
    enum op_result r = x87_wait(c);

    if (r != OP_NEXT)
        return r;
    if (x87_is_empty(c, 0) || x87_is_empty(c, 1)) {
        if (!x87_stack_fault(c, false))
            return OP_NEXT;
        result = fp_indefinite();
    } else {
        result = f(&env, x87_value(c, 1), x87_value(c, 0));
        if (!x87_settle(c, &env))
            return OP_NEXT;
    }
    x87_write(c, 1, fp_pack80(result));
    x87_pop(c);
    return OP_NEXT;
}

enum op_result exec_fpatan(struct cpu *c, const struct op *op)
{
    (void)op;
    return combine_pop(c, fp_atan2);
}

enum op_result exec_fyl2x(struct cpu *c, const struct op *op)
{
    (void)op;
    return combine_pop(c, fp_ylog2x);
}

enum op_result exec_fyl2xp1(struct cpu *c, const struct op *op)
{
    (void)op;
    return combine_pop(c, fp_ylog2xp1);
}
