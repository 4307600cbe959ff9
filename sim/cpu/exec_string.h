/*
 * exec_string.h - the registers that string instructions walk with.
 *
 * Hardware  Intel SDM vol. 1, "String Instructions"; vol. 2, REP.
 */
#ifndef SIM_CPU_EXEC_STRING_H
#define SIM_CPU_EXEC_STRING_H
#include "sim/cpu/access.h"

/* RSI, RDI or RCX in the instruction's address size. */
static inline uint64_t string_register(const struct cpu *c, const struct op *op,
                                       enum cpu_reg reg)
{
    uint64_t value = c->state.gpr[reg];

    if (op->address_bytes == 8)
        return value;
    return op->address_bytes == 4 ? (uint32_t)value : (uint16_t)value;
}

/* Writes as the address size says: 32 bits clear the upper half. */
static inline void string_advance(struct cpu *c, const struct op *op,
                                  enum cpu_reg reg, uint64_t by)
{
    uint64_t *r = &c->state.gpr[reg];

    if (op->address_bytes == 8)
        *r += by;
    else if (op->address_bytes == 4)
        *r = (uint32_t)(*r + by);
    else
        *r = (*r & ~(uint64_t)UINT16_MAX) | (uint16_t)(*r + by);
}

/* What n elements of `bytes` add to RSI and RDI: negative if DF is set. */
static inline uint64_t string_stride(const struct cpu *c, uint64_t n,
                                     unsigned bytes)
{
    return c->state.rflags & RFLAGS_DF ? 0 - n * bytes : n * bytes;
}

static inline gva_t string_source(const struct cpu *c, const struct op *op,
                                  unsigned bytes)
{
    return cpu_linear(c, (enum cpu_seg)op->segment,
                      string_register(c, op, REG_RSI), bytes, ACCESS_READ);
}

static inline gva_t string_destination(const struct cpu *c, const struct op *op,
                                       unsigned bytes, enum access_kind kind)
{
    return cpu_linear(c, SEG_ES, string_register(c, op, REG_RDI), bytes, kind);
}

#endif
