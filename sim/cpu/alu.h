/*
 * alu.h - two- and one-operand arithmetic with lazy flags.
 *
 * Hardware  Intel SDM vol. 2, the instructions by name; vol. 1, "Status
 *           Flags".
 * Values are zero-extended from their width; bits is 8, 16, 32 or 64 and a
 * constant wherever this is inlined.
 */
#ifndef SIM_CPU_ALU_H
#define SIM_CPU_ALU_H
#include "sim/cpu/cpu_internal.h"
#include "sim/cpu/insn_kinds.h"

static inline uint64_t sign_extend(uint64_t value, unsigned bits)
{
    return (uint64_t)((int64_t)(value << (64 - bits)) >> (64 - bits));
}

static inline uint64_t zero_extend(uint64_t value, unsigned bits)
{
    return value & (~(uint64_t)0 >> (64 - bits));
}

/* Flags of a result and its carries out of each bit. */
static inline void flags_of_result(struct lazy_flags *f, uint64_t result,
                                   uint64_t carries, unsigned bits)
{
    uint64_t wide = sign_extend(result, bits);

    f->zero = wide;
    f->sign = wide;
    f->carry = carries << (64 - bits);
    f->shift = 64 - bits;
}

static inline uint64_t carries_of_sum(uint64_t a, uint64_t b, uint64_t r)
{
    return (a & b) | ((a | b) & ~r);
}

static inline uint64_t carries_of_difference(uint64_t a, uint64_t b, uint64_t r)
{
    return (~a & b) | (~(a ^ b) & r);
}

__attribute__((always_inline)) static inline uint64_t
alu_compute(struct lazy_flags *f, enum alu_kind kind, uint64_t a, uint64_t b,
            unsigned bits)
{
    uint64_t r = 0, carries = 0;

    switch (kind) {
    case ALU_ADD:
        r = a + b;
        carries = carries_of_sum(a, b, r);
        break;
    case ALU_ADC:
        r = a + b + flag_cf(f);
        carries = carries_of_sum(a, b, r);
        break;
    case ALU_SBB:
        r = a - b - flag_cf(f);
        carries = carries_of_difference(a, b, r);
        break;
    case ALU_SUB:
    case ALU_CMP:
        r = a - b;
        carries = carries_of_difference(a, b, r);
        break;
    case ALU_OR:
        r = a | b;
        break;
    case ALU_AND:
    case ALU_TEST:
        r = a & b;
        break;
    case ALU_XOR:
        r = a ^ b;
        break;
    case ALU_COUNT:
        break;
    }
    flags_of_result(f, r, carries, bits);
    return zero_extend(r, bits);
}

/* INC and DEC keep CF; NOT keeps all flags. */
__attribute__((always_inline)) static inline uint64_t
unary_compute(struct lazy_flags *f, enum unary_kind kind, uint64_t a,
              unsigned bits)
{
    uint64_t r = 0;
    bool cf = flag_cf(f);

    switch (kind) {
    case UNARY_INC:
        r = a + 1;
        flags_of_result(f, r, carries_of_sum(a, 1, r), bits);
        flags_set_cf(f, cf);
        break;
    case UNARY_DEC:
        r = a - 1;
        flags_of_result(f, r, carries_of_difference(a, 1, r), bits);
        flags_set_cf(f, cf);
        break;
    case UNARY_NEG:
        r = 0 - a;
        flags_of_result(f, r, carries_of_difference(0, a, r), bits);
        break;
    case UNARY_NOT:
        r = ~a;
        break;
    case UNARY_COUNT:
        break;
    }
    return zero_extend(r, bits);
}

/* Register operands of a constant width. */
__attribute__((always_inline)) static inline uint64_t
reg_read(struct cpu *c, uint16_t offset, unsigned bits)
{
    const void *at = cpu_at(c, offset);

    switch (bits) {
    case 8:
        return *(const uint8_t *)at;
    case 16:
        return *(const uint16_t *)at;
    case 32:
        return *(const uint32_t *)at;
    }
    return *(const uint64_t *)at;
}

__attribute__((always_inline)) static inline void
reg_write(struct cpu *c, uint16_t offset, unsigned bits, uint64_t value)
{
    void *at = cpu_at(c, offset);

    switch (bits) {
    case 8:
        *(uint8_t *)at = (uint8_t)value;
        break;
    case 16:
        *(uint16_t *)at = (uint16_t)value;
        break;
    case 32:
        *(uint64_t *)at = (uint32_t)value;
        break;
    case 64:
        *(uint64_t *)at = value;
        break;
    }
}

#endif
