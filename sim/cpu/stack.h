/*
 * stack.h - pushes and pops in any mode.
 *
 * Hardware  Intel SDM vol. 1, "Procedure Stack".
 * rSP changes only after the access has succeeded.
 */
#ifndef SIM_CPU_STACK_H
#define SIM_CPU_STACK_H
#include "sim/cpu/access_quick.h"

/* The push and the pop of 64-bit mode where they are no common access. */
enum op_result stack_push_64_slow(struct cpu *c, uint64_t value);
enum op_result stack_pop_64_slow(struct cpu *c, uint16_t reg);

ALWAYS_INLINE enum op_result stack_push_64(struct cpu *c, uint64_t value)
{
    uint64_t top = c->state.gpr[REG_RSP] - 8;

    if (!quick_write(c, gva(top), 8, value))
        return stack_push_64_slow(c, value);
    c->state.gpr[REG_RSP] = top;
    return OP_NEXT;
}

/* Width of the stack pointer: 8 in 64-bit mode, else by SS.B. */
static inline unsigned stack_width(const struct cpu *c)
{
    if (c->mode & MODE_64)
        return 8;
    return c->state.seg[SEG_SS].attributes & 1 << 14 ? 4 : 2;
}

/* rSP + bytes, truncated to the stack's width; may be negative. */
static inline uint64_t stack_pointer(const struct cpu *c, uint64_t bytes)
{
    uint64_t at = c->state.gpr[REG_RSP] + bytes;

    if (c->mode & MODE_64)
        return at;
    return stack_width(c) == 4 ? (uint32_t)at : (uint16_t)at;
}

static inline void stack_set(struct cpu *c, uint64_t pointer)
{
    if (stack_width(c) == 2)
        c->state.gpr[REG_RSP] =
            (c->state.gpr[REG_RSP] & ~(uint64_t)0xffff) | (uint16_t)pointer;
    else
        c->state.gpr[REG_RSP] = pointer;
}

static inline void stack_adjust(struct cpu *c, uint64_t bytes)
{
    stack_set(c, stack_pointer(c, bytes));
}

/* Pushes the low bytes (2, 4, 8) of value. */
enum op_result stack_push(struct cpu *c, unsigned bytes, uint64_t value);

/* Reads without popping, offset bytes above the top. */
enum op_result stack_read(struct cpu *c, uint64_t offset, unsigned bytes,
                          uint64_t *value);

#endif
