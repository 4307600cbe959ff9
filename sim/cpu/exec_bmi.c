/*
 * exec_bmi.c - POPCNT, LZCNT, TZCNT, BMI1, BMI2, ADX, MOVBE, CRC32.
 *
 * Hardware  Intel SDM vol. 2, the instructions by name.
 * Model     flags that the manual leaves undefined are cleared, as current
 *           CPUs do.
 */
#include "sim/cpu/access.h"
#include "sim/cpu/alu.h"
#include "sim/cpu/cpu_features.h"
#include "sim/cpu/exec_handlers.h"

__extension__ typedef unsigned __int128 uint128;

static unsigned bits_of(const struct op *op)
{
    return op->width * 8u;
}

/* SF and ZF of the result, CF as given; OF and AF clear. */
static void logic_flags(struct cpu *c, const struct op *op, uint64_t result,
                        bool cf)
{
    flags_set_all(&c->flags, sign_extend(result, bits_of(op)), cf, false,
                  false);
}

enum op_result exec_popcnt(struct cpu *c, const struct op *op)
{
    uint64_t value;
    enum op_result r = op_read_int(c, op, 1, op->width, &value);

    if (r != OP_NEXT)
        return r;
    flags_set(&c->flags, value == 0 ? RFLAGS_ZF : 0);
    return op_write_int(c, op, 0, op->width,
                        (unsigned)__builtin_popcountll(value));
}

/* CF: the source is zero; ZF: the result is. */
static enum op_result count_zeros(struct cpu *c, const struct op *op,
                                  bool trailing)
{
    unsigned bits = bits_of(op), n = bits;
    uint64_t value;
    enum op_result r = op_read_int(c, op, 1, op->width, &value);

    if (r != OP_NEXT)
        return r;
    if (value)
        n = trailing ? (unsigned)__builtin_ctzll(value)
                     : (unsigned)__builtin_clzll(value) - (64 - bits);
    flags_set(&c->flags,
              (value == 0 ? RFLAGS_CF : 0) | (n == 0 ? RFLAGS_ZF : 0));
    return op_write_int(c, op, 0, op->width, n);
}

static enum op_result exec_lzcnt(struct cpu *c, const struct op *op)
{
    return count_zeros(c, op, false);
}

static enum op_result exec_tzcnt(struct cpu *c, const struct op *op)
{
    return count_zeros(c, op, true);
}

op_function exec_bsf, exec_bsr;

/* Older CPUs ignore the prefix and scan. */
op_function *bind_count_zeros(const struct decoded *d, struct op *op,
                              unsigned kind)
{
    unsigned feature = kind ? FEATURE_BMI1 : FEATURE_LZCNT;

    (void)op;
    if (d->features >> feature & 1)
        return kind ? exec_tzcnt : exec_lzcnt;
    return kind ? exec_bsf : exec_bsr;
}

static uint64_t register_value(struct cpu *c, const struct op *op,
                               uint16_t offset)
{
    return zero_extend(cpu_u64(c, offset), bits_of(op));
}

enum op_result exec_andn(struct cpu *c, const struct op *op)
{
    uint64_t b, a = register_value(c, op, op->src);
    enum op_result r = op_read_int(c, op, 2, op->width, &b);

    if (r != OP_NEXT)
        return r;
    b &= ~a;
    logic_flags(c, op, b, false);
    return op_write_int(c, op, 0, op->width, b);
}

/* Operand 2: start in bits 7:0, length in bits 15:8. */
enum op_result exec_bextr(struct cpu *c, const struct op *op)
{
    uint64_t value, control = cpu_u64(c, op->src2);
    unsigned start = control & 0xff, length = control >> 8 & 0xff;
    enum op_result r = op_read_int(c, op, 1, op->width, &value);

    if (r != OP_NEXT)
        return r;
    value = start < 64 ? value >> start : 0;
    if (length < 64)
        value &= ((uint64_t)1 << length) - 1;
    flags_set(&c->flags, value == 0 ? RFLAGS_ZF : 0);
    return op_write_int(c, op, 0, op->width, value);
}

enum op_result exec_blsi(struct cpu *c, const struct op *op)
{
    uint64_t value, result;
    enum op_result r = op_read_int(c, op, 1, op->width, &value);

    if (r != OP_NEXT)
        return r;
    result = value & (0 - value);
    logic_flags(c, op, result, value != 0);
    return op_write_int(c, op, 0, op->width, result);
}

enum op_result exec_blsmsk(struct cpu *c, const struct op *op)
{
    uint64_t value, result;
    enum op_result r = op_read_int(c, op, 1, op->width, &value);

    if (r != OP_NEXT)
        return r;
    result = zero_extend(value ^ (value - 1), bits_of(op));
    logic_flags(c, op, result, value == 0);
    return op_write_int(c, op, 0, op->width, result);
}

enum op_result exec_blsr(struct cpu *c, const struct op *op)
{
    uint64_t value, result;
    enum op_result r = op_read_int(c, op, 1, op->width, &value);

    if (r != OP_NEXT)
        return r;
    result = value & (value - 1);
    logic_flags(c, op, result, value == 0);
    return op_write_int(c, op, 0, op->width, result);
}

enum op_result exec_bzhi(struct cpu *c, const struct op *op)
{
    unsigned n = cpu_u64(c, op->src2) & 0xff;
    uint64_t value;
    enum op_result r = op_read_int(c, op, 1, op->width, &value);

    if (r != OP_NEXT)
        return r;
    if (n < bits_of(op))
        value &= ((uint64_t)1 << n) - 1;
    logic_flags(c, op, value, n >= bits_of(op));
    return op_write_int(c, op, 0, op->width, value);
}

/* RDX times operand 2: low half to operand 1, then high half to operand 0. */
enum op_result exec_mulx(struct cpu *c, const struct op *op)
{
    uint64_t b, low, high, a = zero_extend(c->state.gpr[REG_RDX], bits_of(op));
    enum op_result r = op_read_int(c, op, 2, op->width, &b);
    uint128 product;

    if (r != OP_NEXT)
        return r;
    product = (uint128)a * b;
    low = (uint64_t)product;
    high = op->width == 8 ? (uint64_t)(product >> 64) : low >> 32;
    op_write_int(c, op, 1, op->width, low);
    return op_write_int(c, op, 0, op->width, high);
}

enum op_result exec_pdep(struct cpu *c, const struct op *op)
{
    uint64_t mask, result = 0, from = register_value(c, op, op->src);
    enum op_result r = op_read_int(c, op, 2, op->width, &mask);

    if (r != OP_NEXT)
        return r;
    for (; mask; mask &= mask - 1, from >>= 1)
        result |= from & 1 ? mask & (0 - mask) : 0;
    return op_write_int(c, op, 0, op->width, result);
}

enum op_result exec_pext(struct cpu *c, const struct op *op)
{
    uint64_t mask, result = 0, from = register_value(c, op, op->src);
    unsigned n = 0;
    enum op_result r = op_read_int(c, op, 2, op->width, &mask);

    if (r != OP_NEXT)
        return r;
    for (; mask; mask &= mask - 1, n++)
        result |= (from >> __builtin_ctzll(mask) & 1) << n;
    return op_write_int(c, op, 0, op->width, result);
}

/* Shifts without flags: the count is an immediate or operand 2. */
enum op_result exec_rorx(struct cpu *c, const struct op *op)
{
    unsigned bits = bits_of(op), n = (unsigned)op->imm & (bits - 1);
    uint64_t value;
    enum op_result r = op_read_int(c, op, 1, op->width, &value);

    if (r != OP_NEXT)
        return r;
    if (n)
        value = value >> n | value << (bits - n);
    return op_write_int(c, op, 0, op->width, value);
}

enum op_result exec_sarx(struct cpu *c, const struct op *op)
{
    unsigned bits = bits_of(op);
    unsigned n = (unsigned)cpu_u64(c, op->src2) & (bits - 1);
    uint64_t value;
    enum op_result r = op_read_int(c, op, 1, op->width, &value);

    if (r != OP_NEXT)
        return r;
    value = (uint64_t)((int64_t)sign_extend(value, bits) >> n);
    return op_write_int(c, op, 0, op->width, value);
}

enum op_result exec_shlx(struct cpu *c, const struct op *op)
{
    unsigned n = (unsigned)cpu_u64(c, op->src2) & (bits_of(op) - 1);
    uint64_t value;
    enum op_result r = op_read_int(c, op, 1, op->width, &value);

    if (r != OP_NEXT)
        return r;
    return op_write_int(c, op, 0, op->width, value << n);
}

enum op_result exec_shrx(struct cpu *c, const struct op *op)
{
    unsigned n = (unsigned)cpu_u64(c, op->src2) & (bits_of(op) - 1);
    uint64_t value;
    enum op_result r = op_read_int(c, op, 1, op->width, &value);

    if (r != OP_NEXT)
        return r;
    return op_write_int(c, op, 0, op->width, value >> n);
}

/* Addition with one flag as carry, in and out; the others stay. */
static enum op_result add_with(struct cpu *c, const struct op *op,
                               uint64_t flag)
{
    uint64_t flags = flags_get(&c->flags), b;
    uint64_t a = register_value(c, op, op->dst), carry;
    uint64_t sum, partial;
    enum op_result r = op_read_int(c, op, 1, op->width, &b);

    if (r != OP_NEXT)
        return r;
    partial = a + b;
    sum = partial + ((flags & flag) != 0);
    carry = op->width == 8 ? (partial < a || sum < partial) : sum >> 32;
    flags_set(&c->flags, (flags & ~flag) | (carry ? flag : 0));
    return op_write_int(c, op, 0, op->width, sum);
}

enum op_result exec_adcx(struct cpu *c, const struct op *op)
{
    return add_with(c, op, RFLAGS_CF);
}

enum op_result exec_adox(struct cpu *c, const struct op *op)
{
    return add_with(c, op, RFLAGS_OF);
}

/* One operand is memory, the other a register. */
enum op_result exec_movbe(struct cpu *c, const struct op *op)
{
    uint64_t value;
    enum op_result r = op_read_int(c, op, 1, op->width, &value);

    if (r != OP_NEXT)
        return r;
    value = __builtin_bswap64(value) >> (64 - bits_of(op));
    return op_write_int(c, op, 0, op->width, value);
}

/* CRC-32C, bit by bit from the low end; operand 1 is 1, 2, 4 or 8 bytes. */
static enum op_result crc32(struct cpu *c, const struct op *op)
{
    const uint32_t polynomial = 0x82f63b78; /* 0x11edc6f41, bits reflected */
    unsigned bytes = op->aux;
    uint32_t crc = (uint32_t)cpu_u64(c, op->dst);
    uint64_t value;
    enum op_result r = op_read_int(c, op, 1, bytes, &value);

    if (r != OP_NEXT)
        return r;
    for (unsigned i = 0; i < bytes; i++) {
        crc ^= (uint8_t)(value >> 8 * i);
        for (unsigned k = 0; k < 8; k++)
            crc = crc >> 1 ^ (crc & 1 ? polynomial : 0);
    }
    *(uint64_t *)(void *)cpu_at(c, op->dst) = crc;
    return OP_NEXT;
}

op_function *bind_crc32(const struct decoded *d, struct op *op, unsigned kind)
{
    (void)kind;
    op->aux = (uint8_t)(d->operand[1].size / 8);
    return crc32;
}
