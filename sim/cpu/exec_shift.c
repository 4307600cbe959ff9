/*
 * exec_shift.c - shifts and rotates, SHLD and SHRD.
 *
 * Hardware  Intel SDM vol. 2, "SAL/SAR/SHL/SHR", "RCL/RCR/ROL/ROR", "SHLD",
 *           "SHRD".
 * Model     a masked count of 0 changes no flag.  OF, which is defined for
 *           counts of 1 only, follows the same formula for every count; AF is
 *           cleared by shifts and kept by rotates.
 */
#include "sim/cpu/access.h"
#include "sim/cpu/alu.h"
#include "sim/cpu/decode.h"

#define ALWAYS_INLINE __attribute__((always_inline)) static inline

static bool bit_of(uint64_t value, unsigned n)
{
    return value >> n & 1;
}

/* Flags of SHL, SHR, SAR: all six; AF is undefined and cleared. */
ALWAYS_INLINE void shift_flags(struct lazy_flags *f, uint64_t r, unsigned bits,
                               bool cf, bool of)
{
    flags_set_all(f, sign_extend(r, bits), cf, of, false);
}

ALWAYS_INLINE uint64_t shift_left(struct lazy_flags *f, uint64_t a,
                                  unsigned count, unsigned bits)
{
    uint64_t r = zero_extend(a << count, bits);
    bool cf = count <= bits && bit_of(a, bits - count);

    shift_flags(f, r, bits, cf, bit_of(r, bits - 1) != cf);
    return r;
}

ALWAYS_INLINE uint64_t shift_right(struct lazy_flags *f, uint64_t a,
                                   unsigned count, unsigned bits)
{
    uint64_t r = a >> count;

    shift_flags(f, r, bits, bit_of(a, count - 1), bit_of(a, bits - 1));
    return r;
}

ALWAYS_INLINE uint64_t shift_arithmetic(struct lazy_flags *f, uint64_t a,
                                        unsigned count, unsigned bits)
{
    int64_t wide = (int64_t)sign_extend(a, bits);
    uint64_t r = zero_extend((uint64_t)(wide >> count), bits);

    shift_flags(f, r, bits, (uint64_t)(wide >> (count - 1)) & 1, false);
    return r;
}

/* CF and OF change, the others stay. */
ALWAYS_INLINE void rotate_flags(struct lazy_flags *f, bool cf, bool of)
{
    uint64_t low = f->carry & (((uint64_t)1 << 62) - 1);

    f->carry = low | (uint64_t)cf << 63 | (uint64_t)(cf ^ of) << 62;
}

ALWAYS_INLINE uint64_t rotate(struct lazy_flags *f, bool left, uint64_t a,
                              unsigned count, unsigned bits)
{
    unsigned n = count % bits;
    unsigned by = left ? n : (bits - n) % bits;
    uint64_t r = a;
    bool top;

    if (by != 0)
        r = zero_extend(a << by, bits) | a >> (bits - by);
    top = bit_of(r, bits - 1);
    if (left)
        rotate_flags(f, r & 1, top != (r & 1));
    else
        rotate_flags(f, top, top != bit_of(r, bits - 2));
    return r;
}

/* Through CF: one bit at a time; rare enough. */
static uint64_t rotate_carry(struct lazy_flags *f, bool left, uint64_t a,
                             unsigned count, unsigned bits)
{
    unsigned n = count % (bits + 1);
    bool cf = flag_cf(f);
    bool top = bit_of(a, bits - 1);

    for (unsigned i = 0; i < n; i++) {
        bool out = left ? bit_of(a, bits - 1) : a & 1;

        a = left ? zero_extend(a << 1, bits) | cf
                 : a >> 1 | (uint64_t)cf << (bits - 1);
        cf = out;
    }
    if (n == 0 && bits >= 32)
        return a;
    top = bit_of(a, bits - 1);
    rotate_flags(f, cf, left ? top != cf : top != bit_of(a, bits - 2));
    return a;
}

ALWAYS_INLINE uint64_t shift_compute(struct lazy_flags *f, enum shift_kind kind,
                                     uint64_t a, unsigned count, unsigned bits)
{
    switch (kind) {
    case SHIFT_ROL:
        return rotate(f, true, a, count, bits);
    case SHIFT_ROR:
        return rotate(f, false, a, count, bits);
    case SHIFT_RCL:
        return rotate_carry(f, true, a, count, bits);
    case SHIFT_RCR:
        return rotate_carry(f, false, a, count, bits);
    case SHIFT_SHL:
        return shift_left(f, a, count, bits);
    case SHIFT_SHR:
        return shift_right(f, a, count, bits);
    case SHIFT_SAR:
        return shift_arithmetic(f, a, count, bits);
    case SHIFT_COUNT:
        break;
    }
    return a;
}

ALWAYS_INLINE enum op_result shift_register(struct cpu *c, const struct op *op,
                                            enum shift_kind kind, unsigned bits,
                                            uint64_t by)
{
    unsigned count = (unsigned)by & (bits == 64 ? 63 : 31);
    uint64_t a = reg_read(c, op->dst, bits);

    if (count != 0)
        a = shift_compute(&c->flags, kind, a, count, bits);
    reg_write(c, op->dst, bits, a);
    return OP_NEXT;
}

ALWAYS_INLINE enum op_result shift_memory(struct cpu *c, const struct op *op,
                                          enum shift_kind kind, unsigned bits,
                                          uint64_t by)
{
    unsigned count = (unsigned)by & (bits == 64 ? 63 : 31);
    struct span s;
    uint64_t a;
    enum op_result r = cpu_rmw_begin(c, op_linear(c, op), bits / 8, &s, &a);

    if (r != OP_NEXT)
        return r;
    if (count != 0)
        a = shift_compute(&c->flags, kind, a, count, bits);
    return cpu_rmw_end(c, &s, bits / 8, a);
}

ALWAYS_INLINE enum op_result shift_ri(struct cpu *c, const struct op *op,
                                      enum shift_kind kind, unsigned bits)
{
    return shift_register(c, op, kind, bits, op->imm);
}

ALWAYS_INLINE enum op_result shift_rr(struct cpu *c, const struct op *op,
                                      enum shift_kind kind, unsigned bits)
{
    return shift_register(c, op, kind, bits, c->state.gpr[REG_RCX]);
}

ALWAYS_INLINE enum op_result shift_mi(struct cpu *c, const struct op *op,
                                      enum shift_kind kind, unsigned bits)
{
    return shift_memory(c, op, kind, bits, op->imm);
}

ALWAYS_INLINE enum op_result shift_mr(struct cpu *c, const struct op *op,
                                      enum shift_kind kind, unsigned bits)
{
    return shift_memory(c, op, kind, bits, c->state.gpr[REG_RCX]);
}

#define ONE(name, form, bits, KIND)                                            \
    static enum op_result name##_##form##_##bits(struct cpu *c,                \
                                                 const struct op *op)          \
    {                                                                          \
        return shift_##form(c, op, SHIFT_##KIND, bits);                        \
    }
#define FORM(name, form, KIND)                                                 \
    ONE(name, form, 8, KIND)                                                   \
    ONE(name, form, 16, KIND)                                                  \
    ONE(name, form, 32, KIND)                                                  \
    ONE(name, form, 64, KIND)
#define SHIFT_ROW(name, KIND)                                                  \
    FORM(name, ri, KIND)                                                       \
    FORM(name, rr, KIND)                                                       \
    FORM(name, mi, KIND)                                                       \
    FORM(name, mr, KIND)
#include "sim/cpu/shift_rows.def"
#undef SHIFT_ROW

#define WIDTHS(name, form)                                                     \
    {                                                                          \
        name##_##form##_8, name##_##form##_16, name##_##form##_32,             \
            name##_##form##_64                                                 \
    }
#define SHIFT_ROW(name, KIND)                                                  \
    [SHIFT_##KIND] = {[FORM_RI] = WIDTHS(name, ri),                            \
                      [FORM_RR] = WIDTHS(name, rr),                            \
                      [FORM_MI] = WIDTHS(name, mi),                            \
                      [FORM_MR] = WIDTHS(name, mr)},
static op_function *const shift_table[SHIFT_COUNT][FORM_OTHER + 1][4] = {
#include "sim/cpu/shift_rows.def"
};
#undef SHIFT_ROW

bind_function bind_shift;

op_function *bind_shift(const struct decoded *d, struct op *op, unsigned kind)
{
    return shift_table[kind][d->form][width_index(op->width)];
}

/* Both double shifts; count is not 0.  Counts beyond 16 bits: SDM undefined. */
static uint64_t double_shift(struct lazy_flags *f, bool left, uint64_t a,
                             uint64_t b, unsigned by_bits)
{
    unsigned count = by_bits & 0xff, bits = by_bits >> 8;
    uint64_t r, out;

    if (count > bits) { /* 16-bit operands only: as rotating a:b:a */
        uint64_t swap = a;

        a = b;
        b = swap;
        count -= bits;
    }
    if (left) {
        r = zero_extend(count == bits ? b : a << count | b >> (bits - count),
                        bits);
        out = bit_of(a, bits - count);
    } else {
        r = zero_extend(count == bits ? b : a >> count | b << (bits - count),
                        bits);
        out = bit_of(a, count - 1);
    }
    shift_flags(f, r, bits, out, bit_of(r, bits - 1) != bit_of(a, bits - 1));
    return r;
}

static enum op_result exec_double(struct cpu *c, const struct op *op, bool left)
{
    unsigned bits = op->width * 8u;
    bool by_cl = op->src2 == offsetof(struct cpu, state.gpr[REG_RCX]);
    uint64_t by = by_cl ? c->state.gpr[REG_RCX] : op->imm;
    unsigned count = (unsigned)by & (bits == 64 ? 63 : 31);
    uint64_t b = zero_extend(cpu_u64(c, op->src), bits), a;
    struct span s;
    enum op_result r;

    if (op->memory_operand == 0) {
        r = cpu_rmw_begin(c, op_linear(c, op), op->width, &s, &a);
        if (r != OP_NEXT)
            return r;
        if (count != 0)
            a = double_shift(&c->flags, left, a, b, count | bits << 8);
        return cpu_rmw_end(c, &s, op->width, a);
    }
    a = zero_extend(cpu_u64(c, op->dst), bits);
    if (count != 0)
        a = double_shift(&c->flags, left, a, b, count | bits << 8);
    return op_write_int(c, op, 0, op->width, a);
}

op_function exec_shld, exec_shrd;

enum op_result exec_shld(struct cpu *c, const struct op *op)
{
    return exec_double(c, op, true);
}

enum op_result exec_shrd(struct cpu *c, const struct op *op)
{
    return exec_double(c, op, false);
}
