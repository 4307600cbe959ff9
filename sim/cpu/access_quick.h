/*
 * access_quick.h - the common access of the instructions that matter most.
 *
 * Model     an access whose page a slot knows, and whose line was the last one
 *           touched in its set of the L1 cache, is done in line.  Any other is
 *           the business of a function that does the access and then the rest
 *           of the instruction, a value_function: a tail call, so that the
 *           common case needs no stack frame.
 *
 *     uint64_t value;
 *     if (quick_load(c, op, 8, &value)) {
 *         rest(c, op, value);
 *         return OP_NEXT;
 *     }
 *     return cpu_load_then(c, op, 8, rest);
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

ALWAYS_INLINE bool quick_load(struct cpu *c, const struct op *op,
                              unsigned bytes, uint64_t *value)
{
    gva_t va;

    return quick_address(c, op, &va) && quick_read(c, va, bytes, value);
}

ALWAYS_INLINE bool quick_store(struct cpu *c, const struct op *op,
                               unsigned bytes, uint64_t value)
{
    gva_t va;

    return quick_address(c, op, &va) && quick_write(c, va, bytes, value);
}

/* Where the operand to be changed lies; NULL: not a common access. */
ALWAYS_INLINE uint8_t *quick_change_begin(struct cpu *c, const struct op *op,
                                          unsigned bytes, uint64_t *value)
{
    uint8_t *where;
    gva_t va;
    hpa_t at;

    *value = 0;
    if (__builtin_expect(
            !quick_address(c, op, &va) ||
                !mmu_fast(c->hot, va, bytes, ACCESS_WRITE, c->access_mode, &at),
            0))
        return NULL;
    where = c->dram_base + at.v;
    memcpy(value, where, bytes);
    timing_hit(&c->time, ACCESS_READ);
    counter_add(c->counters, COUNTER_LOADS, 1);
    counter_add(c->counters, COUNTER_STORES, 1);
    return where;
}

#endif
