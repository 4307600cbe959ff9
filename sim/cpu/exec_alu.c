/*
 * exec_alu.c - ADD, OR, ADC, SBB, AND, SUB, XOR, CMP, TEST; INC, DEC, NEG,
 * NOT: one small function per operand form and width.
 *
 * Hardware  Intel SDM vol. 2, the instructions by name.
 * INVARIANT  flags change only after every access has succeeded.
 */
#include "sim/cpu/access.h"
#include "sim/cpu/alu.h"
#include "sim/cpu/decode.h"

#define ALWAYS_INLINE __attribute__((always_inline)) static inline

ALWAYS_INLINE enum op_result alu_register(struct cpu *c, const struct op *op,
                                          enum alu_kind kind, unsigned bits,
                                          uint64_t b)
{
    uint64_t a = reg_read(c, op->dst, bits);
    uint64_t r = alu_compute(&c->flags, kind, a, b, bits);

    if (kind != ALU_CMP && kind != ALU_TEST)
        reg_write(c, op->dst, bits, r);
    return OP_NEXT;
}

ALWAYS_INLINE enum op_result alu_memory(struct cpu *c, const struct op *op,
                                        enum alu_kind kind, unsigned bits,
                                        uint64_t b)
{
    gva_t va = op_linear(c, op);
    uint64_t a = 0, r;
    struct span s;
    enum op_result result;

    if (kind == ALU_CMP || kind == ALU_TEST) {
        result = cpu_load(c, va, bits / 8, &a);
        if (result == OP_NEXT)
            alu_compute(&c->flags, kind, a, b, bits);
        return result;
    }
    result = cpu_rmw_begin(c, va, bits / 8, &s, &a);
    if (result != OP_NEXT)
        return result;
    r = alu_compute(&c->flags, kind, a, b, bits);
    return cpu_rmw_end(c, &s, bits / 8, r);
}

ALWAYS_INLINE enum op_result alu_rr(struct cpu *c, const struct op *op,
                                    enum alu_kind kind, unsigned bits)
{
    return alu_register(c, op, kind, bits, reg_read(c, op->src, bits));
}

ALWAYS_INLINE enum op_result alu_ri(struct cpu *c, const struct op *op,
                                    enum alu_kind kind, unsigned bits)
{
    return alu_register(c, op, kind, bits, zero_extend(op->imm, bits));
}

ALWAYS_INLINE enum op_result alu_rm(struct cpu *c, const struct op *op,
                                    enum alu_kind kind, unsigned bits)
{
    uint64_t b = 0;
    enum op_result r = cpu_load(c, op_linear(c, op), bits / 8, &b);

    if (r != OP_NEXT)
        return r;
    return alu_register(c, op, kind, bits, b);
}

ALWAYS_INLINE enum op_result alu_mr(struct cpu *c, const struct op *op,
                                    enum alu_kind kind, unsigned bits)
{
    return alu_memory(c, op, kind, bits, reg_read(c, op->src, bits));
}

ALWAYS_INLINE enum op_result alu_mi(struct cpu *c, const struct op *op,
                                    enum alu_kind kind, unsigned bits)
{
    return alu_memory(c, op, kind, bits, zero_extend(op->imm, bits));
}

ALWAYS_INLINE enum op_result unary_r(struct cpu *c, const struct op *op,
                                     enum unary_kind kind, unsigned bits)
{
    uint64_t a = reg_read(c, op->dst, bits);

    reg_write(c, op->dst, bits, unary_compute(&c->flags, kind, a, bits));
    return OP_NEXT;
}

ALWAYS_INLINE enum op_result unary_m(struct cpu *c, const struct op *op,
                                     enum unary_kind kind, unsigned bits)
{
    struct span s;
    uint64_t a;
    enum op_result r = cpu_rmw_begin(c, op_linear(c, op), bits / 8, &s, &a);

    if (r != OP_NEXT)
        return r;
    a = unary_compute(&c->flags, kind, a, bits);
    return cpu_rmw_end(c, &s, bits / 8, a);
}

/* One function per row of alu_rows.def, form and width. */
#define ONE(name, family, form, bits, KIND)                                    \
    static enum op_result name##_##form##_##bits(struct cpu *c,                \
                                                 const struct op *op)          \
    {                                                                          \
        return family##_##form(c, op, KIND, bits);                             \
    }
#define FORM(name, family, form, KIND)                                         \
    ONE(name, family, form, 8, KIND)                                           \
    ONE(name, family, form, 16, KIND)                                          \
    ONE(name, family, form, 32, KIND)                                          \
    ONE(name, family, form, 64, KIND)
#define ALU_ROW(name, KIND)                                                    \
    FORM(name, alu, rr, ALU_##KIND)                                            \
    FORM(name, alu, ri, ALU_##KIND)                                            \
    FORM(name, alu, rm, ALU_##KIND)                                            \
    FORM(name, alu, mr, ALU_##KIND)                                            \
    FORM(name, alu, mi, ALU_##KIND)
#define UNARY_ROW(name, KIND)                                                  \
    FORM(name, unary, r, UNARY_##KIND)                                         \
    FORM(name, unary, m, UNARY_##KIND)
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
