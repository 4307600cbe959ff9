/*
 * access_quick.h - the common access of the instructions that matter most.
 *
 * Model     an access whose page a slot knows, and whose line was the last one
 *           touched in its set of the L1 cache, is done in line.  Any other is
 *           the business of a function that does the access and then the rest
 *           of the instruction, a value_function: a tail call, so that the
 *           common case needs no stack frame.
 *
 * INVARIANT  results, counts and cycles are those of cpu_load(), cpu_store()
 *            and cpu_rmw_begin().
 */
#ifndef SIM_CPU_ACCESS_QUICK_H
#define SIM_CPU_ACCESS_QUICK_H
#include "sim/cpu/access.h"

#define ALWAYS_INLINE __attribute__((always_inline)) static inline

/*
 * What an instruction does with what it read: the value that goes to memory,
 * if one does.  Cannot fail.
 */
typedef uint64_t value_function(struct cpu *c, const struct op *op,
                                uint64_t value);

/* The memory operand is read, written, or read and written; bytes 1 .. 8. */
enum op_result cpu_load_then(struct cpu *c, const struct op *op, unsigned bytes,
                             value_function *rest);
enum op_result cpu_store_operand(struct cpu *c, const struct op *op,
                                 unsigned bytes, uint64_t value);
enum op_result cpu_change_then(struct cpu *c, const struct op *op,
                               unsigned bytes, value_function *rest);

/* The same once the L1 TLB has been asked: the line is what is left. */
enum op_result cpu_line_load_then(struct cpu *c, const struct op *op, hpa_t at,
                                  unsigned bytes, value_function *rest);
enum op_result cpu_line_store(struct cpu *c, hpa_t at, unsigned bytes,
                              uint64_t value);
enum op_result cpu_line_change_then(struct cpu *c, const struct op *op,
                                    hpa_t at, unsigned bytes,
                                    value_function *rest);

/* The linear address if nothing but a sum has to be done for it. */
ALWAYS_INLINE bool quick_address(const struct cpu *c, const struct op *op,
                                 gva_t *va)
{
    *va = gva(op_effective(c, op) + cpu_u64(c, op->segment_base));
    return !(op->flags & OP_ADDRESS_SPECIAL);
}

ALWAYS_INLINE bool quick_read(struct cpu *c, gva_t va, unsigned bytes,
                              uint64_t *value)
{
    hpa_t at;

    *value = 0;
    if (__builtin_expect(
            !mmu_fast(c->hot, va, bytes, ACCESS_READ, c->access_mode, &at), 0))
        return false;
    memcpy(value, c->dram_base + at.v, bytes);
    timing_hit(&c->time, ACCESS_READ);
    counter_add(c->counters, COUNTER_LOADS, 1);
    return true;
}

ALWAYS_INLINE bool quick_write(struct cpu *c, gva_t va, unsigned bytes,
                               uint64_t value)
{
    hpa_t at;

    if (__builtin_expect(
            !mmu_fast(c->hot, va, bytes, ACCESS_WRITE, c->access_mode, &at), 0))
        return false;
    memcpy(c->dram_base + at.v, &value, bytes);
    counter_add(c->counters, COUNTER_STORES, 1);
    return true;
}

/* A slot knows the page of the operand: touched and counted. */
ALWAYS_INLINE bool quick_page(struct cpu *c, const struct op *op,
                              unsigned bytes, enum access_kind kind, hpa_t *at)
{
    gva_t va;

    return quick_address(c, op, &va) &&
           mmu_fast_page(c->hot,
                         &(struct access){va, bytes, kind, c->access_mode}, at);
}

ALWAYS_INLINE enum op_result quick_load_then(struct cpu *c, const struct op *op,
                                             unsigned bytes,
                                             value_function *rest)
{
    uint64_t value = 0;
    hpa_t at;

    if (__builtin_expect(!quick_page(c, op, bytes, ACCESS_READ, &at), 0))
        return cpu_load_then(c, op, bytes, rest);
    if (!mmu_fast_line(c->hot, at, ACCESS_READ))
        return cpu_line_load_then(c, op, at, bytes, rest);
    memcpy(&value, c->dram_base + at.v, bytes);
    timing_hit(&c->time, ACCESS_READ);
    counter_add(c->counters, COUNTER_LOADS, 1);
    rest(c, op, value);
    return OP_NEXT;
}

ALWAYS_INLINE enum op_result quick_store(struct cpu *c, const struct op *op,
                                         unsigned bytes, uint64_t value)
{
    hpa_t at;

    if (__builtin_expect(!quick_page(c, op, bytes, ACCESS_WRITE, &at), 0))
        return cpu_store_operand(c, op, bytes, value);
    if (!mmu_fast_line(c->hot, at, ACCESS_WRITE))
        return cpu_line_store(c, at, bytes, value);
    memcpy(c->dram_base + at.v, &value, bytes);
    counter_add(c->counters, COUNTER_STORES, 1);
    return OP_NEXT;
}

ALWAYS_INLINE enum op_result quick_change_then(struct cpu *c,
                                               const struct op *op,
                                               unsigned bytes,
                                               value_function *rest)
{
    uint64_t value = 0;
    hpa_t at;

    if (__builtin_expect(!quick_page(c, op, bytes, ACCESS_WRITE, &at), 0))
        return cpu_change_then(c, op, bytes, rest);
    if (!mmu_fast_line(c->hot, at, ACCESS_WRITE))
        return cpu_line_change_then(c, op, at, bytes, rest);
    memcpy(&value, c->dram_base + at.v, bytes);
    timing_hit(&c->time, ACCESS_READ);
    counter_add(c->counters, COUNTER_LOADS, 1);
    counter_add(c->counters, COUNTER_STORES, 1);
    value = rest(c, op, value);
    memcpy(c->dram_base + at.v, &value, bytes);
    return OP_NEXT;
}

#endif
