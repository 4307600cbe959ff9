/*
 * exec_x87_compare.c - comparison and classification.
 *
 * Hardware  Intel SDM vol. 1, "Comparison and Classification Instructions";
 *           tables "Setting of x87 FPU Condition Code Flags" and "Setting of
 *           EFLAGS Status Flags".
 */
#include "sim/cpu/exec_handlers.h"
#include "sim/cpu/exec_x87.h"

enum { FSW_CODES = FSW_C0 | FSW_C1 | FSW_C2 | FSW_C3 };

static const uint16_t codes_of[] = {
    [FP_LESS] = FSW_C0,
    [FP_EQUAL] = FSW_C3,
    [FP_GREATER] = 0,
    [FP_UNORDERED] = FSW_C0 | FSW_C2 | FSW_C3,
};

static const uint64_t rflags_of[] = {
    [FP_LESS] = RFLAGS_CF,
    [FP_EQUAL] = RFLAGS_ZF,
    [FP_GREATER] = 0,
    [FP_UNORDERED] = RFLAGS_ZF | RFLAGS_PF | RFLAGS_CF,
};

/* Where the relation goes. */
enum target { TO_CODES, TO_RFLAGS };

static void deliver(struct cpu *c, enum fp_relation relation,
                    enum target target)
{
    if (target == TO_RFLAGS)
        flags_set(&c->flags, rflags_of[relation]);
    else
        x87_set_bits(&c->state.fsw, FSW_CODES, codes_of[relation]);
}

/* ST(0) with b; false if an unmasked exception forbids the result. */
static bool compare(struct cpu *c, struct fp b, bool quiet, enum target target)
{
    struct fp_env env = x87_env(c);
    enum fp_relation relation = fp_compare(&env, x87_value(c, 0), b, quiet);

    if (!x87_settle(c, &env))
        return false;
    deliver(c, relation, target);
    return true;
}

/* As an empty register compares; false if the stack fault is unmasked. */
static bool compare_empty(struct cpu *c, enum target target)
{
    if (!x87_stack_fault(c, false))
        return false;
    deliver(c, FP_UNORDERED, target);
    return true;
}

static bool compare_register(struct cpu *c, unsigned i, bool quiet,
                             enum target target)
{
    if (x87_is_empty(c, 0) || x87_is_empty(c, i))
        return compare_empty(c, target);
    return compare(c, x87_value(c, i), quiet, target);
}

static void pop(struct cpu *c, unsigned pops)
{
    for (unsigned i = 0; i < pops; i++)
        x87_pop(c);
}

/* FCOM with memory: a real or an integer. */
static enum op_result with_memory(struct cpu *c, const struct op *op,
                                  bool integer, unsigned pops)
{
    struct fp_env env = {.masked = FP_FLAGS};
    unsigned shift = 64 - 8u * op->memory_bytes;
    struct fp b;
    uint64_t raw;
    enum op_result r = x87_wait(c);

    if (r == OP_NEXT)
        r = op_read_int(c, op, 0, op->memory_bytes, &raw);
    if (r != OP_NEXT)
        return r;
    if (integer)
        b = fp_from_int((int64_t)(raw << shift) >> shift);
    else if (op->memory_bytes == 4)
        b = fp_unpack32(&env, (uint32_t)raw);
    else
        b = fp_unpack64(&env, raw);
    if (x87_is_empty(c, 0) ? compare_empty(c, TO_CODES)
                           : compare(c, b, false, TO_CODES))
        pop(c, pops);
    return OP_NEXT;
}

static enum op_result with_register(struct cpu *c, unsigned i, bool quiet,
                                    unsigned pops)
{
    enum op_result r = x87_wait(c);

    if (r == OP_NEXT && compare_register(c, i, quiet, TO_CODES))
        pop(c, pops);
    return r;
}

enum op_result exec_fcom(struct cpu *c, const struct op *op)
{
    if (op->memory_operand != OP_NO_MEMORY)
        return with_memory(c, op, false, 0);
    return with_register(c, x87_index(op->dst), false, 0);
}

enum op_result exec_fcomp(struct cpu *c, const struct op *op)
{
    if (op->memory_operand != OP_NO_MEMORY)
        return with_memory(c, op, false, 1);
    return with_register(c, x87_index(op->dst), false, 1);
}

enum op_result exec_ficom(struct cpu *c, const struct op *op)
{
    return with_memory(c, op, true, 0);
}

enum op_result exec_ficomp(struct cpu *c, const struct op *op)
{
    return with_memory(c, op, true, 1);
}

enum op_result exec_fcompp(struct cpu *c, const struct op *op)
{
    (void)op;
    return with_register(c, 1, false, 2);
}

enum op_result exec_fucom(struct cpu *c, const struct op *op)
{
    return with_register(c, x87_index(op->dst), true, 0);
}

enum op_result exec_fucomp(struct cpu *c, const struct op *op)
{
    /* Zydis shows ST(0) as the first operand of this one alone */
    return with_register(c, x87_index(op->src), true, 1);
}

enum op_result exec_fucompp(struct cpu *c, const struct op *op)
{
    (void)op;
    return with_register(c, 1, true, 2);
}

static enum op_result to_rflags(struct cpu *c, const struct op *op, bool quiet,
                                unsigned pops)
{
    enum op_result r = x87_wait(c);

    if (r == OP_NEXT &&
        compare_register(c, x87_index(op->src), quiet, TO_RFLAGS))
        pop(c, pops);
    return r;
}

enum op_result exec_fcomi(struct cpu *c, const struct op *op)
{
    return to_rflags(c, op, false, 0);
}

enum op_result exec_fcomip(struct cpu *c, const struct op *op)
{
    return to_rflags(c, op, false, 1);
}

enum op_result exec_fucomi(struct cpu *c, const struct op *op)
{
    return to_rflags(c, op, true, 0);
}

enum op_result exec_fucomip(struct cpu *c, const struct op *op)
{
    return to_rflags(c, op, true, 1);
}

enum op_result exec_ftst(struct cpu *c, const struct op *op)
{
    enum op_result r = x87_wait(c);

    (void)op;
    if (r != OP_NEXT)
        return r;
    if (x87_is_empty(c, 0))
        compare_empty(c, TO_CODES);
    else
        compare(c, fp_from_int(0), false, TO_CODES);
    return OP_NEXT;
}

enum op_result exec_fxam(struct cpu *c, const struct op *op)
{
    static const uint16_t codes[] = {
        [FP_CLASS_ZERO] = FSW_C3,         [FP_CLASS_NORMAL] = FSW_C2,
        [FP_CLASS_INF] = FSW_C2 | FSW_C0, [FP_CLASS_QNAN] = FSW_C0,
        [FP_CLASS_SNAN] = FSW_C0,         [FP_CLASS_UNSUPPORTED] = 0,
    };
    struct fp a = x87_value(c, 0);
    uint32_t code = codes[a.class];
    enum op_result r = x87_wait(c);

    (void)op;
    if (r != OP_NEXT)
        return r;
    if (x87_is_empty(c, 0))
        code = FSW_C3 | FSW_C0;
    else if (a.class == FP_CLASS_NORMAL && a.denormal)
        code = FSW_C3 | FSW_C2;
    x87_set_bits(&c->state.fsw, FSW_CODES, code | (a.sign ? FSW_C1 : 0u));
    return OP_NEXT;
}
