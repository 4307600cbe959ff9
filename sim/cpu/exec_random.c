/*
 * exec_random.c - RDRAND, RDSEED, RDPID, CLZERO.
 *
 * Hardware  Intel SDM vol. 2, RDRAND, RDSEED, RDPID; AMD APM vol. 3, CLZERO.
 * Model     numbers come from the machine's seed and are always there (CF = 1):
 *           the same run gives the same numbers.
 */
#include "sim/core/rng.h"
#include "sim/cpu/access.h"
#include "sim/cpu/exec_handlers.h"
#include "sim/cpu/guest_exit.h"

enum { ZERO_LINE_BYTES = 64 };

static enum op_result draw(struct cpu *c, const struct op *op)
{
    struct rng rng = {c->state.random};
    uint64_t value = rng_next(&rng);

    c->state.random = rng.state;
    flags_set(&c->flags, RFLAGS_CF);
    return op_write_int(c, op, 0, op->width, value);
}

enum op_result exec_rdrand(struct cpu *c, const struct op *op)
{
    if (guest_intercepts(c) && c->control.exit_rdrand)
        return guest_exit_register(c, op, VMEXIT_RDRAND);
    return draw(c, op);
}

enum op_result exec_rdseed(struct cpu *c, const struct op *op)
{
    if (guest_intercepts(c) && c->control.exit_rdseed)
        return guest_exit_register(c, op, VMEXIT_RDSEED);
    return draw(c, op);
}

enum op_result exec_rdpid(struct cpu *c, const struct op *op)
{
    *(uint64_t *)(void *)cpu_at(c, op->dst) = (uint32_t)c->state.tsc_aux;
    return OP_NEXT;
}

/* The line that RAX points into. */
enum op_result exec_clzero(struct cpu *c, const struct op *op)
{
    static const uint8_t zeros[ZERO_LINE_BYTES];
    uint64_t offset = c->state.gpr[REG_RAX];
    struct span span;
    gva_t va;
    enum op_result r;

    if (op->address_bytes < 8)
        offset &= op->address_bytes == 4 ? UINT32_MAX : UINT16_MAX;
    offset &= ~(uint64_t)(ZERO_LINE_BYTES - 1);
    va = cpu_linear(c, (enum cpu_seg)op->segment, offset, ZERO_LINE_BYTES,
                    ACCESS_WRITE);
    r = cpu_translate(c, va, ZERO_LINE_BYTES, ACCESS_WRITE, &span);
    if (r != OP_NEXT)
        return r;
    return span_write(c, &span, zeros, ZERO_LINE_BYTES);
}
