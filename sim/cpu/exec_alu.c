/*
 * exec_alu.c - ADD, OR, ADC, SBB, AND, SUB, XOR, CMP, TEST; INC, DEC, NEG,
 * NOT: one small function per operand form and width.
 *
 * Hardware  Intel SDM vol. 2, the instructions by name.
 * INVARIANT  flags change only after every access has succeeded.
 */
#include "sim/cpu/access_quick.h"
#include "sim/cpu/alu.h"
#include "sim/cpu/decode.h"

/* The second operand: a register, or the immediate. */
ALWAYS_INLINE uint64_t second(struct cpu *c, const struct op *op, unsigned bits,
                              bool immediate)
{
    return immediate ? zero_extend(op->imm, bits) : reg_read(c, op->src, bits);
}

ALWAYS_INLINE bool writes(enum alu_kind kind)
{
    return kind != ALU_CMP && kind != ALU_TEST;
}

ALWAYS_INLINE enum op_result alu_register(struct cpu *c, const struct op *op,
                                          enum alu_kind kind, unsigned bits,
                                          uint64_t b)
{
    uint64_t a = reg_read(c, op->dst, bits);
    uint64_t r = alu_compute(&c->flags, kind, a, b, bits);

    if (writes(kind))
        reg_write(c, op->dst, bits, r);
    return OP_NEXT;
}

ALWAYS_INLINE enum op_result alu_rr(struct cpu *c, const struct op *op,
                                    enum alu_kind kind, unsigned bits)
{
    return alu_register(c, op, kind, bits, second(c, op, bits, false));
}

ALWAYS_INLINE enum op_result alu_ri(struct cpu *c, const struct op *op,
                                    enum alu_kind kind, unsigned bits)
{
    return alu_register(c, op, kind, bits, second(c, op, bits, true));
}

/* What is done with the value from memory, by form. */
ALWAYS_INLINE uint64_t alu_rm_rest(struct cpu *c, const struct op *op,
                                   enum alu_kind kind, unsigned bits,
                                   uint64_t value)
{
    alu_register(c, op, kind, bits, value);
    return value;
}

ALWAYS_INLINE uint64_t alu_mr_rest(struct cpu *c, const struct op *op,
                                   enum alu_kind kind, unsigned bits,
                                   uint64_t value)
{
    uint64_t b = second(c, op, bits, false);

    return alu_compute(&c->flags, kind, value, b, bits);
}

ALWAYS_INLINE uint64_t alu_mi_rest(struct cpu *c, const struct op *op,
                                   enum alu_kind kind, unsigned bits,
                                   uint64_t value)
{
    uint64_t b = second(c, op, bits, true);

    return alu_compute(&c->flags, kind, value, b, bits);
}

ALWAYS_INLINE uint64_t unary_m_rest(struct cpu *c, const struct op *op,
                                    enum unary_kind kind, unsigned bits,
                                    uint64_t value)
{
    (void)op;
    return unary_compute(&c->flags, kind, value, bits);
}

ALWAYS_INLINE enum op_result alu_rm(struct cpu *c, const struct op *op,
                                    enum alu_kind kind, unsigned bits,
                                    value_function *rest)
{
    (void)kind;
    return quick_load_then(c, op, bits / 8, rest);
}

ALWAYS_INLINE enum op_result alu_mr(struct cpu *c, const struct op *op,
                                    enum alu_kind kind, unsigned bits,
                                    value_function *rest)
{
    return writes(kind) ? quick_change_then(c, op, bits / 8, rest)
                        : quick_load_then(c, op, bits / 8, rest);
}

ALWAYS_INLINE enum op_result alu_mi(struct cpu *c, const struct op *op,
                                    enum alu_kind kind, unsigned bits,
                                    value_function *rest)
{
    return alu_mr(c, op, kind, bits, rest);
}

ALWAYS_INLINE enum op_result unary_m(struct cpu *c, const struct op *op,
                                     enum unary_kind kind, unsigned bits,
                                     value_function *rest)
{
    (void)kind;
    return quick_change_then(c, op, bits / 8, rest);
}

ALWAYS_INLINE enum op_result unary_r(struct cpu *c, const struct op *op,
                                     enum unary_kind kind, unsigned bits)
{
    uint64_t a = reg_read(c, op->dst, bits);

    reg_write(c, op->dst, bits, unary_compute(&c->flags, kind, a, bits));
    return OP_NEXT;
}

/* One function per row of alu_rows.def, form and width. */
#define ONE(name, family, form, bits, KIND)                                    \
    static enum op_result name##_##form##_##bits(struct cpu *c,                \
                                                 const struct op *op)          \
    {                                                                          \
        return family##_##form(c, op, KIND, bits);                             \
    }
#define ONE_MEMORY(name, family, form, bits, KIND)                             \
    ALWAYS_INLINE uint64_t name##_##form##_rest_##bits(                        \
        struct cpu *c, const struct op *op, uint64_t value)                    \
    {                                                                          \
        return family##_##form##_rest(c, op, KIND, bits, value);               \
    }                                                                          \
    static enum op_result name##_##form##_##bits(struct cpu *c,                \
                                                 const struct op *op)          \
    {                                                                          \
        return family##_##form(c, op, KIND, bits,                              \
                               name##_##form##_rest_##bits);                   \
    }
#define FORM(name, family, form, KIND)                                         \
    ONE(name, family, form, 8, KIND)                                           \
    ONE(name, family, form, 16, KIND)                                          \
    ONE(name, family, form, 32, KIND)                                          \
    ONE(name, family, form, 64, KIND)
#define FORM_MEMORY(name, family, form, KIND)                                  \
    ONE_MEMORY(name, family, form, 8, KIND)                                    \
    ONE_MEMORY(name, family, form, 16, KIND)                                   \
    ONE_MEMORY(name, family, form, 32, KIND)                                   \
    ONE_MEMORY(name, family, form, 64, KIND)
#define ALU_ROW(name, KIND)                                                    \
    FORM(name, alu, rr, ALU_##KIND)                                            \
    FORM(name, alu, ri, ALU_##KIND)                                            \
    FORM_MEMORY(name, alu, rm, ALU_##KIND)                                     \
    FORM_MEMORY(name, alu, mr, ALU_##KIND)                                     \
    FORM_MEMORY(name, alu, mi, ALU_##KIND)
#define UNARY_ROW(name, KIND)                                                  \
    FORM(name, unary, r, UNARY_##KIND)                                         \
    FORM_MEMORY(name, unary, m, UNARY_##KIND)
#include "sim/cpu/alu_rows.def"
#undef ALU_ROW
#undef UNARY_ROW

#define WIDTHS(name, form)                                                     \
    {                                                                          \
        name##_##form##_8, name##_##form##_16, name##_##form##_32,             \
            name##_##form##_64                                                 \
    }
#define ALU_ROW(name, KIND)                                                    \
    [ALU_##KIND] = {[FORM_RR] = WIDTHS(name, rr),                              \
                    [FORM_RI] = WIDTHS(name, ri),                              \
                    [FORM_RM] = WIDTHS(name, rm),                              \
                    [FORM_MR] = WIDTHS(name, mr),                              \
                    [FORM_MI] = WIDTHS(name, mi)},
#define UNARY_ROW(name, KIND)
static op_function *const alu_table[ALU_COUNT][FORM_OTHER + 1][4] = {
#include "sim/cpu/alu_rows.def"
};
#undef ALU_ROW
#undef UNARY_ROW

#define ALU_ROW(name, KIND)
#define UNARY_ROW(name, KIND)                                                  \
    [UNARY_##KIND] = {[FORM_R] = WIDTHS(name, r), [FORM_M] = WIDTHS(name, m)},
static op_function *const unary_table[UNARY_COUNT][FORM_OTHER + 1][4] = {
#include "sim/cpu/alu_rows.def"
};
#undef ALU_ROW
#undef UNARY_ROW

bind_function bind_alu, bind_unary;

op_function *bind_alu(const struct decoded *d, struct op *op, unsigned kind)
{
    return alu_table[kind][d->form][width_index(op->width)];
}

op_function *bind_unary(const struct decoded *d, struct op *op, unsigned kind)
{
    return unary_table[kind][d->form][width_index(op->width)];
}
