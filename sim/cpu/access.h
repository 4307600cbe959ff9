/*
 * access.h - guest memory as instructions see it.
 *
 * Every function returns OP_NEXT, or OP_FAULT / OP_EVENT with cpu->fault /
 * cpu->event filled and nothing written:
 *
 *     enum op_result r = cpu_load(c, va, 4, &value);
 *     if (r != OP_NEXT)
 *         return r;
 *
 * A store may return OP_END: it was done, and it hit decoded code, so the
 * block must end after this instruction: return that as the op's result.
 *
 * Accesses may cross cache lines and pages.  bytes is 1 .. 64; when it is a
 * constant the common case costs a few host instructions.  Alignment is the
 * caller's business (MOVAPS and such).
 */
#ifndef SIM_CPU_ACCESS_H
#define SIM_CPU_ACCESS_H
#include <string.h>

#include "mmu/mmu_fast.h"
#include "sim/cpu/cpu_internal.h"
#include "sim/cpu/timing_model.h"

/* Effective address: no segment base; LEA's result before truncation. */
static inline uint64_t op_effective(const struct cpu *c, const struct op *op)
{
    return cpu_u64(c, op->base) + (cpu_u64(c, op->index) << op->scale_shift) +
           (uint64_t)op->displacement;
}

/* Linear address of the memory operand: any mode, limits checked. */
gva_t op_linear_special(const struct cpu *c, const struct op *op);

static inline gva_t op_linear(const struct cpu *c, const struct op *op)
{
    if (__builtin_expect((op->flags & OP_ADDRESS_SPECIAL) != 0, 0))
        return op_linear_special(c, op);
    return gva(op_effective(c, op) + cpu_u64(c, op->segment_base));
}

/*
 * Linear address of segment:offset for implicit operands (string
 * instructions); offset is already truncated to the address size.
 */
gva_t cpu_linear(const struct cpu *c, enum cpu_seg segment, uint64_t offset,
                 unsigned bytes, enum access_kind kind);

/*
 * Where an access lies in host memory: one part, or two if it crosses a page.
 * Valid until the next access.
 */
struct span {
    uint8_t *first, *second; /* second: NULL unless it crosses a page */
    unsigned first_bytes;    /* in first; the rest is in second */
    bool code;               /* decoded code lies there, or a device */
    hpa_t hpa, second_hpa;
    bool device; /* not DRAM: first is scratch (device_access.h) */
    gva_t gva;   /* valid if device */
    gpa_t gpa;
};

/* Translates and prices an access without moving data; counts nothing. */
enum op_result cpu_translate(struct cpu *c, gva_t va, unsigned bytes,
                             enum access_kind kind, struct span *span);

/* A constant size is a host instruction, others are a call. */
static inline void copy_small(void *to, const void *from, unsigned bytes)
{
    if (bytes == 8)
        memcpy(to, from, 8);
    else if (bytes == 4)
        memcpy(to, from, 4);
    else if (bytes == 1)
        memcpy(to, from, 1);
    else
        memcpy(to, from, bytes);
}

/* Within one page; fetches and implicit accesses use it too. */
enum op_result cpu_translate_page(struct cpu *c, gva_t va, unsigned bytes,
                                  enum access_kind kind, hpa_t *out);

/*
 * Moves data of a translated access; span_write: see cpu_store for OP_END.
 * span_read_old: the old value of a span that was translated for writing.
 */
void span_read(const struct span *s, void *to, unsigned bytes);
enum op_result span_read_old(struct cpu *c, const struct span *s, void *to,
                             unsigned bytes);
enum op_result span_write(struct cpu *c, const struct span *s, const void *from,
                          unsigned bytes);

/* access_quick.h has shorter forms for the commonest instructions. */
enum op_result cpu_load(struct cpu *c, gva_t va, unsigned bytes, void *to);
enum op_result cpu_store(struct cpu *c, gva_t va, unsigned bytes,
                         const void *from);

/*
 * Read-modify-write: begin translates for writing and reads the old value
 * (bytes 1, 2, 4, 8; zero-extended), end stores the new one.
 */
enum op_result cpu_rmw_begin(struct cpu *c, gva_t va, unsigned bytes,
                             struct span *s, uint64_t *old);
enum op_result cpu_rmw_end(struct cpu *c, const struct span *s, unsigned bytes,
                           uint64_t value);

/*
 * The line of an access whose page the L1 TLB had: touched, priced and counted;
 * where its bytes are.
 */
uint8_t *cpu_line(struct cpu *c, hpa_t at, enum access_kind kind);

/* Explicit operand 0, 1 or 2, zero-extended; bytes 1, 2, 4, 8. */
enum op_result op_read_int(struct cpu *c, const struct op *op, unsigned operand,
                           unsigned bytes, uint64_t *to);
/* A 32-bit register write clears the upper half; 8 and 16 merge. */
enum op_result op_write_int(struct cpu *c, const struct op *op,
                            unsigned operand, unsigned bytes, uint64_t value);

/*
 * One more iteration of a REP op begins: the window model lets its accesses
 * start a cycle later, the fast model adds a cycle; where instructions are
 * counted, so are iterations, when they have retired.
 */
static inline void cpu_rep_step(struct cpu *c)
{
    c->time.access_cycle++;
    if (c->time.fast && !c->time.counting)
        c->time.retire_cycle++;
}

#endif
